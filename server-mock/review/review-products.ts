// Reads what a review knows of some products, in a handful of queries however many they are, and has the rules measure it.
import type { Money } from '../../src/domain/money'
import { negateQuantity, sumQuantity, type Micro } from '../../src/domain/quantity'
import type { Sql } from '../db/db'
import { amongst } from '../db/packed'
import { roundsOf, type Round } from '../rules/counted-rounds'
import type { DecidedProduct } from '../rules/review-decision'
import {
  climb,
  toleranceFor,
  type LadderInput,
  type MeasuredRound,
  type Rung,
  type Tolerance,
  type ToleranceRow,
} from '../rules/rule-ladder'
import { measure, type MovedKind } from '../rules/variance'
import { readDecisions, type StoredDecision } from './decision-store'
import { momentKey, movedSince } from './movement-store'
import { NO_FACTS, readFacts, type Facts } from './product-facts'
import { readRecounts, type Recount } from './recount-store'
import { readRows, type Reviewed } from './review-rows'
import { readScope, type ReviewScope } from './review-scope'
import type { ReviewedCount } from './review-store'
import { readTolerances } from './rule-store'
import { readCountTolerance } from '../plan/count-tolerance'

export type ReviewedRound = MeasuredRound & { readonly movedSince: readonly MovedKind[] }

export interface ReviewProduct extends DecidedProduct {
  readonly rounds: readonly ReviewedRound[]
  readonly productId: string
  readonly name: string | null
  readonly identifier: string | null
  readonly abcClass: string | null
  readonly unitCost: Money | null
  readonly isRequested: boolean
  readonly recount: Recount | null
  readonly decision: StoredDecision | null
  /** Where it would stand without the recount that is under way. */
  readonly beneath: Rung
}

/** In the order of the ids; a product of no session that counts is left out. */
export async function readReviewProducts(
  sql: Sql,
  count: ReviewedCount,
  productIds: readonly string[],
  known?: ReviewScope,
): Promise<readonly ReviewProduct[]> {
  if (productIds.length === 0) return []
  const scope = known ?? (await readScope(sql, count))
  return reviewRows(sql, { count, scope }, productIds, await readRows(sql, scope, productIds))
}

export interface UnderReview {
  readonly count: ReviewedCount
  readonly scope: ReviewScope
}

/** The products of rows that have been read. @param reviewed of others, too, which are left out */
export async function reviewRows(
  sql: Sql,
  { count, scope }: UnderReview,
  productIds: readonly string[],
  { rows, expected }: Reviewed,
): Promise<readonly ReviewProduct[]> {
  if (productIds.length === 0) return []
  const facts = await readFacts(sql, count, productIds)
  const ownTolerance = await readCountTolerance(sql, count.workEffortId)
  const tolerances = await readTolerances(sql, count.facilityId)
  const recounts = await readRecounts(sql, count.workEffortId, productIds)
  const decisions = await readDecisions(sql, count.workEffortId, productIds)
  const later = await readCountedLater(sql, count, productIds)
  const roundsById = new Map(productIds.map((id) => [id, roundsOf(rows.get(id) ?? [])]))
  const moments = [...roundsById].flatMap(([productId, { counted }]) =>
    counted.map(({ round, lastAt }) => ({ productId, round, at: lastAt })),
  )
  const moved = await movedSince(sql, count, moments)
  return productIds.flatMap((productId) => {
    const own = rows.get(productId)
    const rounds = roundsById.get(productId)
    if (own === undefined || rounds === undefined) return []
    const fact = facts.get(productId) ?? NO_FACTS
    return productOf({
      productId,
      fact,
      rounds,
      ownTolerance,
      tolerances,
      count,
      isRequested: own.some((it) => it.isRequested),
      identifier: own.find((it) => it.identifier !== null)?.identifier ?? null,
      recount: recounts.get(productId) ?? null,
      decision: decisions.get(productId) ?? null,
      countedLaterAt: later.get(productId) ?? null,
      isExpected: expected.has(productId),
      isCounting: scope.hard?.isCounting === true,
      moved,
    })
  })
}

interface Parts {
  readonly productId: string
  readonly fact: Facts
  readonly rounds: ReturnType<typeof roundsOf>
  readonly ownTolerance: Tolerance | null
  readonly tolerances: readonly ToleranceRow[]
  readonly count: ReviewedCount
  readonly isRequested: boolean
  readonly identifier: string | null
  readonly recount: Recount | null
  readonly decision: StoredDecision | null
  readonly countedLaterAt: number | null
  readonly isExpected: boolean
  /** A session that may find anything is open. */
  readonly isCounting: boolean
  readonly moved: Awaited<ReturnType<typeof movedSince>>
}

function productOf({ productId, fact, rounds, ...parts }: Parts): ReviewProduct {
  const { abcClass, unitCost, name } = fact
  // What this count has booked itself is not part of the book that it is compared with.
  const bookNow = sumQuantity(fact.bookNow, negateQuantity(fact.ownPostings))
  const measured = rounds.counted.map((it) => {
    const movedAfter = parts.moved.get(momentKey(productId, it.round)) ?? []
    return roundOf(it, movedAfter, bookNow, unitCost)
  })
  // What nobody found is not there since the count: a count that was booked after its beginning knows more.
  const lastAt = measured.at(-1)?.lastAt ?? parts.count.actualStartAt ?? parts.count.createdAt
  const tolerance =
    parts.ownTolerance ??
    toleranceFor(parts.tolerances, { facilityId: parts.count.facilityId, abcClass })
  const input: LadderInput = {
    rounds: measured,
    isAwaited: rounds.isAwaited || (parts.isCounting && measured.length === 0),
    isExpected: parts.isExpected,
    tolerance,
    recount: parts.recount,
    isCountedLater: parts.countedLaterAt !== null && parts.countedLaterAt > lastAt,
  }
  const rung = climb(input)
  const { isRequested, identifier, recount, decision } = parts
  return {
    productId,
    name,
    identifier,
    abcClass,
    unitCost,
    moneyLimit: tolerance.money,
    isRequested,
    rounds: measured,
    bookNow,
    rung,
    beneath: rung.state === 'recounting' ? climb({ ...input, recount: null }) : rung,
    recount,
    decision,
  }
}

/** Written out: this runs for every product of a large count, and spreading two objects into one is slow. */
function roundOf(
  counted: Round,
  moved: readonly MovedKind[],
  bookNow: Micro,
  unitCost: Money | null,
): ReviewedRound {
  const found = measure({ quantity: counted.quantity, movedSince: moved }, bookNow, unitCost)
  return {
    round: counted.round,
    quantity: counted.quantity,
    firstAt: counted.firstAt,
    lastAt: counted.lastAt,
    counters: counted.counters,
    sessions: counted.sessions,
    isOpen: counted.isOpen,
    movedSince: moved,
    bookAtCount: found.bookAtCount,
    expectedNow: found.expectedNow,
    variance: found.variance,
    percent: found.percent,
    value: found.value,
  }
}

/** When the newest booked count of each product, of other counts of this facility, was made. */
async function readCountedLater(
  sql: Sql,
  { facilityId, workEffortId }: ReviewedCount,
  productIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await sql.query<{ id: string; at: number }>(
    `select product_id as id, max(counted_at) as at from review_decision
     where facility_id = $1 and product_id = ${amongst(2)} and work_effort_id <> $3 and posted_at is not null
       and outcome = 'APPLIED' and counted_at is not null group by product_id`,
    [facilityId, productIds, workEffortId],
  )
  return new Map(rows.map((it) => [it.id, it.at]))
}
