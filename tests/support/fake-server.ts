// A server in memory with the real rules of both profiles: rows by uuid, verdicts, fences. It can go away, lose an answer
// after committing, and let a late copy arrive.
import type { ServerAbilities } from '../../src/domain/access'
import { RemoteError } from '../../src/domain/errors'
import { asId } from '../../src/domain/ids'
import type { CycleCountId, DeviceId, FacilityId, SessionId, UserName } from '../../src/domain/ids'
import type { Lease } from '../../src/domain/lock'
import type { Product } from '../../src/domain/product'
import type { Micro } from '../../src/domain/quantity'
import type { StoredScanEvent } from '../../src/domain/scan-event'
import type { CountSession, CycleCount, PendingElsewhere, SessionStatus } from '../../src/domain/session'
import type { Clock } from '../../src/domain/time-and-ids'
import type { AnonymousApi, Caller, PutItemsRequest, RowVerdict, ServerApi, ServerItem } from '../../src/ports/server'
import { aServerItem } from './builders'

export interface FakeRow extends ServerItem {
  readonly acceptedRevs: readonly number[]
}

interface FakeLock {
  userName: string
  deviceId: string
  fence: number
  fromDate: number
  until: number
}

interface FakeSession {
  header: CountSession
  rows: Map<string, FakeRow>
  lock: FakeLock | null
  fence: number
  unsent: Map<string, PendingElsewhere>
  events: Map<string, StoredScanEvent>
  /** What the server would not say by itself: rows that came with an old fence or after the submit. */
  late: Set<string>
}

type Call = keyof ServerApi | 'capabilities' | 'signIn'

