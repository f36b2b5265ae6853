// What every route is given: the caller and the server's world.
import type { Permission } from '../../src/domain/access'
import type { Db } from '../db/db'
import type { FaultControl } from '../faults'
import type { ServerLimits } from '../limits'

export type ServerProfile = 'extended' | 'hotwax'

/** Who calls; made from the token on every call, so that a taken permission is gone at once. */
export interface Caller {
  readonly userId: string
  /** Sign-in name. */
  readonly userName: string
  readonly partyId: string
  readonly permissions: ReadonlySet<string>
  /** The user's own facilities; administrators reach all, see mayAt. */
  readonly facilityIds: ReadonlySet<string>
  readonly isAdmin: boolean
  /** Has the permission, or is an administrator. */
  may(permission: Permission): boolean
  /** Facility scope. A row without a facility is for administrators alone. */
  mayAt(facilityId: string | null | undefined): boolean
  /** @throws HttpError 403 FORBIDDEN outside the caller's facilities. */
  requireAt(facilityId: string | null | undefined): void
  /** @throws HttpError 403 FORBIDDEN without the permission. */
  require(permission: Permission): void
}

/** As far as reading a count asks of a caller. */
export type Reach = Pick<Caller, 'requireAt'>

/** Of what the server does by itself. */
export const EVERYWHERE: Reach = { requireAt: () => undefined }

export interface ServerContext {
  readonly db: Db
  /** Epoch milliseconds, with the offset of the faults control. */
  readonly clock: { now(): number }
  /** New ids of up to 20 characters, growing with time: `M` + 19 of [0-9A-Z]. Unique over processes. */
  readonly ids: { next(): string }
  readonly profile: ServerProfile
  readonly limits: ServerLimits
  readonly faults: FaultControl
  /** In [0, 1): jitter and fault rates. */
  readonly random: () => number
  /** Tests and development: an answer that breaks its schema throws (500) instead of being logged. */
  readonly isStrict: boolean
  readonly log: (line: string) => void
  /** Aborted when the server is told to stop: what would go on for ever ends. */
  readonly closing?: AbortSignal
  /** Begins what goes on after the answer; absent: at once. */
  readonly later?: (work: () => Promise<void>) => void
  /** Quirks of the base profile that a test may switch. */
  readonly quirks: { readonly repeatsItemRows: boolean }
}
