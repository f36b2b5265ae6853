// A session of the demo with every scan that it is made of: rows, evidence and events tell the same story.
import { standingOf, type ScanEventDraft } from '../../src/domain/scan-event'
import { asId, type ItemKey, type LogId, type SessionId } from '../../src/domain/ids'
import { rowUuidOf } from '../../src/domain/row-uuid'
import { insertSession, setSessionStatus } from '../counts/session-store'
import type { Sql } from '../db/db'
import type { PastLine, PastSession } from './history'

const SECOND_MS = 1000
/** More than this many is typed before the scan, `24 ×`. */
const SINGLE_SCANS_MAX = 12
/** From shelf to shelf, and from piece to piece. */
const PACE = { ana: { walkMs: 11 * SECOND_MS, scanMs: 1900 }, ben: { walkMs: 15 * SECOND_MS, scanMs: 2300 } } as const
const DEVICES = { ana: 'demo-ipad-1', ben: 'demo-ipad-2' } as const
const DEVICE_NAMES = { ana: 'iPad 1', ben: 'iPad 2' } as const
type Counter = PastSession['by']

export interface NewDemoSession extends PastSession {
  readonly sessionId: string
  readonly workEffortId: string
  readonly startAt: number
  readonly dueAt: number
}

/** With the products that it asks for. */
export async function putOpenSession(sql: Sql, session: NewDemoSession, lines: readonly PastLine[]): Promise<void> {
  const { sessionId, workEffortId, startAt, dueAt } = session
  await insertSession(sql, {
    sessionId,
    workEffortId,
    name: session.name,
    area: session.area,
    status: 'assigned',
    createdBy: session.by,
    createdAt: startAt,
    parentSessionId: null,
  })
  await sql.query('update count_session set due_at = $2, next_item_seq = $3 where session_id = $1', [
    sessionId,
    dueAt,
    lines.length + 1,
  ])
  const rows = lines.map((it, index) => ({ seq: index + 1, id: it.productId, value: it.raw }))
  await sql.query(
    `insert into session_item (session_id, item_seq, product_identifier, product_id, is_requested, created_by, created_at,
       last_updated_at)
     select $1, seq, value, id, true, 'sam', $2::bigint, $2::bigint
     from jsonb_to_recordset($3::jsonb) as r(seq int, id text, value text)`,
    [sessionId, startAt, JSON.stringify(rows)],
  )
}

export interface Counting {
  readonly sessionId: string
  readonly by: Counter
  readonly startAt: number
  /** Of the rows that are counted into. */
  readonly firstSeq: number
}

type DemoEvent = Record<string, unknown> & {
  readonly kind: ScanEventDraft['kind']
  readonly quantity: number
  readonly at: number
}

interface CountedLine {
  readonly line: PastLine
  readonly uuid: string
  readonly events: readonly DemoEvent[]
}

/** @returns when the last of them was scanned */
export async function putCounted(sql: Sql, counting: Counting, lines: readonly PastLine[]): Promise<number> {
  const counted = scanAll(counting, lines)
  const events = counted.flatMap((it) => it.events)
  const endAt = events.at(-1)?.at ?? counting.startAt
  await putRows(sql, counting, counted)
  await sql.query(
    `insert into scan_event (session_id, event_id, log_id, seq, item_key, quantity, device_id, user_id, event, received_at)
     select $1, e.value->>'eventId', e.value->>'logId', (e.value->>'seq')::bigint, e.value->>'itemKey',
       (e.value->>'quantity')::numeric(20,6), $3, $4, e.value, (e.value->>'at')::bigint + 1500
     from jsonb_array_elements($2::jsonb) as e(value)`,
    [counting.sessionId, JSON.stringify(events), DEVICES[counting.by], counting.by],
  )
  await sql.query(
    `insert into session_device (session_id, device_id, user_id, unsent_scans, last_heard_at, device_name)
     values ($1, $2, $3, 0, $4, $5)`,
    [counting.sessionId, DEVICES[counting.by], counting.by, endAt, DEVICE_NAMES[counting.by]],
  )
  return endAt
}

