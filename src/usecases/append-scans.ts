// The append: the one transaction that makes a scan durable and gives it its place in the log.
import type { EpochMs, EventId, LogId, SessionId, UserName } from '../domain/ids'
import { negateQuantity } from '../domain/quantity'
import { standingOf } from '../domain/scan-event'
import type { ScanEvent, ScanEventDraft, StoredScanEvent } from '../domain/scan-event'
import type { LogRow, LogsRow, ScansStore, ScansTx, SessionSum } from '../ports/scans-schema'
import { isLog, readSessionSum } from './scan-totals'

/** Drafts in one transaction. */
export const APPEND_MAX = 100

export interface AppendInput {
  readonly sessionId: SessionId
  readonly userName: UserName
  readonly logId: LogId
  /** Head that this writer has seen committed. A lower stored head means that the disk was reverted or wiped. */
  readonly knownHead: number
  /** Opens a new log in that case: a sequence number is never given twice. */
  readonly mintLog: () => LogId
  /** 1 to APPEND_MAX, of this session. */
  readonly drafts: readonly ScanEventDraft[]
  /**
   * The session's last gid when the drafts' amounts were computed from what was stored. If anything was appended
   * since, nothing is stored.
   */
  readonly basis?: number | undefined
  /** None of the drafts was handed in before, by this page life or an earlier one. */
  readonly areNew?: boolean
}

/**
 * What became of one draft.
 * - `stored`: durable now
 * - `known`: its eventId was there already, from a spill or a retry: durable
 * - `already-negated`: another negation of the same scan is there; nothing was stored
 * - `no-target`: there is no such scan in this session; nothing was stored
 * - `overtaken`: something was appended since the basis; none of the drafts was stored
 */
export type AppendVerdict =
  | { readonly kind: 'stored' | 'known'; readonly logId: LogId; readonly seq: number }
  | { readonly kind: 'already-negated' }
  | { readonly kind: 'no-target' }
  | { readonly kind: 'overtaken' }

export interface Appended {
  /** In the order of the drafts. */
  readonly verdicts: readonly AppendVerdict[]
  /** The log that was written and its head now. */
  readonly logId: LogId
  readonly head: number
  /** What it did to the session: whoever follows from `from` on knows all events without reading them back. */
  readonly session: SessionGrowth
}

export interface SessionGrowth {
  /** gid of the session's last event before; 0 = none. */
  readonly from: number
  /** The same now. */
  readonly lastGid: number
  /** Standing scans of all its logs now. */
  readonly standing: number
  /** What was stored, in order. */
  readonly events: readonly StoredScanEvent[]
}

/**
 * Append drafts in their order, all or nothing.
 *
 * Resolves after the commit: then every `stored` draft is durable. Rejects when nothing is known to be stored; the
 * same drafts may be handed in again, with the same eventIds. Writes `scanEvents` and `logs` only, so that no fold
 * and no sync holds it up. Rules: docs/SPEC.md SE1-SE8
 */
export async function appendScans(scans: ScansStore, input: AppendInput): Promise<Appended> {
  if (isForeseeable(input)) {
    try {
      return await scans.tx(['scanEvents', 'logs'], 'rw', (tx) => appendForeseen(tx, input))
    } catch (error) {
      if (!(error instanceof OtherHeadError)) throw error
    }
  }
  return await scans.tx(['scanEvents', 'logs'], 'rw', (tx) => appendIn(tx, input))
}

/** The stored head is not the one that this writer has seen committed. Thrown inside the transaction: nothing is stored. */
class OtherHeadError extends Error {
  override readonly name = 'OtherHeadError'
}

/** New scans on a log of which this writer knows the head: what they are numbered, and that they go in, is known before anything is read. */
function isForeseeable({ areNew, basis, drafts, knownHead }: AppendInput): boolean {
  return areNew === true && basis === undefined && knownHead > 0 && drafts.every((it) => it.kind === 'scan')
}

/**
 * The append of every scan but the first: the events go in together with the question that they are checked by, one
 * way to the storage process and back less. Should an id be there already, its unique index refuses them all.
 * @throws {OtherHeadError} the head is another one
 */
async function appendForeseen(tx: ScansTx, input: AppendInput): Promise<Appended> {
  const { drafts, logId, knownHead } = input
  const numbered = drafts.map((draft, index): ScanEvent => ({ ...withoutKey(draft), logId, seq: knownHead + 1 + index }))
  const [sum, row, gids] = await Promise.all([
    readSessionSum(tx, input.sessionId),
    tx.get('logs', logId),
    tx.bulkAdd('scanEvents', numbered),
  ])
  if (row === undefined || !isLog(row) || row.head !== knownHead) throw new OtherHeadError(`${logId} is not at ${knownHead}`)
  const { head, session } = await keep(tx, { log: row, sum, events: numbered, gids })
  const verdicts = numbered.map(({ seq }): AppendVerdict => ({ kind: 'stored', logId, seq }))
  return { verdicts, logId, head, session }
}

