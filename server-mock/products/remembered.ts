// Remembered barcodes in the database: kept with who, when and where, and carried to all devices by the catalogue's changes.
import { REMEMBERED, type PostBarcode, type WireBarcode } from '../../src/contract/barcodes'
import { itemKeyOf } from '../../src/domain/barcode/item-key'
import type { Sql } from '../db/db'
import type { Caller } from '../http/context'
import { HttpError } from '../http/errors'
import { spellingsOf } from '../rules/identify'
import { answerWish, type Claim } from '../rules/remember-barcode'
import { touchProduct, holdCatalogue } from './catalogue'

export interface Asking {
  readonly sessionId: string
  readonly by: string
  readonly now: number
}

/**
 * The same wish again changes nothing and gets the same answer.
 * @throws HttpError 404 for a product that nobody knows, 409 BARCODE_REFUSED in words. Rules: docs/SPEC.md SP27, SP28
 */
export async function rememberBarcode(
  sql: Sql,
  wish: PostBarcode,
  asking: Asking,
): Promise<'remembered' | 'known'> {
  await holdCatalogue(sql)
  const [before] = await sql.query<{
    value: string
    product_id: string
    taken_back_by: string | null
  }>('select value, product_id, taken_back_by from remembered_barcode where wish_id = $1', [
    wish.wishId,
  ])
  if (before !== undefined) {
    if (before.product_id !== wish.productId || before.value !== wish.value)
      throw new HttpError(400, `${wish.wishId} is another wish`, 'BAD_REQUEST')
    if (before.taken_back_by === null) return 'remembered'
    throw new HttpError(
      409,
      `${before.taken_back_by} has taken ${wish.value} back`,
      'BARCODE_REFUSED',
    )
  }
  await requireProduct(sql, wish.productId)
  const answer = answerWish(wish, await readClaims(sql, wish.value))
  if (answer.kind === 'refused') throw new HttpError(409, answer.words, 'BARCODE_REFUSED')
  if (answer.kind === 'known') return 'known'
  await store(sql, wish, asking)
  return 'remembered'
}

async function requireProduct(sql: Sql, productId: string): Promise<void> {
  const rows = await sql.query('select 1 from product where product_id = $1 and not deleted', [
    productId,
  ])
  if (rows.length === 0) throw new HttpError(404, `Product ${productId} not found`, 'NOT_FOUND')
}

async function readClaims(sql: Sql, value: string): Promise<readonly Claim[]> {
  return sql.query<Claim & Record<string, unknown>>(
    `select i.product_id as "productId", p.product_name as "productName", i.type, i.pack_size as "packSize", r.user_id as by
     from product_identifier i
       join product p on p.product_id = i.product_id and not p.deleted
       left join remembered_barcode r
         on r.product_id = i.product_id and r.value = i.value and r.taken_back_at is null and i.type = $2
     where i.value = any($1::text[]) order by (i.type = $2), i.product_id, i.type, i.value`,
    [spellingsOf(value), REMEMBERED],
  )
}

async function store(sql: Sql, wish: PostBarcode, { sessionId, by, now }: Asking): Promise<void> {
  const itemKey = itemKeyOf(wish.value)
  // No living product claims it: what is remembered still was for a product that is gone.
  await sql.query(
    'update remembered_barcode set taken_back_at = $2::bigint, taken_back_by = $3 where item_key = $1 and taken_back_at is null',
    [itemKey, now, by],
  )
  await sql.query(
    `insert into remembered_barcode (wish_id, item_key, value, product_id, pack_size, session_id, user_id, device_id, remembered_at)
     values ($1, $2, $3, $4, $5::int, $6, $7, $8, $9::bigint)`,
    [
      wish.wishId,
      itemKey,
      wish.value,
      wish.productId,
      wish.packSize,
      sessionId,
      by,
      wish.deviceId ?? null,
      now,
    ],
  )
  await sql.query(
    'insert into product_identifier (product_id, type, value, pack_size) values ($1, $2, $3, $4::int) on conflict do nothing',
    [wish.productId, REMEMBERED, wish.value, wish.packSize],
  )
  await touchProduct(sql, wish.productId)
}

/**
 * It is unknown again in the next counts; what was counted under it stays where it is. Repeatable.
 * @throws HttpError 404, 403 outside the caller's facilities. Rules: docs/SPEC.md SP29
 */
export async function takeBarcodeBack(
  sql: Sql,
  caller: Caller,
  wishId: string,
  now: number,
): Promise<WireBarcode> {
  await holdCatalogue(sql)
  const [found] = await sql.query<Row>(`${SELECT} where r.wish_id = $1`, [wishId])
  if (found === undefined)
    throw new HttpError(404, `Nothing is remembered under ${wishId}`, 'NOT_FOUND')
  caller.requireAt(found.facilityId)
  const { facilityId: _facilityId, ...barcode } = found
  if (barcode.takenBackAt !== null) return barcode
  await sql.query(
    'update remembered_barcode set taken_back_at = $2::bigint, taken_back_by = $3 where wish_id = $1',
    [wishId, now, caller.userName],
  )
  await sql.query(
    'delete from product_identifier where product_id = $1 and type = $2 and value = $3',
    [barcode.productId, REMEMBERED, barcode.value],
  )
  await touchProduct(sql, barcode.productId)
  return { ...barcode, takenBackAt: now, takenBackBy: caller.userName }
}

type Row = WireBarcode & { readonly facilityId: string } & Record<string, unknown>

const SELECT = `select r.wish_id as "wishId", r.value, r.product_id as "productId", p.product_name as "productName",
    r.pack_size as "packSize", r.user_id as by, r.remembered_at as at, r.session_id as "sessionId", s.name as "sessionName",
    c.name as "countName", c.facility_id as "facilityId", r.taken_back_at as "takenBackAt", r.taken_back_by as "takenBackBy"
  from remembered_barcode r
    join product p on p.product_id = r.product_id
    join count_session s on s.session_id = r.session_id
    join cycle_count c on c.work_effort_id = s.work_effort_id`

export interface BarcodesAsk {
  /** null: from the newest on. */
  readonly before: { readonly at: number; readonly id: string } | null
  readonly limit: number
}

/** Those of the caller's facilities, the newest first. Rules: docs/SPEC.md SP30 */
export async function listBarcodes(
  sql: Sql,
  caller: Caller,
  { before, limit }: BarcodesAsk,
): Promise<{ barcodes: WireBarcode[]; more: boolean }> {
  const rows = await sql.query<Row>(
    `${SELECT}
     where ($1::boolean or c.facility_id = any($2::text[]))
       and ($3::bigint is null or (r.remembered_at, r.wish_id collate "C") < ($3::bigint, $4::text))
     order by r.remembered_at desc, r.wish_id collate "C" desc limit $5::int`,
    [caller.isAdmin, [...caller.facilityIds], before?.at ?? null, before?.id ?? null, limit + 1],
  )
  const barcodes = rows.slice(0, limit).map(({ facilityId: _facilityId, ...it }) => it)
  return { barcodes, more: rows.length > limit }
}
