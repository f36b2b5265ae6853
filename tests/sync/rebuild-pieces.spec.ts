// A rebuild goes in pieces, on the real Dexie: what it holds at once, what may come in between, and who may die there.
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { foldScanEvents } from '../../src/domain/fold'
import { asId } from '../../src/domain/ids'
import type { LogId } from '../../src/domain/ids'
import { countsOf } from '../../src/domain/lines'
import type { ScansShape, ScansStore, ScansTx } from '../../src/ports/scans-schema'
import { foldNew } from '../../src/sync/fold'
import { matchItem } from '../../src/sync/matching'
import { rebuildSession } from '../../src/sync/rebuild'
import { checkSession } from '../../src/sync/self-check'
import { beginPull, storeInventoryCountItems } from '../../src/sync/store-inventory-count-items'
import { readReport } from '../../src/usecases/start-report'
import { aScan, aServerItem, fillCatalogue, keyOf, product, requestedItem, SESSION, units } from '../support/builders'
import { allLines, allRows, countsIn, dump, openTestEngine, outboxOf } from '../support/test-engine'
import type { TestEngine, TestEngineOptions } from '../support/test-engine'

type Table = keyof ScansShape

/** What one transaction asked for, by table. */
interface Seen {
  readonly mode: 'r' | 'rw'
  readonly read: Partial<Record<Table, number>>
  readonly written: Partial<Record<Table, number>>
}

interface Watch {
  readonly onBegin?: (seen: Seen) => void
  readonly onCommit?: (seen: Seen) => Promise<void>
}

const opened: TestEngine[] = []
afterEach(async () => {
  for (const it of opened.splice(0)) await it.close()
})

async function engineOf(options: TestEngineOptions = {}): Promise<TestEngine> {
  const engine = await openTestEngine({ kind: 'dexie', ...options })
  opened.push(engine)
  return engine
}

/** A directed count of so many products, each asked for and scanned once. */
async function counted(items: number, options: TestEngineOptions = {}): Promise<TestEngine> {
  const engine = await engineOf(options)
  const names = Array.from({ length: items }, (_unused, nth) => `P${String(nth).padStart(4, '0')}`)
  await fillCatalogue(engine.catalogue, Object.fromEntries(names.map((name) => [name, [`value-${name}`]])))
  await storeInventoryCountItems(engine.deps, SESSION, names.map((name, nth) => requestedItem(String(nth), name)), { pull: beginPull(), isComplete: true })
  await engine.append(names.map((name) => aScan(`value-${name}`)))
  await foldNew(engine.deps)
  return engine
}

/** Own rows, lines, counters and outbox, as if they had never been. */
function loseAll(scans: ScansStore): Promise<void> {
  return scans.tx(['inventoryCountRecords', 'items', 'counters', 'outbox'], 'rw', async (tx) => {
    const rows = await tx.range('inventoryCountRecords', ':id', { limit: 100_000 })
    await tx.bulkDelete('inventoryCountRecords', rows.flatMap((row) => (row.origin === 'own' ? [row.uuid] : [])))
    for (const table of ['items', 'counters', 'outbox'] as const) await tx.clear(table)
  })
}

function watched(scans: ScansStore, { onBegin, onCommit }: Watch = {}): { readonly scans: ScansStore; readonly all: Seen[] } {
  const all: Seen[] = []
  return {
    all,
    scans: {
      ...scans,
      tx: async (tables, mode, work) => {
        const seen: Seen = { mode, read: {}, written: {} }
        const result = await scans.tx(tables, mode, (tx) => {
          onBegin?.(seen)
          return work(countedTx(tx, seen))
        })
        all.push(seen)
        await onCommit?.(seen)
        return result
      },
    },
  }
}

