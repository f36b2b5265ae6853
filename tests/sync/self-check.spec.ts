import { afterEach, describe, expect, it } from 'vitest'
import { asId } from '../../src/domain/ids'
import type { LogId } from '../../src/domain/ids'
import { foldNew } from '../../src/sync/fold'
import { pushSession } from '../../src/sync/push'
import { openSession } from '../../src/sync/resume'
import { createLockKeeper } from '../../src/sync/lock-keeper'
import { checkSession, lookOverSession } from '../../src/sync/self-check'
import { dismissReport, readReport } from '../../src/usecases/start-report'
import { aScan, RICE, SESSION, SOAP, TEA, units } from '../support/builders'
import type { TestDevice } from '../support/network-engine'
import { openDevice } from '../support/network-engine'
import { allRows, dump } from '../support/test-engine'

const opened: TestDevice[] = []
const device = async (): Promise<TestDevice> => {
  const made = await openDevice()
  opened.push(made)
  return made
}
afterEach(async () => {
  for (const it of opened.splice(0)) await it.engine.close()
})

/** As a fault of the disk or a bug of ours would. */
async function spoil({ engine }: TestDevice, raw: string, quantity: number): Promise<void> {
  const row = (await allRows(engine.scans)).find((it) => it.productIdentifier === raw)
  await engine.scans.tx(['inventoryCountRecords'], 'rw', (tx) => tx.put('inventoryCountRecords', { ...row!, quantity: units(quantity) }))
}

async function lose({ engine }: TestDevice, raw: string): Promise<void> {
  const row = (await allRows(engine.scans)).find((it) => it.productIdentifier === raw)
  await engine.scans.tx(['inventoryCountRecords'], 'rw', (tx) => tx.bulkDelete('inventoryCountRecords', [row!.uuid]))
}

/** Quantities and revisions, whatever else a report and a log have added. */
const rowsIn = (text: string): readonly string[] => text.match(/"quantity":-?\d+|"rev":\d+/g) ?? []

