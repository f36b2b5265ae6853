// Wire to domain for cycle counts, sessions and locks: server names end here.
import {
  CYCLE_COUNT_STATUS_IDS,
  PURPOSE_IDS,
  SESSION_STATUS_IDS,
  type WireCycleCount,
  type WireSession,
} from '../contract/counts'
import type { UnsentDevices, WireLock } from '../contract/lock'
import {
  asId,
  type CycleCountId,
  type DeviceId,
  type FacilityId,
  type SessionId,
  type UserName,
} from '../domain/ids'
import type { Lease } from '../domain/lock'
import {
  CYCLE_COUNT_STATUSES,
  SESSION_STATUSES,
  type CountSession,
  type CycleCount,
  type HeardElsewhere,
  type LockHolder,
  type PendingElsewhere,
  type QuietDevice,
  type SessionStatus,
} from '../domain/session'

export function decodeCycleCount(wire: WireCycleCount, sessions = wire.sessions ?? []): CycleCount {
  const status = CYCLE_COUNT_STATUSES.find((it) => CYCLE_COUNT_STATUS_IDS[it] === wire.statusId)
  if (status === undefined) throw new TypeError(`Unknown cycle count status ${wire.statusId}`)
  return {
    cycleCountId: asId<CycleCountId>(wire.workEffortId),
    name: wire.workEffortName ?? wire.workEffortId,
    facilityId: asId<FacilityId>(wire.facilityId ?? ''),
    // Anything that is not a hard count has a list of requested items (DYNAMIC_COUNT too).
    countType: wire.workEffortPurposeTypeId === PURPOSE_IDS.hard ? 'hard' : 'directed',
    isBlind: wire.isBlind === 'Y',
    status,
    startAt: wire.estimatedStartDate ?? null,
    dueAt: wire.estimatedCompletionDate ?? null,
    createdAt: wire.createdDate ?? 0,
    sessions: sessions.map(decodeSession),
    requestedItems: wire.requestedItems ?? null,
    countedItems: wire.countedItems ?? null,
  }
}

export function decodeSession(wire: WireSession): CountSession {
  const status = decodeSessionStatus(wire.statusId)
  return {
    sessionId: asId<SessionId>(wire.inventoryCountImportId),
    cycleCountId: asId<CycleCountId>(wire.workEffortId),
    name: wire.countImportName ?? wire.inventoryCountImportId,
    area: wire.facilityAreaId ?? '',
    status,
    createdBy: wire.uploadedByUserLogin == null ? null : asId<UserName>(wire.uploadedByUserLogin),
    createdAt: wire.createdDate ?? 0,
    holder: decodeHolder(wire.lock),
    ...(wire.assignedTo == null ? {} : { assignedTo: asId<UserName>(wire.assignedTo) }),
  }
}

export function decodeSessionStatus(wire: WireSession['statusId']): SessionStatus {
  const status = SESSION_STATUSES.find((it) => SESSION_STATUS_IDS[it] === wire)
  if (status === undefined) throw new TypeError(`Unknown session status ${wire}`)
  return status
}

/** Moqui embeds `{}` for a free session. */
function decodeHolder(lock: WireSession['lock']): LockHolder | null {
  if (lock?.userId === undefined) return null
  return {
    userName: asId<UserName>(lock.userId),
    deviceId: asId<DeviceId>(lock.deviceId ?? ''),
    since: lock.fromDate ?? 0,
    leaseUntil: lock.thruDate ?? null,
  }
}

/** @param defaultLeaseSeconds where the row names neither an end nor a length */
export function decodeLease(
  sessionId: SessionId,
  wire: WireLock,
  defaultLeaseSeconds: number,
): Lease {
  const leaseSeconds = wire.leaseSeconds ?? defaultLeaseSeconds
  return {
    sessionId,
    holder: {
      userName: asId<UserName>(wire.userId),
      deviceId: asId<DeviceId>(wire.deviceId ?? ''),
    },
    fence: wire.fence ?? null,
    fromDate: wire.fromDate,
    leaseSeconds,
    leaseUntil: wire.thruDate ?? (wire.serverTime ?? wire.fromDate) + leaseSeconds * 1000,
    previousHolder:
      wire.previousHolder == null
        ? null
        : {
            userName: asId<UserName>(wire.previousHolder.userId),
            deviceId: asId<DeviceId>(wire.previousHolder.deviceId ?? ''),
          },
    ...decodeElsewhere(wire),
  }
}

/** A server that heard of nobody else says 0; one that does not tell leaves it out. */
export function decodeElsewhere(
  wire: Pick<WireLock, 'pendingElsewhere' | 'heardElsewhereAt'>,
): HeardElsewhere {
  const pendingElsewhere = decodePending(wire)
  if (wire.heardElsewhereAt == null) return { pendingElsewhere }
  return { pendingElsewhere, heardElsewhereAt: wire.heardElsewhereAt }
}

export function decodePending(
  wire: Pick<WireLock, 'pendingElsewhere'>,
): readonly PendingElsewhere[] {
  return (wire.pendingElsewhere ?? []).map((it) => ({
    deviceId: asId<DeviceId>(it.deviceId),
    userName: asId<UserName>(it.userId),
    unsentScans: it.unsentScans,
    lastHeardAt: it.lastHeardAt,
  }))
}

export function decodeQuietDevice(wire: UnsentDevices['devices'][number]): QuietDevice {
  return {
    sessionId: asId<SessionId>(wire.inventoryCountImportId),
    sessionName: wire.countImportName ?? '',
    deviceId: asId<DeviceId>(wire.deviceId),
    deviceName: wire.deviceName ?? null,
    userName: asId<UserName>(wire.userId),
    unsentScans: wire.unsentScans,
    lastHeardAt: wire.lastHeardAt,
  }
}
