// Items of a session and the scan evidence over HTTP (contract 4.3, decisions 4, 5, 13, 15, 21).
import * as v from 'valibot'
import { PROTOCOL } from '../contract/envelope'
import {
  Count,
  type ItemVerdict,
  type PutItem,
  PutItemsResponse,
  PutScanEventsResponse,
  type WireItem,
  WireItems,
  type WireScanEvent,
} from '../contract/items'
import { RemoteError } from '../domain/errors'
import { asId, type ProductId, type RowUuid } from '../domain/ids'
import { decodeQuantity, encodeQuantity, type Micro } from '../domain/quantity'
import type { StoredScanEvent } from '../domain/scan-event'
import type {
  Caller,
  CountsApi,
  PutItemsAnswer,
  PutItemsRequest,
  RowVerdict,
  ServerItem,
} from '../ports/server'
import { SESSIONS } from './counts-api'
import { decodeElsewhere } from './decode-counts'
import { type Http, part } from './http'

type Calls = Pick<CountsApi, 'itemsPage' | 'itemCount' | 'putItems' | 'putScanEvents'>

export function createItemsCalls(
  http: Http,
  caller: Caller,
  profile: 'extended' | 'hotwax',
): Calls {
  return {
    async itemsPage(sessionId, pageIndex, pageSize, signal, changedSince) {
      const path = `${SESSIONS}/${part(sessionId)}/items`
      // Without an order the server promises none, and pages could overlap or miss rows.
      const query = {
        inventoryCountImportId: sessionId,
        pageIndex,
        pageSize,
        orderByField: 'importItemSeqId',
        ...(changedSince === undefined ? {} : { lastUpdatedStamp_from: changedSince }),
      }
      const rows = await http.json({ method: 'get', path, schema: WireItems, query, signal })
      return { items: decodeItems(rows), more: rows.length >= pageSize }
    },
    async itemCount(sessionId) {
      const path = `${SESSIONS}/${part(sessionId)}/items/count`
      return (await http.json({ method: 'get', path, schema: Count })).count
    },
    putItems: (request, signal) =>
      profile === 'extended'
        ? putExtended(http, caller, request, signal)
        : putBase(http, caller, request, signal),
    async putScanEvents(sessionId, events, signal) {
      const path = `${SESSIONS}/${part(sessionId)}/scanEvents`
      const body = {
        protocol: PROTOCOL,
        deviceId: caller.deviceId,
        events: events.map(encodeEvent),
      }
      await http.json({ method: 'put', path, schema: PutScanEventsResponse, body, signal })
    },
  }
}

function bodyOf(
  caller: Caller,
  request: PutItemsRequest,
  now: number,
  hidesStanding: boolean,
): Record<string, unknown> {
  return {
    protocol: PROTOCOL,
    deviceId: caller.deviceId,
    unsentScans: request.unsentScans,
    ...(request.fence === null ? {} : { fence: request.fence }),
    items: request.rows.map((row) => encodeRow(row, now, hidesStanding)),
  }
}

async function putExtended(
  http: Http,
  caller: Caller,
  request: PutItemsRequest,
  signal?: AbortSignal,
): Promise<PutItemsAnswer> {
  const path = `${SESSIONS}/${part(request.sessionId)}/items`
  const sentAt = http.clock.now()
  const body = bodyOf(caller, request, sentAt, false)
  const told = await http.json({ method: 'put', path, schema: PutItemsResponse, body, signal })
  http.noteServerTime(told.serverTime, sentAt)
  const revOf = new Map(request.rows.map((row) => [String(row.uuid), row.rev]))
  const verdicts = told.items.flatMap((it) => decodeVerdict(it, revOf))
  return { verdicts, serverTime: told.serverTime, elsewhere: decodeElsewhere(told) }
}

/** Base: the server says nothing about rows; a JSON body of its own is the proof that it took them all. */
async function putBase(
  http: Http,
  caller: Caller,
  request: PutItemsRequest,
  signal?: AbortSignal,
): Promise<PutItemsAnswer> {
  const path = `${SESSIONS}/${part(request.sessionId)}/items`
  const body = bodyOf(caller, request, http.clock.now(), true)
  const schema = v.union([v.record(v.string(), v.unknown()), v.array(v.unknown())])
  await http.json({ method: 'put', path, schema, body, signal })
  const verdicts = request.rows.map((row): RowVerdict => ({
    uuid: row.uuid,
    verdict: 'applied',
    rev: row.rev,
    importItemSeqId: null,
    lastUpdatedStamp: null,
    code: null,
    message: null,
  }))
  return { verdicts, serverTime: null }
}

/**
 * Absent = unchanged, null = cleared. What this device does not know is left out, so that the server fills it in.
 *
 * @param hidesStanding the base profile has no `standing`: there an uncounted item says so by a null quantity
 */
