// Server rows that went from the server, of logs whose scans are here: what is here of them stays in sight, as an own row.
import type { CountRecord } from '../domain/count-record'
import { foldScanEvents } from '../domain/fold'
import type { ItemKey, SessionId } from '../domain/ids'
import type { RowChange } from '../domain/lines'
import type { ScansTx } from '../ports/scans-schema'
import { isLog } from '../usecases/scan-totals'
import { readCursor } from '../usecases/overlay'
import { isBlocked, isUnsent } from './acknowledge'
import { withMatch } from './apply-identity'
import { isKeptBack } from './quarantine'

const EVENTS_MAX = 20_000
const UNIDENTIFIED = {
  productId: null,
  isRequested: false,
  systemQuantityOnHand: null,
  matchRev: 0,
} as const

/** Tables that `ownAgain` needs besides those of a join. */
export const OWN_AGAIN_TABLES = ['scanEvents', 'meta'] as const

/** Rows of logs that this device has scans of. Needs the table logs. */
export async function ofLogsHere(
  tx: ScansTx,
  rows: readonly CountRecord[],
): Promise<ReadonlySet<CountRecord>> {
  const written = rows.flatMap((row) => (row.logId === null ? [] : [{ row, logId: row.logId }]))
  if (written.length === 0) return new Set()
  const logs = await tx.bulkGet(
    'logs',
    written.map((it) => it.logId),
  )
  return new Set(
    written.flatMap(({ row }, index) =>
      logs[index] !== undefined && isLog(logs[index]) ? [row] : [],
    ),
  )
}

/**
 * What the folded events make of rows that the server had more of, or had first: the same as in a rebuild. The fold goes
 * on from there, so that scans of a later file are added to those before. Lines are the caller's. Rule: docs/SPEC.md JN15
 */
export async function ownAgain(
  tx: ScansTx,
  sessionId: SessionId,
  rows: readonly CountRecord[],
): Promise<RowChange[]> {
  const cursor = await readCursor(tx)
  const matches = await tx.bulkGet(
    'matches',
    rows.map((row) => [sessionId, row.itemKey] satisfies [SessionId, ItemKey]),
  )
  const changes: RowChange[] = []
  for (const [index, row] of rows.entries()) {
    const folded = await foldedRow(tx, row, cursor)
    changes.push({
      before: row,
      after: folded === undefined ? null : withMatch(folded, matches[index]),
    })
  }
  return changes
}

async function foldedRow(
  tx: ScansTx,
  { uuid, sessionId, itemKey, logId }: CountRecord,
  cursor: number,
): Promise<CountRecord | undefined> {
  const events = await tx.range('scanEvents', '[sessionId+itemKey+gid]', {
    lower: [sessionId, itemKey, 0],
    upper: [sessionId, itemKey, cursor],
    limit: EVENTS_MAX,
  })
  return foldScanEvents(
    new Map(),
    events.filter((it) => it.logId === logId),
    () => UNIDENTIFIED,
  ).get(uuid)
}

/** What the server had of them it has still, as evidence: only what it never had is unsent. */
export async function addUnsent(tx: ScansTx, changes: readonly RowChange[]): Promise<void> {
  const rows = changes.flatMap(({ after }) => after ?? [])
  const uuids = rows.map((row) => row.uuid)
  const acks = await tx.bulkGet('acks', uuids)
  const refused = await tx.bulkGet('quarantine', uuids)
  const unsent = rows.filter(
    (row, index) =>
      isUnsent(row, acks[index]) &&
      !isBlocked(row, refused[index]) &&
      !isKeptBack(row, refused[index]),
  )
  if (unsent.length > 0)
    await tx.bulkPut(
      'outbox',
      unsent.map(({ uuid, sessionId }) => ({ uuid, sessionId })),
    )
}
