// DELETE items: a tombstone in the extended profile, gone in the base profile (decision 15).
import type { Caller, ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import { admissionOf } from '../rules/admission'
import { rowKeyOf, type ItemRow } from '../rules/item-row'
import type { Evidence } from '../rules/put-rows'
import { deleteRows, keepEvidence, readRows, updateRows } from './item-store'
import { holdSession } from './session-store'

interface Deletion {
  readonly sessionId: string
  readonly caller: Caller
  readonly rows: readonly { readonly importItemSeqId?: string | undefined; readonly uuid?: string | null | undefined }[]
  readonly context: ServerContext
}

/**
 * Repeatable: rows that are gone already are passed over.
 * @returns one empty object per row, as Moqui answers an array
 * @throws HttpError 400 in a settled session, 413; nothing is deleted then
 */
export async function deleteItems({ sessionId, caller, rows, context }: Deletion): Promise<readonly object[]> {
  if (rows.length > context.limits.itemsMax)
    throw new HttpError(413, `At most ${context.limits.itemsMax} items in one request`, 'TOO_LARGE')
  await context.db.tx(async (sql) => {
    const session = await holdSession(sql, caller, sessionId)
    const now = context.clock.now()
    const stored = await readRows(sql, sessionId, {
      uuids: rows.flatMap((it) => (it.importItemSeqId === undefined ? (it.uuid ?? []) : [])),
      seqs: rows.flatMap((it) => (it.importItemSeqId === undefined ? [] : Number.parseInt(it.importItemSeqId, 10) || [])),
    })
    if (context.profile === 'hotwax') return deleteRows(sql, sessionId, stored.map((it) => it.seq))
    const { status, cycleCountStatus } = session
    if (admissionOf({ session: status, cycleCount: cycleCountStatus, fence: null, currentFence: 0 }) === 'held')
      throw new HttpError(400, `Session ${sessionId} is settled: its rows stay`, 'BAD_REQUEST')
    const living = stored.filter((it) => !it.isDeleted)
    await updateRows(sql, sessionId, living.map((it) => ({ ...it, isDeleted: true, lastUpdatedAt: now })))
    const source = { sessionId, deviceId: null, userId: caller.userName, fence: null, now }
    await keepEvidence(sql, source, living.map(proofOf))
  })
  return rows.map(() => ({}))
}

function proofOf(row: ItemRow): Evidence {
  const { rev, matchRev, quantity, standing, productId, productIdentifier, logId } = row
  return {
    rowKey: rowKeyOf(row), rev, matchRev, fingerprint: 'deleted', verdict: 'deleted',
    quantity, standing, productId, productIdentifier, logId,
  }
}
