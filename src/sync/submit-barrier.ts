// The barrier before a submit: everything folded, sent, and shown by the server as it is here (decision 17).
import { RemoteError } from '../domain/errors'
import type { RowUuid, SessionId } from '../domain/ids'
import type { OutboxRow, QuarantineRow, SubmitProblem } from '../ports/scans-schema'
import type { RowVerdict } from '../ports/server'
import { resetAcks } from './acknowledge'
import { foldNew } from './fold'
import type { NetworkDeps } from './network-deps'
import { type PushMemory, pushSession } from './push'
import { REMOVED_ON_SERVER, SESSION_CLOSED } from '../ports/scans-schema'
import { unsentRowsOf } from './unsent'
import { compareWithServer, type Differences } from './verify'

/** Rounds before a submit gives up for now: scans are refused meanwhile, so one or two do. */
const PASSES_MAX = 5
/** Push runs in one round. */
const PUSH_RUNS_MAX = 5
const QUARANTINE_MAX = 1000

interface BarrierParts {
  readonly deps: NetworkDeps
  readonly memory: PushMemory
}

/**
 * Fold, send, compare, until nothing is new and the server shows every own row. What it lacks or shows otherwise is
 * sent once more; what differs then was changed by somebody else. A row that a supervisor removed stays removed, and
 * stays in sight as held.
 *
 * @returns null when the status may move
 * @throws {RemoteError} `not-yet` while scans keep coming in: the submit waits. Rules: docs/SPEC.md SB2, SB3, SB10, SB13
 */
export async function problemBefore(
  { deps, memory }: BarrierParts,
  sessionId: SessionId,
  signal?: AbortSignal,
): Promise<SubmitProblem | null> {
  const repaired = new Set<RowUuid>()
  const duplicates = new Set<RowUuid>()
  const note = (verdict: RowVerdict): void => {
    if (verdict.verdict === 'duplicate') duplicates.add(verdict.uuid)
    else duplicates.delete(verdict.uuid)
  }
  for (let pass = 0; pass < PASSES_MAX; pass++) {
    await foldNew(deps, signal)
    await pushAll({ deps, memory }, sessionId, { signal, onVerdict: note })
    if ((await quarantineOf(deps, sessionId)).some((it) => it.kind === 'rejected'))
      return 'rejected'
    const found = await compareWithServer(deps, sessionId, signal)
    const isRemoved = (uuid: RowUuid): boolean => found.missing.has(uuid) && duplicates.has(uuid)
    const different = found.uuids.filter((uuid) => !isRemoved(uuid))
    await holdRemoved(deps, sessionId, found.uuids.filter(isRemoved))
    if (different.some((uuid) => repaired.has(uuid))) return 'changed-elsewhere'
    if (different.length > 0) {
      deps.log.write('warn', 'submit-differs', { sessionId, rows: different.length })
      for (const uuid of different) repaired.add(uuid)
      await sendAgain(deps, sessionId, found)
    } else if (await isAllThere(deps, sessionId, signal)) return null
  }
  throw new RemoteError('not-yet', 'New scans came in while submitting')
}

/**
 * The session is submitted already, by an earlier try of ours or by another device: send what it still takes.
 *
 * @returns whether the server has every own row in the count. Rules: docs/SPEC.md SB12
 */
export async function isAllInSubmitted(
  { deps, memory }: BarrierParts,
  sessionId: SessionId,
  signal?: AbortSignal,
): Promise<boolean> {
  await foldNew(deps, signal)
  await pushAll({ deps, memory }, sessionId, { signal })
  const entries = await quarantineOf(deps, sessionId)
  return !entries.some((it) => it.kind === 'rejected' || it.code === SESSION_CLOSED)
}

async function pushAll(
  { deps, memory }: BarrierParts,
  sessionId: SessionId,
  options: NonNullable<Parameters<typeof pushSession>[3]>,
): Promise<void> {
  for (let run = 0; run < PUSH_RUNS_MAX; run++)
    if ((await pushSession(deps, memory, sessionId, options)) === 0) return
}

function quarantineOf(deps: NetworkDeps, sessionId: SessionId): Promise<readonly QuarantineRow[]> {
  return deps.scans.tx(['quarantine'], 'r', (tx) =>
    tx.range('quarantine', 'sessionId', {
      lower: sessionId,
      upper: sessionId,
      limit: QUARANTINE_MAX,
    }),
  )
}

/** Nothing was scanned, folded or queued since the comparison began. */
async function isAllThere(
  deps: NetworkDeps,
  sessionId: SessionId,
  signal?: AbortSignal,
): Promise<boolean> {
  await foldNew(deps, signal)
  return (await unsentRowsOf(deps, sessionId)) === 0
}

/** The server knows the rows at this revision and does not show them: its word stands (decision 15), in sight. */
function holdRemoved(
  deps: NetworkDeps,
  sessionId: SessionId,
  uuids: readonly RowUuid[],
): Promise<void> {
  const at = deps.clock.now()
  return deps.scans.tx(['inventoryCountRecords', 'quarantine'], 'rw', async (tx) => {
    const rows = await tx.bulkGet('inventoryCountRecords', uuids)
    const entries = rows.flatMap((row): QuarantineRow[] =>
      row === undefined
        ? []
        : [
            {
              uuid: row.uuid,
              sessionId,
              kind: 'held',
              code: REMOVED_ON_SERVER,
              message: 'Removed from the count on the server',
              rev: row.rev,
              at,
            },
          ],
    )
    await tx.bulkPut('quarantine', entries)
  })
}

/** Put rows back among the unsent ones. Extended: what is acknowledged is set to what the server shows. */
export async function sendAgain(
  deps: NetworkDeps,
  sessionId: SessionId,
  { uuids, items }: Differences,
): Promise<void> {
  if (deps.abilities.profile === 'extended') return resetAcks(deps, sessionId, items)
  const rows = uuids.map((uuid): OutboxRow => ({ uuid, sessionId }))
  await deps.scans.tx(['outbox'], 'rw', (tx) => tx.bulkPut('outbox', rows))
}
