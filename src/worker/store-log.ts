// The log as rows of `syncLog`: a bounded ring, written in groups so that no line costs a flush of its own.
import type { Clock } from '../domain/time-and-ids'
import type { Log, Timers } from '../ports/platform'
import type { ScansStore, SyncLogRow } from '../ports/scans-schema'

/** Each flush is a commit that scans queue behind. */
const FLUSH_AFTER_MS = 5000
/** Lines waiting while the database is away; older ones go first. */
const WAITING_MAX = 500
const TRIM_EVERY_FLUSHES = 20
const TRIM_MAX = 1000

export interface StoreLog extends Log {
  /** Write what waits. A failure keeps the lines for the next time. */
  flush: () => Promise<void>
}

export interface StoreLogDeps {
  readonly scans: ScansStore
  readonly clock: Clock
  readonly timers: Timers
  readonly entriesMax: number
}

export function createStoreLog({ scans, clock, timers, entriesMax }: StoreLogDeps): StoreLog {
  let waiting: SyncLogRow[] = []
  let isScheduled = false
  let flushes = 0

  async function trim(newest: number): Promise<void> {
    await scans.tx(['syncLog'], 'rw', async (tx) => {
      const old = await tx.rangeKeys('syncLog', ':id', {
        upper: newest - entriesMax,
        limit: TRIM_MAX,
      })
      await tx.bulkDelete('syncLog', old)
    })
  }

  async function flush(): Promise<void> {
    const rows = waiting
    if (rows.length === 0) return
    waiting = []
    try {
      const keys = await scans.tx(['syncLog'], 'rw', (tx) => tx.bulkAdd('syncLog', rows))
      const newest = keys.at(-1)
      flushes++
      if (newest !== undefined && flushes % TRIM_EVERY_FLUSHES === 1) await trim(newest)
    } catch (error) {
      // The log must never stop the work; the fault itself becomes a line.
      const line: SyncLogRow = {
        at: clock.now(),
        level: 'error',
        event: 'log-failed',
        details: { message: String(error) },
      }
      waiting = [...rows, line, ...waiting].slice(-WAITING_MAX)
    }
  }

  function schedule(): void {
    if (isScheduled) return
    isScheduled = true
    void timers.sleep(FLUSH_AFTER_MS).then(() => {
      isScheduled = false
      return flush()
    })
  }

  return {
    write(level, event, details = {}) {
      waiting.push({ at: clock.now(), level, event, details })
      if (waiting.length > WAITING_MAX) waiting = waiting.slice(-WAITING_MAX)
      schedule()
    },
    flush,
  }
}
