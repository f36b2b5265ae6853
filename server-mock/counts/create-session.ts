// New sessions: empty, or with the requested items of another one. Repeatable by requestId.
import type * as v from 'valibot'
import type { CloneSession, PostSession } from '../../src/contract/counts'
import type { CycleCountStatus, SessionStatus } from '../../src/domain/session'
import type { Caller, ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import { cloneRequested } from '../rules/clone-rows'
import { canBeginAs, takesNewSessions } from '../rules/session-change'
import { holdCycleCount } from './cycle-count-store'
import { insertRows, readRequestedRows } from './item-store'
import { once } from './request-log'
import { readBook } from './row-world'
import { decodeSessionStatus, findSession, holdSession, insertSession } from './session-store'

interface Created {
  readonly inventoryCountImportId: string
}

/** @throws HttpError 400 in a closed count, for another first status or an id that is taken, 403, 404 */
export async function createSession({
  caller,
  workEffortId,
  body,
  context: { db, clock, ids },
}: {
  readonly caller: Caller
  readonly workEffortId: string
  readonly body: v.InferOutput<typeof PostSession>
  readonly context: ServerContext
}): Promise<Created> {
  const status = firstStatus(body.statusId)
  const now = clock.now()
  return db.tx((sql) =>
    once(sql, { userId: caller.userId, requestId: body.requestId, kind: 'create-session', now }, async () => {
      requireOpenCount((await holdCycleCount(sql, caller, workEffortId, 'use')).status)
      const sessionId = body.inventoryCountImportId ?? ids.next()
      const isNew = await insertSession(sql, {
        sessionId,
        workEffortId,
        name: body.countImportName,
        area: body.facilityAreaId ?? null,
        status,
        createdBy: caller.userName,
        createdAt: body.createdDate ?? now,
        parentSessionId: null,
      })
      const taken = isNew ? null : await findSession(sql, caller, sessionId)
      if (taken !== null && (taken.workEffortId !== workEffortId || taken.name !== body.countImportName))
        throw new HttpError(400, `Session ${sessionId} exists already`, 'BAD_REQUEST')
      return { inventoryCountImportId: sessionId }
    }),
  )
}

/** The same requested items in the same order, uncounted. @throws HttpError 400 in a closed count, 403, 404 */
export async function cloneSession({
  caller,
  sessionId,
  body,
  context: { db, clock, ids },
}: {
  readonly caller: Caller
  readonly sessionId: string
  readonly body: v.InferOutput<typeof CloneSession>
  readonly context: ServerContext
}): Promise<Created> {
  const now = clock.now()
  return db.tx((sql) =>
    once(sql, { userId: caller.userId, requestId: body.requestId, kind: 'clone-session', now }, async () => {
      const source = await holdSession(sql, caller, sessionId)
      requireOpenCount(source.cycleCountStatus)
      const inventoryCountImportId = ids.next()
      await insertSession(sql, {
        sessionId: inventoryCountImportId,
        workEffortId: source.workEffortId,
        name: body.countImportName,
        area: body.facilityAreaId ?? source.area,
        status: 'created',
        createdBy: caller.userName,
        createdAt: now,
        parentSessionId: sessionId,
      })
      const requested = await readRequestedRows(sql, sessionId)
      const book = await readBook(sql, source.facilityId, requested.flatMap((it) => it.productId ?? []))
      const rows = cloneRequested(requested, {
        sessionId: inventoryCountImportId,
        userName: caller.userName,
        now,
        bookOf: (productId) => book.get(productId) ?? null,
      })
      await insertRows(sql, inventoryCountImportId, rows, rows.length + 1)
      return { inventoryCountImportId }
    }),
  )
}

/** @throws HttpError 400 */
export function firstStatus(statusId: v.InferOutput<typeof PostSession>['statusId']): SessionStatus {
  const status = statusId === undefined ? 'created' : decodeSessionStatus(statusId)
  if (canBeginAs(status)) return status
  throw new HttpError(400, `A session cannot begin as ${statusId ?? status}`, 'BAD_REQUEST')
}

/** @throws HttpError 400 */
export function requireOpenCount(status: CycleCountStatus): void {
  if (!takesNewSessions(status)) throw new HttpError(400, `The cycle count is ${status}: no new sessions`, 'BAD_REQUEST')
}