function countedTx(tx: ScansTx, { read, written }: Seen): ScansTx {
  const add = (to: Seen['read'], table: Table, rows: number): void => void (to[table] = (to[table] ?? 0) + rows)
  return {
    ...tx,
    get: (table, key) => (add(read, table, 1), tx.get(table, key)),
    bulkGet: (table, keys) => (add(read, table, keys.length), tx.bulkGet(table, keys)),
    range: async (table, index, range) => {
      const found = await tx.range(table, index, range)
      add(read, table, found.length)
      return found
    },
    put: (table, row) => (add(written, table, 1), tx.put(table, row)),
    bulkPut: (table, rows) => (add(written, table, rows.length), tx.bulkPut(table, rows)),
    bulkDelete: (table, keys) => (add(written, table, keys.length), tx.bulkDelete(table, keys)),
  }
}

const most = (all: readonly Seen[], what: 'read' | 'written', table: Table): number => Math.max(...all.map((it) => it[what][table] ?? 0))

/** Said without the fold's or the rebuild's help: rows are the sums of their events, lines of their rows, counters of the lines. */
async function expectSums({ scans }: TestEngine): Promise<void> {
  const [rows, lines] = [await allRows(scans), await allLines(scans)]
  const events = await scans.tx(['scanEvents'], 'r', (tx) => tx.range('scanEvents', ':id', { limit: 100_000 }))
  const own = rows.filter((row) => row.origin === 'own')
  const said = (it: { readonly logId: string | null; readonly itemKey: string }, quantity: number): string => `${it.logId} ${it.itemKey} ${quantity}`
  const unidentified = { productId: null, isRequested: false, systemQuantityOnHand: null, matchRev: 0 } as const
  const sums = [...foldScanEvents(new Map(), events, () => unidentified).values()]
  expect(own.map((row) => said(row, row.quantity)).toSorted()).toEqual(sums.map((row) => said(row, row.quantity)).toSorted())
  expect((await outboxOf(scans)).toSorted()).toEqual(own.map((row) => row.uuid as string).toSorted())
  const byLine = new Map<string, number>()
  for (const row of rows) byLine.set(row.lineKey, (byLine.get(row.lineKey) ?? 0) + row.quantity)
  expect(Object.fromEntries(lines.map((line) => [line.lineKey, line.quantity]))).toEqual(Object.fromEntries(byLine))
  expect(await countsIn(scans)).toMatchObject(countsOf(lines))
}

const noteIn = (scans: ScansStore) => scans.tx(['meta'], 'r', (tx) => tx.get('meta', `rebuilding:${SESSION}`))

