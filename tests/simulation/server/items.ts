// Items and scan events of the simulated server: the rules of server-mock on rows in memory.
import type * as v from 'valibot'
import type { DeleteItems, PutItemsRequest, PutScanEvents } from '../../../src/contract/items'
import { answerOfPut, requireRoom } from '../../../server-mock/counts/put-items'
import { requireSpoken } from '../../../server-mock/counts/refusals'
import { HttpError } from '../../../server-mock/http/errors'
import { readPaging } from '../../../server-mock/http/query'
import { maySeeBook } from '../../../server-mock/rules/book-quantity'
import { decodeRow, type DecodedRow } from '../../../server-mock/rules/decode-row'
import { decideDeletion } from '../../../server-mock/rules/delete-rows'
import type { ItemRow } from '../../../server-mock/rules/item-row'
import { encodeItem } from '../../../server-mock/rules/item-wire'
import { elsewhere } from '../../../server-mock/rules/lock-rows'
import { overwriteRows } from '../../../server-mock/rules/overwrite-rows'
import { decidePut } from '../../../server-mock/rules/put-batch'
import type { SessionRows } from '../../../server-mock/rules/put-rows'
import type { SimSession } from './state'
import {
  catalogueOf,
  countOf,
  findSession,
  headerOf,
  holdSession,
  keepEvidence,
  lockStateOf,
  rememberUnsent,
  storeLock,
  storeRow,
  type SimHandler,
  type SimInput,
} from './world'

type PutBody = v.InferOutput<typeof PutItemsRequest>

export const putItems: SimHandler = (input) =>
  input.world.profile === 'extended' ? putExtended(input) : overwriteItems(input)

function putExtended(input: SimInput): object {
  const { world, state, caller, now } = input
  const request = input.body as PutBody
  requireSpoken(request.protocol, state.protocol)
  requireRoom(request.items.length, world)
  const sent = request.items.map(decodeRow)
  const session = holdSession(input, input.param('sessionId'))
  const header = headerOf(state, session)
  const deviceId = request.deviceId ?? null
  const fence = request.fence ?? null
  const decision = decidePut({
    session: header,
    lock: lockStateOf(session),
    sent,
    stored: namedRows(session, sent),
    openedBy: new Set(session.locks.map((it) => it.userId)),
    catalogue: catalogueOf(state, header.facilityId),
    userName: caller.userName,
    may: (it) => caller.may(it),
    deviceId,
    fence,
    now,
    leaseSeconds: world.limits.leaseSeconds,
  })
  for (const row of [...decision.inserted, ...decision.updated]) storeRow(world, session, row, deviceId)
  session.nextSeq = decision.nextSeq
  const { userName: userId } = caller
  keepEvidence(session, { deviceId, userId, fence, now }, decision.evidence)
  rememberUnsent(session, { deviceId, userId, unsentScans: request.unsentScans, now })
  if (decision.renewed !== null) storeLock(world, session, decision.renewed)
  const { epoch } = state
  for (const it of decision.verdicts)
    world.audit.verdicts.push({ ...it, epoch, at: now, sessionId: session.sessionId, userId, deviceId })
  return answerOfPut(decision, elsewhere([...session.unsent.values()], deviceId), now)
}

function overwriteItems(input: SimInput): object {
  const { world, caller, now } = input
  const request = input.body as PutBody
  requireRoom(request.items.length, world)
  const sent = request.items.map(decodeRow)
  const session = holdSession(input, input.param('sessionId'))
  const outcome = overwriteRows(sent, namedRows(session, sent), { now, userName: caller.userName })
  if (outcome.kind === 'refused') throw new HttpError(400, outcome.refusal.message, 'BAD_REQUEST')
  for (const row of [...outcome.inserted, ...outcome.updated]) storeRow(world, session, row, request.deviceId ?? null)
  session.nextSeq = outcome.nextSeq
  return {}
}

/** The rows that a request names, as the routes read them. */
function namedRows(session: SimSession, sent: readonly DecodedRow[]): SessionRows {
  const rows = new Map<number, ItemRow>()
  for (const decoded of sent) {
    if (decoded.kind !== 'row') continue
    const { uuid, seq } = decoded.row
    for (const place of [uuid === null ? undefined : session.seqOfUuid.get(uuid), seq]) {
      const row = place == null ? undefined : session.rows.get(place)
      if (row !== undefined) rows.set(row.seq, row)
    }
  }
  return { rows: [...rows.values()], nextSeq: session.nextSeq }
}

