// A server in memory with the real rules of both profiles: rows by uuid, verdicts, fences. It can go away, lose an answer
// after committing, and let a late copy arrive.
import type { ServerAbilities } from '../../src/domain/access'
import type { BarcodeWish } from '../../src/domain/barcode-wish'
import { RemoteError } from '../../src/domain/errors'
import { asId } from '../../src/domain/ids'
import type { CycleCountId, FacilityId, SessionId, UserName } from '../../src/domain/ids'
import type { Lease } from '../../src/domain/lock'
import type { Product } from '../../src/domain/product'
import type { Micro } from '../../src/domain/quantity'
import type { StoredScanEvent } from '../../src/domain/scan-event'
import type {
  CountSession,
  CycleCount,
  PendingElsewhere,
  SessionStatus,
} from '../../src/domain/session'
import type { Clock } from '../../src/domain/time-and-ids'
import type {
  AnonymousApi,
  Caller,
  PutItemsRequest,
  ServerApi,
  ServerItem,
} from '../../src/ports/server'
import { createLockCalls } from './fake-server-lock'
import { putItems } from './fake-server-rows'

export interface FakeRow extends ServerItem {
  readonly acceptedRevs: readonly number[]
}

export interface FakeLock {
  userName: string
  deviceId: string
  fence: number
  fromDate: number
  until: number
  previousHolder?: Lease['previousHolder']
}

export interface FakeSession {
  header: CountSession
  rows: Map<string, FakeRow>
  lock: FakeLock | null
  fence: number
  unsent: Map<string, PendingElsewhere>
  events: Map<string, StoredScanEvent>
  /** What the server would not say by itself: rows that came with an old fence or after the submit. */
  late: Set<string>
  /** Rows that a supervisor removed, with the revision they had: only a higher one revives them (decision 15). */
  removed: Map<string, number>
  /** Status changes that went through, by their requestId. */
  statusRequests: Map<string, SessionStatus>
}

export type Call = keyof ServerApi | 'capabilities' | 'signIn'

export interface FakeServer {
  readonly profile: 'extended' | 'hotwax'
  readonly sessions: Map<SessionId, FakeSession>
  readonly cycleCounts: Map<CycleCountId, Omit<CycleCount, 'sessions'>>
  readonly calls: Call[]
  readonly puts: PutItemsRequest[]
  /** Rows in the answers to GET items. */
  rowsServed: number
  /** Remembered, the first of each. */
  readonly barcodes: BarcodeWish[]
  products: readonly (Product & { readonly isDeleted: boolean })[]
  stock: readonly {
    readonly productId: Product['productId']
    readonly qoh: Micro
    readonly atp: Micro
  }[]
  epoch: string
  /** No answer at all, and nothing happens. */
  isAway: boolean
  /** So many next answers are lost after the work was done. */
  losesAnswers: number
  /** Refuses before anything is done. Return null to let it pass. */
  refuse: (call: Call, request?: unknown) => RemoteError | null
  /** Runs after the work and before the answer. */
  meanwhile: (call: Call) => Promise<void>
  /** Base: PUT items requests that were lost and arrive when the test says so. */
  readonly copies: (() => void)[]
  keepsCopies: boolean
  /** Password `shelfcount` signs in. */
  isTokenExpired: boolean
  addSession: (sessionId: SessionId, items?: readonly ServerItem[]) => FakeSession
  session: (sessionId: SessionId) => FakeSession
  api: (caller: Caller) => ServerApi
  anonymous: AnonymousApi
  readonly abilities: ServerAbilities
  /** Σ quantity of an item identifier over all rows. */
  total: (sessionId: SessionId, productIdentifier: string) => number
  restoreFromBackup: () => void
}

export function createFakeServer(
  clock: Clock,
  profile: 'extended' | 'hotwax' = 'extended',
): FakeServer {
  const server: FakeServer = {
    profile,
    sessions: new Map(),
    cycleCounts: new Map(),
    calls: [],
    puts: [],
    rowsServed: 0,
    barcodes: [],
    products: [],
    stock: [],
    epoch: 'epoch-1',
    isAway: false,
    losesAnswers: 0,
    refuse: () => null,
    meanwhile: () => Promise.resolve(),
    copies: [],
    keepsCopies: false,
    isTokenExpired: false,
    addSession: (sessionId, items) => addSession(server, sessionId, items),
    session: (sessionId) => {
      const found = server.sessions.get(sessionId)
      if (found === undefined) throw new RemoteError('not-found', `no session ${sessionId}`)
      return found
    },
    api: (caller) => createApi(server, clock, caller),
    anonymous: {
      capabilities: () =>
        visit(server, 'capabilities', () => ({
          ...abilitiesOf(server),
          demoUsers: ['ana'],
          serverTime: clock.now(),
        })),
      signIn: (_user, password) =>
        visit(server, 'signIn', () => {
          if (password !== 'shelfcount')
            throw new RemoteError('unauthorized', 'wrong password', { status: 401 })
          server.isTokenExpired = false
          return { token: 'token', expiresAt: clock.now() + 3_600_000 }
        }),
    },
    get abilities() {
      return abilitiesOf(server)
    },
    total: (sessionId, productIdentifier) =>
      [...server.session(sessionId).rows.values()]
        .filter((it) => it.productIdentifier === productIdentifier)
        .reduce((sum, it) => sum + (it.quantity ?? 0), 0) / 1_000_000,
    restoreFromBackup: () => {
      server.epoch = `${server.epoch}-restored`
    },
  }
  return server
}

