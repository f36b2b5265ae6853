import { describe, expect, it } from 'vitest'
import { asId } from '../../src/domain/ids'
import type { LogId } from '../../src/domain/ids'
import { foldNew } from '../../src/sync/fold'
import { readSessionSum, savedScans } from '../../src/usecases/scan-totals'
import { ANA, aScan, negationOf, SESSION, TEA } from '../support/builders'
import { openTestDesk } from '../support/test-desk'
import { openTestEngine } from '../support/test-engine'
import type { TestEngine } from '../support/test-engine'

const sumOf = ({ scans }: TestEngine) => scans.tx(['logs', 'scanEvents'], 'r', (tx) => readSessionSum(tx, SESSION))

describe('session sum', () => {
  it('[SE26] follows every append of every log, and what is taken back', async () => {
    const engine = await openTestEngine()
    const scan = aScan(TEA)
    await engine.append([scan, aScan(TEA)])
    await engine.append([aScan('x'), negationOf(scan)], asId<LogId>('other'))

    expect(await sumOf(engine)).toMatchObject({ standing: 2, lastGid: 4 })
    expect(await engine.scans.tx(['logs'], 'r', (tx) => savedScans(tx, SESSION))).toBe(2)
  })

  it('[SE26] is added up from the logs where none is kept yet', async () => {
    const engine = await openTestEngine()
    const logId = asId<LogId>('old')
    await engine.scans.tx(['logs', 'scanEvents'], 'rw', async (tx) => {
      await tx.bulkAdd('scanEvents', [1, 2, 3].map((seq) => ({ ...aScan(TEA), logId, seq })))
      await tx.put('logs', { logId, sessionId: SESSION, userName: ANA, head: 3, standing: 3, lastAt: 1 })
    })
    expect(await sumOf(engine)).toMatchObject({ standing: 3, lastGid: 3 })

    await engine.append([aScan(TEA)])

    expect(await sumOf(engine)).toMatchObject({ standing: 4, lastGid: 4 })
  })
})

describe('tally and feed', () => {
  it('[SE36] cost the same whatever logs and events lie behind', async () => {
    const costs = []
    for (const logs of [2, 300]) {
      const engine = await openTestEngine()
      for (let at = 0; at < logs; at++) await engine.append(Array.from({ length: 10 }, () => aScan(TEA)), asId<LogId>(`log ${at}`))
      await foldNew(engine.deps)
      const { desk } = openTestDesk(engine)
      const before = { ...engine.scans.cost }
      await desk.tally()
      await desk.feed(10)
      costs.push([engine.scans.cost.requests - before.requests, engine.scans.cost.rowsRead - before.rowsRead])
    }

    expect(costs[1]).toEqual(costs[0])
  })

  it('[SE27] finds the session’s newest events behind those of another session', async () => {
    const engine = await openTestEngine()
    const other = asId<typeof SESSION>('S2')
    for (let at = 0; at < 6; at++) {
      await engine.append([aScan(`mine ${at}`)])
      await engine.append(Array.from({ length: 20 }, () => aScan('x', { sessionId: other })), asId<LogId>('other'))
    }

    expect((await openTestDesk(engine).desk.feed(4)).map((it) => it.raw)).toEqual(['mine 5', 'mine 4', 'mine 3', 'mine 2'])
  })
})
