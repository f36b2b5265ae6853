import { beforeEach, describe, expect, it } from 'vitest'
import { asId } from '../../src/domain/ids'
import type { EventId, LineKey, LogId } from '../../src/domain/ids'
import type { ScanOutcome } from '../../src/ports/counting'
import { foldNew } from '../../src/sync/fold'
import { beginPull, storeInventoryCountItems } from '../../src/sync/store-inventory-count-items'
import { aScan, aServerItem, fillCatalogue, product, requestedItem, RICE, SESSION, SOAP, TEA, units } from '../support/builders'
import { openTestDesk } from '../support/test-desk'
import type { TestDesk } from '../support/test-desk'
import { openTestEngine } from '../support/test-engine'
import type { TestEngine } from '../support/test-engine'

let engine: TestEngine
let page: TestDesk

beforeEach(async () => {
  engine = await openTestEngine()
  await fillCatalogue(engine.catalogue, { TEA: [TEA, `12x${SOAP}`], RICE: [RICE] })
  await storeInventoryCountItems(engine.deps, SESSION, [requestedItem('1', 'TEA')], { pull: beginPull(), isComplete: true })
  page = openTestDesk(engine)
})

const TEA_LINE = asId<LineKey>('TEA')
const idOf = (outcome: ScanOutcome): EventId => (outcome.kind === 'refused' ? expect.unreachable() : outcome.eventId)
const uncounted = { quantity: 0, standing: 0, bucket: 'uncounted' }

describe('taking back', () => {
  it('[SE29] takes a line back with what was set by hand on it', async () => {
    await page.scan(TEA)
    await page.folded('TEA')
    await page.set('TEA', units(5))
    await page.folded('TEA')

    expect(await page.desk.undoLine(TEA_LINE)).toBe(1)
    expect(await page.folded('TEA')).toEqual(uncounted)
    expect(await page.scan(TEA)).toMatchObject({ total: units(1) })
  })

  it('[SE29] takes an amount set by hand back with the last scan of the line, not before', async () => {
    const first = idOf(await page.scan(TEA))
    const second = idOf(await page.scan(TEA))
    await page.folded('TEA')
    await page.set('TEA', units(9))

    expect(await page.desk.undo(first)).toBe('undone')
    expect(await page.folded('TEA')).toMatchObject({ quantity: units(8), standing: 1 })
    expect(await page.desk.undo(second)).toBe('undone')
    expect(await page.folded('TEA')).toEqual(uncounted)
  })

  it('[SE29] never goes below zero: one less by hand, then the scan itself taken back', async () => {
    const only = idOf(await page.scan(TEA))
    await page.folded('TEA')
    await page.set('TEA', units(0))

    await page.desk.undo(only)

    expect(await page.folded('TEA')).toEqual(uncounted)
  })

  it('[SE29] leaves what others counted on the line', async () => {
    const theirs = aServerItem({ uuid: asId('other-row'), importItemSeqId: '7', logId: 'other-log', rev: 3, matchRev: 1, standing: 3, productId: product('TEA'), productIdentifier: TEA, quantity: units(10) })
    await storeInventoryCountItems(engine.deps, SESSION, [theirs], { pull: beginPull(), isComplete: false })
    await page.set('TEA', units(4))
    expect(await page.folded('TEA')).toMatchObject({ quantity: units(4), standing: 3 })

    expect(await page.desk.undoLine(TEA_LINE)).toBe(1)
    expect(await page.folded('TEA')).toMatchObject({ quantity: units(10), standing: 3 })
  })

  it('[SE29] leaves nothing of a pack size that was made up for before', async () => {
    await engine.append([aScan(SOAP)])
    expect(await page.folded('TEA')).toMatchObject({ quantity: units(12) })
    await page.set('TEA', units(20))

    await page.desk.undoLine(TEA_LINE)

    expect(await page.folded('TEA')).toEqual(uncounted)
    expect(await page.folded('TEA')).toEqual(uncounted)
  })

  it('[SE44] keeps why an unknown barcode was dropped with each scan that is taken back; an undo says nothing', async () => {
    await page.scan('x')
    const second = idOf(await page.scan('x'))
    await page.scan('y')
    await page.folded('raw:x')
    await page.desk.undo(second)
    for (let nth = 0; nth < 60; nth++) await page.scan('x')
    await page.folded('raw:x')

    expect(await page.desk.undoLine(asId('raw:x'), 'damaged-label')).toBe(61)
    expect(await page.desk.undoLine(asId('raw:y'))).toBe(1)

    const events = await engine.scans.tx(['scanEvents'], 'r', (tx) => tx.range('scanEvents', ':id', { limit: 1000 }))
    const negations = events.filter((it) => it.kind === 'negation')
    const undone = negations.filter((it) => !('reason' in it))
    expect(undone.map((it) => it.raw)).toEqual(['x', 'y'])
    expect(negations.filter((it) => it.reason === 'damaged-label' && it.raw === 'x')).toHaveLength(61)
    expect(await page.folded('raw:x')).toMatchObject({ quantity: 0, standing: 0 })
  })

  it('[SE24] [SE29] takes hundreds of scans of a line back', async () => {
    for (let at = 0; at < 3; at++) await engine.append(Array.from({ length: 90 }, () => aScan(TEA)), asId<LogId>(`log ${at}`))
    await foldNew(engine.deps)
    await page.set('TEA', units(300))

    expect(await page.desk.undoLine(TEA_LINE)).toBe(270)
    expect(await page.folded('TEA')).toEqual(uncounted)
  })

  it('[SE24] is refused, and not done later, while storage fails', async () => {
    const only = idOf(await page.scan(TEA))
    let isDead = true
    const broken = openTestDesk(engine, {
      writer: { store: { ...engine.scans, tx: (...args) => (isDead && args[1] === 'rw' ? Promise.reject(new Error('dead')) : engine.scans.tx(...args)) } },
    })

    expect(await broken.desk.undo(only)).toBe('refused')
    isDead = false
    await broken.writer.probe()

    expect(await page.folded('TEA')).toMatchObject({ quantity: units(1), standing: 1 })
    expect(broken.writer.waiting()).toBe(0)
  })
})
