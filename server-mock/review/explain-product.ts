// Gathers what may explain one product's variance: look-alikes and neighbours of the same count, movements, earlier counts.
import type * as v from 'valibot'
import type { ReviewExplanation } from '../../src/contract/review-explanation'
import { encodeQuantity, negateQuantity, ZERO, type Micro } from '../../src/domain/quantity'
import type { MovementKind, VarianceSuggestion } from '../../src/domain/review'
import type { Sql } from '../db/db'
import type { Caller } from '../http/context'
import { HttpError } from '../http/errors'
import { maySeeBook } from '../rules/book-quantity'
import {
  BESIDE_MS,
  explainVariance,
  HISTORY_MAX,
  MOVEMENT_WINDOW_MS,
  type ProductCode,
  type VarianceFacts,
} from '../rules/explain-variance'
import { nameStart, neighbourRange } from '../rules/look-alike'
import { binsNear, type ShelfPlace } from '../rules/shelf-place'
import { goesBy } from '../rules/review-decision'
import { microOf } from './numbers'
import { readReviewProducts, type ReviewProduct } from './review-products'
import { readScope, type ReviewScope } from './review-scope'
import { findReview, type ReviewedCount } from './review-store'

/** Candidates by code, by name, by scan and by shelf: as many of each, whatever the size of the count. */
const CANDIDATES_MAX = 40
const MOVEMENTS_MAX = 50
/** Barcodes of one product whose neighbours are looked for. */
const CODES_MAX = 10
/** Bins of one product. */
const PLACES_MAX = 5
/** After everything that begins with a text, bytewise. */
const LAST_CHARACTER = '\u{10FFFF}'

/** @throws HttpError 404, 403. Rules: docs/SPEC.md EX7, EX8 */
export async function explainProduct(
  sql: Sql,
  caller: Caller,
  workEffortId: string,
  productId: string,
): Promise<v.InferOutput<typeof ReviewExplanation>> {
  const count = await findReview(sql, caller, workEffortId)
  if (!maySeeBook((it) => caller.may(it), count.isBlind)) return { suggestions: [] }
  const scope = await readScope(sql, count)
  const [subject] = await readReviewProducts(sql, count, [productId], scope)
  if (subject === undefined)
    throw new HttpError(404, 'The product is not part of this count', 'NOT_FOUND')
  const facts = await readFacts(sql, count, scope, subject)
  return { suggestions: explainVariance(facts).map(encodeSuggestion) }
}

async function readFacts(
  sql: Sql,
  count: ReviewedCount,
  scope: ReviewScope,
  subject: ReviewProduct,
): Promise<VarianceFacts> {
  const sessionIds = scope.sessions.map((it) => it.id)
  const ownCodes = (await readCodes(sql, [subject.productId])).get(subject.productId) ?? []
  const beside = await readBeside(sql, sessionIds, subject.productId)
  const alike = await readAlike(sql, sessionIds, subject, ownCodes)
  const ownPlaces = (await readPlaces(sql, count, [subject.productId])).get(subject.productId) ?? []
  const near = await readNear(sql, count, sessionIds, subject.productId, ownPlaces)
  const ids = [...new Set([...beside.keys(), ...alike, ...near])].filter((it) => it !== subject.productId)
  const products = await readReviewProducts(sql, count, ids.toSorted(), scope)
  const codes = await readCodes(sql, ids)
  const places = await readPlaces(sql, count, ids)
  const round = goesBy(subject.rounds)
  return {
    subject: {
      ...explainedOf(subject, ownCodes, ownPlaces),
      counted: round && { quantity: round.quantity, book: round.bookAtCount, at: round.lastAt },
    },
    others: products.map((it) => ({
      ...explainedOf(it, codes.get(it.productId) ?? [], places.get(it.productId) ?? []),
      besideMs: beside.get(it.productId) ?? null,
    })),
    movements: round === null ? [] : await readMovements(sql, count, subject.productId, round.lastAt),
    history: await readHistory(sql, count, subject.productId),
  }
}

