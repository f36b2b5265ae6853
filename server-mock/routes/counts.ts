// Cycle counts over the wire: list, one, create, change (contract 3.1 to 3.4).
import type * as v from 'valibot'
import {
  CycleCountCreated,
  CycleCountList,
  PostCycleCount,
  PutCycleCount,
  WireCycleCount,
} from '../../src/contract/counts'
import { COUNTS } from '../../src/contract/envelope'
import {
  encodeCycleCount,
  encodeCycleCounts,
  findCycleCount,
  holdCycleCount,
  insertCycleCount,
  listCycleCounts,
  updateCycleCount,
  writeCycleCountHistory,
} from '../counts/cycle-count-store'
import { moveError } from '../counts/refusals'
import { once } from '../counts/request-log'
import { decodeCycleCountStatus } from '../counts/session-store'
import type { Caller, ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import { pageHeaders, readPaging } from '../http/query'
import type { Registrar } from '../http/route'
import { readLeftOpen } from '../review/decision-store'
import { leftOpenWords } from '../rules/closing'
import { sealClosed } from '../review/review-store'
import {
  decideCycleCountChange,
  type CycleCountChange,
  type CycleCountEdit,
  type CycleCountRow,
} from '../rules/count-change'

const WORK_EFFORTS = `${COUNTS}cycleCounts/workEfforts`

/** Rules: docs/SPEC.md SC1-SC4. */
export const registerCounts: Registrar = (registry) => {
  registry.route({
    method: 'GET',
    path: WORK_EFFORTS,
    needs: ['INVCOUNT_APP_VIEW'],
    answer: CycleCountList,
    handler: async ({ sql, caller, query, context, header }) => {
      const paging = readPaging(query, context.limits.pageRowsMax)
      const { rows, total } = await listCycleCounts(sql, { caller, query, limit: paging.limit, offset: paging.offset })
      for (const [name, value] of pageHeaders(paging, total)) header(name, value)
      const { clock, profile } = context
      return { cycleCounts: await encodeCycleCounts(sql, rows, { now: clock.now(), profile }), cycleCountsCount: total }
    },
  })
  registry.route({
    method: 'GET',
    path: `${WORK_EFFORTS}/:workEffortId`,
    needs: ['INVCOUNT_APP_VIEW'],
    answer: WireCycleCount,
    handler: async ({ sql, caller, param, context: { clock, profile } }) => {
      const row = await findCycleCount(sql, caller, param('workEffortId'))
      if (row === null) return undefined
      if (profile === 'hotwax') return encodeCycleCount(row)
      const [encoded] = await encodeCycleCounts(sql, [row], { now: clock.now(), profile })
      return encoded
    },
  })
  registry.route({
    method: 'POST',
    path: WORK_EFFORTS,
    needs: ['INV_COUNT_CREATE'],
    body: PostCycleCount,
    answer: CycleCountCreated,
    handler: ({ caller, body, context }) => createCycleCount(caller, body, context),
  })
  registry.route({
    method: 'PUT',
    path: `${WORK_EFFORTS}/:workEffortId`,
    needs: ['INVCOUNT_APP_VIEW'],
    body: PutCycleCount,
    answer: CycleCountCreated,
    handler: ({ caller, param, body, context }) => changeCycleCount(caller, param('workEffortId'), body, context),
  })
}

/** Repeatable by workEffortId and by requestId. @throws HttpError 400 when the id belongs to another count, 403 */
async function createCycleCount(
  caller: Caller,
  body: v.InferOutput<typeof PostCycleCount>,
  { db, clock, ids }: ServerContext,
): Promise<{ workEffortId: string }> {
  caller.requireAt(body.facilityId ?? null)
  const now = clock.now()
  const row = newCycleCount(body, { userName: caller.userName, now, nextId: () => ids.next() })
  const { workEffortId } = row
  return db.tx((sql) =>
    once(sql, { userId: caller.userId, requestId: body.requestId, kind: 'create-count', now }, async () => {
      if (await insertCycleCount(sql, row)) return { workEffortId }
      const taken = await findCycleCount(sql, caller, workEffortId)
      if (taken?.name !== row.name) throw new HttpError(400, `Cycle count ${workEffortId} exists already`, 'BAD_REQUEST')
      return { workEffortId }
    }),
  )
}

export function newCycleCount(
  body: v.InferOutput<typeof PostCycleCount>,
  { userName, now, nextId }: { readonly userName: string; readonly now: number; readonly nextId: () => string },
): CycleCountRow {
  return {
    workEffortId: body.workEffortId ?? nextId(),
    name: body.workEffortName,
    purposeId: body.workEffortPurposeTypeId,
    status: 'created',
    facilityId: body.facilityId ?? null,
    isBlind: body.isBlind === 'Y',
    createdAt: body.createdDate ?? now,
    createdBy: userName,
    estimatedStartAt: body.estimatedStartDate ?? null,
    estimatedCompletionAt: body.estimatedCompletionDate ?? null,
    actualStartAt: null,
    actualCompletionAt: null,
  }
}

/** Status along the allowed ways, and plain fields. @throws HttpError 400, 403, 404; nothing was changed then */
async function changeCycleCount(
  caller: Caller,
  workEffortId: string,
  body: v.InferOutput<typeof PutCycleCount>,
  { db, clock }: ServerContext,
): Promise<{ workEffortId: string }> {
  return db.tx(async (sql) => {
    const now = clock.now()
    const row = await holdCycleCount(sql, caller, workEffortId, 'change')
    const change = decideCycleCountChange(row, editOf(body), caller, now)
    if (change.kind !== 'changed') throw cycleCountError(change, row, body)
    const isClosing = change.isMoved && change.row.status === 'closed'
    const left = isClosing ? leftOpenWords(await readLeftOpen(sql, workEffortId)) : null
    if (left !== null) throw new HttpError(400, left, 'REVIEW_BLOCKED')
    await updateCycleCount(sql, change.row)
    if (change.isMoved)
      await writeCycleCountHistory(sql, { id: workEffortId, to: change.row.status, by: caller.userName, at: now, fence: null })
    if (isClosing) await sealClosed(sql, workEffortId, { by: caller.userName, now })
    return { workEffortId }
  })
}

export function editOf(body: v.InferOutput<typeof PutCycleCount>): CycleCountEdit {
  return {
    to: body.statusId === undefined ? undefined : decodeCycleCountStatus(body.statusId),
    name: body.workEffortName,
    facilityId: body.facilityId,
    estimatedStartAt: body.estimatedStartDate,
    estimatedCompletionAt: body.estimatedCompletionDate,
    actualStartAt: body.actualStartDate,
    actualCompletionAt: body.actualCompletionDate,
  }
}

export function cycleCountError(
  change: Exclude<CycleCountChange, { kind: 'changed' }>,
  row: CycleCountRow,
  body: v.InferOutput<typeof PutCycleCount>,
): HttpError {
  if (change.kind === 'outside') return new HttpError(403, 'This is outside your facilities', 'FORBIDDEN')
  return moveError('cycle count', change.move, row.status, editOf(body).to ?? row.status)
}
