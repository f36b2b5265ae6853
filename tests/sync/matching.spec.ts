import { describe, expect, it } from 'vitest'
import type { LineKey } from '../../src/domain/ids'
import type { CatalogueStore } from '../../src/ports/catalogue-schema'
import { foldNew } from '../../src/sync/fold'
import { matchItem, nameLines, rematchUnmatched } from '../../src/sync/matching'
import { beginPull, storeInventoryCountItems } from '../../src/sync/store-inventory-count-items'
import { aScan, fillCatalogue, handCount, keyOf, product, requestedItem, RICE, SESSION, SOAP, TEA, units } from '../support/builders'
import { storeWith } from '../support/test-desk'
import { allLines, countsIn, openTestEngine, outboxOf } from '../support/test-engine'

const match = (value: string, productId: string, packSize = 1) => ({
  sessionId: SESSION,
  itemKey: keyOf(value),
  productId: product(productId),
  packSize,
})

describe('matching', () => {
  it('[BU6] moves all scans of a value to the product’s line, and those to come', async () => {
    const { deps, append, scans, catalogue } = await openTestEngine()
    await fillCatalogue(catalogue, { TEA: [TEA] })
    await storeInventoryCountItems(deps, SESSION, [requestedItem('1', 'TEA')], { pull: beginPull(), isComplete: true })
    await append([aScan('x'), aScan('x'), aScan(TEA)])
    await foldNew(deps)

    await matchItem(deps, match('x', 'TEA'))
    await append([aScan('x')])
    await foldNew(deps)

    expect(await allLines(scans)).toMatchObject([{ lineKey: 'TEA', quantity: units(4), bucket: 'counted' }])
    expect(await countsIn(scans)).toMatchObject({ counted: 1, unmatched: 0 })
    expect(await outboxOf(scans)).toHaveLength(2)
  })

  it('[BU6] calls the line by its product when the value was matched before its first fold', async () => {
    const { deps, append, scans, catalogue } = await openTestEngine()
    await fillCatalogue(catalogue, { TEA: [TEA] })
    await append([aScan('x'), aScan('x'), aScan('y')])

    await matchItem(deps, match('x', 'TEA'))
    await matchItem(deps, match('y', 'UNHEARD-OF'))
    await foldNew(deps)

    expect(await allLines(scans)).toMatchObject([
      { lineKey: 'TEA', name: 'Product TEA', quantity: units(2) },
      { lineKey: 'UNHEARD-OF', name: 'y', quantity: units(1) },
    ])
  })

  it('[BU6] may be said again, otherwise: the last word stays', async () => {
    const { deps, append, scans } = await openTestEngine()
    await append([aScan('x')])
    await foldNew(deps)

    await matchItem(deps, match('x', 'TEA'))
    await matchItem(deps, match('x', 'RICE'))

    expect((await allLines(scans)).map((it) => it.lineKey)).toEqual(['RICE'])
  })

  it('[SE9] counts the pack size for the scans that were made before it was known', async () => {
    const { deps, append, scans } = await openTestEngine()
    await append([aScan('x'), aScan('x')])
    await foldNew(deps)

    await matchItem(deps, match('x', 'TEA', 12))
    await matchItem(deps, match('x', 'TEA', 12))

    expect(await allLines(scans)).toMatchObject([{ quantity: units(24), standing: 2 }])
  })

  it('[SE9] counts the pack size for scans that come and are folded while it is learnt', async () => {
    const { deps, append, scans, catalogue } = await openTestEngine()
    await append([aScan('x')])
    await foldNew(deps)
    let isFirst = true
    const busy: CatalogueStore = {
      ...catalogue,
      tx: async (...args) => {
        const read = await catalogue.tx(...args)
        if (isFirst) {
          isFirst = false
          await append([aScan('x')])
          await foldNew(deps)
        }
        return read
      },
    }

    await matchItem({ ...deps, catalogue: busy }, match('x', 'TEA', 12))

    expect(await allLines(scans)).toMatchObject([{ lineKey: 'TEA', quantity: units(24), standing: 2 }])
  })

  it('[SE9] counts it for scans that are folded between its correction and its match', async () => {
    const { deps, append, scans, catalogue } = await openTestEngine()
    await append([aScan(TEA)])
    await foldNew(deps)
    await fillCatalogue(catalogue, { TEA: [`12x${TEA}`] })
    let isFirst = true
    const busy = storeWith(scans, async (tables, mode) => {
      if (!isFirst || mode === 'r' || !tables.includes('matches')) return
      isFirst = false
      await append([aScan(TEA)])
      await foldNew({ ...deps, catalogue: null })
    })

    await rematchUnmatched({ ...deps, scans: busy }, SESSION)

    expect(await allLines(scans)).toMatchObject([{ lineKey: 'TEA', quantity: units(24), standing: 2 }])
  })

  it('[SE10] leaves amounts counted by hand as they are', async () => {
    const { deps, append, scans } = await openTestEngine()
    await append([handCount('TEA', 5), aScan('x', { source: 'hand', quantity: units(5) })])
    await foldNew(deps)

    await matchItem(deps, match('x', 'TEA', 12))

    expect(await allLines(scans)).toMatchObject([{ quantity: units(10) }])
  })

  it('[BU8] [S3.46] looks unmatched values up again in chunks, after the catalogue has grown', async () => {
    const { deps, append, scans, catalogue } = await openTestEngine()
    const unknown = Array.from({ length: 250 }, (_, n) => aScan(`unknown ${n}`))
    for (const drafts of [[aScan(TEA), aScan(SOAP)], unknown.slice(0, 100), unknown.slice(100, 200), unknown.slice(200)]) await append(drafts)
    await foldNew(deps)
    await fillCatalogue(catalogue, { TEA: [TEA], SOAP: [`6x${SOAP}`], NEW: ['unknown 249'] })

    let next: LineKey | null | undefined
    let matched = 0
    for (let chunk = 0; chunk < 5 && next !== null; chunk++) {
      const result = await rematchUnmatched(deps, SESSION, ...(next === undefined ? [] : [next]))
      matched += result.matched
      next = result.next
    }

    expect(next).toBeNull()
    expect(matched).toBe(3)
    expect(await countsIn(scans)).toMatchObject({ unmatched: 249, undirected: 3 })
    expect((await allLines(scans)).find((it) => it.lineKey === 'SOAP')).toMatchObject({ quantity: units(6) })
  })

  it('[BU8] does not let the catalogue overrule a person', async () => {
    const { deps, append, scans, catalogue } = await openTestEngine()
    await append([aScan(TEA)])
    await foldNew(deps)
    await matchItem(deps, match(TEA, 'SPECIAL'))
    await fillCatalogue(catalogue, { TEA: [TEA] })

    await rematchUnmatched(deps, SESSION)
    await append([aScan(TEA)])
    await foldNew(deps)

    expect(await allLines(scans)).toMatchObject([{ lineKey: 'SPECIAL', quantity: units(2) }])
  })

  it('[BU9] gives lines their names when the catalogue brings them', async () => {
    const { deps, scans } = await openTestEngine()
    await storeInventoryCountItems(deps, SESSION, [requestedItem('1', 'RICE', { productName: null })], { pull: beginPull(), isComplete: true })

    const renamed = await nameLines(deps, SESSION, [
      { productId: product('RICE'), name: 'Rice 1 kg', identifiers: [{ type: 'EAN', value: RICE, packSize: 1 }] },
    ])

    expect(renamed).toBe(1)
    expect(await allLines(scans)).toMatchObject([{ name: 'Rice 1 kg', sortName: 'rice 1 kg', identifier: RICE }])
  })
})
