import { describe, expect, it } from 'vitest'
import { asId } from '../../src/domain/ids'
import type { LogId, RowUuid } from '../../src/domain/ids'
import { foldNew } from '../../src/sync/fold'
import { matchItem, nameLines } from '../../src/sync/matching'
import { rebuildSession } from '../../src/sync/rebuild'
import { beginPull, storeInventoryCountItems } from '../../src/sync/store-inventory-count-items'
import type { ServerItem } from '../../src/ports/server'
import { aScan, aServerItem, fillCatalogue, itemOfRow, keyOf, product, requestedItem, SESSION, SOAP, TEA, units } from '../support/builders'
import { allLines, allRows, countsIn, openTestEngine, outboxOf } from '../support/test-engine'
import type { TestEngine } from '../support/test-engine'

const join = ({ deps }: TestEngine, items: readonly ServerItem[], isComplete = true) =>
  storeInventoryCountItems(deps, SESSION, items, { pull: beginPull(), isComplete })

const otherRow = (overrides: Partial<ServerItem> = {}): ServerItem =>
  aServerItem({
    uuid: asId<RowUuid>('other'),
    importItemSeqId: '7',
    logId: 'other-log',
    productId: product('TEA'),
    quantity: units(4),
    standing: 4,
    rev: 4,
    matchRev: 0,
    ...overrides,
  })

async function scannedTea(): Promise<TestEngine> {
  const engine = await openTestEngine()
  await fillCatalogue(engine.catalogue, { TEA: [TEA] })
  await engine.append([aScan(TEA), aScan(TEA)])
  await foldNew(engine.deps)
  return engine
}

/** Two scans of a case, while this device knows no product for it. */
async function scannedCase(): Promise<TestEngine> {
  const engine = await openTestEngine()
  await engine.append([aScan(SOAP), aScan(SOAP)])
  await foldNew(engine.deps)
  return engine
}

const namedByServer = async (engine: TestEngine): Promise<ServerItem> => itemOfRow(await ownRow(engine), { productId: product('TEA'), matchRev: 1 })

const ownRow = async (engine: TestEngine) =>
  (await allRows(engine.scans)).find((row) => row.logId === 'log-1') ?? expect.unreachable()

const syncedOf = (engine: TestEngine) =>
  engine.scans.tx(['counters'], 'r', (tx) => tx.get('counters', [SESSION, 'synced']))

