import { beforeEach, describe, expect, it } from 'vitest'
import { asId } from '../../src/domain/ids'
import type { LogId } from '../../src/domain/ids'
import { createMemoryStore } from '../../src/db/memory-store'
import { CATALOGUE_SCHEMA } from '../../src/ports/catalogue-schema'
import type { CatalogueShape } from '../../src/ports/catalogue-schema'
import { foldNew } from '../../src/sync/fold'
import { matchItem } from '../../src/sync/matching'
import { aScan, fillCatalogue, keyOf, product, SESSION, SOAP, TEA, units } from '../support/builders'
import { openTestDesk, storeWith } from '../support/test-desk'
import type { TestDesk } from '../support/test-desk'
import { openTestEngine } from '../support/test-engine'
import type { TestEngine } from '../support/test-engine'

let engine: TestEngine
let page: TestDesk

beforeEach(async () => {
  engine = await openTestEngine()
  await fillCatalogue(engine.catalogue, { TEA: [TEA] })
  page = openTestDesk(engine)
})

describe('amount set by hand', () => {
  it('[SE30] is the total, also when it is said twice at once', async () => {
    await page.scan(TEA)
    await page.folded('TEA')

    await Promise.all([page.set('TEA', units(5)), page.set('TEA', units(5))])

    expect(await page.folded('TEA')).toMatchObject({ quantity: units(5) })
  })

  it('[SE30] [SE20] takes the scans before it in, and not those behind it', async () => {
    await page.scan(TEA)
    await page.folded('TEA')

    await Promise.all([page.scan(TEA), page.set('TEA', units(5)), page.scan(TEA)])

    expect(await page.folded('TEA')).toMatchObject({ quantity: units(6), standing: 3 })
  })

  it('[SE30] [SE20] waits for a scan before it whose look-up is slow', async () => {
    let isSlow = false
    const slow = createMemoryStore<CatalogueShape>(CATALOGUE_SCHEMA, {
      beforeCommit: () => {
        if (!isSlow) return Promise.resolve()
        isSlow = false
        return engine.time.timers.sleep(50)
      },
    })
    await fillCatalogue(slow, { TEA: [TEA] })
    // Its key has no match in the session yet, so that each scan asks the catalogue.
    page = openTestDesk(engine, { desk: { catalogue: slow } })
    await engine.append([aScan(TEA, { itemKey: keyOf('alias') })])
    await page.folded(keyOf('alias'))
    isSlow = true

    const done = Promise.all([page.scan('alias'), page.set(keyOf('alias'), units(5))])
    for (let step = 0; step < 40; step++) await engine.time.advance(10)
    await done

    expect(await page.folded(keyOf('alias'))).toMatchObject({ quantity: units(5), standing: 2 })
  })

  it('[SE30] is computed again when another writer appends meanwhile', async () => {
    await page.scan(TEA)
    await page.folded('TEA')
    let isFirst = true
    const store = storeWith(engine.scans, async (_tables, mode) => {
      if (mode === 'r' || !isFirst) return
      isFirst = false
      await engine.append([aScan(TEA), aScan(TEA)], asId<LogId>('other window'))
    })
    page = openTestDesk(engine, { writer: { store } })

    expect(await page.set('TEA', units(5))).toMatchObject({ kind: 'undirected', total: units(5) })
    expect(await page.folded('TEA')).toMatchObject({ quantity: units(5), standing: 3 })
  })

  it('[SE30] is right however many scans are not folded yet', async () => {
    await page.scan(TEA)
    await page.folded('TEA')
    for (let at = 0; at < 25; at++)
      await engine.append(Array.from({ length: 100 }, () => aScan(TEA)), asId<LogId>(`big ${at}`))

    await page.set('TEA', units(3))

    expect(await page.folded('TEA')).toMatchObject({ quantity: units(3) })
  })

  it('[SE30] [SE32] is refused and not kept while storage fails', async () => {
    await page.scan(TEA)
    await page.folded('TEA')
    const broken = openTestDesk(engine, {
      writer: { store: storeWith(engine.scans, async (_tables, mode) => (mode === 'rw' ? Promise.reject(new Error('dead')) : undefined)) },
    })

    expect(await broken.set('TEA', units(5))).toMatchObject({ kind: 'refused', reason: 'not-kept' })
    expect(broken.writer.waiting()).toBe(0)
  })

  it('[SE31] [SE10] stays when the pack size of what was scanned before is learnt', async () => {
    await page.scan(SOAP)
    await page.folded(keyOf(SOAP))
    await page.set(keyOf(SOAP), units(12))

    await matchItem(engine.deps, { sessionId: SESSION, itemKey: keyOf(SOAP), productId: product('TEA'), packSize: 12 })

    expect(await page.folded('TEA')).toMatchObject({ quantity: units(12), standing: 1 })
    await page.scan(SOAP)
    expect(await page.folded('TEA')).toMatchObject({ quantity: units(24), standing: 2 })
  })

  it('[SE31] settles every value of its line', async () => {
    await page.scan(SOAP)
    await page.folded(keyOf(SOAP))
    await matchItem(engine.deps, { sessionId: SESSION, itemKey: keyOf(SOAP), productId: product('TEA'), packSize: 1 })
    await engine.time.advance(1000)
    await page.scan(TEA)
    await foldNew(engine.deps)
    await page.set('TEA', units(13))

    await matchItem(engine.deps, { sessionId: SESSION, itemKey: keyOf(SOAP), productId: product('TEA'), packSize: 12 })

    expect(await page.folded('TEA')).toMatchObject({ quantity: units(13), standing: 2 })
    expect((await page.desk.feed(9)).map((it) => it.quantity)).toEqual([units(11), units(1), units(1)])
  })

  it('[BU6] [SE31] goes where the value goes that was counted last', async () => {
    await page.scan(TEA)
    await page.folded('TEA')
    await page.set('TEA', units(12))

    await matchItem(engine.deps, { sessionId: SESSION, itemKey: keyOf(TEA), productId: product('OTHER'), packSize: 1 })

    expect(await page.folded('OTHER')).toMatchObject({ quantity: units(12), standing: 1 })
    expect(await page.folded('TEA')).toBeNull()
  })

  it('[SE31] stays when a scan from before it is taken back', async () => {
    const first = await page.scan(SOAP)
    await page.scan(SOAP)
    await page.folded(keyOf(SOAP))
    await page.set(keyOf(SOAP), units(24))
    if (first.kind === 'refused') return expect.unreachable()
    await page.desk.undo(first.eventId)

    await matchItem(engine.deps, { sessionId: SESSION, itemKey: keyOf(SOAP), productId: product('TEA'), packSize: 12 })

    expect(await page.folded('TEA')).toMatchObject({ quantity: units(23), standing: 1 })
  })
})
