// Counts out of grouped rows: new ones, or more lines for open ones of the same name. In the caller's transaction.
import { CYCLE_COUNT_STATUS_IDS, SESSION_STATUS_IDS } from '../../src/contract/counts'
import type { RowError } from '../../src/domain/plan-import'
import { findCycleCount, insertCycleCount } from '../counts/cycle-count-store'
import { insertRows } from '../counts/item-store'
import { readBook } from '../counts/row-world'
import { insertSession } from '../counts/session-store'
import type { Sql } from '../db/db'
import type { Caller } from '../http/context'
import { holdReview, noteChanges } from '../review/review-store'
import { requestedRow } from '../rules/clone-rows'
import type { CycleCountRow } from '../rules/count-change'
import { mismatches, type ImportCount, type ImportRow, type ImportSession, type OpenCount } from '../rules/import-rows'
import type { Made } from './import-store'
import { tellDevices } from './session-news'

/** What the rows ask for does not fit what is there. Nothing was made once the transaction has rolled back. */
export class ImportRefused extends Error {
  override readonly name = 'ImportRefused'
  constructor(readonly errors: readonly RowError[]) {
    super('The list does not fit the counts that are open')
  }
}

export interface Making {
  readonly sql: Sql
  readonly caller: Caller
  readonly nextId: () => string
  readonly now: number
  /** Where it came from, for the audit. */
  readonly fileName: string
}

/** @throws ImportRefused with all that does not fit */
export async function makeCounts(making: Making, counts: readonly ImportCount[]): Promise<Made> {
  const { sql, caller, nextId, now } = making
  const made: Made = []
  const errors: RowError[] = []
  for (const count of counts) {
    const open = await findOpen(making, count.head)
    const wrong = open === null ? [] : mismatches(count.head, spokenOf(open))
    if (wrong.length > 0) {
      errors.push(...wrong)
      continue
    }
    const row = open ?? newCount(count.head, { id: nextId(), by: caller.userName, now })
    if (open === null) await insertCycleCount(sql, row)
    let items = 0
    for (const [index, session] of count.sessions.entries())
      items += await fillSession(making, row, session, now + index)
    made.push({ workEffortId: row.workEffortId, workEffortName: row.name, items, isNew: open === null })
    await note(making, row.workEffortId, { items, isNew: open === null })
  }
  if (errors.length > 0) throw new ImportRefused(errors)
  return made
}

async function note(
  { sql, caller, now, fileName }: Making,
  workEffortId: string,
  { items, isNew }: { readonly items: number; readonly isNew: boolean },
): Promise<void> {
  await holdReview(sql, caller, workEffortId)
  const action = isNew ? 'planned' : 'items-added'
  const entry = { action, productId: null, reason: null, details: { items, fileName } } as const
  await noteChanges(sql, workEffortId, [entry], { by: caller.userName, now })
}

/** The count to which rows of this name belong, held until the end. */
async function findOpen({ sql, caller }: Making, { countName, facilityId }: ImportRow): Promise<CycleCountRow | null> {
  const { created } = CYCLE_COUNT_STATUS_IDS
  const [row] = await sql.query<{ id: string }>(
    `select work_effort_id as id from cycle_count where facility_id = $1 and name = $2 and status_id = any($3::text[])
     order by created_at, work_effort_id limit 1 for update`,
    [facilityId, countName, [created, CYCLE_COUNT_STATUS_IDS['in-progress']]],
  )
  return row === undefined ? null : findCycleCount(sql, caller, row.id)
}

function spokenOf({ purposeId, isBlind, estimatedStartAt, estimatedCompletionAt }: CycleCountRow): OpenCount {
  return { purposeId, isBlind, startAt: estimatedStartAt, dueAt: estimatedCompletionAt }
}

function newCount(
  head: ImportRow,
  { id, by, now }: { readonly id: string; readonly by: string; readonly now: number },
): CycleCountRow {
  return {
    workEffortId: id,
    name: head.countName,
    purposeId: head.purposeId,
    status: 'created',
    facilityId: head.facilityId,
    isBlind: head.isBlind ?? false,
    createdAt: now,
    createdBy: by,
    estimatedStartAt: head.startAt,
    estimatedCompletionAt: head.dueAt,
    actualStartAt: null,
    actualCompletionAt: null,
  }
}

interface OpenSession {
  readonly id: string
  readonly nextSeq: number
}

/** @returns how many lines are new */
async function fillSession(making: Making, count: CycleCountRow, session: ImportSession, at: number): Promise<number> {
  const { sql, caller, now } = making
  const open = await findSession(sql, count.workEffortId, session)
  const sessionId = open?.id ?? (await newSession(making, count, session, at))
  const asked = open === null ? new Set<string>() : await readAsked(sql, sessionId)
  const rows = session.rows.filter(({ productId }) => productId !== null && !asked.has(productId))
  const productIds = rows.flatMap((it) => it.productId ?? [])
  const book = await readBook(sql, count.facilityId, productIds)
  const input = {
    sessionId,
    userName: caller.userName,
    now,
    bookOf: (productId: string) => book.get(productId) ?? null,
  }
  const first = open?.nextSeq ?? 1
  const items = rows.map(({ productId, identifier }, index) =>
    requestedRow({ productId, productIdentifier: identifier }, first + index, input),
  )
  await insertRows(sql, sessionId, items, first + items.length)
  if (open !== null && items.length > 0) await tellDevices(sql, sessionId, caller.userName, now)
  return items.length
}

async function findSession(sql: Sql, workEffortId: string, { area, assignedTo }: ImportSession): Promise<OpenSession | null> {
  const { created, assigned } = SESSION_STATUS_IDS
  const [row] = await sql.query<OpenSession>(
    `select session_id as id, next_item_seq as "nextSeq" from count_session
     where work_effort_id = $1 and area is not distinct from $2 and assigned_to is not distinct from $3
       and status_id = any($4::text[]) and recount_round is null
     order by created_at, session_id limit 1 for update`,
    [workEffortId, area, assignedTo, [created, assigned]],
  )
  return row ?? null
}

async function newSession(
  { sql, caller, nextId }: Making,
  count: CycleCountRow,
  { area, assignedTo }: ImportSession,
  at: number,
): Promise<string> {
  const sessionId = nextId()
  const name = [area, assignedTo].filter((it) => it !== null).join(' · ') || count.name
  await insertSession(sql, {
    sessionId,
    workEffortId: count.workEffortId,
    name,
    area,
    status: 'created',
    createdBy: assignedTo ?? caller.userName,
    createdAt: at,
    parentSessionId: null,
    assignedTo,
  })
  return sessionId
}

async function readAsked(sql: Sql, sessionId: string): Promise<ReadonlySet<string>> {
  const rows = await sql.query<{ id: string }>(
    'select product_id as id from session_item where session_id = $1 and is_requested and not is_deleted and product_id is not null',
    [sessionId],
  )
  return new Set(rows.map((it) => it.id))
}