describe('join', () => {
  it('[JN1] [S3.12] makes the requested items of a directed count uncounted lines, in the assigned order', async () => {
    const engine = await openTestEngine()

    await join(engine, [requestedItem('10', 'RICE'), requestedItem('9', 'TEA')])

    expect((await allLines(engine.scans)).map((it) => [it.name, it.position, it.bucket])).toEqual([
      ['Product RICE', '000000000010', 'uncounted'],
      ['Product TEA', '000000000009', 'uncounted'],
    ])
    expect(await countsIn(engine.scans)).toMatchObject({ uncounted: 2 })
  })

  it('[JN2] [I10] adds the rows of other devices to the line', async () => {
    const engine = await scannedTea()

    await join(engine, [otherRow()])

    expect(await allLines(engine.scans)).toMatchObject([{ lineKey: 'TEA', quantity: units(6), standing: 6 }])
  })

  it('[JN3] [I4] takes the higher revision, whichever comes first', async () => {
    const engine = await openTestEngine()

    await join(engine, [otherRow({ rev: 5, quantity: units(5), standing: 5 })])
    await join(engine, [otherRow({ rev: 3, quantity: units(3), standing: 3 })])

    expect(await allLines(engine.scans)).toMatchObject([{ quantity: units(5), standing: 5 }])
  })

  it('[JN3] joins the halves apart: an older count with a newer identification', async () => {
    const engine = await openTestEngine()

    await join(engine, [otherRow({ rev: 5, quantity: units(5) })])
    await join(engine, [otherRow({ rev: 4, matchRev: 2, productId: product('RICE') })])

    expect(await allLines(engine.scans)).toMatchObject([{ lineKey: 'RICE', quantity: units(5) }])
  })

  it('[JN4] [S3.18] [S3.32] never touches unsent work of this device', async () => {
    const engine = await scannedTea()
    const row = await ownRow(engine)

    await join(engine, [itemOfRow(row, { rev: 1, quantity: units(1), standing: 1 })])

    expect(await ownRow(engine)).toEqual(row)
    expect(await outboxOf(engine.scans)).toEqual([row.uuid])
    expect(await syncedOf(engine)).toMatchObject({ standing: 1 })
  })

  it('[JN5] [S3.13] takes an own row that comes back as an acknowledgement', async () => {
    const engine = await scannedTea()
    const row = await ownRow(engine)

    await join(engine, [itemOfRow(row)])

    expect(await outboxOf(engine.scans)).toEqual([])
    expect(await syncedOf(engine)).toMatchObject({ standing: 2 })
    expect(await allLines(engine.scans)).toMatchObject([{ quantity: units(2) }])
  })

  it('[JN5] [I4] takes the same revision with another quantity for no acknowledgement', async () => {
    const engine = await scannedTea()
    const row = await ownRow(engine)

    await join(engine, [itemOfRow(row, { quantity: units(9) })])

    expect(await outboxOf(engine.scans)).toEqual([row.uuid])
  })

  it('[JN6] keeps what the server knows of a log whose end this disk has lost', async () => {
    const engine = await scannedTea()
    const row = await ownRow(engine)

    await join(engine, [itemOfRow(row, { rev: 9, quantity: units(9), standing: 9 })])
    await engine.append([aScan(TEA)], asId<LogId>('log-2'))
    await foldNew(engine.deps)

    expect(await allLines(engine.scans)).toMatchObject([{ quantity: units(10), standing: 10 }])
    expect(await outboxOf(engine.scans)).not.toContain(row.uuid)
    expect(await syncedOf(engine)).toMatchObject({ standing: 2 })
  })

  it('[JN15] keeps in sight what this disk still has of a lost log whose row somebody removed, as a rebuild does', async () => {
    const engine = await scannedTea()
    const row = await ownRow(engine)
    await join(engine, [itemOfRow(row, { rev: 9, quantity: units(9), standing: 9 })])

    await join(engine, [])

    expect(await allLines(engine.scans)).toMatchObject([{ quantity: row.quantity, standing: row.standing }])
    expect(await outboxOf(engine.scans)).not.toContain(row.uuid)
    expect(await rebuildSession(engine.deps, SESSION)).toEqual({ changedLines: 0 })
  })

  it('[JN7] counts an item once that a page repeats', async () => {
    const engine = await openTestEngine()

    await join(engine, [otherRow(), otherRow(), requestedItem('1', 'TEA'), requestedItem('1', 'TEA')])

    expect(await allLines(engine.scans)).toMatchObject([{ quantity: units(4), requestedRows: 1 }])
  })

  it('[JN8] removes server rows that a full pull no longer shows, and only then', async () => {
    const engine = await scannedTea()
    await join(engine, [otherRow(), requestedItem('1', 'RICE')])

    await join(engine, [requestedItem('1', 'RICE')], false)
    expect(await allLines(engine.scans)).toMatchObject([{ lineKey: 'RICE' }, { lineKey: 'TEA', quantity: units(6) }])

    await join(engine, [requestedItem('1', 'RICE')])
    expect(await allLines(engine.scans)).toMatchObject([{ lineKey: 'RICE' }, { lineKey: 'TEA', quantity: units(2) }])
    expect(await countsIn(engine.scans)).toMatchObject({ uncounted: 1, undirected: 1 })
  })

  it('[JN8] remembers over the pages of one pull what it has seen', async () => {
    const engine = await openTestEngine()
    await join(engine, [requestedItem('1', 'TEA'), requestedItem('2', 'RICE')])
    const pull = beginPull()

    await storeInventoryCountItems(engine.deps, SESSION, [requestedItem('1', 'TEA')], { pull, isComplete: false })
    await storeInventoryCountItems(engine.deps, SESSION, [requestedItem('2', 'RICE')], { pull, isComplete: true })

    expect(await allLines(engine.scans)).toHaveLength(2)
  })

  it('[JN13] writes at most a hundred rows in a transaction, and nothing at all where nothing is new', async () => {
    const engine = await scannedTea()
    const own = itemOfRow(await ownRow(engine))
    const page = [own, otherRow(), ...Array.from({ length: 248 }, (_none, nth) => requestedItem(String(nth + 10), `P${nth}`))]
    const written: number[] = []
    const tx: typeof engine.scans.tx = async (tables, mode, work) => {
      const before = engine.scans.cost.rowsWritten
      const result = await engine.scans.tx(tables, mode, work)
      if (mode === 'rw') written.push(engine.scans.cost.rowsWritten - before)
      return result
    }
    const deps = { ...engine.deps, scans: { ...engine.scans, tx } }

    await storeInventoryCountItems(deps, SESSION, page, { pull: beginPull(), isComplete: true })
    const atFirst = written.splice(0).length
    await storeInventoryCountItems(deps, SESSION, page, { pull: beginPull(), isComplete: true })
    const again = written.splice(0)
    await storeInventoryCountItems(deps, SESSION, page.slice(0, 50), { pull: beginPull(), isComplete: true })
    const removed = written.splice(0).length
    await storeInventoryCountItems(deps, SESSION, [own, otherRow({ quantity: units(5), standing: 5, rev: 5 })], { pull: beginPull(), isComplete: false })

    expect({ atFirst, again, removed }).toEqual({ atFirst: 3, again: [], removed: 2 })
    // The row, its line and its bucket's numbers.
    expect(written).toEqual([expect.closeTo(4, -1)])
    expect(await allRows(engine.scans)).toHaveLength(50)
  })

  it('[JN9] takes the server’s newer word on what a value stands for, in all own rows of it', async () => {
    const engine = await openTestEngine()
    await engine.append([aScan('x')], asId<LogId>('log-1'))
    await engine.append([aScan('x')], asId<LogId>('log-2'))
    await foldNew(engine.deps)
    const row = await ownRow(engine)

    await join(engine, [itemOfRow(row, { matchRev: 1, productId: product('TEA') })])

    expect(await allLines(engine.scans)).toMatchObject([{ lineKey: 'TEA', quantity: units(2) }])
    expect(await outboxOf(engine.scans)).not.toContain(row.uuid)
    expect(await countsIn(engine.scans)).toMatchObject({ unmatched: 0, undirected: 1 })
  })

  it('[BU10] counts the pack size of a case whose product the server named first: the catalogue knows it already', async () => {
    const engine = await scannedCase()
    await fillCatalogue(engine.catalogue, { TEA: [`12x${SOAP}`] })

    await join(engine, [await namedByServer(engine)])

    expect(await allLines(engine.scans)).toMatchObject([{ lineKey: 'TEA', quantity: units(24), standing: 2 }])
  })

  it('[BU10] counts it when a page of the catalogue brings it', async () => {
    const engine = await scannedCase()
    await join(engine, [await namedByServer(engine)])
    expect(await allLines(engine.scans)).toMatchObject([{ lineKey: 'TEA', quantity: units(2) }])
    await fillCatalogue(engine.catalogue, { TEA: [`12x${SOAP}`] })
    const tea = { productId: product('TEA'), name: 'Tea', identifiers: [{ type: 'EAN', value: SOAP, packSize: 12 }] }

    for (let time = 0; time < 2; time++) await nameLines(engine.deps, SESSION, [tea])

    expect(await allLines(engine.scans)).toMatchObject([{ lineKey: 'TEA', quantity: units(24), standing: 2 }])
  })

  it('[BU10] counts it at the next scan, once the catalogue knows it', async () => {
    const engine = await scannedCase()
    await join(engine, [await namedByServer(engine)])
    await fillCatalogue(engine.catalogue, { TEA: [`12x${SOAP}`] })

    await engine.append([aScan(SOAP)])
    await foldNew(engine.deps)

    expect(await allLines(engine.scans)).toMatchObject([{ lineKey: 'TEA', quantity: units(36), standing: 3 }])
    expect(await engine.scans.tx(['matches'], 'r', (tx) => tx.get('matches', [SESSION, keyOf(SOAP)]))).toMatchObject({ packSize: 12, isPackKnown: true })
  })

  it('[BU10] does not take the pack size of another product, nor undo what scans have frozen', async () => {
    const engine = await openTestEngine()
    await engine.append([aScan(SOAP, { packSize: 12, quantity: units(12) })])
    await foldNew({ ...engine.deps, catalogue: null })
    await fillCatalogue(engine.catalogue, { RICE: [`6x${SOAP}`] })
    await join(engine, [await namedByServer(engine)])

    await engine.append([aScan(SOAP, { packSize: 12, quantity: units(12) })])
    await foldNew(engine.deps)

    expect(await allLines(engine.scans)).toMatchObject([{ lineKey: 'TEA', quantity: units(24), standing: 2 }])
  })

  it('[JN9] keeps a newer match of this device, unsent', async () => {
    const engine = await openTestEngine()
    await engine.append([aScan('x')])
    await foldNew(engine.deps)
    const row = await ownRow(engine)
    await matchItem(engine.deps, { sessionId: SESSION, itemKey: keyOf('x'), productId: product('TEA'), packSize: 1 })

    await join(engine, [itemOfRow(row)])

    expect(await allLines(engine.scans)).toMatchObject([{ lineKey: 'TEA' }])
    expect(await outboxOf(engine.scans)).toEqual([row.uuid])
  })

  it('[JN10] counts a quantity without standing as counted, and no quantity as uncounted', async () => {
    const engine = await openTestEngine()

    await join(engine, [
      requestedItem('1', 'TEA', { quantity: units(0) }),
      requestedItem('2', 'RICE'),
      requestedItem('3', 'SOAP', { quantity: units(3) }),
    ])

    expect((await allLines(engine.scans)).map((it) => [it.lineKey, it.bucket])).toEqual([
      ['RICE', 'uncounted'],
      ['SOAP', 'counted'],
      ['TEA', 'counted'],
    ])
  })
})
