// Planning over the wire: what there is to count and who may count it, and a whole count made of them.
import type * as v from 'valibot'
import { COUNTS } from '../../src/contract/envelope'
import {
  PLAN_PAGE_MAX,
  PlanAnswer,
  PlanChanged,
  PlannedItemsAnswer,
  PlannedSessionChanged,
  PlanPeople,
  PlanProducts,
  PostCancel,
  PlanShares,
  PostPlan,
  PostPlanShares,
  PostPlanChange,
  PostPlannedItems,
  PostPlannedSession,
  ProductFilter,
} from '../../src/contract/plan'
import { PLAN_PRODUCTS_MAX } from '../../src/domain/plan'
import { parseBody } from '../http/serve'
import type { Query } from '../http/query'
import type { Registrar } from '../http/route'
import { changeItems } from '../plan/change-items'
import { cancelPlan, changePlan, changePlannedSession } from '../plan/change-plan'
import { createPlan } from '../plan/create-plan'
import { previewShares } from '../plan/share-out'
import { countProducts, findProducts, requireFilter } from '../plan/find-products'
import { listPeople } from '../plan/people'

const PLAN = `${COUNTS}plan`
const planning = { isExtension: true, needs: ['INV_COUNT_CREATE'] } as const

/** Rules: docs/SPEC.md PL1-PL9. */
export const registerPlan: Registrar = (registry, context) => {
  registry.route({
    ...planning,
    method: 'GET',
    path: `${PLAN}/products`,
    answer: PlanProducts,
    handler: async ({ sql, caller, query }) => {
      const search = { facilityId: facilityOf(query), filter: filterOf(query), now: context.clock.now() }
      requireFilter(caller, search)
      const limit = query.int('limit', { min: 1, max: PLAN_PAGE_MAX, otherwise: 50 })
      const offset = query.int('offset', { min: 0, max: PLAN_PRODUCTS_MAX, otherwise: 0 })
      const maySeeBook = caller.may('INV_CNT_VIEW_QOH')
      return {
        products: await findProducts(sql, search, { limit, offset, maySeeBook }),
        total: await countProducts(sql, search),
      }
    },
  })
  registry.route({
    ...planning,
    method: 'GET',
    path: `${PLAN}/people`,
    answer: PlanPeople,
    handler: async ({ sql, caller, query }) => {
      const facilityId = facilityOf(query)
      caller.requireAt(facilityId)
      return { people: await listPeople(sql, facilityId, context.clock.now()) }
    },
  })
  registry.route({
    ...planning,
    method: 'POST',
    path: `${PLAN}/counts`,
    body: PostPlan,
    answer: PlanAnswer,
    handler: ({ caller, body }) => createPlan({ caller, body, context }),
  })
  registry.route({
    ...planning,
    method: 'POST',
    path: `${PLAN}/shares`,
    body: PostPlanShares,
    answer: PlanShares,
    handler: ({ caller, body }) => previewShares(caller, body, context),
  })
  registerChanges(registry, context)
}

/** Rules: docs/SPEC.md PL20-PL23. */
const registerChanges: Registrar = (registry, context) => {
  const count = `${PLAN}/counts/:workEffortId`
  const session = `${PLAN}/sessions/:sessionId`
  registry.route({
    ...planning,
    method: 'POST',
    path: count,
    body: PostPlanChange,
    answer: PlanChanged,
    handler: ({ caller, param, body }) =>
      changePlan({ caller, workEffortId: param('workEffortId'), body, context }),
  })
  registry.route({
    ...planning,
    method: 'POST',
    path: `${count}/cancel`,
    body: PostCancel,
    answer: PlanChanged,
    handler: ({ caller, param, body }) =>
      cancelPlan({ caller, workEffortId: param('workEffortId'), body, context }),
  })
  registry.route({
    ...planning,
    method: 'POST',
    path: session,
    body: PostPlannedSession,
    answer: PlannedSessionChanged,
    handler: ({ caller, param, body }) =>
      changePlannedSession({ caller, sessionId: param('sessionId'), body, context }),
  })
  registry.route({
    ...planning,
    method: 'POST',
    path: `${session}/items`,
    body: PostPlannedItems,
    answer: PlannedItemsAnswer,
    handler: ({ caller, param, body }) =>
      changeItems({ caller, sessionId: param('sessionId'), body, context }),
  })
}

/** Of nobody when it is not said: for administrators alone, and theirs finds nothing. */
function facilityOf(query: Query): string {
  return query.one('facilityId') ?? ''
}

/** @throws HttpError 400 */
function filterOf(query: Query): ProductFilter {
  const since = query.one('notCountedSince')
  const days = query.one('notCountedForDays')
  return parseBody<v.InferOutput<typeof ProductFilter>>(ProductFilter, {
    text: query.one('text') ?? '',
    abcClasses: [...query.list('abcClasses')],
    stock: query.one('stock') ?? 'any',
    notCountedSince: since === null ? null : Number(since),
    notCountedForDays: days === null ? null : Number(days),
    categories: [...query.each('categories')],
    tags: [...query.each('tags')],
    suppliers: [...query.each('suppliers')],
    aisles: [...query.each('aisles')],
    bin: query.one('bin') ?? '',
  })
}
