// Who may scan in a session: lease, fence and takeover, decided on the stored lock and the server's clock.

export interface LockHolder {
  readonly userId: string
  readonly deviceId: string | null
}

/** A grant as stored. */
export interface LockRow extends LockHolder {
  readonly fromDate: number
  readonly thruDate: number | null
  readonly leaseSeconds: number | null
  readonly lastHeartbeatAt: number | null
  /** null: granted by the base profile. */
  readonly fence: number | null
  /** Given back, and not merely run out. */
  readonly releasedAt: number | null
  readonly overrideByUserId: string | null
}

export interface LockState {
  /** The highest fence ever granted; 0 before the first. */
  readonly fence: number
  /** The newest grant, over or not. */
  readonly latest: LockRow | null
}

export type LockRefusal =
  | { readonly kind: 'locked'; readonly holder: LockHolder; readonly leaseRemainingMs: number }
  | { readonly kind: 'stale-fence' }

export type LockGrant =
  /** The same grant, longer. */
  | { readonly kind: 'extended'; readonly row: LockRow }
  /** A new grant with the next fence. `isContinued`: the same holder, and nobody was in between. */
  | {
      readonly kind: 'granted'
      readonly row: LockRow
      readonly previousHolder: LockHolder | null
      readonly isContinued: boolean
      /** The grant that was still going, over from now on; null when there was none. To be stored along with `row`. */
      readonly ended: LockRow | null
    }

/** Holds the lock now, by the server's clock. */
export function isActive(row: LockRow | null, now: number): row is LockRow {
  return row !== null && row.releasedAt === null && (row.thruDate === null || row.thruDate > now)
}

export function isSameHolder(a: LockHolder, b: LockHolder): boolean {
  return a.userId === b.userId && a.deviceId === b.deviceId
}

export interface AcquireInput {
  readonly holder: LockHolder
  readonly now: number
  readonly leaseSeconds: number
  readonly mode: 'normal' | 'force'
  /** INV_COUNT_LOCK_RLS. */
  readonly mayForce: boolean
  /** The fence that this very request was granted before; null when it is new. */
  readonly grantedBefore: number | null
}

/** POST lock. Decision 16, sync design 2.7. Rules: docs/SPEC.md SL1-SL8. */
export function decideAcquire(state: LockState, input: AcquireInput): LockGrant | LockRefusal {
  const { latest, fence } = state
  const { holder, now } = input
  const isOurs = latest !== null && isSameHolder(latest, holder)
  if (isActive(latest, now)) {
    if (isOurs && latest.fence === fence) return { kind: 'extended', row: extended(latest, input) }
    // A late copy of a takeover must not take over again.
    const isForced = input.mode === 'force' && input.grantedBefore === null
    if (!isOurs && !(isForced && (input.mayForce || latest.userId === holder.userId)))
      return lockedBy(latest, now)
  }
  // A late copy of an acquisition that was given back since must not lock again.
  if (input.grantedBefore !== null && !(isOurs && latest.releasedAt === null)) return { kind: 'stale-fence' }
  return granted(state, input)
}

export interface HeartbeatInput {
  readonly holder: LockHolder
  readonly now: number
  readonly leaseSeconds: number
  /** The fence the device believes to hold. */
  readonly fence: number | null
}

/**
 * PUT lock. The newest holder goes on, also after its lease ran out (with the next fence), also with an older fence of
 * its own (the answer that carried the newer one was lost). A lock that was given back stays given back.
 * Rules: docs/SPEC.md SL9-SL12.
 */
export function decideHeartbeat(state: LockState, input: HeartbeatInput): LockGrant | LockRefusal {
  const { latest, fence } = state
  const isOurs = latest !== null && isSameHolder(latest, input.holder)
  if (!isOurs) return isActive(latest, input.now) ? lockedBy(latest, input.now) : { kind: 'stale-fence' }
  if (latest.releasedAt !== null || (input.fence !== null && input.fence > fence)) return { kind: 'stale-fence' }
  return isActive(latest, input.now)
    ? { kind: 'extended', row: extended(latest, input) }
    : granted(state, input)
}

export interface ReleaseInput {
  readonly holder: LockHolder
  readonly now: number
  /** The grant that the caller means: by its fence, or by its fromDate; null when no such grant is known. */
  readonly meant: LockRow | null
  readonly overrideByUserId: string | null
  readonly mayForce: boolean
}

export type ReleaseDecision =
  | { readonly kind: 'released'; readonly row: LockRow }
  /** It was given back before: nothing to do. */
  | { readonly kind: 'known' }
  | LockRefusal

/** PUT release: only the current fence; repeatable. Rules: docs/SPEC.md SL13-SL15. */
export function decideRelease(state: LockState, input: ReleaseInput): ReleaseDecision {
  const { latest } = state
  const { meant, now } = input
  if (meant === null || latest === null) return { kind: 'stale-fence' }
  if (meant.releasedAt !== null) return { kind: 'known' }
  if (meant.fromDate !== latest.fromDate) return { kind: 'stale-fence' }
  const isForced = input.overrideByUserId !== null
  const mayRelease = isSameHolder(latest, input.holder) || (isForced && (input.mayForce || latest.userId === input.holder.userId))
  if (!mayRelease) return isActive(latest, now) ? lockedBy(latest, now) : { kind: 'stale-fence' }
  return {
    kind: 'released',
    row: {
      ...latest,
      thruDate: Math.min(latest.thruDate ?? now, now),
      releasedAt: now,
      overrideByUserId: isForced ? input.holder.userId : null,
    },
  }
}

/**
 * Whether a status change may go ahead: it names the current fence, or none while nobody holds the lock.
 * Rules: docs/SPEC.md SL16, I7.
 */
export function isFenceCurrent(state: LockState, fence: number | null, now: number): boolean {
  return fence === null ? !isActive(state.latest, now) : fence === state.fence && fence > 0
}

function lockedBy(row: LockRow, now: number): LockRefusal {
  const { userId, deviceId } = row
  return { kind: 'locked', holder: { userId, deviceId }, leaseRemainingMs: Math.max(0, (row.thruDate ?? now) - now) }
}

function extended(row: LockRow, { now, leaseSeconds }: Pick<HeartbeatInput, 'now' | 'leaseSeconds'>): LockRow {
  return { ...row, thruDate: now + leaseSeconds * 1000, leaseSeconds, lastHeartbeatAt: now }
}

function granted(
  { latest, fence }: LockState,
  { holder, now, leaseSeconds }: Pick<AcquireInput, 'holder' | 'now' | 'leaseSeconds'>,
): LockGrant {
  const isContinued = latest !== null && isSameHolder(latest, holder)
  return {
    kind: 'granted',
    isContinued,
    // Not given back: its holder's own release still finds that somebody else came after.
    ended: isActive(latest, now) ? { ...latest, thruDate: now } : null,
    previousHolder: latest === null || isContinued ? null : { userId: latest.userId, deviceId: latest.deviceId },
    row: {
      ...holder,
      // The key of the row: unique also when the clock stands still or goes back.
      fromDate: latest === null ? now : Math.max(now, latest.fromDate + 1),
      thruDate: now + leaseSeconds * 1000,
      leaseSeconds,
      lastHeartbeatAt: now,
      fence: fence + 1,
      releasedAt: null,
      overrideByUserId: null,
    },
  }
}
