// Base profile: of rows that came by file, what their own device has sent since is the server's word, on every pull.
import { chunksOf } from '../domain/chunks'
import type { CountRecord } from '../domain/count-record'
import { countedAtOf } from '../domain/fold'
import type { LogId, RowUuid, SessionId } from '../domain/ids'
import type { LineTexts, RowChange } from '../domain/lines'
import { sumQuantity, ZERO } from '../domain/quantity'
import type { Micro } from '../domain/quantity'
import { standingOf } from '../domain/scan-event'
import type { StoredScanEvent } from '../domain/scan-event'
import type { ScansTx } from '../ports/scans-schema'
import type { ServerItem } from '../ports/server'
import { isLog } from '../usecases/scan-totals'
import { textsFor } from '../usecases/identities'
import { ACK_TABLES, isBlocked, markAcks } from './acknowledge'
import type { AckMark } from './acknowledge'
import { isHardCount, withMatch } from './apply-identity'
import { applyToLines, LINE_TABLES } from './apply-lines'
import type { EngineDeps } from './engine-deps'
import { itemKeyOfItem, serverRowOf } from './join-rows'
import { isKeptBack } from './quarantine'

const LOGS_MAX = 10_000
const EVENTS_MAX = 20_000
/** Rows of one reading or writing: a scan waits for no more. */
const CHUNK_ROWS = 100

/** What a base server tells of a row: how much, and when its item was scanned last. */
export type Told = Pick<ServerItem, 'quantity' | 'lastScanAt'>

/**
 * How far the server is with a row, against what is here of its log. The time of the last scan never goes back within a
 * log, whatever the clock does: a later one is a longer log. So is an amount that these scans never were; and "uncounted"
 * at the same scan was said by whoever knew of more than this log. An amount that they were before, at its time, is
 * a request that came late. Nothing else tells (docs/adr/0043).
 *
 * @param events all of the row that are here, by their place in the log
 */
export function standAgainst(
  told: Told,
  events: readonly StoredScanEvent[],
): 'newer' | 'older' | 'unknown' {
  const moments = momentsOf(events)
  const now = moments.at(-1)
  if (now === undefined || isSaid(told, now)) return 'unknown'
  const { quantity, lastScanAt } = told
  const time = lastScanAt ?? 0
  if (time > now.lastScanAt) return 'newer'
  if (quantity === null && time === now.lastScanAt) return 'newer'
  if (quantity !== null && quantity !== ZERO && !moments.some((it) => it.quantity === quantity))
    return 'newer'
  const isThen = (it: Moment): boolean =>
    it.lastScanAt === time && (quantity === null || it.quantity === quantity)
  return time !== 0 && time < now.lastScanAt && moments.some(isThen) ? 'older' : 'unknown'
}

interface Moment {
  readonly quantity: Micro
  readonly lastScanAt: number
}

const isSaid = ({ quantity, lastScanAt }: Told, moment: Moment): boolean =>
  (quantity ?? ZERO) === moment.quantity &&
  (lastScanAt === null || lastScanAt === moment.lastScanAt)

function momentsOf(events: readonly StoredScanEvent[]): Moment[] {
  const moments: Moment[] = []
  let quantity = ZERO
  let lastScanAt = 0
  for (const event of events) {
    quantity = sumQuantity(quantity, event.quantity)
    if (standingOf(event) !== 0) lastScanAt = Math.max(lastScanAt, countedAtOf(event))
    moments.push({ quantity, lastScanAt })
  }
  return moments
}

/** Logs of a session that came by file. */
export async function takenLogs(
  tx: ScansTx,
  sessionId: SessionId,
): Promise<ReadonlySet<LogId | null>> {
  const logs = await tx.range('logs', 'sessionId', {
    lower: sessionId,
    upper: sessionId,
    limit: LOGS_MAX,
  })
  return new Set(
    logs.flatMap((log) => (isLog(log) && log.takenFrom !== undefined ? [log.logId] : [])),
  )
}

const TABLES = [
  ...new Set([...LINE_TABLES, ...ACK_TABLES, 'matches', 'sessions', 'scanEvents'] as const),
]

/**
 * A row of a log that came by file, of which the server shows what only its own device can have sent since, is the
 * server's from then on; it contains what is here of the log, also for a rebuild. One that a late request turned back is
 * unsent again. Costs a reading of the session's logs; nothing where none came by file. Rules: docs/SPEC.md HF10, HF16
 *
 * @param items as a base server gave them; those of an extended one are left alone
 */
export async function settleTaken(
  deps: EngineDeps,
  sessionId: SessionId,
  items: readonly ServerItem[],
): Promise<void> {
  const told = items.flatMap((item) =>
    item.rev === null && item.uuid !== null ? [{ item, uuid: item.uuid }] : [],
  )
  if (told.length === 0) return
  const taken = await deps.scans.tx(['logs'], 'r', (tx) => takenLogs(tx, sessionId))
  if (taken.size === 0) return
  for (const some of chunksOf(told, CHUNK_ROWS)) {
    const other = await otherwise(deps, some, taken)
    if (other.length > 0) await settle(deps, sessionId, other)
  }
}

interface ToldRow {
  readonly item: ServerItem
  readonly uuid: RowUuid
}

