// The base contract's review over the real routes: reviews, submit, recordVariance, diagnostics.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startCountsServer, type CountsServer } from '../../support/counts-server'
import { aReview } from '../../support/review-server'

// Many calls in a row: on a busy machine each takes its time.
vi.setConfig({ testTimeout: 60_000 })

let server: CountsServer
beforeAll(async () => {
  server = await startCountsServer('hotwax')
}, 120_000)
afterAll(() => server.close())

async function counted(units: number) {
  server.clock.at += 86_400_000
  await server.db.query(
    "update product_facility set quantity_on_hand = 10 where facility_id = 'north' and product_id = 'TEE'",
  )
  const { session, countId, move, book } = await aReview(server)
  await server.call('ana', 'PUT', `${session.path}/items`, {
    items: [
      {
        uuid: `${countId}-t`,
        productId: 'TEE',
        quantity: units,
        isRequested: 'Y',
        countedByUserLoginId: 'ana',
        lastScanAt: server.clock.at,
      },
    ],
  })
  const reviews = async () =>
    (
      await server.call(
        'sam',
        'GET',
        `cycleCounts/workEfforts/${countId}/reviews?pageIndex=0&pageSize=250`,
      )
    ).body
  const submit = (over: object) =>
    server.call('sam', 'POST', 'cycleCounts/submit', {
      inventoryCountProductsList: [
        {
          workEffortId: countId,
          productId: 'TEE',
          facilityId: 'north',
          systemQuantity: 10,
          countedQuantity: units,
          varianceQuantity: units - 10,
          decisionOutcomeEnumId: 'APPLIED',
          decisionReasonEnumId: 'PARTIAL_SCOPE_POST',
          ...over,
        },
      ],
    })
  return { session, countId, move, book, reviews, submit }
}

describe('a hard count of the base contract', () => {
  it('[RV70] leaves what nobody found out of the reviews; zeros of a submitted session are reviewed and booked as the others', async () => {
    server.clock.at += 86_400_000
    await server.db.query("update product_facility set quantity_on_hand = 4 where facility_id = 'north' and product_id = 'CAP'")
    const { countId, session, book } = await aReview(server, { workEffortPurposeTypeId: 'HARD_COUNT' })
    const count = `cycleCounts/workEfforts/${countId}`
    await server.db.query('delete from session_item where session_id = $1', [session.sessionId])
    await server.call('ana', 'PUT', `${session.path}/items`, { items: [{ uuid: `${countId}-t`, productId: 'TEE', quantity: 1 }] })
    const reviews = async () => (await server.call('sam', 'GET', `${count}/reviews?pageIndex=0&pageSize=250`)).body as { productId: string }[]
    expect([(await reviews()).map((it) => it.productId), (await server.call('sam', 'GET', `${count}/reviews/count`)).body]).toEqual([['TEE'], { count: 1 }])
    const stock = await server.rest('sam', 'POST', 'oms/dataDocumentView', {
      dataDocumentId: 'ProductFacilityAndInventoryItem', pageIndex: 0, pageSize: 500, customParametersMap: { facilityId: 'north' },
    })
    expect(stock.body.entityValueList).toContainEqual(expect.objectContaining({ productId: 'CAP', internalName: 'Red cap', quantityOnHandTotal: 4 }))

    for (const statusId of ['SESSION_ASSIGNED', 'SESSION_SUBMITTED']) await server.call('ana', 'PUT', session.path, { statusId })
    const made = await server.call('sam', 'POST', `${count}/sessions`, { countImportName: 'OOS Selected', statusId: 'SESSION_SUBMITTED', inventoryCountImportId: `${countId}-oos` })
    const zeros = `cycleCounts/sessions/${made.body.inventoryCountImportId}/items`
    expect((await server.call('sam', 'PUT', zeros, { items: [{ productId: 'CAP', quantity: 0, systemQuantityOnHand: 4, uuid: `${countId}-c` }] })).status).toBe(200)

    expect(await reviews()).toContainEqual(expect.objectContaining({ productId: 'CAP', quantity: 0, proposedVarianceQuantity: -4 }))
    const decision = { workEffortId: countId, productId: 'CAP', facilityId: 'north', systemQuantity: 4, countedQuantity: 0, varianceQuantity: -4, decisionOutcomeEnumId: 'APPLIED' }
    await server.call('sam', 'POST', 'cycleCounts/submit', { inventoryCountProductsList: [decision] })
    expect(await book('CAP')).toBe(0)
  })
})

