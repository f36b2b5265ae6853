// Which products a review has, and what its sessions hold of them: some by their ids, or a page of all in their order.
import type { Sql } from '../db/db'
import { queryColumns, queryPacked } from '../db/packed'
import type { CountedRow } from '../rules/counted-rounds'
import { microOrNull } from './numbers'
import { expectedProducts, type CountingSession, type ReviewScope } from './review-scope'

/** A product that was taken off the list before anybody counted it is no matter of a review. */
export const MATTERS = '(is_requested is not false or quantity is not null)'

export type ReviewedRow = CountedRow & {
  readonly isRequested: boolean
  readonly identifier: string | null
  /** The row alone is reason enough to review its product. */
  readonly matters: boolean
}

export interface Reviewed {
  /** By product; of a page in the order of their ids. A product without any row is expected alone. */
  readonly rows: ReadonlyMap<string, readonly ReviewedRow[]>
  /** What a hard count looks for because the book has it, or has decided. */
  readonly expected: ReadonlySet<string>
}

export interface PageAsk {
  readonly after: string
  /** The last product that is wanted; null: as many as the page holds. */
  readonly until: string | null
  readonly limit: number
}

interface Page {
  /** In order, at most as many as the page holds. */
  readonly ids: readonly string[]
  /** There are further ones, up to `until` or at all. */
  readonly more: boolean
}

/** A product has a row for each session, log and barcode that found it: beyond that many on average the page is counted out. */
const ROWS_OF_A_PRODUCT = 4

/** The next products of a count with all their rows. The cost follows the page and the sessions, not the count. */
export async function readRowsPage(
  sql: Sql,
  scope: ReviewScope,
  ask: PageAsk,
): Promise<Page & { readonly reviewed: Reviewed }> {
  const { after, until, limit } = ask
  if (
    until !== null &&
    (await isAtMost(sql, scope.sessions, { after, until }, limit * ROWS_OF_A_PRODUCT))
  ) {
    const reviewed = await readBetween(sql, scope, { after, until, limit })
    const ids = [...reviewed.rows].flatMap(([id, own]) =>
      own.some((it) => it.matters) || reviewed.expected.has(id) ? [id] : [],
    )
    return { ids: ids.slice(0, limit), reviewed, more: ids.length > limit }
  }
  const { ids, more } = await readProductIds(sql, scope, ask)
  const last = ids.at(-1)
  const reviewed =
    last === undefined ? NOTHING : await readBetween(sql, scope, { after, until: last, limit })
  return { ids, reviewed, more }
}

const NOTHING: Reviewed = { rows: new Map(), expected: new Set() }

/**
 * The next products of a count in the order of their ids. Each session contributes at most a page of its index, and so
 * does the book that a hard count goes by: the cost follows the page and the sessions, not the count.
 */
async function readProductIds(
  sql: Sql,
  { sessions, hard }: ReviewScope,
  { after, until, limit }: PageAsk,
): Promise<Page> {
  const perSession = limit * 2 + 1
  const params: unknown[] = [sessions.map((it) => it.id), after, perSession, limit + 1, until]
  const expected =
    hard === null
      ? ''
      : `union all ${expectedProducts(hard, params, { after: 2, until: 5, limit: 3 })}`
  // A session that gave all it was asked for may have more behind its last: beyond the horizon nothing is certain.
  // The database compares, because it knows the order of its index.
  const rows = await queryPacked<{ id: string; is_cut: boolean }>(
    sql,
    `with taken as (
       select s.session_id, i.product_id from unnest($1::text[]) as s(session_id)
         cross join lateral (
           select product_id from session_item
           where session_id = s.session_id and product_id > $2 and ($5::text is null or product_id <= $5)
             and not is_deleted and ${MATTERS}
           order by product_id limit $3::int) i
       ${expected}
     ), horizon as (
       select min(last) as last from (
         select max(product_id) as last from taken group by session_id having count(*) = $3::int) f
     )
     select p.product_id as id, h.last is not null as is_cut
     from (select distinct product_id from taken) p, horizon h
     where h.last is null or p.product_id <= h.last
     order by p.product_id limit $4::int`,
    params,
  )
  return {
    ids: rows.slice(0, limit).map((it) => it.id),
    more: rows.length > limit || rows[0]?.is_cut === true,
  }
}

interface Stretch {
  readonly after: string
  readonly until: string
}

