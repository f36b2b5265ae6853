// The server port done at once, for a network that carries whole calls: requests and answers are made and read by the
// product's own code wherever it can be had without a promise.
import * as v from 'valibot'
import { EMPTY, readAnswer } from '../../../src/api/call'
import { decodeCycleCount, decodeSession } from '../../../src/api/decode-counts'
import { BasePutAnswer, decodeItems, decodePut, encodeEvent, encodePut, provenPut } from '../../../src/api/items-api'
import { decodeCatalogue, decodeStock, decodeSolr, solrQueryOf } from '../../../src/api/products-api'
import { abilitiesOfRefusal, decodeAbilities, DEFAULT_PREFERENCE, decodeProfile } from '../../../src/api/startup-api'
import { Capabilities } from '../../../src/contract/capabilities'
import {
  CYCLE_COUNT_STATUS_IDS,
  CycleCountList,
  SESSION_STATUS_IDS,
  SessionCreated,
  WireCycleCount,
  WireSession,
} from '../../../src/contract/counts'
import { COUNTS } from '../../../src/contract/envelope'
import { Count, PutItemsResponse, PutScanEventsResponse, WireItems } from '../../../src/contract/items'
import { ProductsPage, SolrResponse, StockDocument, StockPage } from '../../../src/contract/products'
import { Facilities, LoginResponse, Permissions, Preferences, UserFacilities, UserProfile } from '../../../src/contract/startup'
import { RemoteError } from '../../../src/domain/errors'
import { asId, type FacilityId, type SessionId } from '../../../src/domain/ids'
import type { AnonymousApi, Caller, PutItemsRequest, ServerApi } from '../../../src/ports/server'
import { createLockCalls } from './lock-calls'
import type { Router } from './router'
import { headOf, type SimRequest } from './wire'
import type { SimWorld } from './world'

export interface CallContext {
  readonly caller: Caller
  readonly token: string | null
  /** Version of the protocol that the caller speaks. */
  readonly protocol: number
}

type Port = Omit<ServerApi, 'clockOffset'> & AnonymousApi
export type CallName = keyof ServerApi | keyof AnonymousApi

/** The port without promises; signals are left out. */
export type SyncPort = {
  readonly [Name in keyof Port]: (...args: Parameters<Port[Name]>) => Awaited<ReturnType<Port[Name]>>
}

export interface Ask {
  readonly method: SimRequest['method']
  readonly path: string
  readonly query?: SimRequest['query']
  readonly body?: unknown
}

/** @throws RemoteError; EMPTY for an empty 200 */
export type Asker = <Schema extends v.GenericSchema<unknown, unknown>>(
  request: Ask,
  schema: Schema | 'anything',
) => v.InferOutput<Schema> | typeof EMPTY

export type CallInput = CallContext & {
  readonly world: SimWorld
  /** @throws RemoteError, also for an empty answer */
  readonly json: <Schema extends v.GenericSchema<unknown, unknown>>(request: Ask, schema: Schema) => v.InferOutput<Schema>
  readonly jsonOrNull: <Schema extends v.GenericSchema<unknown, unknown>>(request: Ask, schema: Schema) => v.InferOutput<Schema> | null
  readonly run: (request: Ask) => void
}

const EFFORTS = `${COUNTS}cycleCounts/workEfforts`
const SESSIONS = `${COUNTS}cycleCounts/sessions`
const part = encodeURIComponent

export function createCalls(world: SimWorld, router: Router) {
  return (name: CallName, args: readonly unknown[], context: CallContext): unknown => {
    if (name === 'clockOffset') return null
    const input = inputOf(world, router, context)
    const port = { ...startupCalls(input), ...countsCalls(input), ...itemsCalls(input), ...productsCalls(input), ...createLockCalls(input) } satisfies SyncPort
    const call = port[name] as (...given: readonly unknown[]) => unknown
    return call(...args)
  }
}

function inputOf(world: SimWorld, router: Router, context: CallContext): CallInput {
  const ask: Asker = ({ method, path, query, body }, schema) => {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const answer = router({ method, path, ...(query === undefined ? {} : { query }), body: text, token: context.token })
    return readAnswer(`${method} ${path}`, schema, headOf(answer), answer.text)
  }
  return {
    ...context,
    world,
    json: (request, schema) => {
      const body = ask(request, schema)
      if (body === EMPTY) throw new RemoteError('captive-portal', `${request.method} ${request.path}: empty answer`)
      return body
    },
    jsonOrNull: (request, schema) => {
      const body = ask(request, schema)
      return body === EMPTY ? null : body
    },
    run: (request) => void ask(request, 'anything'),
  }
}