function scanAll(counting: Counting, lines: readonly PastLine[]): readonly CountedLine[] {
  const { sessionId, by, startAt } = counting
  const logId = `demo-${sessionId}`
  const { walkMs, scanMs } = PACE[by]
  let at = startAt
  let seq = 0
  return lines.map((line) => {
    at += walkMs
    const one = (kind: DemoEvent['kind'], quantity: number, more: object = {}): DemoEvent => {
      seq += 1
      at += scanMs
      return {
        eventId: `${logId}-${seq}`,
        logId,
        seq,
        kind,
        raw: line.raw,
        itemKey: line.itemKey,
        quantity,
        packSize: 1,
        at,
        serverOffsetMs: 0,
        serverOffsetAgeMs: 0,
        userId: by,
        source: 'scanner',
        fence: 1,
        ...more,
      }
    }
    const single = line.counted > 0 && line.counted <= SINGLE_SCANS_MAX
    const events = single ? Array.from({ length: line.counted }, () => one('scan', 1)) : [one('scan', line.counted)]
    if (line.hasUndo) {
      const mistake = one('scan', 1)
      events.push(mistake, one('negation', -1, { negates: mistake['eventId'] }))
    }
    const uuid = rowUuidOf(asId<SessionId>(sessionId), asId<LogId>(logId), asId<ItemKey>(line.itemKey))
    return { line, uuid, events }
  })
}

/** Rows, and what was sent for them, in the state after the last scan. */
async function putRows(sql: Sql, { sessionId, by, firstSeq }: Counting, counted: readonly CountedLine[]): Promise<void> {
  const rows = counted.map(({ line, uuid, events }, index) => ({
    seq: firstSeq + index,
    uuid,
    log_id: `demo-${sessionId}`,
    identifier: line.raw,
    product_id: line.productId,
    quantity: events.reduce((sum, it) => sum + it.quantity, 0),
    standing: events.reduce((sum, it) => sum + standingOf(it), 0),
    rev: events.length,
    first_at: events.at(0)?.at,
    last_at: events.at(-1)?.at,
  }))
  const columns = `r(seq int, uuid text, log_id text, identifier text, product_id text, quantity numeric, standing bigint,
    rev bigint, first_at bigint, last_at bigint)`
  await sql.query(
    `insert into session_item (session_id, item_seq, uuid, log_id, product_identifier, quantity, standing, rev, product_id,
       is_requested, counted_by, created_by, created_at, last_scan_at, last_updated_at)
     select $1, r.seq, r.uuid, r.log_id, r.identifier, r.quantity, r.standing, r.rev, r.product_id, true, $3, $3,
       r.first_at, r.last_at, r.last_at
     from jsonb_to_recordset($2::jsonb) as ${columns}`,
    [sessionId, JSON.stringify(rows), by],
  )
  await sql.query(
    `insert into item_evidence (session_id, row_key, rev, match_rev, fingerprint, verdict, quantity, standing, product_id,
       product_identifier, log_id, device_id, user_id, fence, received_at)
     select $1, r.uuid, r.rev, 0, 'demo', 'applied', r.quantity, r.standing, r.product_id, r.identifier, r.log_id, $4, $3, 1,
       r.last_at + 1500
     from jsonb_to_recordset($2::jsonb) as ${columns}`,
    [sessionId, JSON.stringify(rows), by, DEVICES[by]],
  )
  await sql.query('update count_session set next_item_seq = $2 where session_id = $1', [sessionId, firstSeq + rows.length])
}

export async function submitSession(
  sql: Sql,
  { sessionId, by, at }: { readonly sessionId: string; readonly by: string; readonly at: number },
): Promise<void> {
  await setSessionStatus(sql, { id: sessionId, to: 'submitted', by, at, fence: 1 })
}
