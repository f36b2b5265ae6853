// Once in a while the emptied outbox is cleared as a whole.
import { describe, expect, it } from 'vitest'
import { asId, type RowUuid } from '../../src/domain/ids'
import { foldNew } from '../../src/sync/fold'
import { SWEEP_AFTER_ROWS, sweepOutbox } from '../../src/sync/sweep-outbox'
import { aScan, TEA } from '../support/builders'
import { openTestEngine, outboxOf } from '../support/test-engine'

describe('the sweep of the outbox', () => {
  it('[WK53] asks nothing of the storage before enough rows have left it, and sweeps once then', async () => {
    const { deps, scans } = await openTestEngine()
    const memory = { sent: 0 }

    const before = scans.cost.requests
    await sweepOutbox(deps, memory, SWEEP_AFTER_ROWS - 1)
    const early = scans.cost.requests - before
    await sweepOutbox(deps, memory, 1)
    const swept = scans.cost.requests - before
    await sweepOutbox(deps, memory, 1)

    expect({ early, swept, after: scans.cost.requests - before }).toEqual({ early: 0, swept: 2, after: 2 })
  })

  it('[WK53] leaves what waits to be sent, and sweeps when that has gone', async () => {
    const engine = await openTestEngine()
    await engine.append([aScan(TEA)])
    await foldNew(engine.deps)
    const memory = { sent: 0 }

    await sweepOutbox(engine.deps, memory, SWEEP_AFTER_ROWS)
    const waiting = await outboxOf(engine.scans)
    const heldUp = memory.sent
    await engine.scans.tx(['outbox'], 'rw', (tx) => tx.bulkDelete('outbox', waiting.map((it) => asId<RowUuid>(it))))
    await sweepOutbox(engine.deps, memory, 0)

    expect(waiting).toHaveLength(1)
    expect({ heldUp, left: memory.sent }).toEqual({ heldUp: SWEEP_AFTER_ROWS, left: 0 })
  })
})
