// The base review on the wire: which figures and words go out with a decision, and what is read back of one.
import { describe, expect, it } from 'vitest'
import { createBaseReviewCalls } from '../../src/api/base-review-api'
import type { Http } from '../../src/api/http'
import { asId, type CycleCountId, type FacilityId, type ProductId, type SessionId, type UserName } from '../../src/domain/ids'
import { unitsOf } from '../../src/domain/quantity'
import type { AtOnce } from '../../src/domain/sent-decision'

const COUNT = { cycleCountId: asId<CycleCountId>('C1'), facilityId: asId<FacilityId>('F1') }
const WIRE = { productId: 'TEA', internalName: 'Tea', quantity: 8, quantityOnHand: 10, isRequested: 'Y', numberOfSessions: 1 }

/** Answers every reading with these rows, and keeps what is sent. */
function anApi(rows: readonly object[]) {
  const sent: unknown[] = []
  const http = {
    clock: { now: () => 0 },
    json: async () => rows,
    run: async ({ body }: { body: unknown }) => void sent.push(body),
  } as unknown as Http
  return { sent, api: createBaseReviewCalls(http, { cycleCount: async () => null }, { userName: asId<UserName>('sam') }) }
}

async function wireOf(act: AtOnce, note: string | null, row: object = WIRE) {
  const { api, sent } = anApi([row])
  const { rows } = await api.page(COUNT.cycleCountId, 0)
  await api.decide(COUNT, [{ row: rows[0]!, act, note }])
  return (sent[0] as { inventoryCountProductsList: object[] }).inventoryCountProductsList[0]
}

describe('a decision of the base contract on the wire', () => {
  it('[RV43] books the count as it was looked at', async () => {
    expect(await wireOf({ kind: 'apply' }, null)).toEqual({
      workEffortId: 'C1', facilityId: 'F1', productId: 'TEA', systemQuantity: 10, countedQuantity: 8, varianceQuantity: -2,
      decisionOutcomeEnumId: 'APPLIED', decisionReasonEnumId: 'PARTIAL_SCOPE_POST', comments: undefined,
    })
    expect(await wireOf({ kind: 'skip' }, 'not ours')).toMatchObject({ decisionOutcomeEnumId: 'SKIPPED', varianceQuantity: -2, comments: 'not ours' })
  })

  it('[RV47] books another amount, its variance against the same book, with reason and note', async () => {
    const set = { kind: 'set', to: unitsOf(9), reason: 'Found elsewhere' } as const

    expect(await wireOf(set, 'crates')).toMatchObject({
      systemQuantity: 10, countedQuantity: 9, varianceQuantity: -1,
      decisionOutcomeEnumId: 'APPLIED', decisionReasonEnumId: 'MANAGER_OVERRIDE', comments: 'Found elsewhere; crates',
    })
    expect(await wireOf(set, null, { ...WIRE, quantity: undefined })).toMatchObject({ systemQuantity: 10, countedQuantity: 9, varianceQuantity: -1 })
  })

  it('[RV47] what was booked is read from the decision’s own figures, where the server tells them', async () => {
    const decided = { ...WIRE, decisionOutcomeEnumId: 'APPLIED' }
    const read = async (row: object) => (await anApi([row]).api.page(COUNT.cycleCountId, 0)).rows[0]?.decision

    expect(await read({ ...decided, systemQuantity: 10, varianceQuantity: -1 })).toMatchObject({ counted: unitsOf(9), variance: unitsOf(-1) })
    expect(await read(decided)).toMatchObject({ counted: unitsOf(8), variance: unitsOf(-2) })
  })

  it('[RV48] the sessions of a product, a discarded one among them', async () => {
    const { api } = anApi([
      { inventoryCountImportId: 'S1', countImportName: 'Aisle 4', uploadedByUserLogin: 'ana', counted: 8, lastUpdatedAt: 5, productId: 'TEA', statusId: 'SESSION_SUBMITTED' },
      { inventoryCountImportId: 'S2', productId: 'TEA', statusId: 'SESSION_VOIDED' },
    ])

    expect(await api.sessions(COUNT.cycleCountId, asId('TEA'))).toEqual([
      { name: 'Aisle 4', by: 'ana', counted: unitsOf(8), at: 5, isVoided: false },
      { name: 'S2', by: null, counted: null, at: null, isVoided: true },
    ])
  })
})

describe('what a hard count did not find, on the wire', () => {
  it('[RV70] is told by the stock, and counted as zero in a submitted session, at most 250 rows in a request', async () => {
    const asked: { method: string; path: string; body: never }[] = []
    const http = {
      clock: { now: () => 5 },
      json: async (ask: never) => (asked.push(ask), asked.length === 1
        ? { entityValueList: [{ productId: 'TEA', internalName: 'Tea', quantityOnHandTotal: 3 }, { productId: 'SALT' }] }
        : { inventoryCountImportId: 'S9' }),
      run: async (ask: never) => void asked.push(ask),
    } as unknown as Http
    const api = createBaseReviewCalls(http, { cycleCount: async () => null }, { userName: asId<UserName>('sam') })

    expect(await api.stock(COUNT.facilityId, 2)).toEqual({
      rows: [{ productId: 'TEA', name: 'Tea', book: unitsOf(3) }, { productId: 'SALT', name: 'SALT', book: null }],
      isLast: true,
    })
    expect(asked[0]).toMatchObject({ path: 'oms/dataDocumentView', body: { dataDocumentId: 'ProductFacilityAndInventoryItem', pageIndex: 2, pageSize: 500 } })
    const rows = Array.from({ length: 251 }, (_, n) => ({ productId: asId<ProductId>(`P${n}`), bookNow: unitsOf(2) }))
    await api.countAsZero({ ...COUNT, name: 'Weekly' }, { sessionId: asId<SessionId>('S9'), rows })

    expect(asked[1]).toMatchObject({ method: 'post', body: { statusId: 'SESSION_SUBMITTED', inventoryCountImportId: 'S9', uploadedByUserLogin: 'sam' } })
    const puts = asked.slice(2) as unknown as { path: string; body: { items: { uuid: string }[] } }[]
    expect(puts.map((it) => [it.path.endsWith('/sessions/S9/items'), it.body.items.length])).toEqual([[true, 250], [true, 1]])
    expect(puts[0]?.body.items[0]).toMatchObject({ productId: 'P0', quantity: 0, systemQuantityOnHand: 2, inventoryCountImportId: 'S9' })
    expect(new Set(puts.flatMap((it) => it.body.items.map((row) => row.uuid))).size).toBe(251)
  })
})
