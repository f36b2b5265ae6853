// A note beside a product of a count, also without a decision: in its trail, where it stays.
import type { Caller, ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import { holdReview, noteChanges, readRevision } from './review-store'

export interface NoteCall {
  readonly caller: Caller
  readonly workEffortId: string
  readonly productId: string
  readonly note: string
  readonly context: ServerContext
}

/** Also once the count is closed. @throws HttpError 404 for a product that is not part of it, 403. Rules: docs/SPEC.md RV64 */
export async function noteProduct({
  caller,
  workEffortId,
  productId,
  note,
  context: { db, clock },
}: NoteCall): Promise<{ revision: number }> {
  return db.tx(async (sql) => {
    await holdReview(sql, caller, workEffortId)
    const [row] = await sql.query(
      `select 1 from count_session s join session_item i on i.session_id = s.session_id
       where s.work_effort_id = $1 and i.product_id = $2 and not i.is_deleted limit 1`,
      [workEffortId, productId],
    )
    if (row === undefined) throw new HttpError(404, 'The product is not part of this count', 'NOT_FOUND')
    const entry = { action: 'noted', productId, reason: note, details: {} } as const
    await noteChanges(sql, workEffortId, [entry], { by: caller.userName, now: clock.now() })
    return { revision: await readRevision(sql, workEffortId) }
  })
}
