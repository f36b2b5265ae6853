// Read all rows of a session in pages, inside a transaction.
import type { CountRecord } from '../domain/count-record'
import type { SessionId } from '../domain/ids'
import type { ScansTx } from '../ports/scans-schema'
import { LAST } from '../ports/store'

const PAGE = 1000
/** A million rows of one session. */
const PAGES_MAX = 1000

/** Rows of one origin in uuid order. Cost grows with the session: for rebuild, join's end and epochs only. */
export async function readRows(
  tx: ScansTx,
  sessionId: SessionId,
  origin: CountRecord['origin'],
): Promise<CountRecord[]> {
  const rows: CountRecord[] = []
  let after = ''
  for (let page = 0; page < PAGES_MAX; page++) {
    const found = await tx.range('inventoryCountRecords', '[sessionId+origin+uuid]', {
      lower: [sessionId, origin, after],
      lowerOpen: true,
      upper: [sessionId, origin, LAST],
      limit: PAGE,
    })
    rows.push(...found)
    const last = found.at(-1)
    if (last === undefined || found.length < PAGE) return rows
    after = last.uuid
  }
  throw new RangeError(`Session ${sessionId} has more than ${PAGE * PAGES_MAX} rows`)
}
