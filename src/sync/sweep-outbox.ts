// The outbox is emptied row by row, and Chromium walks past each deleted row at every look until it is told that all may go.
import type { EngineDeps } from './engine-deps'

/** A look past so many deleted rows takes about a millisecond, a sweep some tens of them: rarely, and not for a handful. */
export const SWEEP_AFTER_ROWS = 1000

/** One per worker life. */
export interface SweepMemory {
  /** Rows that left the outbox since it was swept. */
  sent: number
}

/**
 * Sweep the outbox when it is empty and enough rows have left it since the last time; what waits to be sent stays.
 * @param sentRows rows that have just left it
 * Why: docs/adr/0035. Rule: docs/SPEC.md WK53
 */
export async function sweepOutbox({ scans }: EngineDeps, memory: SweepMemory, sentRows: number): Promise<void> {
  memory.sent += sentRows
  if (memory.sent < SWEEP_AFTER_ROWS) return
  const isSwept = await scans.tx(['outbox'], 'rw', async (tx) => {
    const [unsent] = await tx.rangeKeys('outbox', ':id', { limit: 1 })
    if (unsent !== undefined) return false
    await tx.clear('outbox')
    return true
  })
  // Else with the next run: the rows that hold it up are on their way.
  if (isSwept) memory.sent = 0
}