describe('a rebuild in pieces', () => {
  it('[CR27] looks at a hundred rows or lines at once, also where all that is derived is gone, and gives the same', async () => {
    const engine = await counted(330)
    const whole = await dump(engine.scans)
    const unsent = await outboxOf(engine.scans)

    const healthy = watched(engine.scans)
    expect(await rebuildSession({ ...engine.deps, scans: healthy.scans }, SESSION)).toEqual({ changedLines: 0 })
    await loseAll(engine.scans)
    const gone = watched(engine.scans)
    expect(await rebuildSession({ ...engine.deps, scans: gone.scans }, SESSION)).toEqual({ changedLines: 330 })

    expect(await dump(engine.scans)).toBe(whole)
    expect((await outboxOf(engine.scans)).toSorted()).toEqual(unsent.toSorted())
    for (const table of ['inventoryCountRecords', 'items', 'outbox', 'matches'] as const) {
      expect(most(healthy.all, 'written', table), table).toBe(0)
      expect(most(gone.all, 'written', table), table).toBeLessThanOrEqual(100)
      expect(most(healthy.all, 'read', table), table).toBeLessThanOrEqual(102)
      // With the two rows of each line that changes.
      expect(most(gone.all, 'read', table), table).toBeLessThanOrEqual(300)
    }
  })

  it('[CR27] reads its rows behind the pages of a large session, and no page twice', async () => {
    const { deps, scans } = await counted(250)
    const { scans: store, all } = watched(scans)

    await rebuildSession({ ...deps, scans: store }, SESSION)

    const rows = all.reduce((sum, it) => sum + (it.read.inventoryCountRecords ?? 0), 0)
    // Asked for by their events, as they are stored, and line by line.
    expect(rows).toBeLessThanOrEqual(250 + 500 + 500 + 10)
  })

  it('[SE46] a scan waits for one piece at most, whatever the rebuild has still to write', async () => {
    const { deps, append, scans } = await counted(330)
    await loseAll(scans)
    let written = 0
    const asked: Promise<number>[] = []
    const { scans: store } = watched(scans, {
      onBegin: ({ mode }) => {
        if (mode === 'r') return
        const before = written
        asked.push(append([aScan(`later-${asked.length}`)]).then(() => written - before))
      },
      onCommit: (seen) => {
        written += seen.written.inventoryCountRecords ?? 0
        return Promise.resolve()
      },
    })

    await rebuildSession({ ...deps, scans: store }, SESSION)

    expect(written).toBe(330)
    expect(Math.max(...(await Promise.all(asked)))).toBeLessThanOrEqual(100)
  })

  it('[CR28] leaves what is scanned, folded, matched and pulled between two pieces as it is', async () => {
    const values = ['a', 'b', 'c', 'd', 'e', 'f'] as const
    const step = fc.oneof(
      fc.record({ kind: fc.constant('scan' as const), value: fc.constantFrom(...values, 'new'), log: fc.constantFrom('a', 'b') }),
      fc.record({ kind: fc.constant('match' as const), value: fc.constantFrom(...values), to: fc.constantFrom('TEA', 'SOAP') }),
      fc.record({ kind: fc.constant('pull' as const), seq: fc.constantFrom('1', '2'), to: fc.constantFrom('TEA', 'RICE'), isRequested: fc.boolean() }),
      fc.record({ kind: fc.constant('catalogue' as const) }),
      fc.record({ kind: fc.constant('nothing' as const) }),
    )
    const damage = fc.record({ rows: fc.constantFrom('well', 'wrong', 'gone'), lines: fc.constantFrom('well', 'wrong', 'gone'), others: fc.constantFrom('well', 'gone') })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), damage, fc.integer({ min: 1, max: 3 }), async (steps, wrong, rebuildBatch) => {
        const engine = await engineOf({ limits: { rebuildBatch } })
        const { deps, append, scans, catalogue } = engine
        await storeInventoryCountItems(deps, SESSION, [requestedItem('9', 'TEA')], { pull: beginPull(), isComplete: true })
        await append([...values, 'a', 'b'].map((it) => aScan(it)), asId<LogId>('a'))
        await append(values.map((it) => aScan(it)), asId<LogId>('b'))
        await foldNew(deps)
        await spoil(scans, wrong)
        const left = [...steps]
        const { scans: store } = watched(scans, {
          onCommit: async () => {
            const it = left.shift()
            if (it?.kind === 'scan') await append([aScan(it.value)], asId<LogId>(it.log)).then(() => foldNew(deps))
            if (it?.kind === 'match') await matchItem(deps, { sessionId: SESSION, itemKey: keyOf(it.value), productId: product(it.to), packSize: 1 })
            if (it?.kind === 'catalogue') await fillCatalogue(catalogue, { RICE: ['c', 'new'] })
            if (it?.kind !== 'pull') return
            const item = aServerItem({ importItemSeqId: it.seq, productId: product(it.to), isRequested: it.isRequested, quantity: units(3), standing: 3, rev: 1, matchRev: 0 })
            await storeInventoryCountItems(deps, SESSION, [item], { pull: beginPull(), isComplete: false })
          },
        })

        await rebuildSession({ ...deps, scans: store }, SESSION)

        await foldNew(deps)
        await expectSums(engine)
        expect(await noteIn(scans)).toBeUndefined()
        const after = await dump(scans)
        expect(await rebuildSession(deps, SESSION)).toEqual({ changedLines: 0 })
        expect(await dump(scans)).toBe(after)
      }),
      { numRuns: 40 },
    )
  }, 120_000)

  it('[CR29] is the same in two windows at once', async () => {
    const engine = await counted(40, { limits: { rebuildBatch: 7 } })
    const { deps, scans, append } = engine
    const whole = await dump(scans)
    await loseAll(scans)

    await Promise.all([rebuildSession(deps, SESSION), rebuildSession(deps, SESSION)])

    expect(await dump(scans)).toBe(whole)
    await loseAll(scans)
    await Promise.all([rebuildSession(deps, SESSION), rebuildSession(deps, SESSION), append([aScan('value-P0001')]).then(() => foldNew(deps))])
    await expectSums(engine)
    expect(await noteIn(scans)).toBeUndefined()
  })

  it('[CR30] counts the lines anew a piece at a time, with what is folded meanwhile, until the counters are a recount', async () => {
    const engine = await counted(20, { limits: { rebuildBatch: 3 } })
    const { deps, scans, append } = engine
    await scans.tx(['counters'], 'rw', (tx) => tx.put('counters', { sessionId: SESSION, kind: 'buckets', counted: 7, uncounted: -2, undirected: 0, unmatched: 1 }))
    let counts = 0
    const { scans: store } = watched(scans, {
      onCommit: async ({ mode }) => {
        if (mode === 'rw') counts += 1
        // New lines before and behind those that are counted, and changes of both.
        if (mode === 'rw' && counts % 3 === 0) {
          await append([aScan(`value-P00${10 + (counts % 7)}`), aScan(counts % 2 === 0 ? `0-${counts}` : `z-${counts}`)])
          await foldNew(deps)
        }
        const recount = await scans.tx(['counters'], 'r', (tx) => tx.get('counters', [SESSION, 'recount']))
        if (recount?.kind !== 'recount') return
        expect(recount).toMatchObject(countsOf((await allLines(scans)).filter((line) => line.lineKey <= recount.through)))
      },
    })

    await rebuildSession({ ...deps, scans: store }, SESSION)

    await expectSums(engine)
    expect(await scans.tx(['counters'], 'r', (tx) => tx.get('counters', [SESSION, 'recount']))).toBeUndefined()
  })

  it('[SR13] goes on at the next opening when it died between any two pieces, and tells', async () => {
    let dies = 0
    for (let isOver = false; !isOver; dies++) {
      const engine = await counted(9, { limits: { rebuildBatch: 2 } })
      const { deps, scans } = engine
      await checkSession(deps, SESSION)
      const whole = await dump(scans)
      await loseAll(scans)
      const damaged = await allRows(scans)
      let left = dies
      const { scans: store } = watched(scans, { onCommit: () => (left-- === 0 ? Promise.reject(new Error('killed')) : Promise.resolve()) })
      isOver = await rebuildSession({ ...deps, scans: store }, SESSION).then(() => true, () => false)
      const hasBegun = (await noteIn(scans)) !== undefined

      await checkSession(deps, SESSION)

      if (!hasBegun && !isOver && left < 0 && (await allRows(scans)).length === damaged.length) continue
      expect(await dump(scans), `killed after ${dies}`).toBe(whole)
      await expectSums(engine)
      expect(await noteIn(scans)).toBeUndefined()
      if (hasBegun) expect(await readReport(scans)).toMatchObject([{ kind: 'rebuilt' }])
    }
    expect(dies).toBeGreaterThan(20)
  }, 60_000)
})

async function spoil(scans: ScansStore, { rows, lines, others }: { rows: string; lines: string; others: string }): Promise<void> {
  await scans.tx(['inventoryCountRecords', 'items', 'counters', 'outbox'], 'rw', async (tx) => {
    const own = (await tx.range('inventoryCountRecords', ':id', { limit: 999 })).filter((row) => row.origin === 'own')
    const some = own.filter((_row, nth) => nth % 2 === 0)
    if (rows === 'wrong') await tx.bulkPut('inventoryCountRecords', some.map((row) => ({ ...row, quantity: units(50), standing: 7 })))
    if (rows === 'gone') await tx.bulkDelete('inventoryCountRecords', own.map((row) => row.uuid))
    const items = await tx.range('items', ':id', { limit: 999 })
    if (lines === 'wrong') await tx.bulkPut('items', items.map((line) => ({ ...line, quantity: units(60), standing: 0 })))
    if (lines === 'gone') await tx.clear('items')
    if (others === 'gone') for (const table of ['counters', 'outbox'] as const) await tx.clear(table)
  })
}
