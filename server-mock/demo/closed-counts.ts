// The demo's past: counts that were counted, recounted, decided and approved through the rules of the server itself.
import { createCaller } from '../auth/callers'
import { insertCycleCount, writeCycleCountHistory } from '../counts/cycle-count-store'
import type { Db, Sql } from '../db/db'
import type { Caller } from '../http/context'
import { SERVER_LIMITS } from '../limits'
import { approveCount } from '../review/approve-count'
import { decideProducts } from '../review/decide-products'
import { readReviewProducts } from '../review/review-products'
import { findReview, readRevision } from '../review/review-store'
import { sendRecounts } from '../review/send-recounts'
import type { CatalogueProduct } from '../products/catalogue'
import { putCounted, putOpenSession, submitSession } from './counted-session'
import { pastCountsOf, type PastCount, type PastLine } from './history'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Of what goes beyond tolerance: the others are decided by the supervisor. */
const RECOUNTED = 3

interface Past {
  readonly products: readonly CatalogueProduct[]
  readonly seed: number
  readonly now: number
}

/** All of it is older than `now`; the books end where they were. */
export async function putClosedCounts(db: Db, sql: Sql, past: Past): Promise<void> {
  const counts = pastCountsOf(past)
  await takeBooksBack(sql, counts)
  // One transaction for all of them: a demo is there or it is not.
  const within: Db = { ...db, query: (text, params) => sql.query(text, params), tx: (work) => work(sql) }
  for (const count of counts) await putClosedCount(within, count)
}

/** To where they were before the oldest count: each approval then moves them on. */
async function takeBooksBack(sql: Sql, counts: readonly PastCount[]): Promise<void> {
  const rows = counts.flatMap(({ facilityId, lines }) =>
    lines.filter((it) => !it.isSkipped).map((it) => ({ facility: facilityId, product: it.productId, units: it.variance })),
  )
  await sql.query(
    `update product_facility f set quantity_on_hand = quantity_on_hand - m.units,
       available_to_promise = available_to_promise - m.units
     from (select facility, product, sum(units) as units
       from jsonb_to_recordset($1::jsonb) as r(facility text, product text, units numeric) group by 1, 2) m
     where f.facility_id = m.facility and f.product_id = m.product`,
    [JSON.stringify(rows)],
  )
}

async function putClosedCount(db: Db, count: PastCount): Promise<void> {
  const { id, startAt, approvedAt, facilityId } = count
  const sam = supervisorOf(facilityId)
  await insertCycleCount(db, {
    workEffortId: id,
    name: count.name,
    purposeId: 'DIRECTED_COUNT',
    status: 'in-progress',
    facilityId,
    isBlind: false,
    createdAt: startAt - DAY_MS,
    createdBy: sam.userName,
    estimatedStartAt: startAt,
    estimatedCompletionAt: count.dueAt,
    actualStartAt: startAt,
    actualCompletionAt: null,
  })
  await writeCycleCountHistory(db, { id, to: 'in-progress', by: sam.userName, at: startAt, fence: null })
  for (const [index, session] of count.sessions.entries()) {
    const lines = count.lines.filter((it) => it.session === index)
    const sessionId = `${id}S${index}`
    await putOpenSession(db, { ...session, sessionId, workEffortId: id, dueAt: count.dueAt, startAt }, lines)
    const endAt = await putCounted(db, { sessionId, by: session.by, startAt, firstSeq: lines.length + 1 }, lines)
    await submitSession(db, { sessionId, by: session.by, at: endAt })
  }
  const at = (hours: number) => contextAt(db, id, approvedAt - hours * HOUR_MS)
  const doubtful = await readDoubtful(db, sam, count)
  // Only one of them works at the harbor: nobody else could count again.
  const again = count.sessions.length < 2 ? [] : doubtful.filter((it) => !it.isSkipped).slice(0, RECOUNTED)
  if (again.length > 0) await countAgain(db, { count, caller: sam, context: at(1.5) }, again)
  await decideRest(sam, count, doubtful.filter((it) => !again.includes(it)), at(0.25))
  await approve(db, sam, id, at(0))
}

