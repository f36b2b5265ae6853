// Reads what a review knows of some products, in a handful of queries however many they are, and has the rules measure it.
import type { Money } from '../../src/domain/money'
import { negateQuantity, sumQuantity, ZERO, type Micro } from '../../src/domain/quantity'
import type { Sql } from '../db/db'
import { queryPacked } from '../db/packed'
import type { SessionStatus } from '../../src/domain/session'
import { decodeSessionStatus } from '../counts/session-store'
import { roundsOf, type CountedRow, type Round } from '../rules/counted-rounds'
import type { DecidedProduct } from '../rules/review-decision'
import { climb, toleranceFor, type MeasuredRound, type Tolerance, type ToleranceRow } from '../rules/rule-ladder'
import { measure, type MovedKind } from '../rules/variance'
import { readDecisions, type StoredDecision } from './decision-store'
import { momentKey, movedSince } from './movement-store'
import { microOf, microOrNull, moneyOrNull } from './numbers'
import { readRecounts, type Recount } from './recount-store'
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
}

/** A product that was taken off the list before anybody counted it is no matter of a review. */
export const MATTERS = '(is_requested is not false or quantity is not null)'

/** A session that counts. */
export interface CountingSession {
  readonly id: string
  readonly status: SessionStatus
  /** 0: an ordinary session; n: the nth recount. */
  readonly round: number
}

/** In a stable order. */
export async function readCountingSessions(
  sql: Sql,
  workEffortId: string,
): Promise<readonly CountingSession[]> {
  const rows = await sql.query<{ id: string; status_id: string; recount_round: number | null }>(
    `select session_id as id, status_id, recount_round from count_session
     where work_effort_id = $1 and status_id <> 'SESSION_VOIDED' order by session_id`,
    [workEffortId],
  )
  return rows.map((it) => ({
    id: it.id,
    status: decodeSessionStatus(it.status_id),
    round: it.recount_round ?? 0,
  }))
}

export interface ProductIdPage {
  readonly ids: readonly string[]
  readonly more: boolean
}

/**
 * The next products of a count in the order of their ids. Each session contributes at most a page of its index, so the
 * cost follows the page and the sessions, not the count.
 */
