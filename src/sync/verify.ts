// Does the server hold our rows as they are here? Asked before a submit, and in the base profile after doubtful answers.
import type { CountRecord } from '../domain/count-record'
import type { RowUuid, SessionId } from '../domain/ids'
import type { Micro } from '../domain/quantity'
import type { ScansTx } from '../ports/scans-schema'
import type { ServerItem } from '../ports/server'
import { isBlocked } from './acknowledge'
import type { NetworkDeps } from './network-deps'
import { pullSession } from './pull'
import { readRows } from './rows'
import { sendsNull } from './unsent'

export interface Differences {
  /** Own rows that the server lacks or shows otherwise, although it acknowledged them. */
  readonly uuids: readonly RowUuid[]
  /** Those of them that it does not show at all. */
  readonly missing: ReadonlySet<RowUuid>
  /** All items as read, for `resetAcks`. */
  readonly items: readonly ServerItem[]
}

/** An own row beside what the server is told of it. */
interface Told {
  readonly row: CountRecord
  /** null: base profile, the item is uncounted. */
  readonly quantity: Micro | null
}

/**
 * Pull the session and compare every own row with its copy: the quantity as it is sent, and the revision where the
 * server keeps one. Own rows are read after the pull: what the pull put right is not a difference. Rows that wait to
 * be sent, or that the server refused, are no difference either: of those it has said nothing else.
 * Rules: docs/SPEC.md SB2, SB14, PU9
 */
export async function compareWithServer(
  deps: NetworkDeps,
  sessionId: SessionId,
  signal?: AbortSignal,
): Promise<Differences> {
  const items: ServerItem[] = []
  await pullSession(deps, sessionId, { signal, onPage: (page) => items.push(...page) })
  const byUuid = new Map(items.flatMap((it) => (it.uuid === null ? [] : [[it.uuid, it] as const])))
  const hasRevisions = deps.abilities.profile === 'extended'
  const settled = await deps.scans.tx(
    ['inventoryCountRecords', 'items', 'outbox', 'quarantine'],
    'r',
    (tx) => readSettled(tx, sessionId, hasRevisions),
  )
  const differing = settled
    .filter((told) => !isSame(told, byUuid.get(told.row.uuid), hasRevisions))
    .map(({ row }) => row.uuid)
  return { uuids: differing, missing: new Set(differing.filter((it) => !byUuid.has(it))), items }
}

async function readSettled(
  tx: ScansTx,
  sessionId: SessionId,
  hasRevisions: boolean,
): Promise<Told[]> {
  const own = await readRows(tx, sessionId, 'own')
  const uuids = own.map((row) => row.uuid)
  const waiting = await tx.bulkGet('outbox', uuids)
  const refused = await tx.bulkGet('quarantine', uuids)
  const lines = await tx.bulkGet(
    'items',
    own.map((row) => [sessionId, row.lineKey]),
  )
  return own.flatMap((row, index) => {
    if (waiting[index] !== undefined || isBlocked(row, refused[index])) return []
    return [{ row, quantity: !hasRevisions && sendsNull(lines[index]) ? null : row.quantity }]
  })
}

function isSame(
  { row, quantity }: Told,
  there: ServerItem | undefined,
  hasRevisions: boolean,
): boolean {
  if (there === undefined || there.quantity !== quantity) return false
  return !hasRevisions || there.rev === row.rev
}
