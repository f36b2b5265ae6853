// Send the raw scan events after the rows: the reviewer's evidence, idempotent by eventId (decision 21). Extended only.
import { RemoteError } from '../domain/errors'
import type { SessionId } from '../domain/ids'
import type { NetworkDeps } from './network-deps'

/** Batches in one run: rows of other sessions must not wait for a long history. */
const BATCHES_PER_RUN = 10

export type EvidenceResult = 'all-sent' | 'more' | 'refused'

/**
 * Send events of a session from where the last run ended.
 *
 * The cursor moves after the answer, so a crash sends a batch again, which the server knows by eventId.
 *
 * @returns `refused` when the server does not want them; the events stay here and are offered again in the next life
 * @throws {RemoteError} for the network and the sign-in
 */
export async function sendEvidence(
  deps: NetworkDeps,
  sessionId: SessionId,
  signal?: AbortSignal,
): Promise<EvidenceResult> {
  if (deps.abilities.profile !== 'extended') return 'all-sent'
  const cursorKey = `evidence:${sessionId}` as const
  for (let batch = 0; batch < BATCHES_PER_RUN; batch++) {
    const cursor = await deps.scans.tx(['meta'], 'r', (tx) => tx.get('meta', cursorKey))
    const from = cursor !== undefined && 'gid' in cursor ? cursor.gid : 0
    // Alone: waiting for a fold with the events in hand it would hold up every append.
    const events = await deps.scans.tx(['scanEvents'], 'r', (tx) =>
      tx.range('scanEvents', '[sessionId+gid]', {
        lower: [sessionId, from],
        lowerOpen: true,
        upper: [sessionId, Number.MAX_SAFE_INTEGER],
        limit: deps.limits.evidenceBatch,
      }),
    )
    const last = events.at(-1)
    if (last === undefined) return 'all-sent'
    if (!(await put(deps, sessionId, events, signal))) return 'refused'
    await deps.scans.tx(['meta'], 'rw', (tx) => tx.put('meta', { k: cursorKey, gid: last.gid }))
    if (events.length < deps.limits.evidenceBatch) return 'all-sent'
  }
  return 'more'
}

type Events = Parameters<NetworkDeps['api']['putScanEvents']>[1]

/** @returns false for a refusal, which never blocks anything */
async function put(
  deps: NetworkDeps,
  sessionId: SessionId,
  events: Events,
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    await deps.api.putScanEvents(sessionId, events, signal)
    return true
  } catch (error) {
    if (!(error instanceof RemoteError) || error.isRetryable || error.reason === 'unauthorized')
      throw error
    deps.log.write('warn', 'evidence-refused', {
      sessionId,
      reason: error.reason,
      message: error.message,
    })
    return false
  }
}
