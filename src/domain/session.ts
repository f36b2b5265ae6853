// Cycle counts and sessions as the device knows them, and their legal moves.
import type { CycleCountId, DeviceId, EpochMs, FacilityId, SessionId, UserName } from './ids'

export const SESSION_STATUSES = ['created', 'assigned', 'submitted', 'approved', 'voided'] as const
export type SessionStatus = (typeof SESSION_STATUSES)[number]

/** What a session may become. SUBMITTED → ASSIGNED is "re-open". */
export const SESSION_MOVES: Readonly<Record<SessionStatus, readonly SessionStatus[]>> = {
  created: ['assigned', 'voided'],
  assigned: ['submitted', 'voided'],
  submitted: ['assigned', 'approved', 'voided'],
  approved: ['voided'],
  voided: [],
}

export const CYCLE_COUNT_STATUSES = ['created', 'in-progress', 'completed', 'closed', 'cancelled'] as const
export type CycleCountStatus = (typeof CYCLE_COUNT_STATUSES)[number]

export const CYCLE_COUNT_MOVES: Readonly<Record<CycleCountStatus, readonly CycleCountStatus[]>> = {
  created: ['in-progress', 'cancelled'],
  'in-progress': ['completed', 'cancelled'],
  completed: ['closed', 'cancelled'],
  closed: [],
  cancelled: [],
}

export type CountType = 'directed' | 'hard'

/** Who holds a session right now, as the list shows it. */
export interface LockHolder {
  readonly userName: UserName
  readonly deviceId: DeviceId
  readonly since: EpochMs
  readonly leaseUntil: EpochMs | null
}

/** Scans that a device said it had not sent yet, when it was last heard of. */
export interface PendingElsewhere {
  readonly deviceId: DeviceId
  readonly userName: UserName
  readonly unsentScans: number
  readonly lastHeardAt: EpochMs
}

/** What an answer tells of the other devices that write into a session. */
export interface HeardElsewhere {
  readonly pendingElsewhere: readonly PendingElsewhere[]
  /** When the server last heard of one of them, 0 for never: changes when one wrote something. Absent on a server that does not tell. */
  readonly heardElsewhereAt?: EpochMs
}

/** A device that has not been heard of since it said so. */
export interface QuietDevice extends PendingElsewhere {
  readonly sessionId: SessionId
  readonly sessionName: string
  /** null: nobody gave it a name. */
  readonly deviceName: string | null
}

export interface CountSession {
  readonly sessionId: SessionId
  readonly cycleCountId: CycleCountId
  readonly name: string
  readonly area: string
  readonly status: SessionStatus
  readonly createdBy: UserName | null
  readonly createdAt: EpochMs
  /** Holder by the last list; null when free. */
  readonly holder: LockHolder | null
  /** Whose session it is meant to be; absent: whoever comes first. */
  readonly assignedTo?: UserName
}

export interface CycleCount {
  readonly cycleCountId: CycleCountId
  readonly name: string
  readonly facilityId: FacilityId
  readonly countType: CountType
  readonly isBlind: boolean
  readonly status: CycleCountStatus
  readonly startAt: EpochMs | null
  readonly dueAt: EpochMs | null
  readonly createdAt: EpochMs
  readonly sessions: readonly CountSession[]
  /** Requested items, and how many of them have been counted; null when the server does not say. */
  readonly requestedItems: number | null
  readonly countedItems: number | null
}
