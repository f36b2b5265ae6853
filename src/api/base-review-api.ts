// The review of the base contract over HTTP (3.4, 3.7, 5.1): its rows in the words of ours, what it does not tell left out.
import * as v from 'valibot'
import { CYCLE_COUNT_STATUS_IDS } from '../contract/counts'
import { COUNTS } from '../contract/envelope'
import { Count } from '../contract/items'
import { WireProductSession, WireReview } from '../contract/review'
import { RemoteError } from '../domain/errors'
import { asId, type ProductId } from '../domain/ids'
import { encodeQuantity, negateQuantity, sumQuantity, type Micro } from '../domain/quantity'
import { roundOf, type Compared, type ReviewDecision, type ReviewRow } from '../domain/review'
import { commentsOf } from '../domain/sent-decision'
import type { BaseReviewApi, DecisionAtOnce, SessionOfProduct } from '../ports/base-review'
import type { Caller, CountsApi } from '../ports/server'
import { createNotFoundCalls } from './base-not-found-api'
import { listCycleCounts, WORK_EFFORTS } from './counts-api'
import { microOrNull } from './decode-review'
import { part, type Http } from './http'

const PAGE = 250
/** As the base client decides; a person who puts an amount of their own in the place of the count overrides it. */
const REASONS = { apply: 'PARTIAL_SCOPE_POST', skip: 'PARTIAL_SCOPE_POST', set: 'MANAGER_OVERRIDE' } as const

export function createBaseReviewCalls(http: Http, { cycleCount }: Pick<CountsApi, 'cycleCount'>, caller: Pick<Caller, 'userName'>): BaseReviewApi {
  return {
    ...createNotFoundCalls(http, caller),
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
    async sessions(id, productId) {
      const path = `${WORK_EFFORTS}/${part(id)}/count`
      const rows = await http.json({ method: 'get', path, schema: v.array(WireProductSession), query: { workEffortId: id, productId } })
      return rows.map(decodeSession)
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

function decodeSession(it: WireProductSession): SessionOfProduct {
  return {
    name: it.countImportName ?? it.inventoryCountImportId,
    by: it.uploadedByUserLogin ?? null,
    counted: microOrNull(it.counted),
    at: it.lastUpdatedAt ?? null,
    isVoided: it.statusId === 'SESSION_VOIDED',
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

function decisionOf({ decisionOutcomeEnumId, ...wire }: WireReview, quantity: Micro | null, compared: Compared | null): ReviewDecision | null {
  if (decisionOutcomeEnumId == null) return null
  const [system, variance] = [microOrNull(wire.systemQuantity), microOrNull(wire.varianceQuantity)]
  const unknown = { editDelta: null, reason: null, note: null, photoId: null, by: '', at: 0, approvedTotal: null } as const
  return {
    ...unknown,
    outcome: decisionOutcomeEnumId === 'APPLIED' ? 'apply' : 'skip',
    // Where the server tells its figures, what was booked is theirs: an amount may have been set by hand.
    counted: variance !== null && system !== null ? sumQuantity(system, variance) : quantity,
    variance: variance ?? compared?.variance ?? null,
    isStale: false,
    isPosted: true,
  }
}

function encodeDecision({ row, act, note }: DecisionAtOnce): object {
  const round = roundOf(row)
  const amount = (it: Micro | null | undefined) => (it == null ? undefined : encodeQuantity(it))
  const book = round?.compared?.bookAtCount ?? row.bookNow
  const isSet = act.kind === 'set'
  return {
    productId: row.productId,
    systemQuantity: amount(book),
    countedQuantity: amount(isSet ? act.to : round?.quantity),
    varianceQuantity: amount(isSet && book !== null ? sumQuantity(act.to, negateQuantity(book)) : round?.compared?.variance),
    decisionOutcomeEnumId: act.kind === 'skip' ? 'SKIPPED' : 'APPLIED',
    decisionReasonEnumId: REASONS[act.kind],
    comments: commentsOf(act, note) ?? undefined,
  }
}
