// The simulated server: deterministic, in memory, decided by the rules of server-mock; clock and ids are handed in.
// `request` takes what crosses the network, text both ways; sim-api.ts puts the product's own adapter over it.
import * as v from 'valibot'
import { collectRoutes } from '../../../server-mock/app'
import type { ServerContext, ServerProfile } from '../../../server-mock/http/context'
import { SERVER_LIMITS, type ServerLimits } from '../../../server-mock/limits'
import type { CycleCountRow } from '../../../server-mock/rules/count-change'
import type { ItemRow } from '../../../server-mock/rules/item-row'
import { PURPOSE_IDS } from '../../../src/contract/counts'
import { PROTOCOL } from '../../../src/contract/envelope'
import { PlannedItemsAnswer } from '../../../src/contract/plan'
import type { WireScanEvent } from '../../../src/contract/items'
import type { CountType, SessionStatus } from '../../../src/domain/session'
import type { Micro } from '../../../src/domain/quantity'
import { Audit } from './audit'
import { createRouter, servedRoutes } from './router'
import type { Served } from './router'
import { emptyState, newSession, putProduct, type SimProduct, type SimSession, type SimState, type StoredEvidence } from './state'
import { storeRow, type SimWorld } from './world'
import type { SimAnswer, SimRequest } from './wire'

export interface SimServerOptions {
  readonly profile: ServerProfile
  readonly clock: { readonly now: () => number }
  readonly ids: { readonly next: () => string }
  readonly limits?: Partial<ServerLimits>
  readonly protocol?: { readonly min: number; readonly max: number }
  /** Base profile: a row is listed once for every facility that stocks its product. */
  readonly repeatsItemRows?: boolean
  readonly users: readonly NewUser[]
  readonly facilityIds: readonly string[]
  readonly products?: readonly Omit<SimProduct, 'changeSeq' | 'deleted'>[]
  readonly stock?: readonly { readonly facilityId: string; readonly productId: string; readonly qoh: Micro; readonly atp: Micro }[]
}

export interface NewUser {
  readonly userName: string
  /** Left out: the sign-in name. */
  readonly fullName?: string
  readonly permissions: readonly string[]
  readonly facilityIds: readonly string[]
  readonly password?: string
  readonly timeZone?: string
}

/** Opaque: for `restore`. */
export type SimSnapshot = { readonly state: SimState }

export interface SimServer {
  readonly profile: ServerProfile
  /** Where a request or its answer may be lost, doubled or late, that is the network's business. */
  request(request: SimRequest): SimAnswer

  addCount(count: NewCount): string
  addSession(session: NewSimSession): string
  putProduct(product: Omit<SimProduct, 'changeSeq' | 'deleted'>): void
  deleteProduct(productId: string): void
  /** A sign-in without a password. */
  tokenFor(userName: string): string
  /** null: nobody's, or no good any more. */
  userOfToken(token: string): string | null

  snapshot(): SimSnapshot
  /** What the server knew then is all it knows; devices hear of it by the new epoch. */
  restore(snapshot: SimSnapshot): void
  /** The process ends and another one reads what was stored. */
  restart(): void
  /** Of one user, or of everybody. @returns those that are no good any more */
  expireTokens(userName?: string): readonly string[]
  withdrawPermission(userName: string, permission: string): void
  grantPermission(userName: string, permission: string): void
  setProtocol(min: number, max: number): void
  /** As a supervisor does it. @returns the refusal's words, null when it was done */
  removeRows(userName: string, sessionId: string, uuids: readonly string[]): string | null
  /** As a planner does it, with one product. @returns what became of it; null when the change was refused as a whole */
  changeList(userName: string, sessionId: string, change: ListChange): 'taken' | 'same' | 'refused' | null

  readonly audit: Audit
  /** By the server's clock. */
  now(): number
  readonly epoch: string
  statusOf(sessionId: string): SessionStatus
  countStatusOf(sessionId: string): CycleCountRow['status']
  /** The highest fence granted. */
  fenceOf(sessionId: string): number
  /** Tombstones too, in the order of importItemSeqId. */
  rowsOf(sessionId: string): readonly ItemRow[]
  evidenceOf(sessionId: string): readonly StoredEvidence[]
  /** What came after the session was settled: evidence, not part of any total (I3). */
  heldRowsOf(sessionId: string): readonly StoredEvidence[]
  scanEventsOf(sessionId: string): ReadonlyMap<string, WireScanEvent>
  sessionIds(): readonly string[]
}

