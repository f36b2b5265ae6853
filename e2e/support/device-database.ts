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

/** Rows by table, each in the order of its keys. */
export type Tables = Readonly<Record<string, readonly object[]>>

/**
 * All rows of one of the app's databases as of one moment, read in a single transaction.
 * @param prefix `scans:` or `catalogue:`; nothing comes back while there is none of that name
 * @param tables left out: all of them
 */
export async function dumpDatabase(page: Page, prefix: string, tables?: readonly string[]): Promise<Tables> {
  return page.evaluate(readDatabase, { prefix, tables: tables ?? null })
}

/** Runs in the page. */
export async function readDatabase({ prefix, tables }: { prefix: string; tables: readonly string[] | null }): Promise<Tables> {
  const name = (await indexedDB.databases()).map((it) => it.name ?? '').find((it) => it.startsWith(prefix))
  if (name === undefined) return {}
  const answerOf = <T>(asked: IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      asked.onsuccess = () => resolve(asked.result)
      asked.onerror = () => reject(asked.error ?? new Error(`${name} cannot be read`))
    })
  const db = await answerOf(indexedDB.open(name))
  try {
    const wanted = tables ?? [...db.objectStoreNames]
    const transaction = db.transaction(wanted)
    const read = wanted.map(async (it) => [it, await answerOf(transaction.objectStore(it).getAll())] as const)
    return Object.fromEntries(await Promise.all(read))
  } finally {
    db.close()
  }
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