export const listItems: SimHandler = (input) => {
  const { world, state, caller } = input
  const session = findSession(input, input.param('sessionId'))
  if (session === null) return []
  const { facilityId, isBlind } = countOf(state, session)
  const stock = facilityId === null ? undefined : state.stock.get(facilityId)
  const view = {
    sessionId: session.sessionId,
    facilityId,
    maySeeBook: maySeeBook((it) => caller.may(it), isBlind),
    profile: world.profile,
  }
  return pageOf(input, session).map((row) => {
    const book = row.productId === null ? undefined : stock?.get(row.productId)
    return encodeItem(row, {
      ...view,
      productName: row.productId === null ? null : (state.products.get(row.productId)?.name ?? null),
      qoh: book?.qoh ?? null,
      atp: book?.atp ?? null,
    })
  })
}

/** The base profile repeats a row for every facility that stocks its product. */
function pageOf({ world, state, query }: SimInput, session: SimSession): readonly ItemRow[] {
  const { limit, offset } = readPaging(query, world.limits.pageRowsMax)
  const stocks = [...state.stock.values()]
  const timesOf = (row: ItemRow): number => {
    const { productId } = row
    if (!world.repeatsItemRows || productId === null) return 1
    return Math.max(1, stocks.filter((it) => it.has(productId)).length)
  }
  const page: ItemRow[] = []
  let place = 0
  for (const row of session.rows.values()) {
    if (row.isDeleted) continue
    for (let time = timesOf(row); time > 0; time--) {
      if (place >= offset) page.push(row)
      place += 1
      if (page.length >= limit) return page
    }
  }
  return page
}

export const countItems: SimHandler = (input) => {
  const session = findSession(input, input.param('sessionId'))
  let count = 0
  for (const row of session?.rows.values() ?? []) if (!row.isDeleted) count += 1
  return { count }
}

/** Deleting is a supervisor's: a tombstone in the extended profile, gone in the base profile. */
export const deleteItems: SimHandler = (input) => {
  const { world, state, caller, now } = input
  const named = input.body as v.InferOutput<typeof DeleteItems>
  requireRoom(named.length, world)
  const session = holdSession(input, input.param('sessionId'))
  const stored = named.flatMap(({ importItemSeqId, uuid }) => {
    const seq = importItemSeqId === undefined ? session.seqOfUuid.get(uuid ?? '') : Number.parseInt(importItemSeqId, 10)
    return (seq === undefined ? undefined : session.rows.get(seq)) ?? []
  })
  if (world.profile === 'hotwax') {
    for (const row of stored) {
      session.rows.delete(row.seq)
      if (row.uuid !== null) session.seqOfUuid.delete(row.uuid)
    }
    return named.map(() => ({}))
  }
  const header = headerOf(state, session)
  const deletion = decideDeletion(stored, { session: header.status, cycleCount: header.cycleCountStatus }, now)
  if (deletion.kind === 'settled')
    throw new HttpError(400, `Session ${session.sessionId} is settled: its rows stay`, 'BAD_REQUEST')
  for (const row of deletion.updated) storeRow(world, session, row, null)
  keepEvidence(session, { deviceId: null, userId: caller.userName, fence: null, now }, deletion.evidence)
  return named.map(() => ({}))
}

export const putScanEvents: SimHandler = (input) => {
  const { world, state, now } = input
  const { events, protocol } = input.body as v.InferOutput<typeof PutScanEvents>
  requireSpoken(protocol, state.protocol)
  if (events.length > world.limits.scanEventsMax)
    throw new HttpError(413, `At most ${world.limits.scanEventsMax} events in one request`, 'TOO_LARGE')
  const session = holdSession(input, input.param('sessionId'))
  const before = session.events.size
  for (const event of events) if (!session.events.has(event.eventId)) session.events.set(event.eventId, event)
  const stored = session.events.size - before
  return { stored, known: events.length - stored, serverTime: now }
}