type StartupNames = 'capabilities' | 'signIn' | 'profile' | 'permissions' | 'facilities' | 'selectedFacility' | 'selectFacility' | 'identifierPreference' | 'signOut'
const PERMISSIONS_PAGE = 200

function startupCalls({ json, run, protocol }: CallInput): Pick<SyncPort, StartupNames> {
  return {
    capabilities: () => {
      try {
        return decodeAbilities(json({ method: 'GET', path: `${COUNTS}capabilities` }, Capabilities), protocol)
      } catch (error) {
        return abilitiesOfRefusal(error)
      }
    },
    signIn: (username, password) => {
      const told = json({ method: 'POST', path: 'admin/login', body: { username, password } }, LoginResponse)
      return { token: told.token, expiresAt: told.expirationTime }
    },
    profile: () => decodeProfile(json({ method: 'GET', path: 'admin/user/profile' }, UserProfile)),
    permissions: () =>
      json({ method: 'GET', path: 'admin/user/permissions', query: { viewIndex: 0, viewSize: PERMISSIONS_PAGE } }, Permissions).docs.map(
        (it) => it.permissionId,
      ),
    facilities: (partyId, isAdmin) => {
      const own = isAdmin ? null : json({ method: 'GET', path: `admin/user/${part(partyId)}/facilities` }, UserFacilities)
      if (own?.length === 0) return []
      const query = own === null ? {} : { facilityId: own.map((it) => it.facilityId).join(','), facilityId_op: 'in' }
      return json({ method: 'GET', path: 'oms/facilities', query: { pageSize: 500, ...query } }, Facilities).map((it) => ({
        facilityId: it.facilityId,
        name: it.facilityName ?? it.facilityId,
        timeZone: it.facilityTimeZone ?? 'UTC',
      }))
    },
    selectedFacility: (userId) => {
      const query = { pageSize: 1, userId, preferenceKey: 'SELECTED_FACILITY' }
      const [told] = json({ method: 'GET', path: 'admin/user/preferences', query }, Preferences)
      const value = told?.preferenceValue ?? ''
      return value === '' ? null : asId<FacilityId>(value)
    },
    selectFacility: (userId, preferenceValue) =>
      run({ method: 'PUT', path: 'admin/user/preferences', body: { userId, preferenceKey: 'SELECTED_FACILITY', preferenceValue } }),
    identifierPreference: (facilityId) => {
      run({ method: 'GET', path: `oms/facilities/${part(facilityId)}/productStores`, query: { pageSize: 200, facilityId } })
      return DEFAULT_PREFERENCE
    },
    signOut: () => run({ method: 'POST', path: 'admin/logout', body: {} }),
  }
}

type CountNames = 'cycleCounts' | 'cycleCount' | 'startCycleCount' | 'session' | 'createSession' | 'cloneSession' | 'setSessionStatus'
const LIST_PAGE = 1000

function countsCalls({ json, jsonOrNull, run, caller }: CallInput): Pick<SyncPort, CountNames> {
  return {
    cycleCounts: (facilityId) => {
      const statusId = `${CYCLE_COUNT_STATUS_IDS.created},${CYCLE_COUNT_STATUS_IDS['in-progress']}`
      const query = { facilityId, statusId, statusId_op: 'in', pageIndex: 0, pageSize: LIST_PAGE }
      return json({ method: 'GET', path: EFFORTS, query }, CycleCountList).cycleCounts.map((it) => decodeCycleCount(it))
    },
    cycleCount: (id) => {
      const path = `${EFFORTS}/${part(id)}`
      const wire = jsonOrNull({ method: 'GET', path }, WireCycleCount)
      if (wire === null) return null
      const query = { workEffortId: id, pageNoLimit: true }
      return decodeCycleCount(wire, json({ method: 'GET', path: `${path}/sessions`, query }, v.array(WireSession)))
    },
    startCycleCount: (workEffortId, actualStartDate) =>
      run({
        method: 'PUT',
        path: `${EFFORTS}/${part(workEffortId)}`,
        body: { workEffortId, statusId: CYCLE_COUNT_STATUS_IDS['in-progress'], actualStartDate },
      }),
    session: (id) => {
      const wire = jsonOrNull({ method: 'GET', path: `${SESSIONS}/${part(id)}` }, WireSession)
      return wire === null ? null : decodeSession(wire)
    },
    createSession: ({ cycleCountId: workEffortId, name: countImportName, area: facilityAreaId, requestId }) => {
      const statusId = SESSION_STATUS_IDS.created
      const body = { workEffortId, countImportName, statusId, uploadedByUserLogin: caller.userName, facilityAreaId, requestId }
      const made = json({ method: 'POST', path: `${EFFORTS}/${part(workEffortId)}/sessions`, body }, SessionCreated)
      return asId<SessionId>(made.inventoryCountImportId)
    },
    cloneSession: ({ sessionId, name: countImportName, area: facilityAreaId, requestId }) => {
      const body = { inventoryCountImportId: sessionId, countImportName, facilityAreaId, requestId }
      const made = json({ method: 'POST', path: `${SESSIONS}/${part(sessionId)}/cloneDirectedCount`, body }, SessionCreated)
      return asId<SessionId>(made.inventoryCountImportId)
    },
    setSessionStatus: (id, status, fence, requestId) => {
      const { deviceId } = caller
      const statusId = SESSION_STATUS_IDS[status]
      const body = { inventoryCountImportId: id, statusId, deviceId, requestId, ...(fence === null ? {} : { fence }) }
      run({ method: 'PUT', path: `${SESSIONS}/${part(id)}`, body })
    },
  }
}

