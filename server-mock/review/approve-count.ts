// The approval: everything is looked at again, then variances, sessions and the count move in one transaction or not at all.
import type * as v from 'valibot'
import type { ApproveAnswer, PostApprove } from '../../src/contract/review'
import { encodeMoney, valueOf, type Money } from '../../src/domain/money'
import { RULES } from '../../src/domain/review'
import { encodeQuantity, sumQuantity, ZERO } from '../../src/domain/quantity'
import type { CycleCountStatus } from '../../src/domain/session'
import { updateCycleCount, writeCycleCountHistory } from '../counts/cycle-count-store'
import { moveError } from '../counts/refusals'
import { once } from '../counts/request-log'
import { setSessionStatus } from '../counts/session-store'
import type { Sql } from '../db/db'
import type { Caller, ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import { blockersOf, type Blockers, type ProductStand } from '../rules/approval'
import { maySeeBook } from '../rules/book-quantity'
import { isStale, ruledDecision, type Decision } from '../rules/review-decision'
import { decideCycleCountMove } from '../rules/transitions'
import { readReviewSessions, readUnmatched, readUnsent } from './blocking'
import { sealEvidence } from './chain'
import { auditOf, DRAFT_REASON } from './decide-products'
import { insertDecisions } from './decision-store'
import { postingOf, postMovements } from './movement-store'
import { reviewRows, type ReviewProduct } from './review-products'
import { readRowsPage } from './review-rows'
import { readScope } from './review-scope'
import {
  holdReview,
  noteChanges,
  readRevision,
  requireUnderReview,
  type ReviewedCount,
} from './review-store'

type Answer = v.InferOutput<typeof ApproveAnswer>

interface ApproveCall {
  readonly caller: Caller
  readonly workEffortId: string
  readonly body: v.InferOutput<typeof PostApprove>
  readonly context: Pick<ServerContext, 'db' | 'clock' | 'limits'>
}

/** 1,000 pages of 1,000: more products than any facility has. */
const PAGES_MAX = 1000

/**
 * Repeatable by requestId.
 * @throws HttpError 409 REVIEW_CHANGED when anything came since it was loaded, 409 REVIEW_BLOCKED with what is in the
 * way, 400 once the count is closed, 403, 404; nothing has moved then
 */
export async function approveCount({
  caller,
  workEffortId,
  body,
  context,
}: ApproveCall): Promise<Answer> {
  const now = context.clock.now()
  return context.db.tx(async (sql) => {
    const count = await holdReview(sql, caller, workEffortId, 'change')
    const key = {
      userId: caller.userId,
      requestId: body.requestId,
      kind: 'review-approve',
      now,
    } as const
    return once(sql, key, async () => {
      requireUnderReview(count)
      // Their rows cannot change any more while we look: whoever writes items holds the session.
      await sql.query(
        'select 1 from count_session where work_effort_id = $1 order by session_id for update',
        [workEffortId],
      )
      if ((await readRevision(sql, workEffortId)) !== body.revision)
        throw new HttpError(
          409,
          'Something has arrived since the review was loaded: load it again',
          'REVIEW_CHANGED',
        )
      const products = await readAll(sql, count, context.limits.reviewPageMax)
      requireNoBlockers(await readBlockers(sql, workEffortId, products))
      const place: Place = { sql, count, by: caller.userName, now }
      const booked = await book(place, products)
      await settleSessions(place)
      await closeCount(place, caller)
      const { posted, skipped, units, value } = booked
      const seal = await sealEvidence(sql, workEffortId)
      const details = { posted, skipped, units, value, seal }
      const entry = {
        action: 'approved',
        productId: null,
        reason: body.note ?? null,
        details,
      } as const
      await noteChanges(sql, workEffortId, [entry], place)
      const revision = await readRevision(sql, workEffortId)
      // The sum of the variances is the book, where one product was booked.
      return maySeeBook((it) => caller.may(it), count.isBlind)
        ? { revision, ...booked }
        : { revision, posted, skipped, units: null, value: null }
    })
  })
}

interface Place {
  readonly sql: Sql
  readonly count: ReviewedCount
  readonly by: string
  readonly now: number
}

async function readAll(
  sql: Sql,
  count: ReviewedCount,
  limit: number,
): Promise<readonly ReviewProduct[]> {
  const scope = await readScope(sql, count)
  const all: ReviewProduct[] = []
  let after = ''
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const { ids, reviewed, more } = await readRowsPage(sql, scope, { after, until: null, limit })
    all.push(...(await reviewRows(sql, { count, scope }, ids, reviewed)))
    if (!more) return all
    after = ids.at(-1) ?? after
  }
  throw new HttpError(413, `More than ${PAGES_MAX * limit} products in one count`, 'TOO_LARGE')
}

