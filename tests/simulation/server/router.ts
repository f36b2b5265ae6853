// From a request to its handler: the routes, permissions and bodies are those of server-mock, only the work is on memory.
import { NOBODY } from '../../../server-mock/auth/callers'
import type { Caller, ServerProfile } from '../../../server-mock/http/context'
import { HttpError } from '../../../server-mock/http/errors'
import { Query } from '../../../server-mock/http/query'
import type { RouteFacts } from '../../../server-mock/http/registry'
import { parseBody, requireNeeds } from '../../../server-mock/http/serve'
import { readJson } from '../../../server-mock/http/body'
import { COUNTS } from '../../../src/contract/envelope'
import * as counts from './counts'
import * as items from './items'
import * as locks from './locks'
import * as plan from './plan'
import * as products from './products'
import * as startup from './startup'
import { callerOf, type SimHandler, type SimWorld } from './world'
import { okAnswer, refusedAnswer, type SimAnswer, type SimRequest } from './wire'

const EFFORTS = `${COUNTS}cycleCounts/workEfforts`
const SESSION = `${COUNTS}cycleCounts/sessions/:sessionId`

/** What is served in memory. A line that server-mock does not serve is refused when the router is made. */
const HANDLERS: Readonly<Record<string, SimHandler>> = {
  [`GET ${COUNTS}capabilities`]: startup.capabilities,
  'POST admin/login': startup.signIn,
  'POST admin/logout': startup.signOut,
  'GET admin/user/profile': startup.profile,
  'GET admin/user/permissions': startup.permissions,
  'GET admin/user/:partyId/facilities': startup.userFacilities,
  'GET admin/user/preferences': startup.readPreferences,
  'PUT admin/user/preferences': startup.writePreference,
  'GET oms/facilities': startup.facilities,
  'GET oms/facilities/:facilityId/productStores': startup.productStores,
  [`GET ${EFFORTS}`]: counts.listCycleCounts,
  [`GET ${EFFORTS}/:workEffortId`]: counts.oneCycleCount,
  [`POST ${EFFORTS}`]: counts.createCycleCount,
  [`PUT ${EFFORTS}/:workEffortId`]: counts.changeCycleCount,
  [`GET ${EFFORTS}/:workEffortId/sessions`]: counts.listSessions,
  [`POST ${EFFORTS}/:workEffortId/sessions`]: counts.createSession,
  [`GET ${SESSION}`]: counts.oneSession,
  [`PUT ${SESSION}`]: counts.changeSession,
  [`POST ${SESSION}/cloneDirectedCount`]: counts.cloneSession,
  [`GET ${SESSION}/items/count`]: items.countItems,
  [`GET ${SESSION}/items`]: items.listItems,
  [`PUT ${SESSION}/items`]: items.putItems,
  [`DELETE ${SESSION}/items`]: items.deleteItems,
  [`PUT ${SESSION}/scanEvents`]: items.putScanEvents,
  [`GET ${SESSION}/lock`]: locks.listLocks,
  [`POST ${SESSION}/lock`]: locks.acquireLock,
  [`PUT ${SESSION}/lock`]: locks.beatLock,
  [`PUT ${SESSION}/release`]: locks.releaseLock,
  [`POST ${COUNTS}plan/sessions/:sessionId/items`]: plan.changeItems,
  [`GET ${COUNTS}products`]: products.listProducts,
  [`GET ${COUNTS}stock`]: products.listStock,
  'POST admin/runSolrQuery': products.search,
  'POST oms/dataDocumentView': products.dataDocument,
}

export interface Served {
  readonly facts: RouteFacts
  readonly parts: readonly string[]
  readonly handler: SimHandler
}

export type Router = (request: SimRequest) => SimAnswer

/** @param served what `servedRoutes` makes of the routes of this kind of server */
export function createRouter(world: SimWorld, served: readonly Served[]): Router {
  return (request) => {
    const { state } = world
    const now = world.now()
    let caller: Caller = NOBODY
    let answer: SimAnswer
    try {
      const { facts, handler, params } = findRoute(served, request)
      if (facts.needs !== 'anonymous') caller = requireCaller(world, request.token, now)
      requireNeeds(caller, facts.needs)
      const body = facts.body === undefined ? undefined : parseBody(facts.body, readJson(request.body ?? ''))
      const query = Query.fromRecord(request.query ?? {})
      const param = (name: string): string => paramOf(params, name)
      answer = okAnswer(handler({ world, state, caller, token: request.token, param, query, body, now }))
    } catch (error) {
      answer = refusedAnswer(error)
    }
    const { method, path } = request
    const userId = caller === NOBODY ? null : caller.userId
    world.audit.requests.push({ epoch: state.epoch, at: now, method, path, userId, status: answer.status })
    return answer
  }
}

function requireCaller(world: SimWorld, token: string | null, now: number): Caller {
  if (token === null) throw new HttpError(401, 'Sign in first', 'UNAUTHORIZED')
  const caller = callerOf(world.state, token, now)
  if (caller === null) throw new HttpError(401, 'The sign-in is over: sign in again', 'UNAUTHORIZED')
  return caller
}

export function servedRoutes(profile: ServerProfile, routes: readonly RouteFacts[]): readonly Served[] {
  const served = routes.flatMap((facts): Served[] => {
    const handler = HANDLERS[`${facts.method} ${facts.path}`]
    return handler === undefined ? [] : [{ facts, handler, parts: facts.path.split('/') }]
  })
  if (profile === 'extended' && served.length !== Object.keys(HANDLERS).length)
    throw new Error('The simulated server serves a route that server-mock does not have')
  return served
}

interface Found extends Pick<Served, 'facts' | 'handler'> {
  readonly params: ReadonlyMap<string, string>
}

/** As Hono does it: a fixed part before a parameter, in the order of registration. */
function findRoute(served: readonly Served[], { method, path }: SimRequest): Found {
  const parts = path.split('/')
  let isPathKnown = false
  for (const { facts, handler, parts: pattern } of served) {
    if (!fits(pattern, parts)) continue
    isPathKnown = true
    if (facts.method === method) return { facts, handler, params: paramsOf(pattern, parts) }
  }
  if (isPathKnown) throw new HttpError(405, `Method ${method} is not supported here`, 'BAD_REQUEST')
  throw new HttpError(404, 'Not found', 'NOT_FOUND')
}

function fits(pattern: readonly string[], parts: readonly string[]): boolean {
  return pattern.length === parts.length && pattern.every((it, at) => it.startsWith(':') || it === parts[at])
}

function paramsOf(pattern: readonly string[], parts: readonly string[]): ReadonlyMap<string, string> {
  const params = new Map<string, string>()
  pattern.forEach((it, at) => {
    if (it.startsWith(':')) params.set(it.slice(1), decodeURIComponent(parts[at] ?? ''))
  })
  return params
}

function paramOf(params: ReadonlyMap<string, string>, name: string): string {
  const value = params.get(name)
  if (value === undefined) throw new Error(`The path has no parameter ${name}`)
  return value
}