/** The same inside a transaction for writing on scanEvents and logs, together with what the drafts were made from. */
export async function appendIn(tx: ScansTx, input: AppendInput): Promise<Appended> {
  // Asked for at once: each answer that is waited for alone is a way to the storage process and back.
  const [sum, row, known] = await Promise.all([
    readSessionSum(tx, input.sessionId),
    tx.get('logs', input.logId),
    Promise.all(input.drafts.map((it) => eventOf(tx, it.eventId))),
  ])
  if (isOvertaken(input, sum, known[0])) {
    const verdicts = input.drafts.map((): AppendVerdict => ({ kind: 'overtaken' }))
    return { verdicts, logId: input.logId, head: input.knownHead, session: grown(sum, sum, []) }
  }
  const log = openLog(row, input)
  const stored: ScanEvent[] = []
  const verdicts: AppendVerdict[] = []
  for (const [index, draft] of input.drafts.entries()) {
    const decided = await decide(tx, draft, { same: known[index], pending: stored })
    if (decided.kind !== 'new') {
      verdicts.push(decided)
      continue
    }
    const seq = log.head + stored.length + 1
    stored.push({ ...withoutKey(decided.draft), logId: log.logId, seq })
    verdicts.push({ kind: 'stored', logId: log.logId, seq })
  }
  if (stored.length === 0) return { verdicts, logId: log.logId, head: log.head, session: grown(sum, sum, []) }

  const gids = await tx.bulkAdd('scanEvents', stored)
  const { head, session } = await keep(tx, { log, sum, events: stored, gids })
  return { verdicts, logId: log.logId, head, session }
}

interface Added {
  /** Before the events. */
  readonly log: LogRow
  readonly sum: SessionSum
  readonly events: readonly ScanEvent[]
  readonly gids: readonly number[]
}

/** The log's head and the session's sum follow the events that were added. */
async function keep(tx: ScansTx, { log, sum, events, gids }: Added): Promise<Pick<Appended, 'head' | 'session'>> {
  const head = log.head + events.length
  const more = events.reduce((standing, event) => standing + standingOf(event), 0)
  const lastAt = events.reduce((last, { at }) => Math.max(last, at), log.lastAt)
  const after = { ...sum, standing: sum.standing + more, lastGid: gids.at(-1) ?? sum.lastGid }
  await tx.bulkPut('logs', [{ ...log, head, standing: log.standing + more, lastAt }, after])
  const stored = events.flatMap((event, index): StoredScanEvent[] => {
    const gid = gids[index]
    return gid === undefined ? [] : [{ ...event, gid }]
  })
  return { head, session: grown(sum, after, stored) }
}

function grown(before: SessionSum, after: SessionSum, events: readonly StoredScanEvent[]): SessionGrowth {
  return { from: before.lastGid, lastGid: after.lastGid, standing: after.standing, events }
}

/** The key is the database's to give (S3.30): an event that was stored somewhere else brings one along. */
function withoutKey(draft: ScanEventDraft): ScanEventDraft {
  if (!('gid' in draft)) return draft
  const { gid: _, ...bare } = draft as ScanEventDraft & { readonly gid: unknown }
  return bare
}

/** @param first the event of the first draft, if it is there: stored by an earlier try whose commit nobody heard of, it is what moved the session on */
function isOvertaken({ basis, drafts }: AppendInput, sum: SessionSum, first: ScanEvent | undefined): boolean {
  return basis !== undefined && basis !== sum.lastGid && (drafts.length === 0 || first === undefined)
}

function openLog(row: LogsRow | undefined, input: AppendInput): LogRow {
  if (row !== undefined && isLog(row) && row.head >= input.knownHead) return row
  return {
    logId: row === undefined && input.knownHead === 0 ? input.logId : input.mintLog(),
    sessionId: input.sessionId,
    userName: input.userName,
    head: 0,
    standing: 0,
    lastAt: firstAt(input.drafts),
  }
}

function firstAt(drafts: readonly ScanEventDraft[]): EpochMs {
  return drafts[0]?.at ?? 0
}

type Decision = Exclude<AppendVerdict, { kind: 'stored' | 'overtaken' }> | { readonly kind: 'new'; readonly draft: ScanEventDraft }

interface Beside {
  /** The stored event of this id, if there is one: asked for, never found out by a failed add, which would abort the transaction and the scans that share it. */
  readonly same: ScanEvent | undefined
  /** What goes in with it. */
  readonly pending: readonly ScanEvent[]
}

async function decide(tx: ScansTx, draft: ScanEventDraft, { same: stored, pending }: Beside): Promise<Decision> {
  const same = pending.find((it) => it.eventId === draft.eventId) ?? stored
  if (same !== undefined) return { kind: 'known', logId: same.logId, seq: same.seq }
  if (draft.kind !== 'negation') return { kind: 'new', draft }

  const target = pending.find((it) => it.eventId === draft.negates) ?? (await eventOf(tx, draft.negates))
  if (target?.kind !== 'scan' || target.sessionId !== draft.sessionId) return { kind: 'no-target' }
  // Taken over from another device: that one may take it back at the same time, and it would be gone twice.
  if (target.deviceId !== draft.deviceId) return { kind: 'no-target' }
  if (await isNegated(tx, draft.negates, pending)) return { kind: 'already-negated' }
  // What a negation takes back is the target's to say, not the caller's.
  const { itemKey, packSize, raw, symbology, source } = target
  return {
    kind: 'new',
    draft: { ...draft, itemKey, packSize, raw, symbology, source, quantity: negateQuantity(target.quantity) },
  }
}

async function eventOf(tx: ScansTx, eventId: EventId): Promise<ScanEvent | undefined> {
  const [event] = await tx.range('scanEvents', 'eventId', { lower: eventId, upper: eventId, limit: 1 })
  return event
}

async function isNegated(tx: ScansTx, target: EventId, pending: readonly ScanEvent[]): Promise<boolean> {
  if (pending.some((it) => it.kind === 'negation' && it.negates === target)) return true
  const found = await tx.rangeKeys('scanEvents', 'negates', { lower: target, upper: target, limit: 1 })
  return found.length > 0
}
