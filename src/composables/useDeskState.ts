// The desk's numbers as reactive values: tally, feed, bucket counts, storage health.
import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import type { BucketCounts, Tally } from '../domain/counted-item'
import type { CountingDesk, FeedEntry, StorageHealth } from '../ports/counting'
import type { Bus } from '../ports/platform'
import { coalesced } from './coalesced'

/** Rows of the feed on screen; older ones are in the lists. */
export const FEED_ROWS = 40

export interface DeskState {
  /** null until it was read once. */
  readonly tally: Readonly<ShallowRef<Tally | null>>
  readonly feed: Readonly<ShallowRef<readonly FeedEntry[]>>
  /** null until they were read once. */
  readonly counts: Readonly<ShallowRef<BucketCounts | null>>
  readonly health: Readonly<ShallowRef<StorageHealth>>
  /** A read failed: the numbers on screen may be old. */
  readonly isStale: Readonly<Ref<boolean>>
}

export function useDeskState(desk: CountingDesk, bus: Bus): DeskState {
  const tally = shallowRef<Tally | null>(null)
  const feed = shallowRef<readonly FeedEntry[]>([])
  const counts = shallowRef<BucketCounts | null>(null)
  const health = shallowRef<StorageHealth>(desk.health())
  const isStale = ref(false)

  function reading(read: () => Promise<void>): () => void {
    return coalesced(async () => {
      try {
        await read()
        isStale.value = false
      } catch {
        isStale.value = true
      }
    })
  }

  const readTally = reading(async () => void (tally.value = await desk.tally()))
  const readFeed = reading(async () => void (feed.value = await desk.feed(FEED_ROWS)))
  const readCounts = reading(async () => void (counts.value = await desk.counts()))

  function readAll(): void {
    readTally()
    readFeed()
    readCounts()
    health.value = desk.health()
  }

  function readWhenVisible(): void {
    if (document.visibilityState === 'visible') readAll()
  }

  const stopDesk = desk.onChange((what) => {
    if (what === 'tally') readTally()
    else if (what === 'feed') readFeed()
    else health.value = desk.health()
  })
  // Tally and feed are the desk's to tell.
  const stopBus = bus.listen((message) => {
    if (message.kind !== 'lines' || message.sessionId !== desk.sessionId) return
    if (message.counts === null) readCounts()
    else counts.value = message.counts
  })
  document.addEventListener('visibilitychange', readWhenVisible)
  onScopeDispose(() => {
    stopDesk()
    stopBus()
    document.removeEventListener('visibilitychange', readWhenVisible)
  })
  readAll()
  return { tally, feed, counts, health, isStale }
}