function explainedOf(
  { productId, name, rounds, rung, bookNow }: ReviewProduct,
  codes: readonly ProductCode[],
  places: readonly ShelfPlace[],
) {
  // What is still being counted is off by nothing yet.
  const uncounted = rung.state === 'uncounted' || rung.state === 'not-found' ? negateQuantity(bookNow) : ZERO
  const variance: Micro = goesBy(rounds)?.variance ?? uncounted
  return { productId, name: name ?? productId, codes, places, variance }
}

async function readCodes(
  sql: Sql,
  productIds: readonly string[],
): Promise<ReadonlyMap<string, readonly ProductCode[]>> {
  const rows = await sql.query<ProductCode & { readonly productId: string }>(
    `select product_id as "productId", value, pack_size as "packSize" from product_identifier
     where product_id = any($1::text[]) order by product_id, pack_size, value`,
    [productIds],
  )
  const byProduct = new Map<string, ProductCode[]>()
  for (const { productId, ...code } of rows)
    byProduct.set(productId, [...(byProduct.get(productId) ?? []), code])
  return byProduct
}

/** Of each product its first bins. */
async function readPlaces(
  sql: Sql,
  { facilityId }: ReviewedCount,
  productIds: readonly string[],
): Promise<ReadonlyMap<string, readonly ShelfPlace[]>> {
  const rows = await sql.query<ShelfPlace & { readonly productId: string }>(
    `select l.product_id as "productId", l.aisle, l.bin from unnest($2::text[]) as p(id)
       cross join lateral (select product_id, aisle, bin from product_place
         where facility_id = $1 and product_id = p.id order by bin limit ${PLACES_MAX}) l`,
    [facilityId, productIds],
  )
  const byProduct = new Map<string, ShelfPlace[]>()
  for (const { productId, ...place } of rows)
    byProduct.set(productId, [...(byProduct.get(productId) ?? []), place])
  return byProduct
}

/** Products of the count in the same bin or in those beside it, the nearest first. A bin of very many is asked for a few. */
async function readNear(
  sql: Sql,
  { facilityId }: ReviewedCount,
  sessionIds: readonly string[],
  productId: string,
  places: readonly ShelfPlace[],
): Promise<readonly string[]> {
  const near = places.flatMap(({ aisle, bin }) => binsNear(bin).map((it, away) => ({ aisle, bin: it, away })))
  const rows = await sql.query<{ id: string }>(
    `select l.product_id as id from unnest($4::text[], $5::text[], $6::int[]) as n(aisle, bin, away)
       cross join lateral (select o.product_id from product_place o
         where o.facility_id = $2 and o.aisle = n.aisle and o.bin = n.bin and o.product_id <> $3 and exists (
           select 1 from session_item i
           where i.session_id = any($1::text[]) and i.product_id = o.product_id and not i.is_deleted)
         limit ${CANDIDATES_MAX}) l
     group by l.product_id order by min(n.away), l.product_id limit ${CANDIDATES_MAX}`,
    [sessionIds, facilityId, productId, near.map((it) => it.aisle), near.map((it) => it.bin), near.map((it) => it.away)],
  )
  return rows.map((it) => it.id)
}

/** Scanned on the same device within a short time of it: product to the time between them. */
async function readBeside(
  sql: Sql,
  sessionIds: readonly string[],
  productId: string,
): Promise<ReadonlyMap<string, number>> {
  const rows = await sql.query<{ id: string; ms: number }>(
    `select o.product_id as id, min(abs(o.last_scan_at - i.last_scan_at))::bigint as ms
     from session_item i join session_item o on o.session_id = i.session_id and o.log_id = i.log_id
       and o.last_scan_at between i.last_scan_at - $3::bigint and i.last_scan_at + $3::bigint
     where i.session_id = any($1::text[]) and i.product_id = $2 and not i.is_deleted and i.log_id is not null
       and o.product_id <> $2 and not o.is_deleted
     group by o.product_id order by ms, o.product_id limit ${CANDIDATES_MAX}`,
    [sessionIds, productId, BESIDE_MS],
  )
  return new Map(rows.map((it) => [it.id, it.ms]))
}