async function isAtMost(
  sql: Sql,
  sessions: readonly CountingSession[],
  { after, until }: Stretch,
  max: number,
): Promise<boolean> {
  const [found] = await sql.query<{ rows_found: number }>(
    `select count(*)::int as rows_found from (
       select 1 from session_item where session_id = any($1::text[]) and product_id > $2 and product_id <= $3
         and not is_deleted limit $4::int) f`,
    [sessions.map((it) => it.id), after, until, max + 1],
  )
  return (found?.rows_found ?? 0) <= max
}

interface ItemColumns {
  /** null: no row of a session; the product is expected. */
  readonly session_id: string | null
  readonly product_id: string
  readonly product_identifier: string | null
  readonly is_requested: boolean | null
  readonly quantity: string | null
  readonly standing: number | null
  readonly counted_by: string | null
  readonly sent_by: string | null
  readonly last_scan_at: number | null
  readonly last_updated_at: number
  readonly matters: boolean
}

const SELECT_ITEMS = `select session_id, product_id, product_identifier, is_requested, quantity::text as quantity, standing,
  counted_by, sent_by, last_scan_at, last_updated_at, ${MATTERS} as matters from session_item`
const ITEM_COLUMNS: readonly (keyof ItemColumns)[] = [
  'session_id',
  'product_id',
  'product_identifier',
  'is_requested',
  'quantity',
  'standing',
  'counted_by',
  'sent_by',
  'last_scan_at',
  'last_updated_at',
  'matters',
]

/** An expected product beside the rows of the sessions. */
const SELECT_EXPECTED = `select null, e.product_id, null, null::boolean, null, null::bigint, null, null, null::bigint, 0::bigint, false from`

/**
 * By range, not by name: looking two thousand ids up one by one takes ten times as long as walking along them.
 * @param limit of the expected ones
 */
async function readBetween(
  sql: Sql,
  { sessions, hard }: ReviewScope,
  { after, until, limit }: Stretch & { readonly limit: number },
): Promise<Reviewed> {
  const params: unknown[] = [sessions.map((it) => it.id), after, until]
  const items = `${SELECT_ITEMS} where session_id = any($1::text[]) and product_id > $2 and product_id <= $3 and not is_deleted`
  const limitAt = hard === null ? 0 : params.push(limit + 1)
  const expected =
    hard === null
      ? ''
      : `union all ${SELECT_EXPECTED} (${expectedProducts(hard, params, { after: 2, until: 3, limit: limitAt })}) e`
  const rows = await queryColumns<ItemColumns>(
    sql,
    ITEM_COLUMNS,
    `${items} ${expected} order by product_id`,
    params,
  )
  return byProduct(rows, sessions)
}

/** All rows of some products. */
export async function readRows(
  sql: Sql,
  { sessions, hard }: ReviewScope,
  productIds: readonly string[],
): Promise<Reviewed> {
  const params: unknown[] = [sessions.map((it) => it.id), productIds]
  const items = `${SELECT_ITEMS} where session_id = any($1::text[]) and product_id = any($2::text[]) and not is_deleted`
  const expected =
    hard === null
      ? ''
      : `union all ${SELECT_EXPECTED} (${expectedProducts(hard, params, { amongst: 2 })}) e`
  const rows = await queryColumns<ItemColumns>(sql, ITEM_COLUMNS, `${items} ${expected}`, params)
  return byProduct(rows, sessions)
}

function byProduct(rows: readonly ItemColumns[], sessions: readonly CountingSession[]): Reviewed {
  const byId = new Map(sessions.map((it) => [it.id, it]))
  const found = new Map<string, ReviewedRow[]>()
  const expected = new Set<string>()
  for (const row of rows) {
    const session = row.session_id === null ? null : byId.get(row.session_id)
    if (session === undefined) continue
    const known = found.get(row.product_id) ?? []
    if (known.length === 0) found.set(row.product_id, known)
    if (session === null) expected.add(row.product_id)
    else known.push(decodeRow(row, session))
  }
  return { rows: found, expected }
}

function decodeRow(row: ItemColumns, { id, status, round }: CountingSession): ReviewedRow {
  return {
    sessionId: id,
    sessionStatus: status,
    round,
    quantity: microOrNull(row.quantity),
    standing: row.standing,
    countedBy: row.counted_by,
    sentBy: row.sent_by,
    lastScanAt: row.last_scan_at,
    lastUpdatedAt: row.last_updated_at,
    isRequested: row.is_requested === true,
    identifier: row.product_identifier,
    matters: row.matters,
  }
}
