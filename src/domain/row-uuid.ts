// Identity of a count record: the same session, log and item give the same uuid on every fold (decision 10).
import { v5 } from 'uuid'
import { asId } from './ids'
import type { ItemKey, LogId, RowUuid, SessionId } from './ids'

const NAMESPACE = '7b0c9f0e-3d4f-4c53-9a57-1d0f1a3c5e21'

/** Version 5 (SHA-1, synchronous) of (session, log, item). Never random: a rebuild makes the same rows. */
export function rowUuidOf(sessionId: SessionId, logId: LogId, itemKey: ItemKey): RowUuid {
  // As JSON: a separator that occurs in a raw value cannot make two triples one.
  return asId<RowUuid>(v5(JSON.stringify([sessionId, logId, itemKey]), NAMESPACE))
}

/** A stable uuid for a row that the server made and gave none. */
export function serverRowUuidOf(sessionId: SessionId, importItemSeqId: string): RowUuid {
  return asId<RowUuid>(v5(JSON.stringify([sessionId, importItemSeqId]), NAMESPACE))
}
