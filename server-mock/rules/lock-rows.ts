// Stored lock rows of one session: which is meant, which is going, what the base profile writes, who has unsent scans.
import type { CycleCountStatus, SessionStatus } from '../../src/domain/session'
import type { LockGrant, LockRow } from './lock'

/** A lock is for sessions that are being counted, in counts that are not over. Rules: docs/SPEC.md SL17. */
export function isLockable(session: SessionStatus, cycleCount: CycleCountStatus): boolean {
  const isCountOver = cycleCount === 'closed' || cycleCount === 'cancelled'
  return !isCountOver && (session === 'created' || session === 'assigned')
}

/** Whoever gets the lock of a session that nobody has counted yet begins it. */
export function statusAfterGrant(session: SessionStatus): SessionStatus {
  return session === 'created' ? 'assigned' : session
}

/** What a grant changes in the lock rows: a grant that was still going is over. */
export function rowsOfGrant(grant: LockGrant): readonly LockRow[] {
  return grant.kind === 'granted' && grant.ended !== null ? [grant.ended, grant.row] : [grant.row]
}

export interface GrantName {
  readonly fence: number | null
  readonly fromDate: number | null
}

/** The grant that a caller names: by its fence, else by when it began; the newest of several. */
export function grantMeant(rows: readonly LockRow[], { fence, fromDate }: GrantName): LockRow | null {
  if (fence === null && fromDate === null) return null
  return newestOf(rows.filter((it) => (fence === null ? it.fromDate === fromDate : it.fence === fence)))
}

export function newestOf(rows: readonly LockRow[]): LockRow | null {
  return rows.reduce<LockRow | null>((a, b) => (a === null || b.fromDate > a.fromDate ? b : a), null)
}

/**
 * Moqui's date filter, by the server's clock. A fenced grant has begun whatever its fromDate says: that is a key, and
 * may lie ahead of a clock that went back.
 */
export function isActiveByDate(row: LockRow, now: number): boolean {
  return (row.fence !== null || row.fromDate <= now) && (row.thruDate === null || row.thruDate > now)
}

/** The newest lock that is going on, as lists show it. */
export function activeLockOf(rows: readonly LockRow[], now: number): LockRow | null {
  return newestOf(rows.filter((it) => isActiveByDate(it, now)))
}

/** What a base client says of a lock; everything is believed. `undefined`: not said. */
export interface BaseLockFields {
  readonly userId?: string | undefined
  readonly deviceId?: string | null | undefined
  readonly fromDate?: number | null | undefined
  readonly thruDate?: number | null | undefined
  readonly leaseSeconds?: number | undefined
  readonly lastHeartbeatAt?: number | null | undefined
  readonly overrideByUserId?: string | undefined
}

/** POST lock of the base profile, once nobody's is active: a plain row, with a key of its own. */
export function newBaseLock(
  rows: readonly LockRow[],
  said: BaseLockFields,
  { now, userName, leaseSeconds }: { readonly now: number; readonly userName: string; readonly leaseSeconds: number },
): LockRow {
  const seconds = said.leaseSeconds ?? leaseSeconds
  const fromDate = said.fromDate ?? now
  const isTaken = rows.some((it) => it.fromDate === fromDate)
  return {
    fromDate: isTaken ? Math.max(...rows.map((it) => it.fromDate)) + 1 : fromDate,
    thruDate: said.thruDate ?? now + seconds * 1000,
    userId: said.userId ?? userName,
    deviceId: said.deviceId ?? null,
    leaseSeconds: seconds,
    lastHeartbeatAt: said.lastHeartbeatAt ?? null,
    fence: null,
    releasedAt: null,
    overrideByUserId: null,
  }
}

/** PUT lock and PUT release of the base profile: neither owner nor end is looked at. */
export function changedBaseLock(row: LockRow, said: BaseLockFields): LockRow {
  return {
    ...row,
    thruDate: said.thruDate === undefined ? row.thruDate : said.thruDate,
    userId: said.userId ?? row.userId,
    deviceId: said.deviceId ?? row.deviceId,
    leaseSeconds: said.leaseSeconds ?? row.leaseSeconds,
    lastHeartbeatAt: said.lastHeartbeatAt ?? row.lastHeartbeatAt,
    overrideByUserId: said.overrideByUserId ?? row.overrideByUserId,
  }
}

/** What a device said it had not sent, when it was last heard of. */
export interface UnsentReport {
  readonly deviceId: string
  readonly userId: string
  readonly unsentScans: number
  readonly lastHeardAt: number
}

const PENDING_MAX = 100

/** Two users of one device may say the same number: without an order of their own the database picks one. */
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Scans on other devices than the given one, most first. Rules: docs/SPEC.md SL8. */
function pendingElsewhere(reports: readonly UnsentReport[], deviceId: string | null): UnsentReport[] {
  return reports
    .filter((it) => it.unsentScans > 0 && it.deviceId !== deviceId)
    .toSorted((a, b) => b.unsentScans - a.unsentScans || byText(a.deviceId, b.deviceId) || byText(a.userId, b.userId))
    .slice(0, PENDING_MAX)
}

export interface Elsewhere {
  readonly pendingElsewhere: UnsentReport[]
  /** 0: of nobody. Null would be left out of an answer, and that means a server that does not tell. */
  readonly heardElsewhereAt: number
}

/** What the answer to a device tells of the others: their newest word changes with all that they write. Rules: docs/SPEC.md SL23. */
export function elsewhere(reports: readonly UnsentReport[], deviceId: string | null): Elsewhere {
  const others = reports.filter((it) => it.deviceId !== deviceId)
  const heardElsewhereAt = others.reduce((newest, it) => Math.max(newest, it.lastHeardAt), 0)
  return { pendingElsewhere: pendingElsewhere(reports, deviceId), heardElsewhereAt }
}