function supervisorOf(facilityId: string): Caller {
  return createCaller({
    userId: 'USER_SAM',
    userName: 'sam',
    partyId: 'PARTY_SAM',
    permissions: ['INVCOUNT_APP_VIEW', 'INV_COUNT_SUBMIT', 'INV_CNT_VIEW_QOH', 'PREVIEW_COUNT_ITEM'],
    facilityIds: [facilityId],
  })
}

function contextAt(db: Db, countId: string, at: number) {
  let last = 0
  return {
    db,
    clock: { now: () => at },
    ids: { next: () => `${countId}R${(last += 1)}` },
    limits: SERVER_LIMITS,
  }
}
type PastContext = ReturnType<typeof contextAt>

/** What the rules do not accept by themselves. */
async function readDoubtful(sql: Sql, caller: Caller, { id, lines }: PastCount): Promise<readonly PastLine[]> {
  const products = await readReviewProducts(sql, await findReview(sql, caller, id), lines.map((it) => it.productId))
  const doubtful = new Set(products.filter((it) => it.rung.state !== 'accepted').map((it) => it.productId))
  return lines.filter((it) => doubtful.has(it.productId))
}

/** By the other one, who finds the same: two counts that agree end it. */
async function countAgain(
  sql: Sql,
  { count, caller, context }: { readonly count: PastCount; readonly caller: Caller; readonly context: PastContext },
  lines: readonly PastLine[],
): Promise<void> {
  const productIds = lines.map((it) => it.productId)
  const body = { requestId: `demo-recount-${count.id}`, productIds, reason: 'beyond the tolerance', isCancel: false }
  const { sessions } = await sendRecounts({ caller, workEffortId: count.id, body, context })
  const wanted = await sql.query<{ sessionId: string; productId: string }>(
    'select session_id as "sessionId", product_id as "productId" from session_item where session_id = any($1::text[])',
    [sessions.map((it) => it.sessionId)],
  )
  for (const { sessionId } of sessions) {
    const ids = new Set(wanted.filter((it) => it.sessionId === sessionId).map((it) => it.productId))
    const own = lines.filter((it) => ids.has(it.productId))
    const isBySecond = own.every((it) => count.sessions[it.session]?.by === 'ana')
    const by = isBySecond ? 'ben' : 'ana'
    const startAt = context.clock.now() + HOUR_MS / 6
    const endAt = await putCounted(sql, { sessionId, by, startAt, firstSeq: own.length + 1 }, own)
    await submitSession(sql, { sessionId, by, at: endAt })
  }
}

async function decideRest(caller: Caller, count: PastCount, lines: readonly PastLine[], context: PastContext): Promise<void> {
  if (lines.length === 0) return
  const decisions = lines.map(({ productId, isSkipped, variance }) => ({
    productId,
    action: isSkipped ? ('skip' as const) : ('apply' as const),
    reason: isSkipped ? 'on loan to the show window' : variance < 0 ? 'looked everywhere, not found' : 'delivery was booked twice',
  }))
  const body = { requestId: `demo-decide-${count.id}`, decisions }
  const { verdicts } = await decideProducts({ caller, workEffortId: count.id, body, context })
  // A demo has no pictures: what would want one is left as the book has it.
  const dear = verdicts.flatMap((it) =>
    it.verdict === 'refused' && it.code === 'PHOTO_NEEDED'
      ? [{ productId: it.productId, action: 'skip' as const, reason: 'to be looked at with a picture' }]
      : [],
  )
  const again = { requestId: `demo-skip-${count.id}`, decisions: dear }
  const skipped = dear.length === 0 ? [] : (await decideProducts({ caller, workEffortId: count.id, body: again, context })).verdicts
  const refused = [...verdicts.filter((it) => !dear.some(({ productId }) => productId === it.productId)), ...skipped].find(
    (it) => it.verdict === 'refused',
  )
  if (refused !== undefined) throw new Error(`Demo count ${count.id}: ${refused.productId}: ${refused.message}`)
}

async function approve(sql: Sql, caller: Caller, workEffortId: string, context: PastContext): Promise<void> {
  const revision = await readRevision(sql, workEffortId)
  await approveCount({ caller, workEffortId, body: { requestId: `demo-approve-${workEffortId}`, revision }, context })
}
