// Take the server's verdicts in: compare with what was sent, then mark. A row that changed meanwhile stays unsent.
import type { CountRecord, RowAck } from '../domain/count-record'
import type { EpochMs, RowUuid, SessionId } from '../domain/ids'
import { type QuarantineRow, REMOVED_ON_SERVER, type ScansShape, type ScansTx } from '../ports/scans-schema'
import type { PutItemsAnswer, RowVerdict, ServerItem } from '../ports/server'
import type { EngineDeps } from './engine-deps'
import { readRows } from './rows'
import { sendsNull } from './unsent'

/** Tables that marking needs for writing; rows are read only. */
export const ACK_TABLES = ['inventoryCountRecords', 'acks', 'outbox', 'counters', 'quarantine'] as const satisfies readonly (keyof ScansShape)[]

/** A million rows of one session, as many as are read of it. */
const ACKS_MAX = 1_000_000

/** A row as `readUnsent` gave it and as it went out. */
export type SentRow = CountRecord & { readonly sendNullQuantity?: boolean }

/**
 * Mark what the server has. applied, duplicate, late and held acknowledge the revisions that were sent, and only
 * those: I5, unsent ⇔ a revision above its acknowledged one. rejected rows go to quarantine and leave the unsent set
 * until they change. Rows without a verdict stay unsent. One transaction; repeatable. Rules: docs/SPEC.md PU, CR
 *
 * @param sent the rows exactly as they were sent
 * @param answer its `serverTime` is null if the server does not tell: the device's time stands in (informative)
 */
export async function acknowledge(
  deps: EngineDeps,
  sessionId: SessionId,
  sent: readonly SentRow[],
  { verdicts, serverTime }: PutItemsAnswer,
): Promise<void> {
  const at = serverTime ?? deps.clock.now()
  const verdictOf = new Map(verdicts.map((verdict) => [verdict.uuid, verdict]))
  const judged = sent.flatMap((row) => {
    const verdict = verdictOf.get(row.uuid)
    return verdict === undefined ? [] : [{ row, verdict }]
  })
  if (judged.length === 0) return

  await deps.scans.tx([...ACK_TABLES, 'items'], 'rw', async (tx) => {
    const marks: AckMark[] = []
    const quarantined: QuarantineRow[] = []
    const freed: RowUuid[] = []
    for (const { row, verdict } of judged) {
      if (verdict.verdict !== 'rejected') marks.push(markOf(row, verdict, at))
      const entry = quarantineOf(row, verdict, at)
      if (entry === null) freed.push(row.uuid)
      else quarantined.push(entry)
    }
    await markAcks(tx, sessionId, marks)
    await keepTurned(tx, sessionId, judged.map(({ row }) => row))
    await tx.bulkPut('quarantine', await stillOurs(tx, quarantined))
    await tx.bulkDelete('quarantine', freed)
    await dropRefused(tx, judged.filter(({ verdict }) => verdict.verdict === 'rejected').map(({ row }) => row))
  })
}

/**
 * Base profile: an item that turned from uncounted to counted or back while its rows were on their way must be sent
 * again, although their revisions are the same.
 */
async function keepTurned(tx: ScansTx, sessionId: SessionId, sent: readonly SentRow[]): Promise<void> {
  const told = sent.filter((row) => row.sendNullQuantity !== undefined)
  const rows = await tx.bulkGet('inventoryCountRecords', told.map((row) => row.uuid))
  const lines = await tx.bulkGet('items', told.map((row, index) => [sessionId, rows[index]?.lineKey ?? row.lineKey]))
  const turned = told.filter((row, index) => sendsNull(lines[index]) !== row.sendNullQuantity)
  await tx.bulkPut('outbox', turned.map(({ uuid }) => ({ uuid, sessionId })))
}

/** What the server is known to hold of one own row. */
export interface AckMark {
  readonly uuid: RowUuid
  readonly rev: number
  readonly matchRev: number
  readonly standing: number
  readonly importItemSeqId: string | null
  readonly at: EpochMs
}

/**
 * Raise acknowledgements, move the synced counter by the difference, and drop from the unsent set the rows that have
 * nothing above them any more. Never lowers a revision: an old answer that comes late changes nothing.
 */