export interface FakeServer {
  readonly profile: 'extended' | 'hotwax'
  readonly sessions: Map<SessionId, FakeSession>
  readonly cycleCounts: Map<CycleCountId, Omit<CycleCount, 'sessions'>>
  readonly calls: Call[]
  readonly puts: PutItemsRequest[]
  products: readonly (Product & { readonly isDeleted: boolean })[]
  stock: readonly { readonly productId: Product['productId']; readonly qoh: Micro; readonly atp: Micro }[]
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

const LEASE_MS = 120_000

export function createFakeServer(clock: Clock, profile: 'extended' | 'hotwax' = 'extended'): FakeServer {
  const server: FakeServer = {
    profile,
    sessions: new Map(),
    cycleCounts: new Map(),
    calls: [],
    puts: [],
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
        visit(server, 'capabilities', () => ({ ...abilitiesOf(server), demoUsers: ['ana'], serverTime: clock.now() })),
      signIn: (_user, password) =>
        visit(server, 'signIn', () => {
          if (password !== 'shelfcount') throw new RemoteError('unauthorized', 'wrong password', { status: 401 })
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

async function visit<R>(server: FakeServer, call: Call, work: () => R, request?: unknown): Promise<R> {
  server.calls.push(call)
  await Promise.resolve()
  if (server.isAway) throw new RemoteError('offline', `${call}: no answer`)
  const needsToken = call !== 'capabilities' && call !== 'signIn'
  if (needsToken && server.isTokenExpired) throw new RemoteError('unauthorized', `${call}: sign in`, { status: 401 })
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

function addSession(server: FakeServer, sessionId: SessionId, items: readonly ServerItem[] = []): FakeSession {
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
    const sessions = [...server.sessions.values()].map((it) => it.header).filter((it) => it.cycleCountId === id)
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
      visit(server, 'profile', () => ({ userId: 'u-ana', userName: caller.userName, fullName: 'Ana', partyId: 'P1', timeZone: 'UTC' })),
    permissions: () => visit(server, 'permissions', () => ['INVCOUNT_APP_VIEW']),
    facilities: () => visit(server, 'facilities', () => [{ facilityId: 'F1', name: 'Shop', timeZone: 'UTC' }, { facilityId: 'F2', name: 'Depot', timeZone: 'UTC' }]),
    selectedFacility: () => visit(server, 'selectedFacility', () => null),
    selectFacility: () => visit(server, 'selectFacility', () => undefined),
    identifierPreference: () => visit(server, 'identifierPreference', () => ({ primary: 'SKU', secondary: 'productId', barcode: 'EAN' })),
    signOut: () => visit(server, 'signOut', () => undefined),
    cycleCounts: () =>
      visit(server, 'cycleCounts', () => [...server.cycleCounts.keys()].flatMap((id) => cycleCountOf(id) ?? [])),
    cycleCount: (id) => visit(server, 'cycleCount', () => cycleCountOf(id)),
    startCycleCount: () => visit(server, 'startCycleCount', () => undefined),
    session: (id) => visit(server, 'session', () => server.sessions.get(id)?.header ?? null),
    createSession: ({ name, requestId }) => visit(server, 'createSession', () => makeSession(name, requestId)),
    cloneSession: ({ name, requestId }) => visit(server, 'cloneSession', () => makeSession(name, requestId)),
    setSessionStatus: (id, status, fence) => visit(server, 'setSessionStatus', () => setStatus(server, id, status, fence)),
    itemsPage: (id, pageIndex, pageSize) =>
      visit(server, 'itemsPage', () => {
        const rows = [...server.session(id).rows.values()].toSorted((a, b) => (a.importItemSeqId < b.importItemSeqId ? -1 : 1))
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
          if (server.keepsCopies) server.copies.push(() => void putItems(server, clock, caller, request))
          return putItems(server, clock, caller, request)
        },
        request,
      ),
    putScanEvents: (id, events) =>
      visit(server, 'putScanEvents', () => {
        for (const event of events) server.session(id).events.set(event.eventId, event)
      }),
    ...createLockCalls(server, clock, caller),
    products: (after, limit) =>
      visit(server, 'products', () => {
        const from = Number(after ?? 0)
        const page = server.products.slice(from, from + limit)
        return { products: page, next: String(from + page.length), more: from + page.length < server.products.length }
      }),
    stock: (_facility, after, limit) =>
      visit(server, 'stock', () => {
        const from = Number(after ?? 0)
        const page = server.stock.slice(from, from + limit)
        return { stock: page, next: String(from + page.length), more: from + page.length < server.stock.length }
      }),
    searchProducts: (text) => visit(server, 'searchProducts', () => server.products.filter((it) => it.name.includes(text))),
    clockOffset: () => null,
  }
}

function createLockCalls(server: FakeServer, clock: Clock, caller: Caller): Pick<ServerApi, 'getSessionLock' | 'lockSession' | 'extendLock' | 'releaseSession' | 'unsentElsewhere'> {
  const active = (session: FakeSession): FakeLock | null =>
    session.lock !== null && session.lock.until > clock.now() ? session.lock : null
  const isOurs = (lock: FakeLock): boolean => lock.userName === caller.userName && lock.deviceId === caller.deviceId
  const leaseOf = (sessionId: SessionId, session: FakeSession, lock: FakeLock): Lease => ({
    sessionId,
    holder: { userName: asId<UserName>(lock.userName), deviceId: asId<DeviceId>(lock.deviceId) },
    fence: server.profile === 'extended' ? lock.fence : null,
    fromDate: lock.fromDate,
    leaseSeconds: LEASE_MS / 1000,
    leaseUntil: lock.until,
    previousHolder: null,
    pendingElsewhere: [...session.unsent.values()].filter((it) => it.deviceId !== caller.deviceId && it.unsentScans > 0),
  })
  const hear = (session: FakeSession, unsentScans: number): void => {
    const heard = { deviceId: caller.deviceId, userName: asId<UserName>(caller.userName), unsentScans, lastHeardAt: clock.now() }
    session.unsent.set(caller.deviceId, heard)
  }
  const heldBy = (lock: FakeLock): RemoteError =>
    new RemoteError('locked', `${lock.userName} holds the session`, {
      status: 409,
      code: 'SESSION_LOCKED',
      holder: { userName: lock.userName, deviceId: lock.deviceId },
    })
  return {
    getSessionLock: (sessionId) =>
      visit(server, 'getSessionLock', () => {
        const session = server.session(sessionId)
        const lock = active(session)
        return lock === null ? null : leaseOf(sessionId, session, lock)
      }),
    lockSession: ({ sessionId, mode, unsentScans }) =>
      visit(server, 'lockSession', () => {
        const session = server.session(sessionId)
        const current = active(session)
        if (current !== null && !isOurs(current) && mode === 'normal') throw heldBy(current)
        const keepsFence = current !== null && isOurs(current)
        if (!keepsFence) session.fence += 1
        session.lock = {
          userName: caller.userName,
          deviceId: caller.deviceId,
          fence: session.fence,
          fromDate: keepsFence ? current.fromDate : clock.now(),
          until: clock.now() + LEASE_MS,
        }
        if (session.header.status === 'created') session.header = { ...session.header, status: 'assigned' }
        hear(session, unsentScans)
        return leaseOf(sessionId, session, session.lock)
      }),
    extendLock: (lease, unsentScans) =>
      visit(server, 'extendLock', () => {
        const session = server.session(lease.sessionId)
        const current = active(session)
        if (current !== null && !isOurs(current)) throw heldBy(current)
        if (current === null || (lease.fence !== null && current.fence !== lease.fence))
          throw new RemoteError('stale-fence', 'the fence is old', { status: 409, code: 'STALE_FENCE' })
        current.until = clock.now() + LEASE_MS
        hear(session, unsentScans)
        return leaseOf(lease.sessionId, session, current)
      }),
    releaseSession: (lease) =>
      visit(server, 'releaseSession', () => {
        const session = server.session(lease.sessionId)
        if (session.lock !== null && isOurs(session.lock)) session.lock = null
      }),
    unsentElsewhere: () => visit(server, 'unsentElsewhere', () => []),
  }
}

function setStatus(server: FakeServer, id: SessionId, status: SessionStatus, fence: number | null): void {
  const session = server.session(id)
  if (server.profile === 'extended' && session.fence > 0 && fence !== session.fence)
    throw new RemoteError('stale-fence', 'the fence is old', { status: 409, code: 'STALE_FENCE' })
  if (session.header.status === 'submitted' && status === 'submitted')
    throw new RemoteError('rejected', 'Status change from SUBMITTED to SUBMITTED is not allowed', { status: 400 })
  session.header = { ...session.header, status }
}

function putItems(server: FakeServer, clock: Clock, caller: Caller, request: PutItemsRequest) {
  const session = server.session(request.sessionId)
  session.unsent.set(caller.deviceId, {
    deviceId: caller.deviceId,
    userName: asId<UserName>(caller.userName),
    unsentScans: Math.max(0, request.unsentScans - request.rows.length),
    lastHeardAt: clock.now(),
  })
  const verdicts = request.rows.map((row) => putRow(server, session, row, request.fence))
  return { verdicts, serverTime: server.profile === 'extended' ? clock.now() : null }
}

type PutRow = PutItemsRequest['rows'][number]

function putRow(server: FakeServer, session: FakeSession, row: PutRow, fence: number | null): RowVerdict {
  const current = session.rows.get(row.uuid)
  const importItemSeqId = current?.importItemSeqId ?? String(session.rows.size + 1).padStart(5, '0')
  const verdict = (kind: 'applied' | 'duplicate' | 'late' | 'held', rev = row.rev): RowVerdict => ({
    uuid: row.uuid,
    verdict: kind,
    rev,
    importItemSeqId,
    lastUpdatedStamp: null,
    code: null,
    message: null,
  })
  const isClosed = session.header.status === 'approved' || session.header.status === 'voided'
  if (server.profile === 'extended' && isClosed) return verdict('held')
  const isNewer = current === undefined || server.profile === 'hotwax' || row.rev > (current.rev ?? -1)
  if (current !== undefined && server.profile === 'extended' && current.rev === row.rev && current.quantity !== row.quantity)
    return { uuid: row.uuid, verdict: 'rejected', code: 'REV_CONFLICT', message: 'another quantity at the same revision' }
  const isMatchNewer = current === undefined || server.profile === 'hotwax' || row.matchRev > (current.matchRev ?? -1)
  if (!isNewer && !isMatchNewer) return verdict('duplicate', current.rev ?? row.rev)
  const isBase = server.profile === 'hotwax'
  session.rows.set(row.uuid, {
    ...aServerItem({ uuid: row.uuid, importItemSeqId, productIdentifier: row.productIdentifier, countedBy: row.countedBy }),
    logId: isBase ? null : row.logId,
    rev: isBase ? null : Math.max(row.rev, current?.rev ?? 0),
    standing: isBase ? null : isNewer ? row.standing : current.standing,
    quantity: isNewer ? (isBase && row.sendNullQuantity ? null : row.quantity) : current.quantity,
    productId: isMatchNewer ? row.productId : current.productId,
    isRequested: isMatchNewer ? row.isRequested : current.isRequested,
    matchRev: isBase ? null : Math.max(row.matchRev, current?.matchRev ?? 0),
    acceptedRevs: [...(current?.acceptedRevs ?? []), row.rev],
  })
  if (fence === session.fence && session.header.status !== 'submitted') return verdict('applied')
  session.late.add(row.uuid)
  return verdict(server.profile === 'extended' ? 'late' : 'applied')
}
