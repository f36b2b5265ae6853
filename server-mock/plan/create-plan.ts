// A whole count in one go: the count, its sessions with their people, and what each is asked to count.
import type { PostPlan } from '../../src/contract/plan'
import { findCycleCount, insertCycleCount } from '../counts/cycle-count-store'
import { insertRows } from '../counts/item-store'
import { once } from '../counts/request-log'
import { readBook } from '../counts/row-world'
import { insertSession } from '../counts/session-store'
import type { Sql } from '../db/db'
import type { Caller, ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import { holdReview, noteChanges } from '../review/review-store'
import { requestedRow } from '../rules/clone-rows'
import { insertCountTolerance } from './count-tolerance'
import { chooseProducts } from './choose-products'
import { requireFilter } from './find-products'
import { requirePeople } from './people'
import { requireKind, requireOrder } from './plan-sense'
import { shareOut, type Share } from './share-out'
import { noteTemplateUse } from './templates'

export interface PlanCall {
  readonly caller: Caller
  readonly body: PostPlan
  readonly context: ServerContext
}

export interface Planned {
  readonly workEffortId: string
  readonly sessions: {
    readonly inventoryCountImportId: string
    readonly countImportName: string
    readonly assignedTo: string | null
    readonly products: number
  }[]
}

/**
 * All of it or nothing; a repetition (of the request, or of the count's id) gets the first answer.
 * @throws HttpError 400 for dates, people or lists that do not fit, or an id that is taken; 403. Rules: docs/SPEC.md PL1-PL7
 */
export async function createPlan({ caller, body, context }: PlanCall): Promise<Planned> {
  caller.requireAt(body.facilityId)
  requireSense(body)
  if (body.products?.by === 'filter')
    requireFilter(caller, { facilityId: body.facilityId, filter: body.products.filter })
  const now = context.clock.now()
  return context.db.tx((sql) =>
    once(sql, { userId: caller.userId, requestId: body.requestId, kind: 'plan', now }, async () => {
      const people = body.parts.flatMap((it) => it.assignedTo ?? [])
      await requirePeople(sql, body.facilityId, people, now)
      if (!(await insertCount(sql, { caller, body, now }))) return readPlanned(sql, caller, body)
      const products = body.products == null ? [] : await chooseProducts(sql, { ...body, products: body.products, now })
      const shares = await shareOut(sql, body, { products, parts: body.parts.length })
      const planned = await insertSessions(sql, { caller, body, context, now, shares })
      if (body.tolerance != null) await insertCountTolerance(sql, body.workEffortId, body.tolerance)
      await note(sql, { caller, body, now }, planned, products.length)
      return planned
    }),
  )
}

async function note(
  sql: Sql,
  { caller, body, now }: Pick<PlanCall, 'caller' | 'body'> & { readonly now: number },
  { sessions }: Planned,
  products: number,
): Promise<void> {
  const { workEffortId, facilityId, isBlind, tolerance, templateId } = body
  await holdReview(sql, caller, workEffortId)
  const details = {
    products,
    sessions: sessions.length,
    isBlind,
    ...(tolerance == null ? {} : { tolerance }),
    ...(templateId == null ? {} : { templateId }),
  }
  const entry = { action: 'planned', productId: null, reason: null, details } as const
  await noteChanges(sql, workEffortId, [entry], { by: caller.userName, now })
  if (templateId != null) await noteTemplateUse(sql, caller, { facilityId, templateId, workEffortId, now })
}

function requireSense({ workEffortPurposeTypeId, products, estimatedStartDate, estimatedCompletionDate }: PostPlan): void {
  requireKind(workEffortPurposeTypeId, products)
  requireOrder(estimatedStartDate ?? null, estimatedCompletionDate ?? null)
}

async function insertCount(
  sql: Sql,
  { caller, body, now }: Pick<PlanCall, 'caller' | 'body'> & { readonly now: number },
): Promise<boolean> {
  return insertCycleCount(sql, {
    workEffortId: body.workEffortId,
    name: body.workEffortName,
    purposeId: body.workEffortPurposeTypeId,
    status: 'created',
    facilityId: body.facilityId,
    isBlind: body.isBlind,
    createdAt: now,
    createdBy: caller.userName,
    estimatedStartAt: body.estimatedStartDate ?? null,
    estimatedCompletionAt: body.estimatedCompletionDate ?? null,
    actualStartAt: null,
    actualCompletionAt: null,
  })
}

interface NewSessions extends PlanCall {
  readonly now: number
  readonly shares: readonly Share[]
}

async function insertSessions(
  sql: Sql,
  { caller, body, context, now, shares }: NewSessions,
): Promise<Planned> {
  const { workEffortId, facilityId, parts } = body
  const book = await readBook(sql, facilityId, shares.flat().map((it) => it.productId))
  const sessions: Planned['sessions'][number][] = []
  for (const [index, part] of parts.entries()) {
    const sessionId = context.ids.next()
    const assignedTo = part.assignedTo ?? null
    await insertSession(sql, {
      sessionId,
      workEffortId,
      name: part.countImportName,
      area: part.facilityAreaId ?? null,
      status: 'created',
      // Clients of the base contract know no other word for whose it is.
      createdBy: assignedTo ?? caller.userName,
      createdAt: now + index,
      parentSessionId: null,
      assignedTo,
    })
    const share = shares[index] ?? []
    const input = {
      sessionId,
      userName: caller.userName,
      now,
      bookOf: (productId: string) => book.get(productId) ?? null,
    }
    const rows = share.map(({ productId, identifier }, at) =>
      requestedRow({ productId, productIdentifier: identifier }, at + 1, input),
    )
    await insertRows(sql, sessionId, rows, rows.length + 1)
    sessions.push({
      inventoryCountImportId: sessionId,
      countImportName: part.countImportName,
      assignedTo,
      products: rows.length,
    })
  }
  return { workEffortId, sessions }
}

/** What was made under this id before. @throws HttpError 400 when that was another count */
async function readPlanned(sql: Sql, caller: Caller, body: PostPlan): Promise<Planned> {
  const { workEffortId } = body
  const known = await findCycleCount(sql, caller, workEffortId)
  if (known?.name !== body.workEffortName || known.facilityId !== body.facilityId)
    throw new HttpError(400, `Cycle count ${workEffortId} exists already`, 'BAD_REQUEST')
  const sessions = await sql.query<Planned['sessions'][number]>(
    `select s.session_id as "inventoryCountImportId", s.name as "countImportName", s.assigned_to as "assignedTo",
       (select count(*)::int from session_item i where i.session_id = s.session_id and i.is_requested and not i.is_deleted)
         as products
     from count_session s where s.work_effort_id = $1 order by s.created_at, s.session_id`,
    [workEffortId],
  )
  return { workEffortId, sessions }
}
