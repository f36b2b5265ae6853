// GET items: the session's rows in a stable order, with the book quantity only for those who may see it.
import type { WireItem } from '../../src/contract/items'
import type { Sql } from '../db/db'
import type { ServerContext } from '../http/context'
import { orderByOf, Params, readMillis, readPaging, whereOf, type Fields, type Query } from '../http/query'
import { encodeItem } from '../rules/item-wire'
import { decodeItemRow, quantityOf, type ItemColumns } from './item-store'
import type { SessionRow } from './session-store'

const FIELDS: Fields = {
  importItemSeqId: { sql: 'i.item_seq', type: 'number' },
  uuid: { sql: 'i.uuid', type: 'text' },
  productId: { sql: 'i.product_id', type: 'text' },
  productIdentifier: { sql: 'i.product_identifier', type: 'text' },
  createdDate: { sql: 'i.created_at', type: 'millis' },
  lastUpdatedStamp: { sql: 'i.last_updated_at', type: 'millis' },
}

interface Columns extends ItemColumns {
  readonly product_name: string | null
  readonly qoh: string | null
  readonly atp: string | null
}

export interface ListInput {
  readonly session: SessionRow
  readonly query: Query
  readonly context: ServerContext
  readonly maySeeBook: boolean
}

/**
 * One page. Rows keep their place (importItemSeqId) for ever and new ones come last, so a page by number misses none.
 * The base profile repeats a row for every facility that stocks its product, as the real view does.
 */
export async function listItems(
  sql: Sql,
  { session, query, context, maySeeBook }: ListInput,
): Promise<WireItem[]> {
  const params = new Params()
  const sessionId = params.add(session.sessionId, 'text')
  const facilityId = params.add(session.facilityId, 'text')
  const { limit, offset } = readPaging(query, context.limits.pageRowsMax)
  const isRepeating = context.profile === 'hotwax' && context.quirks.repeatsItemRows
  const order = orderByOf(query, FIELDS, { otherwise: 'i.item_seq', last: `i.item_seq${isRepeating ? ', r.facility_id' : ''}` })
  const rows = await sql.query<Columns>(
    `select i.*, p.product_name, s.quantity_on_hand::text as qoh, s.available_to_promise::text as atp
     from session_item i
       left join product p on p.product_id = i.product_id
       left join product_facility s on s.facility_id = ${facilityId} and s.product_id = i.product_id
       ${isRepeating ? 'left join product_facility r on r.product_id = i.product_id' : ''}
     where i.session_id = ${sessionId} and not i.is_deleted and ${whereOf(query, FIELDS, params)} and ${windowOf(query, params)}
     order by ${order} limit ${params.add(limit, 'int')} offset ${params.add(offset, 'int')}`,
    params.values,
  )
  const view = { sessionId: session.sessionId, facilityId: session.facilityId, maySeeBook, profile: context.profile }
  return rows.map((row) =>
    encodeItem(decodeItemRow(row), {
      ...view,
      productName: row.product_name,
      qoh: quantityOf(row.qoh),
      atp: quantityOf(row.atp),
    }),
  )
}

/** Of changed_window: rows are found by ten minutes, so that an index need not be written with each change of a row. */
const WINDOW_MS = 600_000

/** Beside `lastUpdatedStamp_from`, and never narrower: for the index alone. */
function windowOf(query: Query, params: Params): string {
  const from = query.one('lastUpdatedStamp_from')
  return from === null ? 'true' : `i.changed_window >= ${params.add(Math.trunc(readMillis(from) / WINDOW_MS), 'bigint')}`
}

export async function countItems(sql: Sql, sessionId: string): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    'select count(*)::int as count from session_item where session_id = $1 and not is_deleted',
    [sessionId],
  )
  return row?.count ?? 0
}