function abilitiesOf(server: FakeServer): ServerAbilities {
  const isExtended = server.profile === 'extended'
  return {
    profile: server.profile,
    gzip: false,
    fencing: isExtended,
    epoch: isExtended ? server.epoch : null,
    protocol: isExtended ? { min: 1, max: 1 } : null,
  }
}

export async function visit<R>(
  server: FakeServer,
  call: Call,
  work: () => R,
  request?: unknown,
): Promise<R> {
  server.calls.push(call)
  await Promise.resolve()
  if (server.isAway) throw new RemoteError('offline', `${call}: no answer`)
  const needsToken = call !== 'capabilities' && call !== 'signIn'
  if (needsToken && server.isTokenExpired)
    throw new RemoteError('unauthorized', `${call}: sign in`, { status: 401 })
  const refusal = server.refuse(call, request)
  if (refusal !== null) throw refusal
  const answer = work()
  await server.meanwhile(call)
  if (server.losesAnswers > 0) {
    server.losesAnswers -= 1
    throw new RemoteError('offline', `${call}: the answer was lost`)
  }
  return answer
}

function addSession(
  server: FakeServer,
  sessionId: SessionId,
  items: readonly ServerItem[] = [],
): FakeSession {
  const cycleCountId = asId<CycleCountId>('C1')
  const session: FakeSession = {
    header: {
      sessionId,
      cycleCountId,
      name: sessionId,
      area: 'A',
      status: 'created',
      createdBy: asId<UserName>('ana'),
      createdAt: server.sessions.size,
      holder: null,
    },
    rows: new Map(items.map((it) => [it.uuid ?? it.importItemSeqId, { ...it, acceptedRevs: [] }])),
    lock: null,
    fence: 0,
    unsent: new Map(),
    events: new Map(),
    late: new Set(),
    removed: new Map(),
    statusRequests: new Map(),
  }
  server.sessions.set(sessionId, session)
  if (!server.cycleCounts.has(cycleCountId)) {
    server.cycleCounts.set(cycleCountId, {
      cycleCountId,
      name: 'Spring count',
      facilityId: asId<FacilityId>('F1'),
      countType: 'directed',
      isBlind: false,
      status: 'in-progress',
      startAt: null,
      dueAt: null,
      createdAt: 0,
      requestedItems: null,
      countedItems: null,
    })
  }
  return session
}

