// Un-sent scans on their way to another device as a file: what such a file holds, and every reason to turn one down.
import type { DeviceId, EpochMs, ItemKey, LogId, ProductId, SessionId, UserName } from './ids'
import type { ScanEvent } from './scan-event'
import type { CountSession, CycleCount } from './session'

/** One writer log, whole: it means the same wherever it is folded, and however often. */
export interface HandoverLog {
  readonly logId: LogId
  readonly sessionId: SessionId
  readonly userName: UserName
  /** seq 1, 2, 3 … without gaps. */
  readonly events: readonly ScanEvent[]
}

/** Enough of a session to name it, and to know whose facility it is, on a device that never opened it. */
export interface HandoverSession {
  readonly session: CountSession
  readonly cycleCount: Omit<CycleCount, 'sessions'>
}

/** What a person said that a scanned value stands for. */
export interface HandoverMatch {
  readonly sessionId: SessionId
  readonly itemKey: ItemKey
  readonly productId: ProductId
  readonly packSize: number
}

export interface Handover {
  readonly serverOrigin: string
  readonly userName: UserName
  readonly deviceId: DeviceId
  readonly deviceName: string
  /** Device time. */
  readonly savedAt: EpochMs
  /** What the server's time was ahead of it, as far as the device knew; files of earlier versions do not tell. */
  readonly clockOffsetMs?: number | undefined
  /** Standing scans that the server lacked; what was taken back is not counted. */
  readonly scans: number
  /** Lines that were to be sent. */
  readonly lines: number
  readonly sessions: readonly HandoverSession[]
  readonly logs: readonly HandoverLog[]
  readonly matches: readonly HandoverMatch[]
}

export interface HandoverLimits {
  /** Events in one file. */
  readonly events: number
  /** Of the file as it is carried. */
  readonly fileBytes: number
  /** Of what is inside, unpacked: a small file must not fill the memory. */
  readonly contentBytes: number
}

/** Weeks of one person's work. */
export const HANDOVER_LIMITS: HandoverLimits = { events: 200_000, fileBytes: 50_000_000, contentBytes: 250_000_000 }

export const HANDOVER_PROBLEMS = [
  'foreign', // not a file of ours
  'newer', // written by a newer version of the app
  'damaged', // cut short or changed on the way
  'too-large', // beyond the written limits
  'needs-passphrase',
  'wrong-passphrase',
  'insecure', // the page did not come over https: the browser has no cryptography for it
  'other-server',
  'other-facility', // the user may not count there
] as const
export type HandoverProblem = (typeof HANDOVER_PROBLEMS)[number]

const NOT_FOR_NAMES = /[^\p{L}\p{N}._-]+/gu

/** Who, when (UTC, so that names sort) and how much: `shelfcount-ana-2026-11-25-1640-12-scans.shelfcount`. */
export function handoverFileName({ userName, savedAt, scans }: Pick<Handover, 'userName' | 'savedAt' | 'scans'>): string {
  const at = new Date(savedAt).toISOString()
  const time = `${at.slice(0, 10)}-${at.slice(11, 13)}${at.slice(14, 16)}`
  return `shelfcount-${userName.replaceAll(NOT_FOR_NAMES, '_')}-${time}-${scans}-scan${scans === 1 ? '' : 's'}.shelfcount`
}