export async function markAcks(tx: ScansTx, sessionId: SessionId, marks: readonly AckMark[]): Promise<void> {
  if (marks.length === 0) return
  const uuids = marks.map((mark) => mark.uuid)
  const before = await tx.bulkGet('acks', uuids)
  const acks = marks.map((mark, index) => raised(sessionId, before[index], mark))
  let standing = 0
  for (const [index, ack] of acks.entries()) standing += ack.ackedStanding - (before[index]?.ackedStanding ?? 0)
  await tx.bulkPut('acks', acks)
  await addToSynced(tx, sessionId, standing)

  const rows = await tx.bulkGet('inventoryCountRecords', uuids)
  const settled = acks.filter((ack, index) => !isUnsent(rows[index], ack)).map((ack) => ack.uuid)
  await tx.bulkDelete('outbox', settled)
  await forgetRefusals(tx, settled)
}

/** What the server has is not refused, whatever was said of it before: a copy of the row got through (seed 1028). */
async function forgetRefusals(tx: ScansTx, uuids: readonly RowUuid[]): Promise<void> {
  const entries = await tx.bulkGet('quarantine', uuids)
  const refused = entries.flatMap((entry) => (entry?.kind === 'rejected' ? [entry.uuid] : []))
  if (refused.length > 0) await tx.bulkDelete('quarantine', refused)
}

/** I5. A row that the server owns now, or that is gone, is nobody's unsent work. */
export function isUnsent(row: CountRecord | undefined, ack: RowAck | undefined): boolean {
  if (row === undefined || row.origin === 'server') return false
  return ack === undefined || row.rev > ack.ackedRev || row.matchRev > ack.ackedMatchRev
}

/** Something turned them back on the server after it had said that it has them. The server's id of a row stays known. */
export async function unmarkAcks(tx: ScansTx, sessionId: SessionId, uuids: readonly RowUuid[]): Promise<void> {
  const acks = (await tx.bulkGet('acks', uuids)).flatMap((it) => it ?? [])
  await tx.bulkPut('acks', acks.map((it) => ({ ...it, ackedRev: 0, ackedMatchRev: 0, ackedStanding: 0 })))
  await addToSynced(tx, sessionId, -acks.reduce((sum, it) => sum + it.ackedStanding, 0))
}

async function addToSynced(tx: ScansTx, sessionId: SessionId, standing: number): Promise<void> {
  const counter = await tx.get('counters', [sessionId, 'synced'])
  const before = counter?.kind === 'synced' ? counter.standing : 0
  await tx.put('counters', { sessionId, kind: 'synced', standing: before + standing })
}

/**
 * A new server epoch: what it acknowledged is what its copy shows, no more. Sets the acknowledgements of all own rows
 * of the session, fills the unsent set anew and recounts the synced scans, in one transaction. What the copy shows was
 * not removed yet. Rules: docs/SPEC.md CR21, CR26
 *
 * @param items all items of the session, as a full pull gave them
 */
export async function resetAcks(
  deps: EngineDeps,
  sessionId: SessionId,
  items: readonly ServerItem[],
): Promise<void> {
  const at = deps.clock.now()
  const itemOf = new Map(items.map((item) => [item.uuid, item]))
  await deps.scans.tx([...ACK_TABLES], 'rw', async (tx) => {
    const rows = await readRows(tx, sessionId, 'own')
    const blocked = await tx.bulkGet('quarantine', rows.map((row) => row.uuid))
    const waiting = await tx.bulkGet('outbox', rows.map((row) => row.uuid))
    const acks: RowAck[] = []
    const forgotten: RowUuid[] = []
    const unsent: RowUuid[] = []
    const settled: RowUuid[] = []
    const back: RowUuid[] = []
    for (const [index, row] of rows.entries()) {
      const item = itemOf.get(row.uuid)
      if (item !== undefined && blocked[index]?.code === REMOVED_ON_SERVER) back.push(row.uuid)
      const ack = item === undefined ? undefined : ackFrom(row, item, at)
      if (ack === undefined) forgotten.push(row.uuid)
      else acks.push(ack)
      if (!isUnsent(row, ack)) settled.push(row.uuid)
      else if (waiting[index] !== undefined || !isBlocked(row, blocked[index])) unsent.push(row.uuid)
    }
    // Rows of a log whose end this disk lost are the server's; what it acknowledged of them still counts while it shows them.
    const own = new Set(rows.map((row) => row.uuid))
    const others = (await acksOf(tx, sessionId)).filter((ack) => !own.has(ack.uuid))
    const shown = others.filter((ack) => itemOf.has(ack.uuid))
    forgotten.push(...others.filter((ack) => !itemOf.has(ack.uuid)).map((ack) => ack.uuid))
    await tx.bulkPut('acks', acks)
    await tx.bulkDelete('acks', forgotten)
    await tx.bulkDelete('outbox', rows.map((row) => row.uuid))
    await tx.bulkPut('outbox', unsent.map((uuid) => ({ uuid, sessionId })))
    await forgetRefusals(tx, settled)
    if (back.length > 0) await tx.bulkDelete('quarantine', back)
    const standing = [...acks, ...shown].reduce((sum, ack) => sum + ack.ackedStanding, 0)
    await tx.put('counters', { sessionId, kind: 'synced', standing })
  })
}