function createApi(server: FakeServer, clock: Clock, caller: Caller): ServerApi {
  const cycleCountOf = (id: CycleCountId): CycleCount | null => {
    const found = server.cycleCounts.get(id)
    const sessions = [...server.sessions.values()]
      .map((it) => it.header)
      .filter((it) => it.cycleCountId === id)
    return found === undefined ? null : { ...found, sessions }
  }
  const made = new Map<string, SessionId>()
  const makeSession = (name: string, requestId: string): SessionId => {
    const known = made.get(requestId)
    if (known !== undefined && server.profile === 'extended') return known
    const sessionId = asId<SessionId>(`S${server.sessions.size + 1}`)
    const session = addSession(server, sessionId)
    session.header = { ...session.header, name, createdBy: asId<UserName>(caller.userName) }
    made.set(requestId, sessionId)
    return sessionId
  }
  return {
    profile: () =>
      visit(server, 'profile', () => ({
        userId: 'u-ana',
        userName: caller.userName,
        fullName: 'Ana',
        partyId: 'P1',
        timeZone: 'UTC',
      })),
    permissions: () => visit(server, 'permissions', () => ['INVCOUNT_APP_VIEW']),
    facilities: () =>
      visit(server, 'facilities', () => [
        { facilityId: 'F1', name: 'Shop', timeZone: 'UTC' },
        { facilityId: 'F2', name: 'Depot', timeZone: 'UTC' },
      ]),
    selectedFacility: () => visit(server, 'selectedFacility', () => null),
    selectFacility: () => visit(server, 'selectFacility', () => undefined),
    identifierPreference: () =>
      visit(server, 'identifierPreference', () => ({
        primary: 'SKU',
        secondary: 'productId',
        barcode: 'EAN',
      })),
    signOut: () => visit(server, 'signOut', () => undefined),
    cycleCounts: () =>
      visit(server, 'cycleCounts', () =>
        [...server.cycleCounts.keys()].flatMap((id) => cycleCountOf(id) ?? []),
      ),
    cycleCount: (id) => visit(server, 'cycleCount', () => cycleCountOf(id)),
    startCycleCount: () => visit(server, 'startCycleCount', () => undefined),
    session: (id) => visit(server, 'session', () => server.sessions.get(id)?.header ?? null),
    createSession: ({ name, requestId }) =>
      visit(server, 'createSession', () => makeSession(name, requestId)),
    cloneSession: ({ name, requestId }) =>
      visit(server, 'cloneSession', () => makeSession(name, requestId)),
    setSessionStatus: (id, status, fence, requestId) =>
      visit(server, 'setSessionStatus', () => setStatus(server, id, { status, fence, requestId })),
    itemsPage: (id, pageIndex, pageSize, _signal, changedSince = 0) =>
      visit(server, 'itemsPage', () => {
        const rows = [...server.session(id).rows.values()]
          .filter((it) => (it.lastUpdatedStamp ?? 0) >= changedSince)
          .toSorted((a, b) => (a.importItemSeqId < b.importItemSeqId ? -1 : 1))
        server.rowsServed += Math.min(pageSize, Math.max(0, rows.length - pageIndex * pageSize))
        const items = rows.slice(pageIndex * pageSize, (pageIndex + 1) * pageSize)
        return { items, more: items.length === pageSize }
      }),
    itemCount: (id) => visit(server, 'itemCount', () => server.session(id).rows.size),
    putItems: (request) =>
      visit(
        server,
        'putItems',
        () => {
          server.puts.push(request)
          if (server.keepsCopies)
            server.copies.push(() => void putItems(server, clock, caller, request))
          return putItems(server, clock, caller, request)
        },
        request,
      ),
    putScanEvents: (id, events) =>
      visit(server, 'putScanEvents', () => {
        for (const event of events) server.session(id).events.set(event.eventId, event)
      }),
    moveHeld: ({ uuid }) =>
      visit(server, 'moveHeld', () => {
        throw new RemoteError('not-found', `moveHeld: no evidence is kept here, of ${uuid} neither`)
      }),
    rememberBarcode: (wish) =>
      visit(server, 'rememberBarcode', () => {
        const before = server.barcodes.find((it) => it.itemKey === wish.itemKey)
        if (before !== undefined && before.productId !== wish.productId)
          throw new RemoteError('rejected', `POST barcodes: ${wish.value} stands for ${before.texts.name} already`)
        if (before === undefined) server.barcodes.push(wish)
      }),
    ...createLockCalls(server, clock, caller),
    products: (after, limit) =>
      visit(server, 'products', () => {
        const from = Number(after ?? 0)
        const page = server.products.slice(from, from + limit)
        return {
          products: page,
          next: String(from + page.length),
          more: from + page.length < server.products.length,
        }
      }),
    stock: (_facility, after, limit) =>
      visit(server, 'stock', () => {
        const from = Number(after ?? 0)
        const page = server.stock.slice(from, from + limit)
        return {
          stock: page,
          next: String(from + page.length),
          more: from + page.length < server.stock.length,
        }
      }),
    searchProducts: (text) =>
      visit(server, 'searchProducts', () => server.products.filter((it) => it.name.includes(text))),
    clockOffset: () => null,
  }
}

interface StatusChange {
  readonly status: SessionStatus
  readonly fence: number | null
  readonly requestId: string
}

/** As the real one: extended repeats what it answered to a request, and takes a fence of an active lock only. */
function setStatus(server: FakeServer, id: SessionId, { status, fence, requestId }: StatusChange): SessionStatus | null {
  const session = server.session(id)
  if (server.profile === 'extended') {
    const answered = session.statusRequests.get(requestId)
    if (answered !== undefined) return answered
    if (session.fence > 0 && fence !== session.fence)
      throw new RemoteError('stale-fence', 'the fence is old', { status: 409, code: 'STALE_FENCE' })
  }
  if (session.header.status === 'submitted' && status === 'submitted')
    throw new RemoteError('rejected', 'Status change from SUBMITTED to SUBMITTED is not allowed', {
      status: 400,
    })
  session.header = { ...session.header, status }
  session.statusRequests.set(requestId, status)
  return server.profile === 'extended' ? status : null
}
