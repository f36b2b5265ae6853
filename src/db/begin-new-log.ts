// Chromium goes on with a log whose end a crash tore off, and finds nothing again that it wrote behind it: it is made to begin a new one.
import type { Log, Timers } from '../ports/platform'
import type { Schema } from '../ports/scans-schema'
import type { Store } from '../ports/store'

/** A database of its own; all databases of an origin share one log. */
export const FILLER_NAME = 'log-filler'

export type FillerShape = {
  filler: { row: { readonly nth: number; readonly bytes: Uint8Array }; key: number; index: never }
}

export const FILLER_SCHEMA: Schema<FillerShape> = { filler: { primaryKey: 'nth', indexes: {} } }

/** The log changes once four million bytes wait to be sorted into tables. Values of 64 KiB and more would not go into it. */
const ROW_BYTES = 48 * 1024
const ROWS = 128
/** Scans that are saved meanwhile queue behind one transaction, some ten milliseconds long. */
const ROWS_AT_ONCE = 8
const PAUSE_MS = 30
/** The app is on screen by then. */
const FIRST_PAUSE_MS = 500

export interface NewLogDeps {
  readonly open: () => Store<FillerShape>
  /** Deletes the database again. */
  readonly remove: () => Promise<void>
  /** Runs the work unless another window of this browser has done it, and lives: then the log is that one's. */
  readonly once: (work: () => Promise<void>) => Promise<void>
  readonly timers: Timers
  readonly log: Log
}

/**
 * What was flushed is whole behind a crash; the log may end in zeros or in half a record then. Chromium reads up to
 * there, appends to the same file, and at the start after that takes what comes behind for damage: it skips it, or
 * deletes every database of the origin (LevelDB's `reuse_logs`; docs/adr/0029). So this writes, once per start, as
 * much as makes it begin another file, and deletes it again. A crash before it is through is not covered.
 *
 * Never rejects: where it fails, as on a full disk, everything is as it was before, and the log says so. Rule: docs/SPEC.md KX3
 */
export async function beginNewLog({ open, remove, once, timers, log }: NewLogDeps): Promise<void> {
  try {
    await once(async () => {
      await timers.sleep(FIRST_PAUSE_MS)
      const store = open()
      try {
        for (let from = 0; from < ROWS; from += ROWS_AT_ONCE) {
          const rows = Array.from({ length: ROWS_AT_ONCE }, (_, at) => ({ nth: from + at, bytes: new Uint8Array(ROW_BYTES) }))
          await store.tx(['filler'], 'rw', (tx) => tx.bulkPut('filler', rows))
          await timers.sleep(PAUSE_MS)
        }
      } finally {
        store.close()
        await remove()
      }
      log.write('info', 'new-log-begun')
    })
  } catch (error) {
    log.write('warn', 'new-log-failed', { error: String(error) })
  }
}