async function readBlockers(
  sql: Sql,
  workEffortId: string,
  products: readonly ReviewProduct[],
): Promise<Blockers> {
  const unmatched = await readUnmatched(sql, workEffortId)
  return blockersOf({
    sessions: (await readReviewSessions(sql, workEffortId)).map((it) => it.status),
    unsent: await readUnsent(sql, workEffortId),
    unmatchedRows: unmatched.rows,
    unmatchedWaived: unmatched.waivedRows,
    products: products.map(standOf),
  })
}

function standOf(product: ReviewProduct): ProductStand {
  const { rung, decision } = product
  return {
    state: rung.state,
    isDecided: decision !== null,
    isStale: decision !== null && isStale(decision, product),
  }
}

const WORDS: Readonly<Record<keyof Blockers, (count: number) => string>> = {
  'session-open': (n) => `${n} of its sessions ${n === 1 ? 'is' : 'are'} not submitted`,
  unsent: (n) => `${n} device${n === 1 ? ' has' : 's have'} scans that have not arrived`,
  unmatched: (n) => `${n} unknown barcode${n === 1 ? '' : 's'}`,
  undecided: (n) => `${n} product${n === 1 ? '' : 's'} not decided`,
  'recount-pending': (n) => `${n} recount${n === 1 ? '' : 's'} under way`,
  'changed-since': (n) => `${n} product${n === 1 ? ' has' : 's have'} changed since the decision`,
}

function requireNoBlockers(blockers: Blockers): void {
  const words = Object.entries(blockers).map(([blocker, count]) =>
    WORDS[blocker as keyof Blockers](count),
  )
  if (words.length > 0) throw new HttpError(409, `Not yet: ${words.join('; ')}`, 'REVIEW_BLOCKED')
}

interface Booked {
  readonly posted: number
  readonly skipped: number
  readonly units: number
  readonly value: number | null
}

/** What the rules have accepted becomes a decision of theirs; what is applied moves the book at the moment of counting. */
async function book(place: Place, products: readonly ReviewProduct[]): Promise<Booked> {
  const { sql, count, now } = place
  const { workEffortId, facilityId } = count
  const ruled = products.flatMap((product) => {
    const decision = product.decision === null ? ruledDecision(product) : null
    return decision === null
      ? []
      : [{ productId: product.productId, decision, reasonId: DRAFT_REASON }]
  })
  await sql.query(
    'update review_decision set posted_at = $2 where work_effort_id = $1 and posted_at is null',
    [workEffortId, now],
  )
  await insertDecisions(sql, { workEffortId, facilityId, by: RULES, now, postedAt: now }, ruled)
  await noteChanges(
    sql,
    workEffortId,
    ruled.map((it) => auditOf('ruled', it.productId, it.decision)),
    { by: RULES, now },
  )
  const ruledById = new Map(ruled.map((it) => [it.productId, it.decision]))
  const decided = products.flatMap((product) => {
    const decision: Decision | undefined = product.decision ?? ruledById.get(product.productId)
    return decision === undefined ? [] : [{ product, decision }]
  })
  const applied = decided.filter((it) => it.decision.outcome === 'APPLIED')
  const movements = applied.flatMap(({ product, decision }) =>
    postingOf(count, product.productId, decision, now),
  )
  await postMovements(sql, movements, { by: place.by, now })
  return {
    posted: applied.length,
    skipped: decided.length - applied.length,
    units: encodeQuantity(
      applied.reduce((sum, it) => sumQuantity(sum, it.decision.varianceQuantity ?? ZERO), ZERO),
    ),
    value: totalValue(applied),
  }
}

/** Of the products whose cost is known; null when none is. */
function totalValue(
  applied: readonly { product: ReviewProduct; decision: Decision }[],
): number | null {
  const values = applied.flatMap(({ product, decision }): Money[] => {
    const value = product.unitCost && valueOf(decision.varianceQuantity ?? ZERO, product.unitCost)
    return value === null ? [] : [value]
  })
  return values.length === 0 ? null : encodeMoney(values.reduce((sum, it) => (sum + it) as Money))
}

async function settleSessions({ sql, count, by, now }: Place): Promise<void> {
  for (const { sessionId, status } of await readReviewSessions(sql, count.workEffortId))
    if (status === 'submitted')
      await setSessionStatus(sql, { id: sessionId, to: 'approved', by, at: now, fence: null })
}

/** In progress → completed → closed: each step is one of the allowed ones, and is in the history. */
async function closeCount({ sql, count, by, now }: Place, caller: Caller): Promise<void> {
  const { workEffortId } = count
  let from: CycleCountStatus = count.status
  for (const to of ['completed', 'closed'] as const) {
    if (from === to) continue
    const may: Parameters<typeof decideCycleCountMove>[0]['may'] = (it) => caller.may(it)
    const move = decideCycleCountMove({
      from,
      to,
      may,
      estimatedStartAt: count.estimatedStartAt,
      now,
    })
    if (move.kind !== 'move' && move.kind !== 'same') throw moveError('cycle count', move, from, to)
    await writeCycleCountHistory(sql, { id: workEffortId, to, by, at: now, fence: null })
    from = to
  }
  await updateCycleCount(sql, { ...count, status: 'closed', actualCompletionAt: now })
}
