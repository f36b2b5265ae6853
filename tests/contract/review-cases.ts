// What every server does in a review: rows over the sessions, decisions that are taken once. Nothing here moves a book.
import * as v from 'valibot'
import { COUNTS } from '../../src/contract/envelope'
import { Count } from '../../src/contract/items'
import { SolrResponse } from '../../src/contract/products'
import { WireProductSession, WireReview } from '../../src/contract/review'
import { ensure } from './client'
import type { Case, World } from './suite'

/** Only who settles counts may look into reviews. */
const maySettle = ({ permissions }: World) =>
  permissions.some((it) => ['INV_COUNT_SUBMIT', 'INV_COUNT_ADMIN', 'COMMON_ADMIN'].includes(it))

export async function aProduct({ client }: World): Promise<string> {
  const body = {
    json: { params: { rows: 1, start: 0 }, query: '*:*', filter: ['docType:PRODUCT'] },
  }
  const { response } = await client.okRest(SolrResponse, 'POST', 'admin/runSolrQuery', body)
  const [doc] = response.docs
  ensure(doc !== undefined, 'The server knows no product')
  return doc.productId
}

/** Counts the product in two sessions of the suite's count. */
async function countTwice(
  world: World,
): Promise<{ productId: string; path: string; units: number }> {
  const { client, cycleCount, aSession, unique, user } = world
  const productId = await aProduct(world)
  const path = `cycleCounts/workEfforts/${cycleCount.workEffortId}`
  for (const quantity of [3, 4]) {
    const row = {
      uuid: unique('row'),
      productId,
      quantity,
      isRequested: 'N',
      createdDate: Date.now(),
      countedByUserLoginId: user.username,
    }
    await client.ok(v.unknown(), 'PUT', `cycleCounts/sessions/${await aSession()}/items`, {
      items: [row],
    })
  }
  const sessions = await client.ok(
    v.array(WireProductSession),
    'GET',
    `${path}/count?productId=${encodeURIComponent(productId)}`,
  )
  return { productId, path, units: sessions.reduce((sum, it) => sum + (it.counted ?? 0), 0) }
}

async function reviewOf({ client }: World, path: string, productId: string) {
  for (let page = 0; page < 100; page += 1) {
    const rows = await client.ok(
      v.array(WireReview),
      'GET',
      `${path}/reviews?pageIndex=${page}&pageSize=250`,
    )
    const found = rows.find((it) => it.productId === productId)
    if (found !== undefined || rows.length < 250) return found
  }
  return undefined
}

export const REVIEW_CASES: readonly Case[] = [
  {
    title: 'adds a product up over the sessions of a review',
    run: async (world) => {
      if (!maySettle(world)) return
      const { productId, path, units } = await countTwice(world)
      const row = await reviewOf(world, path, productId)
      ensure(row !== undefined, 'A counted product is not in the review')
      ensure(
        row.quantity === units,
        `The review says ${row.quantity ?? 'nothing'}, the sessions ${units}`,
      )
      const { count } = await world.client.ok(Count, 'GET', `${path}/reviews/count`)
      ensure(count >= 1, 'reviews/count counts none')
    },
  },
  {
    title: 'takes a decision once: the same again changes nothing, another one is refused',
    run: async (world) => {
      if (!maySettle(world)) return
      const { client, cycleCount, facilityId } = world
      const { productId, path, units } = await countTwice(world)
      const body = (decisionOutcomeEnumId: string) => ({
        inventoryCountProductsList: [
          {
            workEffortId: cycleCount.workEffortId,
            productId,
            facilityId,
            systemQuantity: units,
            countedQuantity: units,
            varianceQuantity: 0,
            decisionOutcomeEnumId,
            decisionReasonEnumId: 'PARTIAL_SCOPE_POST',
          },
        ],
      })
      await client.ok(v.unknown(), 'POST', 'cycleCounts/submit', body('SKIPPED'))
      await client.ok(v.unknown(), 'POST', 'cycleCounts/submit', body('SKIPPED'))
      await client.refused([400], 'POST', 'cycleCounts/submit', body('APPLIED'))
      const row = await reviewOf(world, path, productId)
      ensure(
        row?.decisionOutcomeEnumId === 'SKIPPED',
        `The review says ${row?.decisionOutcomeEnumId ?? 'nothing'}`,
      )
    },
  },
  {
    title: 'lets only those who settle counts decide',
    run: async (world) => {
      if (maySettle(world)) return
      const answer = await world.client.json('POST', `${COUNTS}cycleCounts/submit`, {
        inventoryCountProductsList: [],
      })
      ensure(answer.status === 403, `POST submit: ${answer.status}`)
    },
  },
]
