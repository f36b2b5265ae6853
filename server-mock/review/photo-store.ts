// Pictures that go with decisions: taken in bounded and sniffed, given out as files that nothing runs.
import { createHash } from 'node:crypto'
import { PHOTOS_MAX } from '../../src/contract/review'
import { PHOTO_BYTES_MAX } from '../../src/domain/review'
import type { Sql } from '../db/db'
import { readBytes } from '../http/body'
import type { Caller, ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import { RawAnswer } from '../http/raw-answer'
import { pictureTypeOf, type PictureType } from '../rules/picture-type'
import { findReview, holdReview, requireUnderReview } from './review-store'

/** @throws HttpError 413. Rule: docs/SPEC.md RV36 */
export async function readPicture(request: Request): Promise<Uint8Array> {
  return readBytes(request, PHOTO_BYTES_MAX)
}

/** @throws HttpError 400 for what is no picture. Rule: docs/SPEC.md RV36 */
function requirePicture(bytes: Uint8Array): PictureType {
  const type = pictureTypeOf(bytes)
  if (type === null) throw new HttpError(400, 'This is no JPEG, PNG or WebP picture', 'BAD_REQUEST')
  return type
}

interface Place {
  readonly workEffortId: string
  readonly productId: string
}

/** The same picture again is the same one. @throws HttpError 404, 403, 400 once the count is closed or for no picture, 413 for too many */
export async function keepPhoto(
  caller: Caller,
  { workEffortId, productId }: Place,
  bytes: Uint8Array,
  { db, clock }: ServerContext,
): Promise<{ photoId: string }> {
  const photoId = createHash('sha256').update(bytes).digest('hex')
  return db.tx(async (sql) => {
    requireUnderReview(await holdReview(sql, caller, workEffortId))
    await requireProduct(sql, { workEffortId, productId })
    const type = requirePicture(bytes)
    const [known] = await sql.query<{ count: number; is_there: boolean }>(
      `select count(*)::int as count, coalesce(bool_or(photo_id = $3), false) as is_there from review_photo
       where work_effort_id = $1 and product_id = $2`,
      [workEffortId, productId, photoId],
    )
    if (known?.is_there === true) return { photoId }
    if ((known?.count ?? 0) >= PHOTOS_MAX)
      throw new HttpError(413, `At most ${PHOTOS_MAX} pictures of a product`, 'TOO_LARGE')
    await sql.query(
      `insert into review_photo (work_effort_id, product_id, photo_id, content_type, bytes, taken_by, taken_at)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [workEffortId, productId, photoId, type, bytes, caller.userName, clock.now()],
    )
    return { photoId }
  })
}

async function requireProduct(sql: Sql, { workEffortId, productId }: Place): Promise<void> {
  const found = await sql.query(
    `select 1 from count_session s join session_item i on i.session_id = s.session_id and i.product_id = $2
     where s.work_effort_id = $1 and not i.is_deleted limit 1`,
    [workEffortId, productId],
  )
  if (found.length === 0)
    throw new HttpError(404, 'The product is not part of this count', 'NOT_FOUND')
}

/** Those of the pictures that are there, as `product photo`. */
export async function findPhotos(
  sql: Sql,
  workEffortId: string,
  asked: readonly { readonly productId: string; readonly photoId: string }[],
): Promise<ReadonlySet<string>> {
  if (asked.length === 0) return new Set()
  const rows = await sql.query<{ key: string }>(
    `select product_id || ' ' || photo_id as key from review_photo
     where work_effort_id = $1 and product_id = any($2::text[]) and photo_id = any($3::text[])`,
    [workEffortId, asked.map((it) => it.productId), asked.map((it) => it.photoId)],
  )
  return new Set(rows.map((it) => it.key))
}

const ENDINGS: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
}

/** A file to save, that no browser runs or guesses at. @throws HttpError 404, 403 */
export async function givePhoto(
  sql: Sql,
  caller: Caller,
  { workEffortId, productId, photoId }: Place & { readonly photoId: string },
): Promise<RawAnswer> {
  await findReview(sql, caller, workEffortId)
  const [photo] = await sql.query<{ type: string; bytes: Uint8Array }>(
    `select content_type as type, bytes from review_photo
     where work_effort_id = $1 and product_id = $2 and photo_id = $3`,
    [workEffortId, productId, photoId],
  )
  if (photo === undefined) throw new HttpError(404, 'There is no such picture', 'NOT_FOUND')
  return new RawAnswer(new Uint8Array(photo.bytes), {
    'Content-Type': photo.type,
    'X-Content-Type-Options': 'nosniff',
    'Content-Disposition': `attachment; filename="photo.${ENDINGS[photo.type] ?? 'bin'}"`,
    'Content-Security-Policy': "default-src 'none'; sandbox",
  })
}
