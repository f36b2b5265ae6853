// Filling a database so that its log begins anew: how much, in what pieces, and that nothing of it stays.
import { describe, expect, it } from 'vitest'
import { beginNewLog, FILLER_SCHEMA, type NewLogDeps } from '../../src/db/begin-new-log'
import { createMemoryStore } from '../../src/db/memory-store'

/** LevelDB begins another log after as many bytes. */
const LOG_BYTES = 4 * 1024 * 1024
/** Larger values go into files of their own in Chromium. */
const VALUE_BYTES_MAX = 64 * 1024
const TX_BYTES_MAX = 512 * 1024

function openWorld(over: Partial<NewLogDeps> = {}) {
  const store = createMemoryStore(FILLER_SCHEMA)
  const written: number[][] = []
  const events: string[] = []
  const deps: NewLogDeps = {
    open: () => ({
      ...store,
      tx: (tables, mode, work) =>
        store.tx(tables, mode, (tx) =>
          work({
            ...tx,
            bulkPut: (table, rows) => {
              written.push(rows.map((it) => it.bytes.byteLength))
              return tx.bulkPut(table, rows)
            },
          }),
        ),
      close: () => void events.push('closed'),
    }),
    remove: async () => void events.push('removed'),
    once: (work) => work(),
    timers: { sleep: () => Promise.resolve() },
    log: { write: (level, event) => void events.push(`${level} ${event}`) },
    ...over,
  }
  return { deps, written, events }
}

describe('a log that is to begin anew', () => {
  it('[KX3] gets enough to write, in values and transactions that hold nobody up, and nothing of it stays', async () => {
    const { deps, written, events } = openWorld()

    await beginNewLog(deps)

    const sum = (bytes: readonly number[]): number => bytes.reduce((all, it) => all + it, 0)
    expect(sum(written.flat())).toBeGreaterThan(LOG_BYTES * 1.25)
    for (const bytes of written) expect(sum(bytes)).toBeLessThan(TX_BYTES_MAX)
    for (const bytes of written.flat()) expect(bytes).toBeLessThan(VALUE_BYTES_MAX)
    expect(events).toEqual(['closed', 'removed', 'info new-log-begun'])
  })

  it('[KX3] is left to the window that has done it', async () => {
    const { deps, written, events } = openWorld({ once: () => Promise.resolve() })

    await beginNewLog(deps)

    expect([written, events]).toEqual([[], []])
  })

  it('[KX3] that cannot, on a full disk, says so and removes what it began', async () => {
    const { deps, events } = openWorld()
    const full = { ...deps.open(), tx: () => Promise.reject(new Error('QuotaExceededError')) }

    await beginNewLog({ ...deps, open: () => full })

    expect(events).toEqual(['closed', 'removed', 'warn new-log-failed'])
  })
})
