import { describe, expect, it } from 'vitest'
import { asId } from '../../src/domain/ids'
import type { LogId } from '../../src/domain/ids'
import { foldNew } from '../../src/sync/fold'
import { correctPacks } from '../../src/usecases/correct-packs'
import { isLog } from '../../src/usecases/scan-totals'
import { aScan, handCount, keyOf, negationOf, SESSION, SOAP, units } from '../support/builders'
import { allLines, openTestEngine } from '../support/test-engine'
import type { TestEngine } from '../support/test-engine'

const packs = (packSize: number) => ({ sessionId: SESSION, itemKey: keyOf(SOAP), packSize })

async function logsOf({ scans }: TestEngine) {
  return await scans.tx(['logs'], 'r', async (tx) => (await tx.range('logs', ':id', { limit: 999 })).filter(isLog))
}

async function quantityOf(engine: TestEngine): Promise<number | undefined> {
  await foldNew(engine.deps)
  return (await allLines(engine.scans)).find((it) => it.lineKey === String(keyOf(SOAP)))?.quantity
}

describe('pack correction', () => {
  it('[SE9] makes up for what is missing, once, for each pack size in turn', async () => {
    const engine = await openTestEngine()
    await engine.append([aScan(SOAP), aScan(SOAP, { quantity: units(3) })])

    expect(await correctPacks(engine.deps, packs(12))).toBe(true)
    expect(await correctPacks(engine.deps, packs(12))).toBe(false)
    expect(await quantityOf(engine)).toBe(units(48))
    expect(await correctPacks(engine.deps, packs(6))).toBe(true)
    expect(await quantityOf(engine)).toBe(units(24))
  })

  it('[SE9] goes on from what it compared before: new scans, and old ones taken back', async () => {
    const engine = await openTestEngine()
    const first = aScan(SOAP)
    await engine.append([first, aScan(SOAP)])
    await correctPacks(engine.deps, packs(12))
    await engine.append([aScan(SOAP), negationOf(first), handCount('X', 1)])

    await correctPacks(engine.deps, packs(12))

    expect(await quantityOf(engine)).toBe(units(24))
  })

  it('[SE36] writes one log per life and session, however often', async () => {
    const engine = await openTestEngine()
    for (let at = 0; at < 5; at++) {
      await engine.append([aScan(SOAP)])
      await correctPacks(engine.deps, packs(12))
    }

    expect(await logsOf(engine)).toHaveLength(2)
    expect(await quantityOf(engine)).toBe(units(60))
  })

  it('[SE36] costs the same whatever lies behind', async () => {
    const costs = []
    for (const behind of [1, 30]) {
      const engine = await openTestEngine()
      for (let at = 0; at < behind; at++) await engine.append(Array.from({ length: 50 }, () => aScan(SOAP)), asId<LogId>(`log ${at}`))
      await correctPacks(engine.deps, packs(12))
      await engine.append([aScan(SOAP)])
      await correctPacks(engine.deps, packs(12))
      await engine.append([aScan(SOAP)])
      const before = { ...engine.scans.cost }
      await correctPacks(engine.deps, packs(12))
      costs.push([engine.scans.cost.requests - before.requests, engine.scans.cost.rowsRead - before.rowsRead])
    }

    expect(costs[1]).toEqual(costs[0])
  })

  it('[SE10] leaves an absurd amount as it is, and does not stop the fold', async () => {
    const engine = await openTestEngine()
    await engine.append([aScan(SOAP, { quantity: units(900_000_000) }), aScan(SOAP, { quantity: units(900_000_000) })])

    expect(await correctPacks(engine.deps, packs(1_000_000))).toBe(false)
  })
})