describe('the base review', () => {
  it('[RV30] shows one row per product, counted against the book of its moment; never counted has no quantity', async () => {
    const { countId, move, reviews, session } = await counted(7)
    server.clock.at += 60_000
    await move('TEE', -2)

    expect(await reviews()).toMatchObject([
      { productId: 'CAP', isRequested: 'Y', numberOfSessions: 0 },
      {
        productId: 'TEE',
        internalName: 'Black tee',
        quantity: 7,
        quantityOnHand: 10,
        proposedVarianceQuantity: -3,
        numberOfSessions: 1,
      },
    ])
    expect('quantity' in (await reviews())[0]).toBe(false)
    expect(
      (await server.call('sam', 'GET', `cycleCounts/workEfforts/${countId}/reviews/count`)).body,
    ).toEqual({ count: 2 })
    expect(
      (await server.call('sam', 'GET', `cycleCounts/workEfforts/${countId}/count?productId=TEE`))
        .body,
    ).toMatchObject([{ inventoryCountImportId: session.sessionId, counted: 7, productId: 'TEE' }])
  })

  it('[RV31] submit books at once, once; another decision on the same product is refused and moves nothing', async () => {
    const { book, submit, reviews } = await counted(7)

    expect((await submit({})).status).toBe(200)
    expect((await submit({})).status).toBe(200)
    expect(await book('TEE')).toBe(7)
    expect((await submit({ decisionOutcomeEnumId: 'SKIPPED' })).status).toBe(400)
    expect((await submit({ countedQuantity: 8, varianceQuantity: -2 })).status).toBe(400)
    expect(await book('TEE')).toBe(7)
    expect(
      (await reviews()).find((it: { productId: string }) => it.productId === 'TEE'),
    ).toMatchObject({ decisionOutcomeEnumId: 'APPLIED', varianceQuantity: -3 })
  })

  it('[RV31] submit refuses figures that contradict each other, another facility, and who may not', async () => {
    const { book, submit, countId } = await counted(7)

    expect((await submit({ varianceQuantity: 5 })).status).toBe(400)
    expect((await submit({ facilityId: 'south' })).status).toBe(400)
    expect(
      (
        await server.call('ana', 'POST', 'cycleCounts/submit', {
          inventoryCountProductsList: [
            {
              workEffortId: countId,
              productId: 'TEE',
              facilityId: 'north',
              decisionOutcomeEnumId: 'APPLIED',
            },
          ],
        })
      ).status,
    ).toBe(403)
    expect(await book('TEE')).toBe(10)
  })

  it('[RV32] recordVariance moves the book each time, in the own facilities', async () => {
    const { book } = await counted(7)
    const record = (over: object) =>
      server.call('ana', 'POST', 'recordVariance', {
        varianceList: [
          {
            productId: 'TEE',
            facilityId: 'north',
            reasonEnumId: 'VAR_DAMAGED',
            quantity: -1,
            ...over,
          },
        ],
      })

    await record({})
    await record({})
    expect(await book('TEE')).toBe(8)
    expect((await record({ facilityId: 'south' })).status).toBe(403)
    expect((await record({ productId: 'NONE' })).status).toBe(400)
  })

  it('[RV32] diagnostics find everything configured', async () => {
    expect((await server.call('ana', 'GET', 'diagnostics')).body).toMatchObject({
      isStatusConfigured: true,
      missingPermissions: [],
    })
  })
})