/** Looked for without holding anybody up: hardly ever there is one. */
function otherwise(
  { scans }: EngineDeps,
  told: readonly ToldRow[],
  taken: ReadonlySet<LogId | null>,
): Promise<ToldRow[]> {
  return scans.tx(['inventoryCountRecords'], 'r', async (tx) => {
    const rows = await tx.bulkGet(
      'inventoryCountRecords',
      told.map((it) => it.uuid),
    )
    return told.filter(({ item }, index) => {
      const row = rows[index]
      return row?.origin === 'own' && taken.has(row.logId) && !isSaid(item, row)
    })
  })
}

interface Standing extends ToldRow {
  readonly row: CountRecord
  readonly events: readonly StoredScanEvent[]
}

async function settle(
  deps: EngineDeps,
  sessionId: SessionId,
  told: readonly ToldRow[],
): Promise<void> {
  const texts = await textsFor(
    deps.catalogue,
    told.flatMap(({ item }) => item.productId ?? []),
  )
  const at = deps.clock.now()
  const { newer, older, result } = await deps.scans.tx(TABLES, 'rw', async (tx) => {
    const standing = await readStanding(tx, sessionId, told)
    const newer = standing.filter(({ item, events }) => standAgainst(item, events) === 'newer')
    const older = standing.filter(({ item, events }) => standAgainst(item, events) === 'older')
    await tx.bulkPut(
      'outbox',
      (await unrefused(tx, older)).map(({ uuid }) => ({ uuid, sessionId })),
    )
    const textsOf = (lineKey: string): LineTexts => {
      const row = newer.find((it) => (it.item.productId ?? it.row.lineKey) === lineKey)
      const raw = row?.row.productIdentifier ?? lineKey
      return (
        (row?.item.productId != null && texts.get(row.item.productId)) || {
          name: raw,
          identifier: raw,
        }
      )
    }
    return {
      newer,
      older,
      result: newer.length === 0 ? null : await yieldRows(tx, sessionId, { newer, at, textsOf }),
    }
  })
  if (older.length > 0)
    deps.log.write('warn', 'taken-scans-sent-again', { sessionId, rows: older.length })
  if (newer.length > 0)
    deps.log.write('warn', 'taken-scans-gave-way', { sessionId, rows: newer.length })
  if (result !== null)
    deps.bus.post({
      kind: 'lines',
      sessionId,
      changed: result.changed.map((it) => it.lineKey),
      counts: result.counts,
    })
}

async function readStanding(
  tx: ScansTx,
  sessionId: SessionId,
  told: readonly ToldRow[],
): Promise<Standing[]> {
  const rows = await tx.bulkGet(
    'inventoryCountRecords',
    told.map((it) => it.uuid),
  )
  const standing: Standing[] = []
  for (const [index, it] of told.entries()) {
    const row = rows[index]
    if (row?.origin === 'own')
      standing.push({ ...it, row, events: await eventsOf(tx, sessionId, row) })
  }
  return standing
}

/** Folded or not: what is not yet must not be added to what the server shows. */
async function eventsOf(
  tx: ScansTx,
  sessionId: SessionId,
  { itemKey, logId }: CountRecord,
): Promise<StoredScanEvent[]> {
  const range = {
    lower: [sessionId, itemKey, 0],
    upper: [sessionId, itemKey, Infinity],
    limit: EVENTS_MAX,
  }
  const events = await tx.range('scanEvents', '[sessionId+itemKey+gid]', range)
  return events.filter((it) => it.logId === logId)
}

/** What was refused, or is kept back, waits for a person or for its session. */
async function unrefused(tx: ScansTx, rows: readonly Standing[]): Promise<Standing[]> {
  const refused = await tx.bulkGet(
    'quarantine',
    rows.map((it) => it.uuid),
  )
  return rows.filter(
    ({ row }, index) => !isBlocked(row, refused[index]) && !isKeptBack(row, refused[index]),
  )
}

/** The events stay; their sum is not this device's to tell any more. Nothing of it is unsent or refused. */
async function yieldRows(
  tx: ScansTx,
  sessionId: SessionId,
  {
    newer,
    at,
    textsOf,
  }: {
    readonly newer: readonly Standing[]
    readonly at: number
    readonly textsOf: (lineKey: string) => LineTexts
  },
) {
  const matches = await tx.bulkGet(
    'matches',
    newer.map(({ item }) => [sessionId, itemKeyOfItem(item)]),
  )
  const changes = newer.map(
    ({ item, uuid, row, events }, index): RowChange & { readonly after: CountRecord } => {
      const rev = Math.max(row.rev, events.at(-1)?.seq ?? 0)
      return {
        before: row,
        after: withMatch(
          { ...serverRowOf({ item, uuid }, sessionId), logId: row.logId, rev },
          matches[index],
        ),
      }
    },
  )
  await tx.bulkPut(
    'inventoryCountRecords',
    changes.map(({ after }) => after),
  )
  await markAcks(
    tx,
    sessionId,
    newer.map((it) => containedMark(it, at)),
  )
  const uuids = newer.map((it) => it.uuid)
  await tx.bulkDelete('outbox', uuids)
  await tx.bulkDelete('quarantine', uuids)
  return await applyToLines(tx, {
    sessionId,
    isHardCount: await isHardCount(tx, sessionId),
    changes,
    textsOf,
  })
}

function containedMark({ item, uuid, row, events }: Standing, at: number): AckMark {
  const standing = events.reduce((sum, it) => sum + standingOf(it), 0)
  return {
    uuid,
    rev: Math.max(row.rev, events.at(-1)?.seq ?? 0),
    matchRev: row.matchRev,
    standing,
    importItemSeqId: item.importItemSeqId,
    at,
  }
}
