// Does the server hold our rows as they are here? Asked before a submit, and in the base profile after doubtful answers.
import type { CountRecord } from '../domain/count-record'
import type { RowUuid, SessionId } from '../domain/ids'
import type { ServerItem } from '../ports/server'
import type { NetworkDeps } from './network-deps'
import { pullSession } from './pull'
import { readRows } from './rows'

export interface Differences {
  /** Own rows that the server lacks or shows otherwise. */
  readonly uuids: readonly RowUuid[]
  /** All items as read, for `resetAcks`. */
  readonly items: readonly ServerItem[]
}

/**
 * Pull the session and compare every own row with its copy: quantity, and the revision where the server keeps one.
 * Own rows are read after the pull: what the pull put right is not a difference. Rules: docs/SPEC.md SB2, PU9
 */
export async function compareWithServer(
  deps: NetworkDeps,
  sessionId: SessionId,
  signal?: AbortSignal,
): Promise<Differences> {
  const items: ServerItem[] = []
  await pullSession(deps, sessionId, { signal, onPage: (page) => items.push(...page) })
  const byUuid = new Map(items.flatMap((it) => (it.uuid === null ? [] : [[it.uuid, it] as const])))
  const own = await deps.scans.tx(['inventoryCountRecords'], 'r', (tx) =>
    readRows(tx, sessionId, 'own'),
  )
  const hasRevisions = deps.abilities.profile === 'extended'
  const uuids = own
    .filter((row) => !isSame(row, byUuid.get(row.uuid), hasRevisions))
    .map((row) => row.uuid)
  return { uuids, items }
}

function isSame(row: CountRecord, there: ServerItem | undefined, hasRevisions: boolean): boolean {
  if (there === undefined) return false
  if (hasRevisions) return there.rev === row.rev && there.quantity === row.quantity
  // Base: rows of a line whose scans were all taken back travel with null (decision 5): both say "nothing".
  return there.quantity === row.quantity || (there.quantity === null && (row.standing ?? 0) <= 0)
}