/** Bounded by the own rows of a session, now or before its disk went back. */
function acksOf(tx: ScansTx, sessionId: SessionId): Promise<readonly RowAck[]> {
  return tx.range('acks', 'sessionId', { lower: sessionId, upper: sessionId, limit: ACKS_MAX })
}

/** Refused at this very revision: it stays in quarantine until it changes or somebody tries it again. */
export function isBlocked(row: CountRecord, entry: QuarantineRow | undefined): boolean {
  return entry !== undefined && entry.kind === 'rejected' && entry.rev >= row.rev
}

function ackFrom(row: CountRecord, item: ServerItem, at: EpochMs): RowAck | undefined {
  if (item.rev === null) return undefined
  return {
    uuid: row.uuid,
    sessionId: row.sessionId,
    ackedRev: item.rev,
    ackedMatchRev: item.matchRev ?? 0,
    ackedStanding: item.rev >= row.rev ? (row.standing ?? 0) : (item.standing ?? 0),
    importItemSeqId: item.importItemSeqId,
    lastSyncedAt: at,
  }
}

function markOf(row: CountRecord, verdict: Exclude<RowVerdict, { verdict: 'rejected' }>, at: EpochMs): AckMark {
  return {
    uuid: row.uuid,
    rev: row.rev,
    matchRev: row.matchRev,
    standing: row.standing ?? 0,
    importItemSeqId: verdict.importItemSeqId,
    at,
  }
}

/** Would the mark change what is acknowledged? That it was told once more is no news. */
export function raisesAck(before: RowAck | undefined, mark: AckMark): boolean {
  if (before === undefined) return true
  const after = raised(before.sessionId, before, mark)
  return (
    after.ackedRev !== before.ackedRev ||
    after.ackedMatchRev !== before.ackedMatchRev ||
    after.ackedStanding !== before.ackedStanding ||
    after.importItemSeqId !== before.importItemSeqId
  )
}

function raised(sessionId: SessionId, before: RowAck | undefined, mark: AckMark): RowAck {
  const isNewer = before === undefined || mark.rev >= before.ackedRev
  return {
    uuid: mark.uuid,
    sessionId,
    ackedRev: Math.max(before?.ackedRev ?? 0, mark.rev),
    ackedMatchRev: Math.max(before?.ackedMatchRev ?? 0, mark.matchRev),
    ackedStanding: isNewer ? mark.standing : before.ackedStanding,
    importItemSeqId: mark.importItemSeqId ?? before?.importItemSeqId ?? null,
    lastSyncedAt: Math.max(before?.lastSyncedAt ?? 0, mark.at),
  }
}

function quarantineOf(row: CountRecord, verdict: RowVerdict, at: EpochMs): QuarantineRow | null {
  const entry = { uuid: row.uuid, sessionId: row.sessionId, rev: row.rev, at }
  switch (verdict.verdict) {
    case 'rejected':
      return { ...entry, kind: 'rejected', code: verdict.code, message: verdict.message }
    case 'held':
      return { ...entry, kind: 'held', code: verdict.code ?? 'HELD', message: verdict.message ?? '' }
    case 'applied':
    case 'duplicate':
    case 'late':
      return null
  }
}

/** A refusal of a row that became the server's while it was on its way is about nothing any more (JN12). */
async function stillOurs(tx: ScansTx, entries: readonly QuarantineRow[]): Promise<readonly QuarantineRow[]> {
  const rows = await tx.bulkGet('inventoryCountRecords', entries.map((it) => it.uuid))
  return entries.filter((it, index) => it.kind === 'held' || rows[index]?.origin === 'own')
}

/** Compare-and-drop: a refused row that changed while it was away is tried again as it is now. */
export async function dropRefused(tx: ScansTx, refused: readonly CountRecord[]): Promise<void> {
  const rows = await tx.bulkGet('inventoryCountRecords', refused.map((row) => row.uuid))
  const dropped = refused.filter((sent, index) => {
    const now = rows[index]
    return now === undefined || (now.rev === sent.rev && now.matchRev === sent.matchRev)
  })
  await tx.bulkDelete('outbox', dropped.map((row) => row.uuid))
}
