// The session lock over HTTP. Extended: the server decides, fenced. Base: read, write, read again (contract 4.4, decision 16).
import { COUNTS } from '../contract/envelope'
import { LockDocument, UnsentDevices, WireLock, WireLocks } from '../contract/lock'
import { RemoteError } from '../domain/errors'
import type { SessionId } from '../domain/ids'
import type { Limits } from '../domain/limits'
import type { Lease } from '../domain/lock'
import type { Caller, LockApi } from '../ports/server'
import { decodeLease, decodePending, decodeQuietDevice } from './decode-counts'
import { SESSIONS } from './counts-api'
import { type Http, part } from './http'

type LeaseLimits = Pick<Limits, 'leaseSeconds' | 'baseLeaseSeconds'>
const LOCKS_PAGE = 100
/** Base: clocks that differ by more than this are set right before a lease counts. */
const SKEW_MS = 5000

export function createLockCalls(
  http: Http,
  caller: Caller,
  profile: 'extended' | 'hotwax',
  limits: LeaseLimits,
): LockApi {
  return profile === 'extended'
    ? createExtendedLock(http, caller, limits)
    : createBaseLock(http, caller, limits)
}

const lockPath = (sessionId: SessionId): string => `${SESSIONS}/${part(sessionId)}/lock`
const releasePath = (sessionId: SessionId): string => `${SESSIONS}/${part(sessionId)}/release`
const serverNow = (http: Http): number => http.clock.now() + (http.clockOffset()?.offsetMs ?? 0)

function createExtendedLock(http: Http, caller: Caller, limits: LeaseLimits): LockApi {
  const { leaseSeconds } = limits
  const rows = (sessionId: SessionId): Promise<WireLock[]> =>
    http.json({
      method: 'get',
      path: lockPath(sessionId),
      schema: WireLocks,
      // The server leaves the asking device out of pendingElsewhere.
      query: { pageSize: LOCKS_PAGE, orderByField: '-fromDate', deviceId: caller.deviceId },
    })
  const ask = async (
    method: 'post' | 'put',
    sessionId: SessionId,
    body: object,
  ): Promise<Lease> => {
    const sentAt = http.clock.now()
    const wire = await http.json({ method, path: lockPath(sessionId), schema: WireLock, body })
    if (wire.serverTime != null) http.noteServerTime(wire.serverTime, sentAt)
    return decodeLease(sessionId, wire, leaseSeconds)
  }
  return {
    async getSessionLock(sessionId) {
      const now = serverNow(http)
      const active = (await rows(sessionId)).find(
        (it) => it.thruDate == null || it.thruDate > (it.serverTime ?? now),
      )
      return active === undefined ? null : decodeLease(sessionId, active, leaseSeconds)
    },
    lockSession: ({ sessionId, requestId, mode, unsentScans, deviceName }) =>
      ask('post', sessionId, {
        inventoryCountImportId: sessionId,
        userId: caller.userName,
        deviceId: caller.deviceId,
        leaseSeconds,
        mode,
        requestId,
        unsentScans,
        ...(deviceName === undefined ? {} : { deviceName }),
      }),
    extendLock: (lease, unsentScans) =>
      ask('put', lease.sessionId, {
        ...ownRow(lease, caller),
        fence: lease.fence,
        leaseSeconds,
        lastHeartbeatAt: http.clock.now(),
        unsentScans,
      }),
    async releaseSession(lease) {
      const body = { ...ownRow(lease, caller), fence: lease.fence, thruDate: serverNow(http) }
      await notOursAnyMoreIsFine(
        http.run({ method: 'put', path: releasePath(lease.sessionId), body }),
      )
    },
    async unsentElsewhere(sessionId) {
      const [newest] = await rows(sessionId)
      return newest === undefined ? [] : decodePending(newest)
    },
    async quietDevices() {
      const path = `${COUNTS}unsentDevices`
      const told = await http.json({ method: 'get', path, schema: UnsentDevices, query: { deviceId: caller.deviceId } })
      return told.devices.map(decodeQuietDevice)
    },
  }
}

