// Counts out of grouped rows: new ones, or more lines for open ones of the same name. In the caller's transaction.
import type { RowError } from '../../src/domain/plan-import'
import { insertCycleCount } from '../counts/cycle-count-store'
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
import { findOpenCount, findOpenSession } from './open-counts'
import { tellDevices } from './session-news'
import { linesOf, type Staged, type StagedSession } from './stage-lines'

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
  /** Lines that are written already, and wait for their sessions. */
  readonly staged: Staged
}

/** @throws ImportRefused with all that does not fit */
export async function makeCounts(making: Making, counts: readonly ImportCount[]): Promise<Made> {
  const { sql, caller, nextId, now } = making
  const made: Made = []
  const errors: RowError[] = []
  for (const count of counts) {
    const open = await findOpenCount(sql, caller, count.head)
    const wrong = open === null ? [] : mismatches(count.head, spokenOf(open))
    if (wrong.length > 0) {
      errors.push(...wrong)
      continue
    }
    const row = open ?? newCount(count.head, { id: nextId(), by: caller.userName, now })
    if (open === null) await insertCycleCount(sql, row)
    let items = 0
    for (const [index, session] of count.sessions.entries())
      items += await fillSession(making, row, { session, isNew: open === null, at: now + index })
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

/** @returns how many lines are new */
async function fillSession(making: Making, count: CycleCountRow, { session, isNew, at }: Filling): Promise<number> {
  const { sql, caller, now } = making
  const open = isNew ? null : await findOpenSession(sql, count.workEffortId, session)
  const staged = making.staged.get(session)
  if (open === null && staged !== undefined) {
    await insertImported(making, count, { session, at, ...staged })
    return staged.nextSeq - 1
  }
  // Somebody has opened or closed a session of that area and person since: what was staged for it is left behind.
  const sessionId = open?.id ?? making.nextId()
  if (open === null) await insertImported(making, count, { session, at, sessionId, nextSeq: 1 })
  const asked = open === null ? new Set<string>() : await readAsked(sql, sessionId)
  const lines = linesOf(session).filter((it) => !asked.has(it.productId))
  const book = await readBook(sql, count.facilityId, lines.map((it) => it.productId))
  const bookOf = (productId: string) => book.get(productId) ?? null
  const input = { sessionId, userName: caller.userName, now, bookOf }
  const first = open?.nextSeq ?? 1
  const items = lines.map(({ productId, identifier }, index) =>
    requestedRow({ productId, productIdentifier: identifier }, first + index, input),
  )
  await insertRows(sql, sessionId, items, first + items.length)
  if (open !== null && items.length > 0) await tellDevices(sql, sessionId, caller.userName, now)
  return items.length
}

interface Filling {
  readonly session: ImportSession
  /** Its count is: it has no sessions yet. */
  readonly isNew: boolean
  readonly at: number
}

async function insertImported(
  { sql, caller }: Making,
  count: CycleCountRow,
  { session: { area, assignedTo }, at, ...its }: StagedSession & { readonly session: ImportSession; readonly at: number },
): Promise<void> {
  await insertSession(sql, {
    ...its,
    workEffortId: count.workEffortId,
    name: [area, assignedTo].filter((it) => it !== null).join(' · ') || count.name,
    area,
    status: 'created',
    createdBy: assignedTo ?? caller.userName,
    createdAt: at,
    parentSessionId: null,
    assignedTo,
  })
}

async function readAsked(sql: Sql, sessionId: string): Promise<ReadonlySet<string>> {
  const rows = await sql.query<{ id: string }>(
    'select product_id as id from session_item where session_id = $1 and is_requested and not is_deleted and product_id is not null',
    [sessionId],
  )
  return new Set(rows.map((it) => it.id))
}
