// DELETE items: a tombstone in the extended profile, gone in the base profile (decision 15).
import type { Caller, ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import { askJudging } from '../review/judging-queue'
import { judge } from '../review/run-judging'
import { decideDeletion } from '../rules/delete-rows'
import { deleteRows, keepEvidence, readRows, updateRows } from './item-store'
import { productsOf } from './put-items'
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
  const judgingId = await context.db.tx(async (sql) => {
    const session = await holdSession(sql, caller, sessionId)
    const now = context.clock.now()
    const stored = await readRows(sql, sessionId, {
      uuids: rows.flatMap((it) => (it.importItemSeqId === undefined ? (it.uuid ?? []) : [])),
      seqs: rows.flatMap((it) => (it.importItemSeqId === undefined ? [] : Number.parseInt(it.importItemSeqId, 10) || [])),
    })
    if (context.profile === 'hotwax') {
      await deleteRows(sql, sessionId, stored.map((it) => it.seq))
      return null
    }
    const deletion = decideDeletion(stored, { session: session.status, cycleCount: session.cycleCountStatus }, now)
    if (deletion.kind === 'settled') throw new HttpError(400, `Session ${sessionId} is settled: its rows stay`, 'BAD_REQUEST')
    await updateRows(sql, sessionId, deletion.updated)
    await keepEvidence(sql, { sessionId, deviceId: null, userId: caller.userName, fence: null, now }, deletion.evidence)
    const productIds = session.status === 'submitted' ? productsOf(stored) : []
    return productIds.length > 0 ? askJudging(sql, { ...session, productIds }, context) : null
  })
  await judge(judgingId, context)
  return rows.map(() => ({}))
}