function ownRow(lease: Lease, caller: Caller): object {
  return {
    inventoryCountImportId: lease.sessionId,
    userId: caller.userName,
    deviceId: caller.deviceId,
    fromDate: lease.fromDate,
  }
}

/** S3.27: a lock that somebody else holds by now, or that is gone, is released as far as we are concerned. */
async function notOursAnyMoreIsFine(released: Promise<void>): Promise<void> {
  try {
    await released
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error
    if (error.reason !== 'locked' && error.reason !== 'stale-fence' && error.reason !== 'not-found')
      throw error
  }
}

/**
 * Moqui checks nothing on PUT and refuses every POST while any lock is active, ours included. So: look, write only
 * what is ours or free, and look again to see whether we got it.
 */
function createBaseLock(http: Http, caller: Caller, limits: LeaseLimits): LockApi {
  const leaseSeconds = limits.baseLeaseSeconds
  const isOurs = (row: WireLock): boolean =>
    row.userId === caller.userName && row.deviceId === caller.deviceId
  const until = (): number => serverNow(http) + leaseSeconds * 1000
  /** Surely past by the server's clock: where that is not known yet, right behind the row's own beginning. */
  const endOf = (row: WireLock): number =>
    http.clockOffset() === null ? row.fromDate + 1 : Math.max(row.fromDate + 1, serverNow(http))

  /** Judged active by the server's clock. */
  const activeRows = (sessionId: SessionId): Promise<readonly WireLock[]> =>
    readLocks(sessionId, true)

  async function readLocks(
    sessionId: SessionId,
    filterByDate: boolean,
  ): Promise<readonly WireLock[]> {
    const body = {
      dataDocumentId: 'InventoryCountImportLock',
      filterByDate,
      pageIndex: 0,
      pageSize: LOCKS_PAGE,
      customParametersMap: { inventoryCountImportId: sessionId },
    }
    const told = await http.json({
      method: 'post',
      path: 'oms/dataDocumentView',
      schema: LockDocument,
      body,
    })
    return told.entityValueList
  }

  /** @throws RemoteError `locked` when anybody else has an active row, even beside ours */
  async function ownRowOf(sessionId: SessionId): Promise<WireLock | null> {
    const rows = await activeRows(sessionId)
    const other = rows.find((it) => !isOurs(it))
    if (other !== undefined) throw lockedBy(sessionId, other)
    return rows[0] ?? null
  }

  async function extendRow(sessionId: SessionId, row: WireLock): Promise<Lease> {
    const thruDate = until()
    const body = {
      inventoryCountImportId: sessionId,
      fromDate: row.fromDate,
      thruDate,
      leaseSeconds,
      lastHeartbeatAt: serverNow(http),
    }
    await http.run({ method: 'put', path: lockPath(sessionId), body })
    return decodeLease(sessionId, { ...row, thruDate, leaseSeconds }, leaseSeconds)
  }

  async function forceOthersOut(sessionId: SessionId): Promise<void> {
    for (const row of (await activeRows(sessionId)).filter((it) => !isOurs(it))) {
      const body = {
        inventoryCountImportId: sessionId,
        fromDate: row.fromDate,
        thruDate: endOf(row),
        overrideByUserId: caller.userName,
      }
      await http.run({ method: 'put', path: releasePath(sessionId), body })
    }
  }

  async function endOwn(sessionId: SessionId, row: WireLock): Promise<void> {
    const body = {
      inventoryCountImportId: sessionId,
      userId: caller.userName,
      deviceId: caller.deviceId,
      fromDate: row.fromDate,
      thruDate: endOf(row),
    }
    await notOursAnyMoreIsFine(http.run({ method: 'put', path: releasePath(sessionId), body }))
  }

  /** The row that was just written, active or not: by a clock that is behind it is over before it began. */
  async function writtenRow(sessionId: SessionId): Promise<WireLock | null> {
    const active = await ownRowOf(sessionId)
    if (active !== null) return active
    const own = (await readLocks(sessionId, false)).filter(isOurs)
    return own.toSorted((a, b) => b.fromDate - a.fromDate)[0] ?? null
  }

  /**
   * The server gave the fresh row its `fromDate`: that is its clock. Where this device reckoned with another time, the
   * lease is set anew, and looked at again.
   */
  async function putRight(sessionId: SessionId, row: WireLock, sentAt: number): Promise<Lease> {
    const isFarOff = Math.abs(serverNow(http) - row.fromDate) > SKEW_MS
    if (isFarOff || http.clockOffset() === null) http.noteServerTime(row.fromDate, sentAt)
    if (!isFarOff) {
      const known = { ...row, leaseSeconds: row.leaseSeconds ?? leaseSeconds }
      return decodeLease(sessionId, known, leaseSeconds)
    }
    const lease = await extendRow(sessionId, row)
    if ((await ownRowOf(sessionId)) === null) throw didNotAppear(sessionId)
    return lease
  }

  /** A refused POST is no news by itself: the reading after it says who holds the session. */
  async function insertRow(sessionId: SessionId): Promise<RemoteError | null> {
    const body = {
      inventoryCountImportId: sessionId,
      userId: caller.userName,
      deviceId: caller.deviceId,
      thruDate: until(),
      leaseSeconds,
      lastHeartbeatAt: serverNow(http),
    }
    try {
      await http.run({ method: 'post', path: lockPath(sessionId), body })
      return null
    } catch (error) {
      if (error instanceof RemoteError && error.reason === 'rejected') return error
      throw error
    }
  }

  return {
    async getSessionLock(sessionId) {
      const rows = await activeRows(sessionId)
      const row = rows.find((it) => !isOurs(it)) ?? rows[0]
      return row === undefined ? null : decodeLease(sessionId, row, leaseSeconds)
    },
    async lockSession({ sessionId, mode }) {
      if (mode === 'force') await forceOthersOut(sessionId)
      const own = await ownRowOf(sessionId)
      if (own !== null && http.clockOffset() !== null) return extendRow(sessionId, own)
      // Left by an earlier life: a fresh one tells the server's clock, without which no end can be named.
      if (own !== null) await endOwn(sessionId, own)
      const sentAt = http.clock.now()
      const refused = await insertRow(sessionId)
      if (refused === null) {
        const written = await writtenRow(sessionId)
        if (written === null) throw didNotAppear(sessionId)
        return putRight(sessionId, written, sentAt)
      }
      const row = await ownRowOf(sessionId)
      if (row === null) throw refused
      return extendRow(sessionId, row)
    },
    async extendLock(lease) {
      const own = await ownRowOf(lease.sessionId)
      if (own === null || own.fromDate !== lease.fromDate)
        throw new RemoteError(
          'stale-fence',
          `PUT ${lockPath(lease.sessionId)}: the lock has run out`,
        )
      return extendRow(lease.sessionId, own)
    },
    async releaseSession(lease) {
      const rows = await activeRows(lease.sessionId)
      const own = rows.find((it) => isOurs(it) && it.fromDate === lease.fromDate)
      if (own === undefined) return
      await endOwn(lease.sessionId, own)
    },
    unsentElsewhere: () => Promise.resolve([]),
    quietDevices: () => Promise.resolve([]),
  }
}

function didNotAppear(sessionId: SessionId): RemoteError {
  return new RemoteError('server-down', `POST ${lockPath(sessionId)}: the lock did not appear`)
}

function lockedBy(sessionId: SessionId, row: WireLock): RemoteError {
  const holder = { userName: row.userId, deviceId: row.deviceId ?? null }
  return new RemoteError('locked', `${lockPath(sessionId)}: ${row.userId} holds the lock`, {
    holder,
  })
}