/** Products of the count with a neighbouring number, or whose name begins alike. */
async function readAlike(
  sql: Sql,
  sessionIds: readonly string[],
  { name }: ReviewProduct,
  codes: readonly ProductCode[],
): Promise<readonly string[]> {
  const isCounted = `exists (select 1 from session_item i
    where i.session_id = any($1::text[]) and i.product_id = p.product_id and not i.is_deleted)`
  const ranges = codes.flatMap((it) => neighbourRange(it.value) ?? []).slice(0, CODES_MAX)
  const byCode = await sql.query<{ id: string }>(
    `select distinct p.product_id as id from unnest($2::text[], $3::text[]) as r(first, last)
       join product_identifier p on p.value between r.first and r.last
     where ${isCounted} limit ${CANDIDATES_MAX}`,
    [sessionIds, ranges.map((it) => it.from), ranges.map((it) => it.to)],
  )
  const start = name === null ? null : nameStart(name)
  if (start === null) return byCode.map((it) => it.id)
  const byName = await sql.query<{ id: string }>(
    `select p.product_id as id from product p
     where lower(p.product_name) ~>=~ $2 and lower(p.product_name) ~<~ $3 and not p.deleted and ${isCounted}
     limit ${CANDIDATES_MAX}`,
    [sessionIds, start, start + LAST_CHARACTER],
  )
  return [...byCode, ...byName].map((it) => it.id)
}

async function readMovements(
  sql: Sql,
  { facilityId, workEffortId }: ReviewedCount,
  productId: string,
  at: number,
): Promise<VarianceFacts['movements']> {
  const rows = await sql.query<{
    kind: MovementKind
    quantity: string
    at: number
    reference: string | null
  }>(
    `select kind, quantity::text, moved_at as at, reference from item_movement
     where facility_id = $1 and product_id = $2 and moved_at between $3 and $4 and work_effort_id is distinct from $5
     order by abs(moved_at - $6::bigint), movement_id limit ${MOVEMENTS_MAX}`,
    [facilityId, productId, at - MOVEMENT_WINDOW_MS, at + MOVEMENT_WINDOW_MS, workEffortId, at],
  )
  return rows.map((it) => ({ ...it, quantity: microOf(it.quantity) }))
}

async function readHistory(
  sql: Sql,
  { facilityId, workEffortId }: ReviewedCount,
  productId: string,
): Promise<VarianceFacts['history']> {
  const rows = await sql.query<{ at: number; variance: string; recounts: number }>(
    `select counted_at as at, coalesce(variance_quantity, 0)::text as variance, coalesce(round, 0) as recounts
     from review_decision
     where facility_id = $1 and product_id = $2 and work_effort_id <> $3 and posted_at is not null
       and counted_at is not null and outcome = 'APPLIED'
     order by counted_at desc limit ${HISTORY_MAX}`,
    [facilityId, productId, workEffortId],
  )
  return rows.map((it) => ({ ...it, variance: microOf(it.variance) }))
}

type WireSuggestion = v.InferOutput<typeof ReviewExplanation>['suggestions'][number]

function encodeSuggestion(it: VarianceSuggestion): WireSuggestion {
  switch (it.kind) {
    case 'mixed-up':
      return { ...it, variance: encodeQuantity(it.variance), because: [...it.because] }
    case 'packs':
      return it
    case 'movement':
      return { ...it, movement: { ...it.movement, quantity: encodeQuantity(it.movement.quantity) } }
    case 'often-off':
      return { ...it, lastVariance: encodeQuantity(it.lastVariance) }
  }
}