describe('the self-check', () => {
  it('[SR6] finds all well where it is, and remembers how far it looked', async () => {
    const ana = await device()
    await ana.scans(aScan(TEA), aScan(RICE), aScan(TEA))
    await foldNew(ana.deps)
    const before = await dump(ana.engine.scans)

    expect(await checkSession(ana.deps, SESSION)).toBe(0)
    expect(await dump(ana.engine.scans)).toBe(before)
    expect(await readReport(ana.engine.scans)).toEqual([])
  })

  it('[SR6] adds a session up again before anything is sent, when a row is not the sum of its log', async () => {
    const ana = await device()
    await ana.scans(aScan(TEA), aScan(TEA), aScan(RICE))
    await foldNew(ana.deps)
    const before = await dump(ana.engine.scans)
    await spoil(ana, TEA, 7)
    const parts = {
      deps: ana.deps,
      keeper: createLockKeeper(ana.deps, () => undefined),
      memory: ana.memory,
      aloneIfFree: <R>(work: () => Promise<R>) => work(),
      pullLater: () => undefined,
      onSent: () => Promise.resolve(),
      runLater: () => undefined,
    }

    await openSession(parts, SESSION, false)

    expect(ana.server.total(SESSION, TEA)).toBe(2)
    expect((await dump(ana.engine.scans)).includes('"quantity":7000000')).toBe(false)
    expect(before.includes('"quantity":2000000')).toBe(true)
    expect(await readReport(ana.engine.scans)).toMatchObject([{ kind: 'rebuilt', sessionName: 'Aisle 1' }])
    expect(ana.logged).toContain('self-check-failed')
    parts.keeper.stop()
  })

  it('[SR6] misses no row that vanished, and none that was counted short of its log', async () => {
    const ana = await device()
    await ana.scans(aScan(TEA), aScan(RICE))
    await foldNew(ana.deps)
    const [first] = await allRows(ana.engine.scans)
    await ana.engine.scans.tx(['inventoryCountRecords'], 'rw', (tx) => tx.bulkDelete('inventoryCountRecords', [first!.uuid]))

    expect(await checkSession(ana.deps, SESSION)).toBe(1)
    expect(await allRows(ana.engine.scans)).toHaveLength(2)
  })

  it('[SR6] takes the earlier part of a log into account that goes on', async () => {
    const ana = await device()
    await ana.scans(aScan(TEA), aScan(TEA))
    await foldNew(ana.deps)
    await checkSession(ana.deps, SESSION)
    await ana.scans(aScan(TEA))
    await foldNew(ana.deps)

    expect(await checkSession(ana.deps, SESSION)).toBe(0)
  })

  it('[SR7] reads nothing but what is new and its log', async () => {
    const ana = await device()
    const { scans } = ana.engine
    const costOf = async (): Promise<{ requests: number; rowsRead: number }> => {
      const before = { ...scans.cost }
      await checkSession(ana.deps, SESSION)
      return { requests: scans.cost.requests - before.requests, rowsRead: scans.cost.rowsRead - before.rowsRead }
    }
    for (let log = 0; log < 20; log++)
      await ana.engine.append(Array.from({ length: 50 }, () => aScan(log % 2 === 0 ? TEA : RICE)), asId<LogId>(`life-${log}`))
    await foldNew(ana.deps)
    await checkSession(ana.deps, SESSION)

    const idle = await costOf()
    await ana.engine.append(Array.from({ length: 5 }, () => aScan(TEA)), asId<LogId>('new-life'))
    await foldNew(ana.deps)
    const busy = await costOf()

    expect(idle).toEqual({ requests: 3, rowsRead: 4 })
    expect(busy.requests).toBeLessThanOrEqual(8)
    expect(busy.rowsRead).toBeLessThanOrEqual(15)
  })

  it('[SR11] finds what was damaged after it was looked at, or has vanished, also where nothing is new', async () => {
    for (const damage of [(it: TestDevice) => spoil(it, TEA, 7), (it: TestDevice) => lose(it, TEA)]) {
      const ana = await device()
      await ana.scans(aScan(TEA), aScan(TEA), aScan(RICE))
      await foldNew(ana.deps)
      await checkSession(ana.deps, SESSION)
      const before = await dump(ana.engine.scans)
      await damage(ana)
      const missed = await checkSession(ana.deps, SESSION)

      const found = lookOverSession(ana.deps, SESSION, () => true)
      await ana.time.advance(5000)

      expect([missed, await found]).toEqual([0, 1])
      expect(rowsIn(await dump(ana.engine.scans))).toEqual(rowsIn(before))
      expect(await readReport(ana.engine.scans)).toMatchObject([{ kind: 'rebuilt', sessionName: 'Aisle 1' }])
    }
  })

  it('[SR11] finds all well while scans keep coming that are not folded yet, and changes nothing', async () => {
    const ana = await device()
    await ana.scans(aScan(TEA))
    await foldNew(ana.deps)
    await ana.scans(aScan(TEA), aScan(SOAP))
    const before = await dump(ana.engine.scans)

    const found = lookOverSession(ana.deps, SESSION, () => true)
    await ana.time.advance(5000)

    expect(await found).toBe(0)
    expect(await dump(ana.engine.scans)).toBe(before)
  })

  it('[SR11] reads a piece at a time, with a pause before each, and stops when the session is left', async () => {
    const ana = await device()
    const { scans } = ana.engine
    for (let log = 0; log < 4; log++) await ana.engine.append(Array.from({ length: 600 }, () => aScan(TEA)), asId<LogId>(`life-${log}`))
    await foldNew(ana.deps)
    let isOpen = true
    const most: number[] = []
    const found = lookOverSession(ana.deps, SESSION, () => isOpen)
    for (let piece = 0; piece < 3; piece++) {
      const before = scans.cost.rowsRead
      await ana.time.advance(500)
      most.push(scans.cost.rowsRead - before)
    }
    isOpen = false
    const atEnd = scans.cost.rowsRead
    await ana.time.advance(60_000)

    expect(await found).toBe(0)
    expect(Math.max(...most)).toBeLessThanOrEqual(510)
    expect(scans.cost.rowsRead).toBe(atEnd)
  })

  it('[SR5] a report stays until it was read, and what came since stays on', async () => {
    const ana = await device()
    for (const quantity of [7, 8]) {
      await ana.scans(aScan(TEA))
      await foldNew(ana.deps)
      await spoil(ana, TEA, quantity)
      await checkSession(ana.deps, SESSION)
    }

    expect(await readReport(ana.engine.scans)).toHaveLength(2)
    await dismissReport(ana.engine.scans, 1)
    expect(await readReport(ana.engine.scans)).toHaveLength(1)
    await dismissReport(ana.engine.scans, 1)
    expect(await readReport(ana.engine.scans)).toEqual([])
    await pushSession(ana.deps, ana.memory, SESSION)
    expect(ana.server.total(SESSION, TEA)).toBe(2)
  })
})
