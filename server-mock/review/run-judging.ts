// Has the rules judge what came, and ask for recounts: a first step before the answer, what is left of it behind it.
import type { Db } from '../db/db'
import { RULES } from '../../src/domain/review'
import { giveWay } from '../give-way'
import { EVERYWHERE, type ServerContext } from '../http/context'
import { judgedEntries } from './judge-products'
import {
  askJudging,
  endJudging,
  findDueJudging,
  findJudgingPlace,
  holdJudging,
  moveJudgingOn,
  putJudgingOff,
  readNextProducts,
} from './judging-queue'
import { askForRecounts, hasWaited, recallRecounts } from './recounts-by-rule'
import { readReviewProducts } from './review-products'
import { readScope } from './review-scope'
import { holdReview, noteChanges } from './review-store'

/** One run makes so many steps; what is left is found by the next. */
const STEPS_MAX = 10_000

type Context = Pick<ServerContext, 'db' | 'clock' | 'ids' | 'limits' | 'log' | 'closing'>

/**
 * After the transaction that asked for it. A step is at most 500 products: whoever handed in a handful finds it judged,
 * whoever handed in many is not held up. Never rejects. Rule: docs/SPEC.md RL21
 */
export async function judge(
  judgingId: number | null,
  context: Context & Pick<ServerContext, 'later'>,
): Promise<void> {
  if (judgingId === null) return
  try {
    if ((await tryStep(judgingId, context)) === 'done') return
  } catch (error) {
    context.log(`judging: ${wordsOf(error)}`)
    return
  }
  if (context.later === undefined) void runJudgings(context)
  else context.later(() => runJudgings(context))
}

/** One run in a process: steps of one count wait for each other anyway. */
const running = new WeakMap<Db, { isAskedAgain: boolean }>()

/** All that is due, also what a process that died has left. Never rejects: what fails is put off, and in the log. */
export async function runJudgings(context: Context): Promise<void> {
  const known = running.get(context.db)
  if (known !== undefined) {
    known.isAskedAgain = true
    return
  }
  const run = { isAskedAgain: false }
  running.set(context.db, run)
  try {
    for (let steps = 0; steps < STEPS_MAX && context.closing?.aborted !== true; steps += 1) {
      run.isAskedAgain = false
      const judgingId = await findDueJudging(context.db, context.clock.now())
      if (judgingId !== null) {
        await tryStep(judgingId, context)
        await giveWay()
      } else if (!run.isAskedAgain) break
      // Else something was asked for while we looked: it is looked for again.
    }
  } catch (error) {
    context.log(`judging: ${wordsOf(error)}`)
  } finally {
    running.delete(context.db)
  }
}

/** What fails is put off, so that it holds up nothing else. @throws when even that fails: the database is gone */
async function tryStep(judgingId: number, context: Context): Promise<'done' | 'more'> {
  try {
    return await step(judgingId, context)
  } catch (error) {
    context.log(`judging ${judgingId}: ${wordsOf(error)}`)
    await putJudgingOff(context.db, judgingId, context.clock.now())
    return 'done'
  }
}

/**
 * The next products, in one transaction with where it goes on: a crash leaves a step whole or undone. Under the review
 * before any session, as everybody who decides. Rules: docs/SPEC.md RL15-RL21
 */
async function step(
  judgingId: number,
  { db, clock, ids, limits }: Context,
): Promise<'done' | 'more'> {
  return db.tx(async (sql) => {
    const found = await findJudgingPlace(sql, judgingId)
    if (found === null) return 'done'
    if (found.facilityId === null) {
      await endJudging(sql, judgingId)
      return 'done'
    }
    const count = await holdReview(sql, EVERYWHERE, found.workEffortId)
    const job = await holdJudging(sql, judgingId)
    if (job === null) return 'done'
    const isOver = count.status === 'closed' || count.status === 'cancelled'
    const productIds = isOver ? [] : await readNextProducts(sql, job, limits.reviewChunkMax)
    const place = { sql, count, now: clock.now(), nextId: () => ids.next() }
    const scope = await readScope(sql, count)
    const read = await readReviewProducts(sql, count, productIds, scope)
    const products = await recallRecounts(place, read)
    const entries = await judgedEntries(sql, count.workEffortId, products)
    await noteChanges(sql, count.workEffortId, entries, { by: RULES, now: place.now })
    await askForRecounts(place, products, scope.sessions)
    if (productIds.length === limits.reviewChunkMax) {
      await moveJudgingOn(sql, judgingId, productIds.at(-1) ?? job.after)
      return 'more'
    }
    await endJudging(sql, judgingId)
    const { sessionId, workEffortId } = job
    if (isOver || sessionId === null || job.productIds !== null) return 'done'
    if (!(await hasWaited(place, sessionId, scope.sessions))) return 'done'
    await askJudging(sql, { workEffortId, sessionId: null }, { clock })
    return 'more'
  })
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