function itemsCalls(input: CallInput): Pick<SyncPort, 'itemsPage' | 'itemCount' | 'putItems' | 'putScanEvents'> {
  const { json, caller, protocol } = input
  const pathOf = (sessionId: string): string => `${SESSIONS}/${part(sessionId)}/items`
  return {
    itemsPage: (sessionId, pageIndex, pageSize) => {
      const query = { inventoryCountImportId: sessionId, pageIndex, pageSize, orderByField: 'importItemSeqId' }
      const rows = json({ method: 'GET', path: pathOf(sessionId), query }, WireItems)
      return { items: decodeItems(rows), more: rows.length >= pageSize }
    },
    itemCount: (sessionId) => json({ method: 'GET', path: `${pathOf(sessionId)}/count` }, Count).count,
    putItems: (request) => putItems(input, request, pathOf(request.sessionId)),
    putScanEvents: (sessionId, events) => {
      const body = { protocol, deviceId: caller.deviceId, events: events.map(encodeEvent) }
      json({ method: 'PUT', path: `${SESSIONS}/${part(sessionId)}/scanEvents`, body }, PutScanEventsResponse)
    },
  }
}

function putItems({ world, json, caller, protocol }: CallInput, request: PutItemsRequest, path: string) {
  const isBase = world.profile === 'hotwax'
  const body = { ...encodePut(caller, request, world.now(), isBase), protocol }
  if (!isBase) return decodePut(request, json({ method: 'PUT', path, body }, PutItemsResponse))
  json({ method: 'PUT', path, body }, BasePutAnswer)
  return provenPut(request)
}

/** Page sizes of the base profile, whatever the caller asks for. */
const SOLR_PAGE = 250
const STOCK_DOCUMENT_PAGE = 500

function productsCalls({ world, json }: CallInput): Pick<SyncPort, 'products' | 'stock' | 'searchProducts'> {
  const solr = (query: string, params: object, sort: string | null) => {
    const filter = ['docType:PRODUCT', 'isVirtual:false']
    const body = { json: { params, query, filter, ...(sort === null ? {} : { sort }) } }
    return decodeSolr(json({ method: 'POST', path: 'admin/runSolrQuery', body }, SolrResponse))
  }
  const searchProducts: SyncPort['searchProducts'] = (text, limit) => {
    const query = solrQueryOf(text)
    return query === null ? [] : solr(query, { rows: limit, start: 0, 'q.op': 'AND' }, null).products
  }
  if (world.profile === 'extended')
    return {
      searchProducts,
      products: (after, limit) => decodeCatalogue(json({ method: 'GET', path: `${COUNTS}products`, query: { after: after ?? undefined, limit } }, ProductsPage)),
      stock: (facilityId, after, limit) => {
        const query = { facilityId, after: after ?? undefined, limit }
        const page = json({ method: 'GET', path: `${COUNTS}stock`, query }, StockPage)
        return { stock: decodeStock(page.stock), next: page.next, more: page.more }
      },
    }
  return {
    searchProducts,
    products: (after) => {
      const start = Number(after ?? '0')
      const { products, numFound } = solr('*:*', { rows: SOLR_PAGE, start }, 'productId asc')
      const next = start + products.length
      return { products: products.map((it) => ({ ...it, isDeleted: false })), next: String(next), more: products.length > 0 && next < numFound }
    },
    stock: (facilityId, after) => {
      const pageIndex = Number(after ?? '0')
      const customParametersMap = { facilityId, orderByField: 'productId' }
      const body = { dataDocumentId: 'ProductFacilityAndInventoryItem', pageIndex, pageSize: STOCK_DOCUMENT_PAGE, customParametersMap }
      const rows = json({ method: 'POST', path: 'oms/dataDocumentView', body }, StockDocument).entityValueList
      return { stock: decodeStock(rows), next: String(pageIndex + 1), more: rows.length >= STOCK_DOCUMENT_PAGE }
    },
  }
}
