// What a session asks for, product by product in the order of names, for whoever plans it.
import type * as v from 'valibot'
import type { SessionList } from '../../src/contract/plan'
import { findSession } from '../counts/session-store'
import type { Sql } from '../db/db'
import type { Caller } from '../http/context'
import { HttpError } from '../http/errors'
import { escapeLike } from '../http/query'

export interface ListAsk {
  /** Part of a name or a number; null: all. */
  readonly text: string | null
  readonly after: { readonly name: string; readonly id: string } | null
  readonly limit: number
}

interface Row {
  readonly productId: string
  readonly productName: string | null
  readonly identifier: string | null
  readonly isCounted: boolean
  readonly sortName: string
  readonly total: number
}

/** Each product once, whoever has rows of it. @throws HttpError 404, 403. Rules: docs/SPEC.md PL52 */
export async function readSessionList(
  sql: Sql,
  caller: Caller,
  sessionId: string,
  { text, after, limit }: ListAsk,
): Promise<v.InferInput<typeof SessionList>> {
  if ((await findSession(sql, caller, sessionId)) === null)
    throw new HttpError(404, `Session ${sessionId} not found`, 'NOT_FOUND')
  const rows = await sql.query<Row>(
    `with listed as (
       select i.product_id, min(i.product_identifier) filter (where i.is_requested) as identifier,
         bool_or(i.quantity is not null) as is_counted
       from session_item i
       where i.session_id = $1 and i.product_id is not null and not i.is_deleted
       group by i.product_id having bool_or(i.is_requested)
     ), found as (
       select l.*, p.product_name, coalesce(p.product_name, l.product_id) collate "C" as sort_name
       from listed l left join product p on p.product_id = l.product_id
       where $2::text is null or p.product_name ilike $2 or l.product_id ilike $2 or l.identifier ilike $2
         or exists (select 1 from product_identifier n where n.product_id = l.product_id and n.value ilike $2)
     )
     select product_id as "productId", product_name as "productName", identifier, is_counted as "isCounted",
       sort_name as "sortName", (select count(*) from found)::int as total
     from found where $3::text is null or (sort_name, product_id) > ($3::text, $4::text)
     order by sort_name, product_id limit $5::int`,
    [sessionId, text === null ? null : `%${escapeLike(text)}%`, after?.name ?? null, after?.id ?? '', limit + 1],
  )
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  return {
    products: page.map(({ sortName: _, total: __, ...it }) => it),
    total: rows[0]?.total ?? 0,
    next: rows.length > page.length && last !== undefined ? { afterName: last.sortName, afterId: last.productId } : null,
  }
}
