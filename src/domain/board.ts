// A facility while it is being counted: who counts, how fast, who has gone quiet, and when a count may be done.
import type { CycleCountId, DeviceId, EpochMs, SessionId, UserName } from './ids'
import type { CountType, CycleCountStatus, SessionStatus } from './session'

export interface BoardDevice {
  readonly deviceId: DeviceId
  /** null: nobody gave it a name. */
  readonly deviceName: string | null
  readonly userName: UserName
  readonly unsentScans: number
  readonly lastHeardAt: EpochMs
}

/** The newest grant of a session's lock, over or not. */
export interface BoardLock {
  readonly userName: UserName
  readonly deviceId: DeviceId | null
  readonly since: EpochMs
  readonly until: EpochMs | null
  /** Given back, and not merely run out. */
  readonly isReleased: boolean
}

export interface BoardSession {
  readonly sessionId: SessionId
  readonly cycleCountId: CycleCountId
  readonly name: string
  readonly area: string
  readonly status: SessionStatus
  readonly createdBy: UserName | null
  readonly recountRound: number | null
  readonly wanted: number
  /** Of the wanted lines. */
  readonly counted: number
  /** Counted and not asked for. */
  readonly extra: number
  readonly unmatched: number
  readonly lastScanAt: EpochMs | null
  readonly lock: BoardLock | null
  readonly devices: readonly BoardDevice[]
  /** Scans by the minute (since the epoch) in which they were made. */
  readonly pulse: readonly { readonly minute: number; readonly scans: number }[]
}

export interface CountProgress {
  /** null: a hard count, where nobody can say. */
  readonly wanted: number | null
  readonly counted: number
  readonly inLast10: number
  readonly inLast30: number
  readonly firstAt: EpochMs | null
  /** Server time at which this was so. */
  readonly at: EpochMs
}

export interface BoardCount {
  readonly cycleCountId: CycleCountId
  readonly name: string
  readonly status: CycleCountStatus
  readonly countType: CountType
  readonly dueAt: EpochMs | null
  /** null: not asked for yet. */
  readonly progress: CountProgress | null
}

const MINUTE_MS = 60_000
const PACE_MINUTES = 5
/** Fewer scans than this are no pace that could be missed. */
const SCANNING_MIN = 5
/** Somebody who scanned and has not for so long has gone quiet. */
const QUIET_MS = 3 * MINUTE_MS
/** A slow counter is quiet only after so many of their usual pauses. */
const QUIET_PAUSES = 5
/** A device that counts is heard of every 40 seconds, and its lease is two minutes. */
const UNHEARD_MS = 2.5 * MINUTE_MS

/** Scans a minute over the last five minutes, by the time at which they were made. */
export function paceOf({ pulse }: Pick<BoardSession, 'pulse'>, now: EpochMs): number {
  const from = Math.floor(now / MINUTE_MS) - PACE_MINUTES
  const scans = pulse.filter((it) => it.minute > from).reduce((sum, it) => sum + it.scans, 0)
  return scans / PACE_MINUTES
}

export function unsentOf({ devices }: Pick<BoardSession, 'devices'>): number {
  return devices.reduce((sum, it) => sum + it.unsentScans, 0)
}

/**
 * - `waiting`: nobody has begun · `counting` · `left`: begun, and nobody holds it
 * - `quiet`: its device is there, and the scans have stopped
 * - `unheard`: the device that holds it says nothing any more: no network, no battery
 * - `submitted`, `approved`, `voided`: over
 */
export type Activity =
  | 'waiting'
  | 'counting'
  | 'quiet'
  | 'unheard'
  | 'left'
  | 'submitted'
  | 'approved'
  | 'voided'

/** What goes on in a session by the server's clock. Time alone changes it: nothing has to arrive. Rule: BD12 */
export function activityOf(session: BoardSession, now: EpochMs): Activity {
  const { status, lock, lastScanAt } = session
  if (status === 'submitted' || status === 'approved' || status === 'voided') return status
  if (lock === null) return lastScanAt === null && session.counted === 0 ? 'waiting' : 'left'
  if (lock.isReleased) return 'left'
  if (now - heardAt(session, lock) >= UNHEARD_MS) return 'unheard'
  return isQuiet(session, now) ? 'quiet' : 'counting'
}

