// The fake server's lock: holder, fence, lease by the server's clock.
import { RemoteError } from '../../src/domain/errors'
import { asId } from '../../src/domain/ids'
import type { DeviceId, SessionId, UserName } from '../../src/domain/ids'
import type { Lease } from '../../src/domain/lock'
import type { Clock } from '../../src/domain/time-and-ids'
import type { Caller, LockApi } from '../../src/ports/server'
import { heardElsewhere } from './fake-server-rows'
import { visit } from './fake-server'
import type { FakeLock, FakeServer, FakeSession } from './fake-server'

const LEASE_MS = 120_000
const QUIET_MS = 600_000

export function createLockCalls(server: FakeServer, clock: Clock, caller: Caller): LockApi {
  const active = (session: FakeSession): FakeLock | null =>
    session.lock !== null && session.lock.until > clock.now() ? session.lock : null
  const isOurs = (lock: FakeLock): boolean =>
    lock.userName === caller.userName && lock.deviceId === caller.deviceId
  const leaseOf = (sessionId: SessionId, session: FakeSession, lock: FakeLock): Lease => ({
    sessionId,
    holder: { userName: asId<UserName>(lock.userName), deviceId: asId<DeviceId>(lock.deviceId) },
    fence: server.profile === 'extended' ? lock.fence : null,
    fromDate: lock.fromDate,
    leaseSeconds: LEASE_MS / 1000,
    leaseUntil: lock.until,
    previousHolder: lock.previousHolder ?? null,
    ...heardElsewhere(server, session, caller),
  })
  const hear = (session: FakeSession, unsentScans: number): void => {
    const heard = {
      deviceId: caller.deviceId,
      userName: asId<UserName>(caller.userName),
      unsentScans,
      lastHeardAt: clock.now(),
    }
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
        const before = keepsFence ? null : session.lock
        if (!keepsFence) session.fence += 1
        session.lock = {
          userName: caller.userName,
          deviceId: caller.deviceId,
          fence: session.fence,
          fromDate: keepsFence ? current.fromDate : clock.now(),
          until: clock.now() + LEASE_MS,
          previousHolder:
            before === null
              ? null
              : {
                  userName: asId<UserName>(before.userName),
                  deviceId: asId<DeviceId>(before.deviceId),
                },
        }
        if (session.header.status === 'created')
          session.header = { ...session.header, status: 'assigned' }
        hear(session, unsentScans)
        return leaseOf(sessionId, session, session.lock)
      }),
    extendLock: (lease, unsentScans) =>
      visit(server, 'extendLock', () => {
        const session = server.session(lease.sessionId)
        const current = active(session)
        if (current !== null && !isOurs(current)) throw heldBy(current)
        if (current === null || (lease.fence !== null && current.fence !== lease.fence))
          throw new RemoteError('stale-fence', 'the fence is old', {
            status: 409,
            code: 'STALE_FENCE',
          })
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
    quietDevices: () =>
      visit(server, 'quietDevices', () =>
        server.profile === 'hotwax'
          ? []
          : [...server.sessions].flatMap(([sessionId, session]) =>
              [...session.unsent.values()]
                .filter((it) => it.deviceId !== caller.deviceId && it.userName === caller.userName && it.unsentScans > 0)
                .filter((it) => clock.now() - it.lastHeardAt >= QUIET_MS)
                .map((it) => ({ ...it, sessionId, sessionName: session.header.name, deviceName: it.deviceId })),
            ),
      ),
  }
}
