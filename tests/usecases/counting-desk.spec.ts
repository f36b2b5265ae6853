import { beforeEach, describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../src/db/memory-store'
import { asId } from '../../src/domain/ids'
import type { LineKey, LogId } from '../../src/domain/ids'
import type { ScanInput } from '../../src/ports/counting'
import type { CatalogueShape } from '../../src/ports/catalogue-schema'
import { CATALOGUE_SCHEMA } from '../../src/ports/catalogue-schema'
import { acknowledge } from '../../src/sync/acknowledge'
import { foldNew } from '../../src/sync/fold'
import { beginPull, storeInventoryCountItems } from '../../src/sync/store-inventory-count-items'
import { readUnsent } from '../../src/sync/unsent'
import { createCountingDesk } from '../../src/usecases/counting-desk'
import type { DeskDeps, OpenDesk } from '../../src/usecases/counting-desk'
import { createScanWriter } from '../../src/usecases/scan-writer'
import type { ScanWriter } from '../../src/usecases/scan-writer'
import { ANA, aScan, aSession, fillCatalogue, keyOf, putSession, requestedItem, RICE, SESSION, SOAP, TEA, units } from '../support/builders'
import { settle } from '../support/fake-time'
import { openTestEngine } from '../support/test-engine'
import type { TestEngine } from '../support/test-engine'

let engine: TestEngine
let writer: ScanWriter
let desk: OpenDesk

function openDesk(overrides: Partial<DeskDeps> = {}): OpenDesk {
  const { deps, scans } = engine
  const spill = { read: () => [], write: () => undefined, remove: () => undefined }
  writer = createScanWriter({ ...deps, store: scans, reopen: async () => scans, spill, userName: ANA })
  return createCountingDesk({ ...deps, sessionId: SESSION, writer, mayCountHere: () => true, ...overrides })
}

beforeEach(async () => {
  engine = await openTestEngine()
  await fillCatalogue(engine.catalogue, { TEA: [TEA, `12x${SOAP}`], RICE: [RICE] })
  await storeInventoryCountItems(engine.deps, SESSION, [requestedItem('1', 'TEA')], { pull: beginPull(), isComplete: true })
  desk = openDesk()
})

const input = (raw: string, overrides: Partial<ScanInput> = {}): ScanInput => ({
  raw,
  symbology: null,
  source: 'scanner',
  times: units(1),
  receivedAt: null,
  ...overrides,
})

const scan = (raw: string, overrides?: Partial<ScanInput>) => desk.scan(input(raw, overrides))
const eventIdOf = (outcome: Awaited<ReturnType<typeof scan>>) =>
  outcome.kind === 'refused' ? expect.unreachable() : outcome.eventId

describe('scanning', () => {
  it('[SE17] [S3.9] says what a scan was: on the list, not on the list, unknown', async () => {
    expect(await scan(TEA)).toMatchObject({ kind: 'counted', productId: 'TEA', name: 'Product TEA', total: units(1) })
    expect(await scan(RICE)).toMatchObject({ kind: 'undirected', productId: 'RICE', name: 'Product RICE' })
    expect(await scan('???')).toMatchObject({ kind: 'unmatched', productId: null, name: '???', lineKey: 'raw:???' })
  })

  it('[SE18] freezes the pack size of a case, times the number given before', async () => {
    expect(await scan(SOAP, { times: units(3) })).toMatchObject({ productId: 'TEA', packSize: 12, quantity: units(36) })
  })

  it('[SE19] tells the total with the scans that are not folded yet and those of other devices', async () => {
    await scan(TEA)
    await foldNew(engine.deps)
    await scan(TEA)

    expect(await scan(SOAP)).toMatchObject({ total: units(14) })
    expect(await desk.line(asId('TEA'))).toMatchObject({ item: { quantity: units(1) }, total: units(14) })
  })

  it('[SE20] writes in the order of the calls, however long each look-up takes', async () => {
    let letGo = (): void => undefined
    let isFirst = true
    const slowAtFirst = createMemoryStore<CatalogueShape>(CATALOGUE_SCHEMA, {
      beforeCommit: () => {
        if (!isFirst) return Promise.resolve()
        isFirst = false
        return new Promise((resolve) => (letGo = resolve))
      },
    })
    desk = openDesk({ catalogue: slowAtFirst })
    const scanning = ['a', 'b', 'c'].map((value) => scan(value))
    await settle()
    letGo()
    const outcomes = await Promise.all(scanning)

    const stored = await engine.scans.tx(['scanEvents'], 'r', (tx) => tx.range('scanEvents', ':id', { limit: 9 }))
    expect(stored.map((it) => it.raw)).toEqual(['a', 'b', 'c'])
    expect(outcomes.map(eventIdOf)).toEqual(stored.map((it) => it.eventId))
  })

  it('[SE21] does not wait longer than its budget for the catalogue', async () => {
    await scan(TEA)
    const slow = createMemoryStore<CatalogueShape>(CATALOGUE_SCHEMA, {
      beforeCommit: () => new Promise(() => undefined),
    })
    desk = openDesk({ catalogue: slow })
    // Reads the session once, so that the budget holds.
    await desk.undo((await desk.feed(1))[0]?.eventId ?? expect.unreachable())
    const scanning = desk.scan(input('new'))
    await engine.time.advance(engine.deps.limits.identifyBudgetMs)
    await settle()

    expect(await desk.tally()).toMatchObject({ saved: 1 })
    await engine.time.advance(engine.deps.limits.identifyBudgetMs * 10)
    expect(await scanning).toMatchObject({ kind: 'unmatched', packSize: 1 })
  })

  it('[SE21] tells what a slow look-up finds, though the scan was saved before', async () => {
    await scan(TEA)
    let letGo = (): void => undefined
    let isHeld = false
    const slow = createMemoryStore<CatalogueShape>(CATALOGUE_SCHEMA, {
      beforeCommit: () => (isHeld ? new Promise((resolve) => (letGo = resolve)) : Promise.resolve()),
    })
    await fillCatalogue(slow, { TEA: [TEA, `12x${SOAP}`] })
    isHeld = true
    desk = openDesk({ catalogue: slow })
    await desk.undo((await desk.feed(1))[0]?.eventId ?? expect.unreachable())
    const scanning = desk.scan(input(SOAP))
    await engine.time.advance(engine.deps.limits.identifyBudgetMs)
    await settle()
    letGo()

    expect(await scanning).toMatchObject({ kind: 'counted', productId: 'TEA' })
  })

  it.each([
    ['empty', input('  ')],
    ['too-long', input('x'.repeat(256))],
    ['unreadable', input('40063\u000281333931')],
    ['quantity', input(TEA, { times: units(1_000_000_000) })],
  ] as const)('[SE22] refuses what is %s, and stores nothing', async (reason, refused) => {
    await scan(TEA)
    await foldNew(engine.deps)
    const before = await desk.tally()

    expect(await desk.scan(refused)).toEqual({ kind: 'refused', reason, raw: refused.raw })
    expect(await desk.tally()).toEqual(before)
  })

  it.each([
    ['lock-lost', aSession({ lock: 'lost' })],
    ['no-lock', aSession({ lock: 'none' })],
    ['no-lock', aSession({ lock: 'elsewhere' })],
    ['submitted', aSession({ submitQueuedAt: 5 })],
  ] as const)('[SE23] [S3.28] refuses with %s', async (reason, session) => {
    await putSession(engine.scans, session)

    expect(await scan(TEA)).toMatchObject({ kind: 'refused', reason })
    expect(await desk.tally()).toEqual({ scanned: 0, saved: 0, synced: 0 })
  })

  it('[SE23] [S3.37] [S3.44] goes on while the lock cannot be verified', async () => {
    await putSession(engine.scans, aSession({ lock: 'unverified' }))

    expect(await scan(TEA)).toMatchObject({ kind: 'counted' })
  })

  it('[SE17] marks the moments of a scan', async () => {
    const marks: string[] = []
    desk = openDesk({ mark: (name, eventId, at) => marks.push(`${name} ${eventId} ${at}`) })

    const eventId = eventIdOf(await desk.scan(input(TEA, { receivedAt: 7 })))

    expect(marks).toEqual([`received ${eventId} 7`, `durable ${eventId} 7`])
  })
})

describe('undo', () => {
  it('[SE24] takes a scan back once, also after a restart', async () => {
    const eventId = eventIdOf(await scan(TEA))
    desk = openDesk()

    expect(await Promise.all([desk.undo(eventId), desk.undo(eventId)])).toEqual(['undone', 'already-undone'])
    await foldNew(engine.deps)

    expect(await desk.line(asId('TEA'))).toMatchObject({ total: 0, item: { bucket: 'uncounted' } })
  })

  it('[SE24] takes all scans of a line back, folded or not, by whatever value', async () => {
    await scan(TEA)
    await foldNew(engine.deps)
    await scan(SOAP)
    await scan(RICE)

    expect(await desk.undoLine(asId('TEA'))).toBe(2)
    expect(await desk.undoLine(asId('TEA'))).toBe(0)
    await foldNew(engine.deps)

    expect(await desk.line(asId('TEA'))).toMatchObject({ total: 0 })
    expect(await desk.line(asId('RICE'))).toMatchObject({ total: units(1) })
  })

  it('[SE24] is refused when somebody else holds the session', async () => {
    const eventId = eventIdOf(await scan(TEA))
    await putSession(engine.scans, aSession({ lock: 'lost' }))

    expect(await desk.undo(eventId)).toBe('refused')
  })
})

describe('amount set by hand', () => {
  it('[SE25] brings the line to the amount, without being a scan', async () => {
    await scan(TEA)
    await foldNew(engine.deps)
    await scan(TEA)

    expect(await desk.setQuantity(asId('TEA'), units(10))).toMatchObject({ total: units(10) })
    await foldNew(engine.deps)

    expect(await desk.line(asId('TEA'))).toMatchObject({ total: units(10), item: { standing: 2 } })
    expect((await desk.tally()).saved).toBe(2)
  })

  it('[SE25] counts an uncounted line: zero is a value', async () => {
    await desk.setQuantity(asId('TEA'), units(0))
    await foldNew(engine.deps)

    expect(await desk.line(asId('TEA'))).toMatchObject({ item: { bucket: 'counted', quantity: 0, standing: 1 } })
  })
})

describe('tally', () => {
  it('[SE26] tells received, saved and acknowledged scans of this device, less those undone', async () => {
    const eventId = eventIdOf(await scan(TEA, { times: units(12) }))
    await scan(RICE)
    await foldNew(engine.deps)
    const sent = await readUnsent(engine.deps, SESSION, 9)
    const [row] = sent.filter((it) => it.productId === 'RICE')
    if (row === undefined) return expect.unreachable()
    await acknowledge(engine.deps, SESSION, [row], { verdicts: [{ uuid: row.uuid, verdict: 'applied', rev: row.rev, importItemSeqId: null, lastUpdatedStamp: null, code: null, message: null }], serverTime: 1 })
    expect(await desk.tally()).toEqual({ scanned: 2, saved: 2, synced: 1 })

    await desk.undo(eventId)
    expect(await desk.tally()).toEqual({ scanned: 1, saved: 1, synced: 1 })
  })

  it('[SE26] shows a scan that waits for the disk as scanned and not as saved', async () => {
    let letGo = (): void => undefined
    engine = await openTestEngine({ memory: { beforeCommit: (tables, mode) => (mode === 'rw' && tables.includes('scanEvents') ? new Promise((resolve) => (letGo = resolve)) : Promise.resolve()) } })
    desk = openDesk()

    const scanning = desk.scan(input(TEA))
    await settle()
    expect(writer.waitingStanding(SESSION)).toBe(1)
    letGo()

    expect(await scanning).toMatchObject({ kind: 'unmatched' })
    expect(await desk.tally()).toEqual({ scanned: 1, saved: 1, synced: 0 })
  })
})

describe('feed', () => {
  it('[SE27] shows the newest events of all logs of this device, newest first', async () => {
    await engine.append([aScan('old 1', { at: 1 }), aScan('old 2', { at: 2 })], asId<LogId>('old'))
    const eventId = eventIdOf(await scan(TEA))
    await scan('???')
    await desk.undo(eventId)
    await foldNew(engine.deps)

    expect((await desk.feed(4)).map((it) => [it.kind, it.raw, it.isUndone, it.bucket])).toEqual([
      ['negation', TEA, false, 'uncounted'],
      ['scan', '???', false, 'unmatched'],
      ['scan', TEA, true, 'uncounted'],
      ['scan', 'old 2', false, 'unmatched'],
    ])
  })

  it('[SE27] names scans that are not folded yet', async () => {
    await scan(RICE)

    expect(await desk.feed(1)).toMatchObject([{ name: 'Product RICE', lineKey: 'RICE', productId: 'RICE' }])
  })

  it('[SE27] hints at the place of an unknown value by the good scans around it', async () => {
    for (const value of [TEA, 'other', '???', RICE]) await scan(value)
    await foldNew(engine.deps)

    expect(await desk.neighbours(keyOf('???'))).toEqual({
      before: { name: 'Product TEA', scansAgo: 2 },
      after: { name: 'Product RICE', scansLater: 1 },
    })
  })
})

describe('lists', () => {
  it('[BU4] gives the keys of a tab in each order, and the lines for them', async () => {
    await storeInventoryCountItems(engine.deps, SESSION, [requestedItem('3', 'AAA'), requestedItem('2', 'ZZZ'), requestedItem('1', 'TEA')], { pull: beginPull(), isComplete: true })

    expect(await desk.lineKeys('uncounted', 'assigned', 9)).toEqual(['TEA', 'ZZZ', 'AAA'])
    expect(await desk.lineKeys('uncounted', 'name', 2)).toEqual(['AAA', 'TEA'])
    expect(await desk.lines([asId('ZZZ'), asId('none')])).toMatchObject([{ lineKey: 'ZZZ' }, undefined])
    expect(await desk.counts()).toEqual({ counted: 0, uncounted: 3, undirected: 0, unmatched: 0 })
  })

  it('[UI42] reads the keys of a tab in one request, and of the lines those that are asked for, whatever lies there', async () => {
    const [line] = await desk.lines([asId('TEA')])
    if (line === undefined) throw new Error('no line')
    const more = Array.from({ length: 50_000 }, (_, n) => ({ ...line, lineKey: asId<LineKey>(`p${n}`), position: String(n).padStart(8, '0') }))
    await engine.scans.tx(['items'], 'rw', (tx) => tx.bulkPut('items', more))
    const costOf = async (read: () => Promise<unknown>) => {
      const { requests, rowsRead } = engine.scans.cost
      await read()
      return { requests: engine.scans.cost.requests - requests, rowsRead: engine.scans.cost.rowsRead - rowsRead }
    }

    const keys = await desk.lineKeys('uncounted', 'assigned', 100_000)
    expect(keys).toHaveLength(50_001)
    expect(await costOf(() => desk.lineKeys('uncounted', 'assigned', 100))).toEqual({ requests: 1, rowsRead: 100 })
    expect((await costOf(() => desk.lines(keys.slice(40_000, 40_026)))).rowsRead).toBe(26)
    expect((await costOf(() => desk.counts())).rowsRead).toBeLessThan(5)
  })

  it('[BU4] gives the last scanned first', async () => {
    await scan(TEA)
    await engine.time.advance(1000)
    await storeInventoryCountItems(engine.deps, SESSION, [requestedItem('1', 'TEA'), requestedItem('2', 'RICE')], { pull: beginPull(), isComplete: true })
    await scan(RICE)
    await foldNew(engine.deps)

    expect(await desk.lineKeys('counted', 'last-scanned', 9)).toEqual(['RICE', 'TEA'])
  })

  it('[SE28] lists everything that is odd before a submit, at once', async () => {
    desk = openDesk({ bookFacility: () => asId('F1') })
    await storeInventoryCountItems(engine.deps, SESSION, [requestedItem('1', 'TEA', { systemQuantityOnHand: units(4) }), requestedItem('2', 'SOAP')], { pull: beginPull(), isComplete: true })
    await scan(TEA, { times: units(41) })
    await scan('???', { times: units(101) })
    await foldNew(engine.deps)
    const [row] = await readUnsent(engine.deps, SESSION, 1)
    if (row === undefined) return expect.unreachable()
    await acknowledge(engine.deps, SESSION, [row], { verdicts: [{ uuid: row.uuid, verdict: 'rejected', code: 'NO', message: 'no' }], serverTime: 1 })

    expect(await desk.submitCheck()).toEqual({
      uncounted: 1,
      unmatched: 1,
      unsentScans: 2,
      quarantinedRows: 1,
      oddQuantities: [
        { lineKey: 'TEA', name: 'Product TEA', total: units(41), why: 'too-many' },
        { lineKey: 'raw:???', name: '???', total: units(101), why: 'too-many' },
      ],
    })
  })

  it('[SE28] tells listeners what changed', async () => {
    const heard: string[] = []
    const stop = desk.onChange((what) => heard.push(what))
    await scan(TEA)
    expect(heard).toEqual(expect.arrayContaining(['tally', 'feed']))
    stop()
    heard.length = 0
    await scan(TEA)

    expect(heard).toEqual([])
    expect(engine.messages).toContainEqual({ kind: 'appended', sessionId: SESSION })
  })
})