/** When the server last heard of whoever holds the session. */
function heardAt({ devices }: BoardSession, lock: BoardLock): EpochMs {
  const own = devices.filter((it) => it.deviceId === lock.deviceId).map((it) => it.lastHeardAt)
  return Math.max(lock.since, ...own)
}

function isQuiet({ lastScanAt, pulse }: BoardSession, now: EpochMs): boolean {
  if (lastScanAt === null) return false
  const scans = pulse.reduce((sum, it) => sum + it.scans, 0)
  if (scans < SCANNING_MIN) return false
  const minutes = pulse.filter((it) => it.scans > 0).length
  const pauseMs = (minutes * MINUTE_MS) / scans
  return now - lastScanAt >= Math.max(QUIET_MS, QUIET_PAUSES * pauseMs)
}

/** What a supervisor should look at, the most pressing first. */
export const BOARD_CONCERNS = ['unheard', 'unsent', 'quiet', 'unmatched'] as const
export type BoardConcern = (typeof BOARD_CONCERNS)[number]

/** Unsent scans concern once they are old: a few are always on their way. */
const UNSENT_OLD_MS = 2 * MINUTE_MS

export function concernsOf(session: BoardSession, now: EpochMs): readonly BoardConcern[] {
  if (session.status === 'voided' || session.status === 'approved') return []
  const activity = activityOf(session, now)
  const isUnsent = session.devices.some(
    (it) => it.unsentScans > 0 && now - it.lastHeardAt >= UNSENT_OLD_MS,
  )
  return BOARD_CONCERNS.filter((it) => {
    if (it === 'unsent') return isUnsent
    return it === 'unmatched' ? session.unmatched > 0 : activity === it
  })
}

/** Why nobody can say when a count will be done. */
export type NoEstimate = 'no-list' | 'not-begun' | 'too-little' | 'nobody-counts'
export type Estimate =
  | { readonly kind: 'done' }
  | { readonly kind: 'unknown'; readonly why: NoEstimate }
  /** Between two moments; `to` null: at the slower pace not within a day. */
  | { readonly kind: 'between'; readonly from: EpochMs; readonly to: EpochMs | null }

/** Lines that a pace must rest on. */
const ESTIMATE_LINES_MIN = 10
const ESTIMATE_MINUTES_MIN = 5
const DAY_MS = 86_400_000

/**
 * When a count may be done if it goes on like this: between the faster and the slower of the last ten and the last
 * thirty minutes, each with the play of chance of as many lines. No figure where there is none. Rule: BD13
 */
export function estimateOf(progress: CountProgress): Estimate {
  const { wanted, counted, at, firstAt } = progress
  if (wanted === null) return { kind: 'unknown', why: 'no-list' }
  if (wanted > 0 && counted >= wanted) return { kind: 'done' }
  if (firstAt === null || counted === 0) return { kind: 'unknown', why: 'not-begun' }
  if (progress.inLast30 === 0) return { kind: 'unknown', why: 'nobody-counts' }
  const minutes = (at - firstAt) / MINUTE_MS
  if (minutes < ESTIMATE_MINUTES_MIN || progress.inLast30 < ESTIMATE_LINES_MIN)
    return { kind: 'unknown', why: 'too-little' }
  const paces = [
    playOf(progress.inLast10, Math.min(10, minutes)),
    playOf(progress.inLast30, Math.min(30, minutes)),
  ]
  const left = wanted - counted
  const fastest = Math.max(...paces.map((it) => it.high))
  const slowest = Math.min(...paces.map((it) => it.low))
  const lastMs = slowest > 0 ? (left / slowest) * MINUTE_MS : Infinity
  return {
    kind: 'between',
    from: at + (left / fastest) * MINUTE_MS,
    to: lastMs > DAY_MS ? null : at + lastMs,
  }
}

/** Lines a minute, give or take what chance does to as many of them. */
function playOf(lines: number, minutes: number): { readonly low: number; readonly high: number } {
  const give = Math.sqrt(lines)
  return { low: Math.max(0, lines - give) / minutes, high: (lines + give) / minutes }
}

/** `in-time` and `late` only where the whole range says so. */
export function outlookOf(estimate: Estimate, dueAt: EpochMs | null, now: EpochMs) {
  if (dueAt === null || estimate.kind === 'done') return null
  if (dueAt <= now) return 'late' as const
  if (estimate.kind === 'unknown') return null
  if (estimate.to !== null && estimate.to <= dueAt) return 'in-time' as const
  return estimate.from > dueAt ? ('late' as const) : ('open' as const)
}
