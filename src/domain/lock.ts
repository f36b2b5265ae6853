// The right of one device to scan in a session. It decides who may scan, never whether a scan survives.
import type { DeviceId, EpochMs, SessionId, UserName } from './ids'
import type { HeardElsewhere } from './session'

/** The lock as the server granted it. */
export interface Lease extends HeardElsewhere {
  readonly sessionId: SessionId
  readonly holder: { readonly userName: UserName; readonly deviceId: DeviceId }
  /** Grows with every new holder; null on a server without fencing. */
  readonly fence: number | null
  /** Server's key of the lock row (base profile renews and releases by it). */
  readonly fromDate: EpochMs
  readonly leaseSeconds: number
  /** Server time. */
  readonly leaseUntil: EpochMs
  readonly previousHolder: { readonly userName: UserName; readonly deviceId: DeviceId } | null
}

/**
 * What the counting screen shows and the scan path asks.
 *
 * - `held`: the server said so and the lease is not over
 * - `unverified`: it was ours; the network is away or the lease has run out without an answer. Scanning goes on
 * - `lost`: an authenticated answer named another holder. New scans are refused aloud
 * - `elsewhere`: another window of this device counts in this session
 */
export type LockState = 'none' | 'held' | 'unverified' | 'lost' | 'elsewhere'

/** May a scan be recorded? Decision 16: only a server answer takes the right away, never time, never the network. */
export function mayScan(state: LockState): boolean {
  return state === 'held' || state === 'unverified'
}

/** The lock as stored on the device (table `sessions`), for a cold start without a network. */
export interface StoredLock {
  readonly state: LockState
  readonly lease: Lease | null
  /** Who holds it now, when it is lost. */
  readonly lostTo: UserName | null
}
