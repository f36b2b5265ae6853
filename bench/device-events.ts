// A long past for a device: scan events written straight into its database, as if somebody had scanned for weeks; and whether the app is done with it.
import { randomUUID } from 'node:crypto'
import type { Page } from '@playwright/test'
import type { BenchProduct } from './catalogue'

export interface Past {
  readonly sessionId: string
  readonly products: readonly BenchProduct[]
  readonly events: number
  /** How often an item is scanned in a row: what stands together on the shelf is scanned together. */
  readonly scansInARow: number
  /** Events of one page life. */
  readonly eventsPerLog: number
}

interface RawEvent {
  readonly logId: string
  readonly seq: number
  readonly raw: string
}

const CHUNK = 5000

/**
 * Write the events and their logs; nothing is folded yet. The page must be on the app's origin without the app running.
 */
export async function writePast(page: Page, past: Past): Promise<void> {
  const events = eventsOf(past)
  for (let at = 0; at < events.length; at += CHUNK) {
    await page.evaluate(writeChunk, { sessionId: past.sessionId, events: events.slice(at, at + CHUNK) })
  }
}

function eventsOf({ products, events, scansInARow, eventsPerLog }: Past): readonly RawEvent[] {
  let logId = ''
  return Array.from({ length: events }, (_unused, nth) => {
    if (nth % eventsPerLog === 0) logId = randomUUID()
    const product = products[Math.floor(nth / scansInARow) % products.length]
    if (product === undefined) throw new RangeError('There is nothing to scan')
    return { logId, seq: (nth % eventsPerLog) + 1, raw: product.gtin }
  })
}

/** Runs in the page. */
async function writeChunk({ sessionId, events }: { sessionId: string; events: readonly RawEvent[] }): Promise<void> {
  const settled = <T>(request: IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error ?? new Error('The database refused'))
    })
  const names = (await indexedDB.databases()).map((it) => it.name ?? '')
  const name = names.find((it) => it.startsWith('scans:'))
  if (name === undefined) throw new Error('This device has no scans database yet')
  const db = await settled(indexedDB.open(name))
  const tx = db.transaction(['scanEvents', 'logs', 'meta'], 'readwrite', { durability: 'relaxed' })
  const device = (await settled(tx.objectStore('meta').get('device'))) as { deviceId: string }
  const profile = (await settled(tx.objectStore('meta').get('profile'))) as { profile: { userName: string } }
  const { userName } = profile.profile
  const at = Date.now()
  // Kept by the append once the session has been scanned into: the screen's numbers come from it.
  const sum = (await settled(tx.objectStore('logs').get(`sum:${sessionId}`))) as { standing: number } | undefined
  let last: IDBRequest<IDBValidKey> | null = null
  for (const { logId, seq, raw } of events) {
    last = tx.objectStore('scanEvents').add({
      eventId: crypto.randomUUID(), sessionId, deviceId: device.deviceId, userName, source: 'scanner', raw, symbology: null,
      itemKey: `gtin:${raw.padStart(14, '0')}`, quantity: 1_000_000, packSize: 1, at, serverOffsetMs: null,
      serverOffsetAgeMs: null, fence: null, kind: 'scan', logId, seq,
    })
    tx.objectStore('logs').put({ logId, sessionId, userName, head: seq, standing: seq, lastAt: at })
  }
  const lastGid = last === null ? undefined : await settled(last)
  if (sum !== undefined) tx.objectStore('logs').put({ ...sum, standing: sum.standing + events.length, lastGid })
  await new Promise<void>((resolve, reject) => {
    tx.oncomplete = () => resolve()
    tx.onabort = () => reject(tx.error ?? new Error('The transaction was aborted'))
  })
  db.close()
}

/** Runs in the page: all lines of the session are on the device. Asks the database, as no screen shows it. */
export async function isPulled(sessionId: string): Promise<boolean> {
  const settled = <T>(request: IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error ?? new Error('The database refused'))
    })
  const name = (await indexedDB.databases()).map((it) => it.name ?? '').find((it) => it.startsWith('scans:'))
  if (name === undefined) return false
  const db = await settled(indexedDB.open(name))
  try {
    const row = (await settled(db.transaction('sessions').objectStore('sessions').get(sessionId))) as { pulledAt: number | null } | undefined
    return typeof row?.pulledAt === 'number'
  } finally {
    db.close()
  }
}

/** Runs in the page: the server has all events of the session as evidence. */
export async function isEvidenceSent(sessionId: string): Promise<boolean> {
  const settled = <T>(request: IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error ?? new Error('The database refused'))
    })
  const name = (await indexedDB.databases()).map((it) => it.name ?? '').find((it) => it.startsWith('scans:'))
  if (name === undefined) return false
  const db = await settled(indexedDB.open(name))
  try {
    const tx = db.transaction(['meta', 'scanEvents'])
    const sent = (await settled(tx.objectStore('meta').get(`evidence:${sessionId}`))) as { gid: number } | undefined
    const left = IDBKeyRange.bound([sessionId, sent?.gid ?? 0], [sessionId, Number.MAX_SAFE_INTEGER], true)
    return (await settled(tx.objectStore('scanEvents').index('[sessionId+gid]').count(left))) === 0
  } finally {
    db.close()
  }
}
