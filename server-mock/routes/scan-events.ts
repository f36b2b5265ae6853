// PUT scanEvents: the reviewer's evidence, stored once per event and never used for totals (decision 21).
import { COUNTS } from '../../src/contract/envelope'
import { PutScanEvents, PutScanEventsResponse, type WireScanEvent } from '../../src/contract/items'
import { requireSpoken } from '../counts/refusals'
import { holdSession } from '../counts/session-store'
import type { Sql } from '../db/db'
import { HttpError } from '../http/errors'
import type { Registrar } from '../http/route'

/** Rules: docs/SPEC.md SC25. */
export const registerScanEvents: Registrar = (registry) => {
  registry.route({
    method: 'PUT',
    path: `${COUNTS}cycleCounts/sessions/:sessionId/scanEvents`,
    needs: ['INVCOUNT_APP_VIEW'],
    isExtension: true,
    body: PutScanEvents,
    answer: PutScanEventsResponse,
    handler: async ({ caller, param, body, context }) => {
      const { limits, clock, db } = context
      requireSpoken(body.protocol, limits.protocol)
      if (body.events.length > limits.scanEventsMax)
        throw new HttpError(413, `At most ${limits.scanEventsMax} events in one request`, 'TOO_LARGE')
      const now = clock.now()
      return db.tx(async (sql) => {
        const session = await holdSession(sql, caller, param('sessionId'))
        const source = { sessionId: session.sessionId, deviceId: body.deviceId ?? null, userId: caller.userName, now }
        const stored = await insertEvents(sql, source, body.events)
        return { stored, known: body.events.length - stored, serverTime: now }
      })
    },
  })
}

interface Source {
  readonly sessionId: string
  readonly deviceId: string | null
  readonly userId: string
  readonly now: number
}

/** @returns how many were new */
async function insertEvents(sql: Sql, source: Source, events: readonly WireScanEvent[]): Promise<number> {
  const [row] = await sql.query<{ stored: number }>(
    `with stored as (
       insert into scan_event (session_id, event_id, log_id, seq, item_key, quantity, device_id, user_id, event, received_at)
       select $1, e.value->>'eventId', e.value->>'logId', (e.value->>'seq')::bigint, e.value->>'itemKey',
         (e.value->>'quantity')::numeric(20,6), $3, $4, e.value, $5
       from jsonb_array_elements($2::jsonb) as e(value)
       on conflict do nothing returning 1
     ) select count(*) as stored from stored`,
    [source.sessionId, JSON.stringify(events), source.deviceId, source.userId, source.now],
  )
  return row?.stored ?? 0
}
