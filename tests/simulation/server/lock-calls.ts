// The lock half of the server port done at once. Base profile: look, write, look again, with the server's clock known and
// nobody in between; what happens between those requests is simulated over sim-api.ts.
import { decodeLease, decodePending } from '../../../src/api/decode-counts'
import { COUNTS } from '../../../src/contract/envelope'
import { LockDocument, WireLock, WireLocks } from '../../../src/contract/lock'
import { RemoteError } from '../../../src/domain/errors'
import type { SessionId } from '../../../src/domain/ids'
import type { Lease } from '../../../src/domain/lock'
import { LIMITS } from '../../../src/domain/limits'
import type { LockApi } from '../../../src/ports/server'
import type { CallInput, SyncPort } from './calls'

type Calls = Pick<SyncPort, keyof LockApi>

const lockPath = (sessionId: SessionId): string => `${COUNTS}cycleCounts/sessions/${encodeURIComponent(sessionId)}/lock`
const releasePath = (sessionId: SessionId): string => `${COUNTS}cycleCounts/sessions/${encodeURIComponent(sessionId)}/release`

export function createLockCalls(input: CallInput): Calls {
  return input.world.profile === 'extended' ? extendedLock(input) : baseLock(input)
}

function extendedLock({ json, run, caller, world }: CallInput): Calls {
  const { leaseSeconds } = world.limits
  const { deviceId } = caller
  const rows = (sessionId: SessionId) => json({ method: 'GET', path: lockPath(sessionId), query: { deviceId } }, WireLocks)
  const ownRow = ({ sessionId, fromDate, fence }: Lease) => ({ inventoryCountImportId: sessionId, deviceId, fromDate, fence })
  return {
    getSessionLock: (sessionId) => {
      const active = rows(sessionId).find((it) => it.thruDate == null || it.thruDate > (it.serverTime ?? world.now()))
      return active === undefined ? null : decodeLease(sessionId, active, leaseSeconds)
    },
    lockSession: ({ sessionId, ...asked }) => {
      const body = { inventoryCountImportId: sessionId, deviceId, leaseSeconds, ...asked }
      return decodeLease(sessionId, json({ method: 'POST', path: lockPath(sessionId), body }, WireLock), leaseSeconds)
    },
    extendLock: (lease, unsentScans) => {
      const body = { ...ownRow(lease), leaseSeconds, unsentScans }
      return decodeLease(lease.sessionId, json({ method: 'PUT', path: lockPath(lease.sessionId), body }, WireLock), leaseSeconds)
    },
    releaseSession: (lease) =>
      notOursAnyMoreIsFine(() => run({ method: 'PUT', path: releasePath(lease.sessionId), body: ownRow(lease) })),
    unsentElsewhere: (sessionId) => {
      const [newest] = rows(sessionId)
      return newest === undefined ? [] : decodePending(newest)
    },
  }
}

/** S3.27: a lock that somebody else holds by now, or that is gone, is released as far as we are concerned. */
function notOursAnyMoreIsFine(release: () => void): void {
  try {
    release()
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error
    if (error.reason !== 'locked' && error.reason !== 'stale-fence' && error.reason !== 'not-found') throw error
  }
}

function baseLock({ json, run, caller, world }: CallInput): Calls {
  const leaseSeconds = LIMITS.baseLeaseSeconds
  const { deviceId, userName: userId } = caller
  const isOurs = (row: WireLock): boolean => row.userId === userId && row.deviceId === deviceId
  const until = (): number => world.now() + leaseSeconds * 1000
  const activeRows = (sessionId: SessionId): readonly WireLock[] => {
    const customParametersMap = { inventoryCountImportId: sessionId }
    const body = { dataDocumentId: 'InventoryCountImportLock', filterByDate: true, pageSize: 100, customParametersMap }
    return json({ method: 'POST', path: 'oms/dataDocumentView', body }, LockDocument).entityValueList
  }
  const ownRowOf = (sessionId: SessionId): WireLock | null => {
    const rows = activeRows(sessionId)
    const other = rows.find((it) => !isOurs(it))
    if (other === undefined) return rows[0] ?? null
    const holder = { userName: other.userId, deviceId: other.deviceId ?? null }
    throw new RemoteError('locked', `${lockPath(sessionId)}: ${other.userId} holds the lock`, { holder })
  }
  const extend = (sessionId: SessionId, row: WireLock): Lease => {
    const thruDate = until()
    const body = { inventoryCountImportId: sessionId, fromDate: row.fromDate, thruDate, leaseSeconds }
    run({ method: 'PUT', path: lockPath(sessionId), body })
    return decodeLease(sessionId, { ...row, thruDate, leaseSeconds }, leaseSeconds)
  }
  const end = (sessionId: SessionId, row: WireLock, said: object): void => {
    const body = { ...said, inventoryCountImportId: sessionId, fromDate: row.fromDate, thruDate: Math.max(row.fromDate + 1, world.now()) }
    run({ method: 'PUT', path: releasePath(sessionId), body })
  }
  return {
    getSessionLock: (sessionId) => {
      const rows = activeRows(sessionId)
      const row = rows.find((it) => !isOurs(it)) ?? rows[0]
      return row === undefined ? null : decodeLease(sessionId, row, leaseSeconds)
    },
    lockSession: ({ sessionId, mode }) => {
      if (mode === 'force')
        for (const row of activeRows(sessionId)) if (!isOurs(row)) end(sessionId, row, { overrideByUserId: userId })
      const own = ownRowOf(sessionId)
      if (own !== null) return extend(sessionId, own)
      const body = { inventoryCountImportId: sessionId, userId, deviceId, thruDate: until(), leaseSeconds }
      const row = json({ method: 'POST', path: lockPath(sessionId), body }, WireLock)
      return decodeLease(sessionId, row, leaseSeconds)
    },
    extendLock: (lease) => {
      const own = ownRowOf(lease.sessionId)
      if (own?.fromDate !== lease.fromDate)
        throw new RemoteError('stale-fence', `PUT ${lockPath(lease.sessionId)}: the lock has run out`)
      return extend(lease.sessionId, own)
    },
    releaseSession: (lease) => {
      const own = activeRows(lease.sessionId).find((it) => isOurs(it) && it.fromDate === lease.fromDate)
      if (own !== undefined) end(lease.sessionId, own, { userId, deviceId })
    },
    unsentElsewhere: () => [],
  }
}
