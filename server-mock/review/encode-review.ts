// A product under review as the wire has it; the book's figures only for those who may see them.
import type * as v from 'valibot'
import type { ReviewDecision, ReviewRound, ReviewRow } from '../../src/contract/review'
import { encodeQuantity, negateQuantity } from '../../src/domain/quantity'
import { reasonToldTo } from '../rules/book-quantity'
import { approvedTotal } from '../rules/late-evidence'
import { goesBy, isDear, isStale } from '../rules/review-decision'
import type { StoredDecision } from './decision-store'
import { wireMoney, wireQuantity } from './numbers'
import type { ReviewedRound, ReviewProduct } from './review-products'

export function encodeReview(product: ReviewProduct, maySeeBook: boolean): ReviewRow {
  const { rung, recount, decision } = product
  return {
    productId: product.productId,
    productName: product.name,
    identifier: product.identifier,
    abcClass: product.abcClass,
    isRequested: product.isRequested,
    bookNow: maySeeBook ? encodeQuantity(product.bookNow) : undefined,
    unitCost: maySeeBook ? wireMoney(product.unitCost) : undefined,
    rounds: product.rounds.map((it) => encodeRound(it, maySeeBook)),
    wantsPhoto: wantsPhoto(product) ? true : undefined,
    state: rung.state,
    why: reasonToldTo(maySeeBook, rung.why),
    recount: recount && {
      round: recount.round,
      sessionId: recount.sessionId,
      by: recount.by,
      at: recount.at,
      reason: recount.reason,
    },
    decision: decision && encodeDecision(decision, product, maySeeBook),
  }
}

/** Would it be refused as it was counted? Whoever may not see the book learns that it is much, not how much. */
function wantsPhoto(product: ReviewProduct): boolean {
  const round = goesBy(product.rounds)
  // What nobody counted can only be set: at most it is all gone.
  return isDear(product, round?.variance ?? negateQuantity(product.bookNow))
}

/** Written out: this runs for every product of a large count, and spreading objects is slow. */
function encodeRound(round: ReviewedRound, maySeeBook: boolean): v.InferOutput<typeof ReviewRound> {
  return {
    round: round.round,
    quantity: encodeQuantity(round.quantity),
    firstAt: round.firstAt,
    lastAt: round.lastAt,
    counters: [...round.counters],
    sessions: round.sessions,
    isOpen: round.isOpen,
    bookAtCount: maySeeBook ? encodeQuantity(round.bookAtCount) : undefined,
    expectedNow: maySeeBook ? encodeQuantity(round.expectedNow) : undefined,
    variance: maySeeBook ? encodeQuantity(round.variance) : undefined,
    percent: maySeeBook ? round.percent : undefined,
    value: maySeeBook ? wireMoney(round.value) : undefined,
    movedSince: maySeeBook ? encodeMoved(round.movedSince) : undefined,
  }
}

function encodeMoved(moved: ReviewedRound['movedSince']) {
  return moved.map((it) => ({ ...it, quantity: encodeQuantity(it.quantity) }))
}

function encodeDecision(
  decision: StoredDecision,
  product: ReviewProduct,
  maySeeBook: boolean,
): v.InferOutput<typeof ReviewDecision> {
  const total = approvedTotal(decision.countedQuantity, [decision.adjusted])
  // Skipped without a count: there is no total, and not a zero either.
  const hasTotal =
    decision.isPosted && (decision.countedQuantity !== null || decision.adjusted !== 0)
  return {
    outcome: decision.outcome,
    counted: wireQuantity(decision.countedQuantity),
    variance: maySeeBook ? wireQuantity(decision.varianceQuantity) : null,
    editDelta: wireQuantity(decision.editDelta),
    reason: reasonToldTo(maySeeBook, decision.reason),
    note: decision.note,
    photoId: decision.photoId,
    by: decision.by,
    at: decision.at,
    isStale: isStale(decision, product),
    isPosted: decision.isPosted,
    approvedTotal: hasTotal ? encodeQuantity(total) : null,
  }
}