export interface ListChange {
  readonly productId: string
  /** Put on the list; false: taken off. */
  readonly isAsked: boolean
}

export interface NewCount {
  readonly workEffortId?: string
  readonly name: string
  readonly facilityId: string
  readonly countType?: CountType
  readonly isBlind?: boolean
  readonly status?: CycleCountRow['status']
}

export interface NewSimSession {
  readonly sessionId?: string
  readonly workEffortId: string
  readonly name: string
  readonly area?: string
  readonly requestedProductIds?: readonly string[]
}

export function createSimServer(options: SimServerOptions): SimServer {
  const world = createWorld(options)
  const { audit } = world
  const request = createRouter(world, collectedRoutes(options).served)
  const sessionOf = (sessionId: string): SimSession => known(world.state.sessions.get(sessionId), sessionId)
  const userOf = (userName: string) => known(world.state.users.get(userName), userName)
  return {
    profile: options.profile,
    request,
    addCount: (count) => addCount(world, count),
    addSession: (session) => addSession(world, session),
    putProduct: (product) => putProduct(world.state, product),
    deleteProduct: (productId) => putProduct(world.state, { ...known(world.state.products.get(productId), productId), identifiers: [] }, true),
    userOfToken: (token) => world.state.tokens.get(token)?.userId ?? null,
    tokenFor: (userName) => issueToken(world, userOf(userName).userId),
    snapshot: () => ({ state: structuredClone(world.state) }),
    restore: ({ state }) => {
      world.state = structuredClone(state)
      world.state.epoch = world.nextId()
    },
    restart: () => {
      world.state = structuredClone(world.state)
    },
    expireTokens: (userName) => {
      const expired = [...world.state.tokens].flatMap(([token, { userId }]) =>
        userName === undefined || userId === userName ? [token] : [],
      )
      for (const token of expired) world.state.tokens.delete(token)
      return expired
    },
    withdrawPermission: (userName, permission) => void userOf(userName).permissions.delete(permission),
    grantPermission: (userName, permission) => void userOf(userName).permissions.add(permission),
    setProtocol: (min, max) => {
      world.state.protocol = { min, max }
    },
    removeRows: (userName, sessionId, uuids) => removeRows({ request, token: issueToken(world, userName) }, sessionId, uuids),
    changeList: (userName, sessionId, change) => changeList({ request, token: issueToken(world, userName) }, sessionId, change, world.nextId()),
    audit,
    now: options.clock.now,
    get epoch() {
      return world.state.epoch
    },
    statusOf: (sessionId) => sessionOf(sessionId).status,
    countStatusOf: (sessionId) => known(world.state.counts.get(sessionOf(sessionId).workEffortId), sessionId).status,
    fenceOf: (sessionId) => sessionOf(sessionId).fence,
    rowsOf: (sessionId) => [...sessionOf(sessionId).rows.values()],
    evidenceOf: (sessionId) => [...sessionOf(sessionId).evidence.values()],
    heldRowsOf: (sessionId) => [...sessionOf(sessionId).evidence.values()].filter((it) => it.verdict === 'held'),
    scanEventsOf: (sessionId) => sessionOf(sessionId).events,
    sessionIds: () => [...world.state.sessions.keys()],
  }
}

interface Collected extends Pick<ReturnType<typeof collectRoutes>, 'findDocument'> {
  readonly served: readonly Served[]
}

const collections = new Map<string, Collected>()

/** The same for every server of a kind: thousands of seeds share them. */
function collectedRoutes({ profile, limits }: SimServerOptions): Collected {
  const key = JSON.stringify([profile, limits])
  const known = collections.get(key)
  if (known !== undefined) return known
  // Collecting routes looks at the profile and the limits, and at nothing else of the context.
  const { routes, findDocument } = collectRoutes({ profile, limits: { ...SERVER_LIMITS, ...limits } } as ServerContext)
  const collected = { served: servedRoutes(profile, routes), findDocument }
  collections.set(key, collected)
  return collected
}

