// The review of the base contract over HTTP (3.4, 3.7, 5.1): its rows in the words of ours, what it does not tell left out.
import * as v from 'valibot'
import { CYCLE_COUNT_STATUS_IDS } from '../contract/counts'
import { COUNTS } from '../contract/envelope'
import { Count } from '../contract/items'
import { WireReview } from '../contract/review'
import { RemoteError } from '../domain/errors'
import { asId, type ProductId } from '../domain/ids'
import { encodeQuantity, negateQuantity, sumQuantity, type Micro } from '../domain/quantity'
import { roundOf, type Compared, type ReviewDecision, type ReviewRow } from '../domain/review'
import type { BaseReviewApi, DecisionAtOnce } from '../ports/base-review'
import type { CountsApi } from '../ports/server'
import { listCycleCounts, WORK_EFFORTS } from './counts-api'
import { microOrNull } from './decode-review'
import { part, type Http } from './http'

const PAGE = 250
const WHY = 'PARTIAL_SCOPE_POST'

export function createBaseReviewCalls(http: Http, { cycleCount }: Pick<CountsApi, 'cycleCount'>): BaseReviewApi {
  return {
    reviewable: (facilityId) => listCycleCounts(http, facilityId, ['in-progress', 'completed']),
    async count(id) {
      const found = await cycleCount(id)
      if (found === null) throw new RemoteError('not-found', 'There is no such count')
      return found
    },
    async total(id) {
      const path = `${WORK_EFFORTS}/${part(id)}/reviews/count`
      return (await http.json({ method: 'get', path, schema: Count, query: { workEffortId: id } })).count
    },
    async page(id, pageIndex) {
      const path = `${WORK_EFFORTS}/${part(id)}/reviews`
      const query = { workEffortId: id, pageIndex, pageSize: PAGE, orderByField: 'productId' }
      const rows = await http.json({ method: 'get', path, schema: v.array(WireReview), query })
      return { rows: rows.map(decodeRow), isLast: rows.length < PAGE }
    },
    async decide({ cycleCountId, facilityId }, decisions) {
      const inventoryCountProductsList = decisions.map((it) => ({ workEffortId: cycleCountId, facilityId, ...encodeDecision(it) }))
      await http.run({ method: 'post', path: `${COUNTS}cycleCounts/submit`, body: { inventoryCountProductsList } })
    },
    async move(id, to) {
      const end = to === 'closed' ? { actualCompletionDate: http.clock.now() } : {}
      const body = { workEffortId: id, statusId: CYCLE_COUNT_STATUS_IDS[to], ...end }
      await http.run({ method: 'put', path: `${WORK_EFFORTS}/${part(id)}`, body })
    },
  }
}

function decodeRow(wire: WireReview): ReviewRow {
  const quantity = microOrNull(wire.quantity)
  const [book, compared] = [microOrNull(wire.quantityOnHand ?? wire.systemQuantityOnHand), comparedOf(wire)]
  return {
    productId: asId<ProductId>(wire.productId),
    name: wire.internalName ?? wire.productId,
    identifier: null,
    abcClass: null,
    isRequested: wire.isRequested !== 'N',
    bookNow: book,
    unitCost: null,
    wantsPhoto: false,
    // Such a server has no rules: a person decides.
    state: quantity === null ? 'uncounted' : 'supervisor',
    why: compared?.variance === 0 ? 'no-variance' : null,
    recount: null,
    decision: decisionOf(wire, quantity, compared),
    rounds:
      quantity === null
        ? []
        : [
            {
              round: 0,
              quantity,
              firstAt: wire.minLastUpdatedAt ?? 0,
              lastAt: wire.maxLastUpdatedAt ?? 0,
              counters: [],
              sessions: wire.numberOfSessions ?? 0,
              isOpen: false,
              compared,
            },
          ],
  }
}

/** null for those who may not see the book. */
function comparedOf(wire: WireReview): Compared | null {
  const quantity = microOrNull(wire.quantity)
  const book = microOrNull(wire.quantityOnHand ?? wire.systemQuantityOnHand)
  if (quantity === null || book === null) return null
  // Not the server's own word: what is booked must be the difference of the two figures that stand beside it.
  const variance = sumQuantity(quantity, negateQuantity(book))
  const percent = book === 0 ? (variance === 0 ? 0 : null) : (100 * variance) / Math.abs(book)
  return { bookAtCount: book, expectedNow: book, variance, percent, value: null, movedSince: [] }
}

function decisionOf({ decisionOutcomeEnumId, varianceQuantity }: WireReview, counted: Micro | null, compared: Compared | null): ReviewDecision | null {
  if (decisionOutcomeEnumId == null) return null
  const unknown = { editDelta: null, reason: null, note: null, photoId: null, by: '', at: 0, approvedTotal: null } as const
  return {
    ...unknown,
    outcome: decisionOutcomeEnumId === 'APPLIED' ? 'apply' : 'skip',
    counted,
    variance: microOrNull(varianceQuantity) ?? compared?.variance ?? null,
    isStale: false,
    isPosted: true,
  }
}

function encodeDecision({ row, outcome }: DecisionAtOnce): object {
  const round = roundOf(row)
  const amount = (it: Micro | null | undefined) => (it == null ? undefined : encodeQuantity(it))
  return {
    productId: row.productId,
    systemQuantity: amount(round?.compared?.bookAtCount ?? row.bookNow),
    countedQuantity: amount(round?.quantity),
    varianceQuantity: amount(round?.compared?.variance),
    decisionOutcomeEnumId: outcome === 'apply' ? 'APPLIED' : 'SKIPPED',
    decisionReasonEnumId: WHY,
  }
}
