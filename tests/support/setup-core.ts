// Dexie looks for IndexedDB when it is loaded: it must be there before any import of ours.
import 'fake-indexeddb/auto'