function createWorld(options: SimServerOptions): SimWorld {
  const { profile, clock, ids, limits, protocol, users, facilityIds, products = [], stock = [] } = options
  const collection = collectedRoutes(options)
  const state = emptyState(ids.next(), protocol ?? { min: PROTOCOL, max: PROTOCOL })
  for (const { userName, fullName = userName, permissions, facilityIds: own, password = 'shelfcount', timeZone = 'UTC' } of users)
    state.users.set(userName, { userId: userName, fullName, permissions: new Set(permissions), facilityIds: own, password, timeZone })
  for (const facilityId of facilityIds) {
    state.facilities.set(facilityId, { name: facilityId, timeZone: 'UTC' })
    state.stock.set(facilityId, new Map())
  }
  for (const product of products) putProduct(state, product)
  for (const { facilityId, productId, qoh, atp } of stock)
    known(state.stock.get(facilityId), facilityId).set(productId, { qoh, atp })
  return {
    state,
    audit: new Audit(),
    profile,
    limits: { ...SERVER_LIMITS, ...limits },
    now: clock.now,
    nextId: ids.next,
    repeatsItemRows: profile === 'hotwax' && (options.repeatsItemRows ?? true),
    documentNeeds: (id) => collection.findDocument(id)?.needs,
  }
}

function issueToken(world: SimWorld, userId: string): string {
  const token = `token-of-simulation-${world.nextId()}`
  const now = world.now()
  world.state.tokens.set(token, { userId, createdAt: now, expiresAt: now + world.limits.tokenLifeMs })
  return token
}

function addCount(world: SimWorld, count: NewCount): string {
  const workEffortId = count.workEffortId ?? world.nextId()
  const now = world.now()
  const status = count.status ?? 'in-progress'
  world.state.counts.set(workEffortId, {
    workEffortId,
    name: count.name,
    purposeId: PURPOSE_IDS[count.countType ?? 'directed'],
    status,
    facilityId: count.facilityId,
    isBlind: count.isBlind ?? false,
    createdAt: now,
    createdBy: null,
    estimatedStartAt: null,
    estimatedCompletionAt: null,
    actualStartAt: status === 'created' ? null : now,
    actualCompletionAt: null,
  })
  return workEffortId
}

function addSession(world: SimWorld, { workEffortId, name, area, requestedProductIds = [], ...given }: NewSimSession): string {
  const sessionId = given.sessionId ?? world.nextId()
  const now = world.now()
  const session = newSession({ sessionId, workEffortId, name, area: area ?? null, status: 'created', createdBy: null, createdAt: now })
  world.state.sessions.set(sessionId, session)
  for (const productId of requestedProductIds) {
    storeRow(world, session, requestedRow(sessionId, session.nextSeq, productId, now), null)
    session.nextSeq += 1
  }
  return sessionId
}

function requestedRow(sessionId: string, seq: number, productId: string, now: number): ItemRow {
  return {
    seq,
    uuid: `${sessionId}-requested-${seq}`,
    logId: null,
    productIdentifier: null,
    quantity: null,
    standing: null,
    rev: 0,
    productId,
    isRequested: true,
    systemQuantity: null,
    matchRev: 0,
    countedBy: null,
    sentBy: null,
    createdBy: null,
    createdAt: now,
    lastScanAt: null,
    lastUpdatedAt: now,
    isDeleted: false,
  }
}

function removeRows(
  { request, token }: { readonly request: SimServer['request']; readonly token: string },
  sessionId: string,
  uuids: readonly string[],
): string | null {
  const answer = request({
    method: 'DELETE',
    path: `inventory-cycle-count/cycleCounts/sessions/${encodeURIComponent(sessionId)}/items`,
    body: JSON.stringify(uuids.map((uuid) => ({ uuid }))),
    token,
  })
  return answer.status === 200 ? null : answer.text
}

function changeList(
  { request, token }: { readonly request: SimServer['request']; readonly token: string },
  sessionId: string,
  { productId, isAsked }: ListChange,
  requestId: string,
): 'taken' | 'same' | 'refused' | null {
  const { status, text } = request({
    method: 'POST',
    path: `inventory-cycle-count/plan/sessions/${encodeURIComponent(sessionId)}/items`,
    body: JSON.stringify({ requestId, [isAsked ? 'add' : 'remove']: [productId] }),
    token,
  })
  if (status !== 200) return null
  const { verdicts } = v.parse(PlannedItemsAnswer, JSON.parse(text))
  return verdicts[0]?.verdict ?? null
}

function known<T>(found: T | undefined, name: string): T {
  if (found === undefined) throw new Error(`The simulated server does not know ${name}`)
  return found
}
