// What a device has really stored, read through raw IndexedDB behind the app's back.
import type { Page } from '@playwright/test'

export interface StoredEvent {
  readonly eventId: string
  readonly sessionId: string
  readonly logId: string
  readonly seq: number
  readonly kind: 'scan' | 'negation' | 'correction'
  readonly raw: string
  readonly negates?: string
}

/** Every scan event on this device, in the order of their commits. The page must be on the app's origin. */
export async function storedEvents(page: Page): Promise<readonly StoredEvent[]> {
  return page.evaluate(async () => {
    const names = (await indexedDB.databases()).map((it) => it.name ?? '')
    const name = names.find((it) => it.startsWith('scans:'))
    if (name === undefined) return []
    const db = await new Promise<IDBDatabase>((resolve, reject) => {
      const opening = indexedDB.open(name)
      opening.onsuccess = () => resolve(opening.result)
      opening.onerror = () => reject(opening.error ?? new Error('The database cannot be opened'))
    })
    try {
      return await new Promise<StoredEvent[]>((resolve, reject) => {
        const asked = db.transaction('scanEvents').objectStore('scanEvents').getAll()
        asked.onsuccess = () => resolve(asked.result as StoredEvent[])
        asked.onerror = () => reject(asked.error ?? new Error('The events cannot be read'))
      })
    } finally {
      db.close()
    }
  })
}

/** Scans that stand: made and not taken back. By barcode, how often. */
export function standingScans(events: readonly StoredEvent[]): ReadonlyMap<string, number> {
  const undone = new Set(events.flatMap((it) => (it.negates === undefined ? [] : [it.negates])))
  const counts = new Map<string, number>()
  for (const event of events) {
    if (event.kind !== 'scan' || undone.has(event.eventId)) continue
    counts.set(event.raw, (counts.get(event.raw) ?? 0) + 1)
  }
  return counts
}