export async function readProductIds(
  sql: Sql,
  sessions: readonly CountingSession[],
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<ProductIdPage> {
  const perSession = limit * 2 + 1
  // A session that gave all it was asked for may have more behind its last: beyond the horizon nothing is certain.
  // The database compares, because it knows the order of its index.
  const rows = await queryPacked<{ id: string; is_cut: boolean }>(
    sql,
    `with taken as (
       select s.session_id, i.product_id from unnest($1::text[]) as s(session_id)
         cross join lateral (
           select product_id from session_item
           where session_id = s.session_id and product_id > $2 and not is_deleted and ${MATTERS}
           order by product_id limit $3::int) i
     ), horizon as (
       select min(last) as last from (
         select max(product_id) as last from taken group by session_id having count(*) = $3::int) f
     )
     select p.product_id as id, h.last is not null as is_cut
     from (select distinct product_id from taken) p, horizon h
     where h.last is null or p.product_id <= h.last
     order by p.product_id limit $4::int`,
    [sessions.map((it) => it.id), after, perSession, limit + 1],
  )
  return {
    ids: rows.slice(0, limit).map((it) => it.id),
    more: rows.length > limit || rows[0]?.is_cut === true,
  }
}

/** In the order of the ids; a product of no session that counts is left out. */
export async function readReviewProducts(
  sql: Sql,
  count: ReviewedCount,
  productIds: readonly string[],
  sessions?: readonly CountingSession[],
): Promise<readonly ReviewProduct[]> {
  if (productIds.length === 0) return []
  const rows = await readRows(
    sql,
    sessions ?? (await readCountingSessions(sql, count.workEffortId)),
    productIds,
  )
  const facts = await readFacts(sql, count, productIds)
  const ownTolerance = await readCountTolerance(sql, count.workEffortId)
  const tolerances = await readTolerances(sql, count.facilityId)
  const recounts = await readRecounts(sql, count.workEffortId, productIds)
  const decisions = await readDecisions(sql, count.workEffortId, productIds)
  const later = await readCountedLater(sql, count, productIds)
  const roundsById = new Map([...rows].map(([id, it]) => [id, roundsOf(it)]))
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
  const lastAt = measured.at(-1)?.lastAt ?? null
  const tolerance =
    parts.ownTolerance ??
    toleranceFor(parts.tolerances, { facilityId: parts.count.facilityId, abcClass })
  const rung = climb({
    rounds: measured,
    isAwaited: rounds.isAwaited,
    tolerance,
    recount: parts.recount,
    isCountedLater:
      parts.countedLaterAt !== null && lastAt !== null && parts.countedLaterAt > lastAt,
  })
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

interface ItemColumns {
  readonly session_id: string
  readonly product_id: string
  readonly product_identifier: string | null
  readonly is_requested: boolean | null
  readonly quantity: string | null
  readonly standing: number | null
  readonly counted_by: string | null
  readonly last_scan_at: number | null
  readonly last_updated_at: number
}

type ReviewedRow = CountedRow & {
  readonly isRequested: boolean
  readonly identifier: string | null
}

async function readRows(
  sql: Sql,
  sessions: readonly CountingSession[],
  productIds: readonly string[],
): Promise<ReadonlyMap<string, readonly ReviewedRow[]>> {
  const rows = await queryPacked<ItemColumns>(
    sql,
    `select session_id, product_id, product_identifier, is_requested, quantity::text as quantity, standing, counted_by,
       last_scan_at, last_updated_at
     from session_item
     where session_id = any($1::text[]) and product_id = any($2::text[]) and not is_deleted`,
    [sessions.map((it) => it.id), productIds],
  )
  const byId = new Map(sessions.map((it) => [it.id, it]))
  const byProduct = new Map<string, ReviewedRow[]>()
  for (const row of rows) {
    const session = byId.get(row.session_id)
    if (session === undefined) continue
    const known = byProduct.get(row.product_id)
    const decoded = decodeRow(row, session)
    if (known === undefined) byProduct.set(row.product_id, [decoded])
    else known.push(decoded)
  }
  return byProduct
}

function decodeRow(row: ItemColumns, { status, round }: CountingSession): ReviewedRow {
  return {
    sessionId: row.session_id,
    sessionStatus: status,
    round,
    quantity: microOrNull(row.quantity),
    standing: row.standing,
    countedBy: row.counted_by,
    lastScanAt: row.last_scan_at,
    lastUpdatedAt: row.last_updated_at,
    isRequested: row.is_requested === true,
    identifier: row.product_identifier,
  }
}

interface Facts {
  readonly name: string | null
  readonly bookNow: Micro
  readonly ownPostings: Micro
  readonly unitCost: Money | null
  readonly abcClass: string | null
}

const NO_FACTS: Facts = {
  name: null,
  bookNow: ZERO,
  ownPostings: ZERO,
  unitCost: null,
  abcClass: null,
}

async function readFacts(
  sql: Sql,
  { facilityId, workEffortId }: ReviewedCount,
  productIds: readonly string[],
): Promise<ReadonlyMap<string, Facts>> {
  const rows = await queryPacked<{
    id: string
    name: string | null
    book: string
    own: string
    cost: string | null
    abc_class: string | null
  }>(
    sql,
    `select p.product_id as id, p.product_name as name, coalesce(f.quantity_on_hand, 0)::text as book,
       coalesce(o.quantity, 0)::text as own, v.unit_cost::text as cost, v.abc_class
     from product p
       left join product_facility f
         on f.facility_id = $1 and f.product_id = any($2::text[]) and f.product_id = p.product_id
       left join product_valuation v
         on v.facility_id = $1 and v.product_id = any($2::text[]) and v.product_id = p.product_id
       left join (
         select product_id, sum(quantity) as quantity from item_movement
         where facility_id = $1 and product_id = any($2::text[]) and work_effort_id = $3 group by product_id
       ) o on o.product_id = p.product_id
     where p.product_id = any($2::text[])`,
    [facilityId, productIds, workEffortId],
  )
  return new Map(
    rows.map((it) => [
      it.id,
      {
        name: it.name,
        bookNow: microOf(it.book),
        ownPostings: microOf(it.own),
        unitCost: moneyOrNull(it.cost),
        abcClass: it.abc_class,
      },
    ]),
  )
}

/** When the newest booked count of each product, of other counts of this facility, was made. */
async function readCountedLater(
  sql: Sql,
  { facilityId, workEffortId }: ReviewedCount,
  productIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await sql.query<{ id: string; at: number }>(
    `select product_id as id, max(counted_at) as at from review_decision
     where facility_id = $1 and product_id = any($2::text[]) and work_effort_id <> $3 and posted_at is not null
       and outcome = 'APPLIED' and counted_at is not null group by product_id`,
    [facilityId, productIds, workEffortId],
  )
  return new Map(rows.map((it) => [it.id, it.at]))
}
