// Items of a session (contract 4.3) with the halves and verdicts of the extended profile (decisions 4, 15).
import * as v from 'valibot'
import { Indicator, Millis, Quantity, Text } from './envelope'
import { PendingElsewhere } from './lock'

/** A row in PUT items. Absent = unchanged, null = cleared. */
export const PutItem = v.object({
  importItemSeqId: v.optional(v.string()),
  uuid: v.optional(v.pipe(v.string(), v.maxLength(60))),
  productId: v.nullish(Text),
  productIdentifier: v.nullish(Text),
  /** null: uncounted. */
  quantity: v.nullish(Quantity),
  isRequested: v.nullish(Indicator),
  systemQuantityOnHand: v.nullish(Quantity),
  createdDate: v.nullish(Millis),
  lastScanAt: v.nullish(Millis),
  lastUpdatedAt: v.nullish(Millis),
  countedByUserLoginId: v.nullish(Text),
  // Extended:
  logId: v.optional(v.pipe(v.string(), v.maxLength(60))),
  rev: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
  standing: v.optional(v.pipe(v.number(), v.safeInteger())),
  matchRev: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
})
export type PutItem = v.InferOutput<typeof PutItem>

/** The envelope of a batch. Rows are parsed one by one, so that a bad row is a verdict and not the end of the batch. */
export const PutItemsRequest = v.object({
  items: v.array(v.unknown()),
  protocol: v.optional(v.number()),
  deviceId: v.optional(Text),
  requestId: v.optional(Text),
  fence: v.nullish(v.number()),
  unsentScans: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
})

export const VERDICTS = ['applied', 'duplicate', 'late', 'held', 'rejected'] as const

export const ItemVerdict = v.object({
  uuid: v.nullish(v.string()),
  importItemSeqId: v.nullish(v.string()),
  rev: v.nullish(v.number()),
  verdict: v.picklist(VERDICTS),
  code: v.nullish(v.string()),
  message: v.nullish(v.string()),
  lastUpdatedStamp: v.nullish(Millis),
  /** What identifies the row now: on a tie of matchRev the server's stays, and the device learns it here. */
  productId: v.nullish(v.string()),
  matchRev: v.nullish(v.number()),
})
export type ItemVerdict = v.InferOutput<typeof ItemVerdict>

/** DELETE items: rows as GET items returns them; the ids are what counts. */
export const DeleteItems = v.array(
  v.object({ importItemSeqId: v.optional(v.string()), uuid: v.nullish(v.pipe(v.string(), v.maxLength(60))) }),
)

export const PutItemsResponse = v.object({
  items: v.array(ItemVerdict),
  lock: v.nullish(v.object({ userId: v.string(), deviceId: v.nullish(v.string()), fence: v.nullish(v.number()), thruDate: v.nullish(Millis) })),
  serverTime: Millis,
  pendingElsewhere: v.nullish(v.array(PendingElsewhere)),
  heardElsewhereAt: v.nullish(Millis),
})

/** A row of GET items. The base profile's view may repeat a row: join by importItemSeqId. */
export const WireItem = v.object({
  inventoryCountImportId: v.optional(v.string()),
  importItemSeqId: v.string(),
  uuid: v.nullish(v.string()),
  productId: v.nullish(v.string()),
  productIdentifier: v.nullish(v.string()),
  /** Ours: spares the device a look-up while its catalogue is young. */
  productName: v.nullish(v.string()),
  quantity: v.nullish(v.number()),
  isRequested: v.nullish(v.string()),
  systemQuantityOnHand: v.nullish(v.number()),
  quantityOnHandTotal: v.nullish(v.number()),
  availableToPromiseTotal: v.nullish(v.number()),
  createdDate: v.nullish(Millis),
  lastScanAt: v.nullish(Millis),
  lastUpdatedStamp: v.nullish(Millis),
  countedByUserLoginId: v.nullish(v.string()),
  logId: v.nullish(v.string()),
  rev: v.nullish(v.number()),
  standing: v.nullish(v.number()),
  matchRev: v.nullish(v.number()),
})
export type WireItem = v.InferOutput<typeof WireItem>
export const WireItems = v.array(WireItem)
export const Count = v.object({ count: v.number() })

/** PUT scanEvents: the reviewer's evidence, idempotent by eventId (decision 21). */
export const WireScanEvent = v.object({
  eventId: v.pipe(v.string(), v.maxLength(60)),
  logId: v.pipe(v.string(), v.maxLength(60)),
  seq: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  kind: v.picklist(['scan', 'negation', 'correction']),
  raw: Text,
  symbology: v.nullish(Text),
  itemKey: v.pipe(v.string(), v.maxLength(300)),
  quantity: Quantity,
  packSize: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  negates: v.nullish(v.string()),
  /** Why it was taken back, where a person was asked. Any text: a newer device knows more reasons. */
  reason: v.nullish(Text),
  at: Millis,
  serverOffsetMs: v.nullish(v.number()),
  serverOffsetAgeMs: v.nullish(v.number()),
  userId: Text,
  source: Text,
  fence: v.nullish(v.number()),
})
export type WireScanEvent = v.InferOutput<typeof WireScanEvent>
export const PutScanEvents = v.object({
  protocol: v.optional(v.number()),
  deviceId: v.optional(Text),
  events: v.array(WireScanEvent),
})
export const PutScanEventsResponse = v.object({ stored: v.number(), known: v.number(), serverTime: Millis })
