// What of a pull is news to this device: looked for in short readings, so that nobody waits for what is known already.
import { chunksOf } from '../domain/chunks'
import { asId } from '../domain/ids'
import type { LogId, RowUuid, SessionId } from '../domain/ids'
import type { LogRow } from '../ports/scans-schema'
import type { ServerItem } from '../ports/server'
import { LAST } from '../ports/store'
import { isLog } from '../usecases/scan-totals'
import { raisesAck } from './acknowledge'
import type { EngineDeps } from './engine-deps'
import { ackOf, itemKeyOfItem, joinServerRows, namesAnew, uuidOfItem, type Incoming } from './join-rows'

/** Rows of one reading: a fold, and a scan behind it, waits for no more. */
const LOOK_ROWS = 100
const KEYS_PAGE = 1000
/** A million rows of one session. */
const KEYS_PAGES_MAX = 1000

/**
 * The items that would change something here. What is no news when it is read may be left out, whatever happens
 * meanwhile: joining it at that moment would have changed nothing. Rule: docs/SPEC.md JN13
 */
export async function newsOf(
  deps: EngineDeps,
  sessionId: SessionId,
  items: readonly ServerItem[],
  pull: { readonly isAfterRestore: boolean },
): Promise<readonly ServerItem[]> {
  const logs = await readLogs(deps, items)
  const news: ServerItem[] = []
  for (const some of chunksOf(items, LOOK_ROWS)) {
    const known = await deps.scans.tx(['inventoryCountRecords', 'matches', 'acks'], 'r', async (tx) => {
      const uuids = some.map((item) => uuidOfItem(sessionId, item))
      const stored = await tx.bulkGet('inventoryCountRecords', uuids)
      const matches = await tx.bulkGet('matches', some.map((item) => [sessionId, itemKeyOfItem(item)]))
      const acks = await tx.bulkGet('acks', uuids)
      return { stored, matches, acks }
    })
    for (const [index, item] of some.entries()) {
      const incoming: Incoming = {
        item,
        uuid: uuidOfItem(sessionId, item),
        stored: known.stored[index],
        log: logs.get(item.logId ?? ''),
        match: known.matches[index],
      }
      const isNews =
        joinServerRows([incoming], sessionId, pull).length > 0 ||
        namesAnew(incoming) ||
        ackOf(incoming, 0).some((mark) => raisesAck(known.acks[index], mark))
      if (isNews) news.push(item)
    }
  }
  return news
}

/** Apart from the rows: appends write logs. */
async function readLogs({ scans }: EngineDeps, items: readonly ServerItem[]): Promise<ReadonlyMap<string, LogRow>> {
  const ids = [...new Set(items.flatMap(({ logId }) => (logId === null ? [] : [logId])))]
  if (ids.length === 0) return new Map()
  const found = await scans.tx(['logs'], 'r', (tx) => tx.bulkGet('logs', ids.map((it) => asId<LogId>(it))))
  return new Map(found.flatMap((row) => (row !== undefined && isLog(row) ? [[row.logId, row] as const] : [])))
}

/** Rows of the server that no page of a whole pull has shown. Cost grows with the session: keys alone, page by page. */
export async function unseenRows(
  { scans }: EngineDeps,
  sessionId: SessionId,
  { seen }: { readonly seen: ReadonlySet<string> },
): Promise<readonly RowUuid[]> {
  const unseen: RowUuid[] = []
  let after = ''
  for (let page = 0; page < KEYS_PAGES_MAX; page++) {
    const lower = [sessionId, 'server', after]
    const uuids = await scans.tx(['inventoryCountRecords'], 'r', (tx) =>
      tx.rangeKeys('inventoryCountRecords', '[sessionId+origin+uuid]', {
        lower,
        lowerOpen: true,
        upper: [sessionId, 'server', LAST],
        limit: KEYS_PAGE,
      }),
    )
    unseen.push(...uuids.filter((uuid) => !seen.has(uuid)))
    const last = uuids.at(-1)
    if (last === undefined || uuids.length < KEYS_PAGE) return unseen
    after = last
  }
  throw new RangeError(`Session ${sessionId} has more than ${KEYS_PAGE * KEYS_PAGES_MAX} rows of the server`)
}
