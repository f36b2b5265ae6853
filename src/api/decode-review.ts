// One product of a review from the wire: exact quantities and money, absent for nobody-may-see.
import type * as v from 'valibot'
import type { ReviewRow as WireRow } from '../contract/review'
import type { ReviewExplanation } from '../contract/review-explanation'
import { RemoteError } from '../domain/errors'
import { asId, type ProductId } from '../domain/ids'
import { decodeMoney, type Money } from '../domain/money'
import { decodeQuantity, type Micro } from '../domain/quantity'
import type {
  Compared,
  ReviewDecision,
  ReviewRound,
  ReviewRow,
  VarianceSuggestion,
} from '../domain/review'

type WireRound = v.InferOutput<typeof WireRow>['rounds'][number]
type WireDecision = NonNullable<v.InferOutput<typeof WireRow>['decision']>

/** @throws {RemoteError} `captive-portal` for a number that is no quantity: not our server's */
export function microOf(wire: number): Micro {
  const quantity = decodeQuantity(wire)
  if (typeof quantity === 'string')
    throw new RemoteError('captive-portal', `${wire} is no quantity`)
  return quantity
}

export function microOrNull(wire: number | null | undefined): Micro | null {
  return wire == null ? null : microOf(wire)
}

export function moneyOrNull(wire: number | null | undefined): Money | null {
  return wire == null ? null : decodeMoney(wire)
}

export function decodeReviewRow(wire: v.InferOutput<typeof WireRow>): ReviewRow {
  const { recount, decision } = wire
  return {
    productId: asId<ProductId>(wire.productId),
    name: wire.productName ?? wire.productId,
    identifier: wire.identifier ?? null,
    abcClass: wire.abcClass ?? null,
    isRequested: wire.isRequested,
    bookNow: microOrNull(wire.bookNow),
    unitCost: moneyOrNull(wire.unitCost),
    rounds: wire.rounds.map(decodeRound),
    wantsPhoto: wire.wantsPhoto === true,
    state: wire.state,
    why: wire.why ?? null,
    recount:
      recount == null
        ? null
        : { round: recount.round, by: recount.by, at: recount.at, reason: recount.reason },
    decision: decision == null ? null : decodeDecision(decision),
  }
}

function decodeRound(wire: WireRound): ReviewRound {
  const { round, firstAt, lastAt, counters, sessions, isOpen } = wire
  return {
    round,
    firstAt,
    lastAt,
    counters,
    sessions,
    isOpen,
    quantity: microOf(wire.quantity),
    compared: decodeCompared(wire),
  }
}

/** All of it or nothing: a caller who may not see the book is told none of it. */
function decodeCompared(wire: WireRound): Compared | null {
  const { bookAtCount, expectedNow, variance } = wire
  if (bookAtCount === undefined || expectedNow === undefined || variance === undefined) return null
  return {
    bookAtCount: microOf(bookAtCount),
    expectedNow: microOf(expectedNow),
    variance: microOf(variance),
    percent: wire.percent ?? null,
    value: moneyOrNull(wire.value),
    movedSince: (wire.movedSince ?? []).map((it) => ({ ...it, quantity: microOf(it.quantity) })),
  }
}

function decodeDecision(wire: WireDecision): ReviewDecision {
  return {
    outcome: wire.outcome === 'APPLIED' ? 'apply' : 'skip',
    counted: microOrNull(wire.counted),
    variance: microOrNull(wire.variance),
    editDelta: microOrNull(wire.editDelta),
    reason: wire.reason ?? null,
    note: wire.note ?? null,
    photoId: wire.photoId ?? null,
    by: wire.by,
    at: wire.at,
    isStale: wire.isStale,
    isPosted: wire.isPosted,
    approvedTotal: microOrNull(wire.approvedTotal),
  }
}

type WireSuggestion = v.InferOutput<typeof ReviewExplanation>['suggestions'][number]

export function decodeSuggestion(wire: WireSuggestion): VarianceSuggestion {
  switch (wire.kind) {
    case 'mixed-up':
      return { ...wire, variance: microOf(wire.variance) }
    case 'packs':
      return wire
    case 'movement': {
      const { quantity, reference = null, ...movement } = wire.movement
      return { ...wire, movement: { ...movement, quantity: microOf(quantity), reference } }
    }
    case 'often-off':
      return { ...wire, lastVariance: microOf(wire.lastVariance) }
  }
}