function encodeRow(
  row: PutItemsRequest['rows'][number],
  now: number,
  hidesStanding: boolean,
): PutItem {
  return {
    uuid: row.uuid,
    productId: row.productId,
    productIdentifier: row.productIdentifier,
    quantity: hidesStanding && row.sendNullQuantity ? null : encodeQuantity(row.quantity),
    createdDate: row.createdAt,
    lastUpdatedAt: now,
    rev: row.rev,
    matchRev: row.matchRev,
    ...(row.standing === null ? {} : { standing: row.standing }),
    ...(row.logId === null ? {} : { logId: row.logId }),
    ...(row.isRequested === null
      ? {}
      : { isRequested: row.isRequested ? ('Y' as const) : ('N' as const) }),
    ...(row.systemQuantityOnHand === null
      ? {}
      : { systemQuantityOnHand: encodeQuantity(row.systemQuantityOnHand) }),
    ...(row.lastScanAt === 0 ? {} : { lastScanAt: row.lastScanAt }),
    ...(row.countedBy === null ? {} : { countedByUserLoginId: row.countedBy }),
  }
}

/** A verdict about a row that was not sent says nothing about ours. */
function decodeVerdict(wire: ItemVerdict, revOf: ReadonlyMap<string, number>): RowVerdict[] {
  const sentRev = wire.uuid == null ? undefined : revOf.get(wire.uuid)
  if (wire.uuid == null || sentRev === undefined) return []
  const uuid = asId<RowUuid>(wire.uuid)
  if (wire.verdict === 'rejected') {
    return [
      {
        uuid,
        verdict: 'rejected',
        code: wire.code ?? 'BAD_ROW',
        message: wire.message ?? 'The server refused this row',
      },
    ]
  }
  return [
    {
      uuid,
      verdict: wire.verdict,
      rev: wire.rev ?? sentRev,
      importItemSeqId: wire.importItemSeqId ?? null,
      lastUpdatedStamp: wire.lastUpdatedStamp ?? null,
      code: wire.code ?? null,
      message: wire.message ?? null,
    },
  ]
}

/** The base profile's view repeats a row once per inventory relation: join by importItemSeqId. */
function decodeItems(rows: readonly WireItem[]): readonly ServerItem[] {
  const bySeqId = new Map<string, ServerItem>()
  for (const row of rows)
    if (!bySeqId.has(row.importItemSeqId)) bySeqId.set(row.importItemSeqId, decodeItem(row))
  return [...bySeqId.values()]
}

function decodeItem(wire: WireItem): ServerItem {
  const { importItemSeqId } = wire
  return {
    importItemSeqId,
    uuid: idOf<RowUuid>(wire.uuid),
    productId: idOf<ProductId>(wire.productId),
    isRequested: textOf(wire.isRequested) === null ? null : wire.isRequested === 'Y',
    quantity: decodeAmount(importItemSeqId, wire.quantity),
    systemQuantityOnHand: decodeAmount(importItemSeqId, wire.systemQuantityOnHand),
    ...decodeHalves(wire),
    ...decodeTexts(wire),
  }
}

function decodeHalves(wire: WireItem): Pick<ServerItem, 'logId' | 'rev' | 'matchRev' | 'standing'> {
  return {
    logId: wire.logId ?? null,
    rev: wire.rev ?? null,
    matchRev: wire.matchRev ?? null,
    standing: wire.standing ?? null,
  }
}

function decodeTexts(
  wire: WireItem,
): Pick<
  ServerItem,
  | 'productIdentifier'
  | 'productName'
  | 'createdAt'
  | 'lastScanAt'
  | 'countedBy'
  | 'lastUpdatedStamp'
> {
  return {
    productIdentifier: wire.productIdentifier ?? null,
    productName: wire.productName ?? null,
    createdAt: wire.createdDate ?? null,
    lastScanAt: wire.lastScanAt ?? null,
    countedBy: wire.countedByUserLoginId ?? null,
    lastUpdatedStamp: wire.lastUpdatedStamp ?? null,
  }
}

/** Moqui leaves nulls out, sends them, or sends empty text. */
function textOf(wire: string | null | undefined): string | null {
  return wire == null || wire === '' ? null : wire
}

function idOf<T extends RowUuid | ProductId>(wire: string | null | undefined): T | null {
  const text = textOf(wire)
  return text === null ? null : asId<T>(text)
}

/** Refused, never rounded away: a wrong total is worse than a session that does not open. */
function decodeAmount(seqId: string, wire: number | null | undefined): Micro | null {
  if (wire == null) return null
  const quantity = decodeQuantity(wire)
  if (typeof quantity === 'string')
    throw new RemoteError('rejected', `Row ${seqId}: the quantity ${wire} is ${quantity}`)
  return quantity
}

function encodeEvent(event: StoredScanEvent): WireScanEvent {
  return {
    eventId: event.eventId,
    logId: event.logId,
    seq: event.seq,
    kind: event.kind,
    raw: event.raw,
    symbology: event.symbology,
    itemKey: event.itemKey,
    quantity: encodeQuantity(event.quantity),
    packSize: event.packSize,
    at: event.at,
    serverOffsetMs: event.serverOffsetMs,
    serverOffsetAgeMs: event.serverOffsetAgeMs,
    userId: event.userName,
    source: event.source,
    fence: event.fence,
    ...(event.kind === 'negation' ? { negates: event.negates } : {}),
    ...(event.kind === 'negation' && event.reason !== undefined ? { reason: event.reason } : {}),
  }
}
