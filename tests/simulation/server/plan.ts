// What a planner changes of a session's list while somebody counts in it: the rules of server-mock on rows in memory.
import type * as v from 'valibot'
import type { PlannedItemsAnswer, PostPlannedItems } from '../../../src/contract/plan'
import { requireOpenSession } from '../../../server-mock/plan/change-plan'
import { PLANNING_DESK } from '../../../server-mock/plan/session-news'
import { requestedRow } from '../../../server-mock/rules/clone-rows'
import type { ItemRow } from '../../../server-mock/rules/item-row'
import { decideAdding, decideRemoving } from '../../../server-mock/rules/planned-items'
import type { SimSession } from './state'
import { catalogueOf, headerOf, holdSession, once, storeRow, type SimHandler, type SimInput } from './world'

type Answer = v.InferInput<typeof PlannedItemsAnswer>

export const changeItems: SimHandler = (input) => {
  const { world, caller, now } = input
  const body = input.body as v.InferOutput<typeof PostPlannedItems>
  const session = holdSession(input, input.param('sessionId'))
  return once(input, 'plan-items', body.requestId, (): Answer => {
    requireOpenSession(headerOf(input.state, session))
    const adding = [...new Set(body.add)]
    const removing = [...new Set(body.remove)].filter((it) => !adding.includes(it))
    const rows = [...session.rows.values()]
    const rowsOf = (productId: string): readonly ItemRow[] => rows.filter((it) => it.productId === productId)
    const verdicts: Answer['verdicts'] = []
    for (const productId of adding) verdicts.push({ productId, ...add(input, session, productId, rowsOf(productId)) })
    for (const productId of removing) {
      const { verdict, updated } = decideRemoving({ rows: rowsOf(productId), now })
      for (const row of updated) storeRow(world, session, row, null)
      verdicts.push({ productId, ...verdict })
    }
    if (verdicts.some((it) => it.verdict === 'taken')) tellDevices(session, caller.userName, now)
    return { verdicts }
  })
}

function add(input: SimInput, session: SimSession, productId: string, rows: readonly ItemRow[]): Omit<Answer['verdicts'][number], 'productId'> {
  const { world, state, caller, now } = input
  const product = state.products.get(productId)
  if (product === undefined || product.deleted) return { verdict: 'refused', message: 'There is no such product' }
  const decided = decideAdding({ rows, now })
  for (const row of decided.updated) storeRow(world, session, row, null)
  if (decided.needsRow) {
    const { bookOf } = catalogueOf(state, headerOf(state, session).facilityId)
    const requested = { productId, productIdentifier: product.identifiers[0]?.value ?? null }
    storeRow(world, session, requestedRow(requested, session.nextSeq, { sessionId: session.sessionId, userName: caller.userName, now, bookOf }), null)
    session.nextSeq += 1
  }
  return decided.verdict
}

/** The others' newest word moves on, so that they pull what changed (SL23). */
function tellDevices({ unsent }: SimSession, userId: string, now: number): void {
  const key = JSON.stringify([PLANNING_DESK, userId])
  const lastHeardAt = Math.max((unsent.get(key)?.lastHeardAt ?? 0) + 1, now)
  unsent.set(key, { deviceId: PLANNING_DESK, userId, unsentScans: 0, lastHeardAt })
}
