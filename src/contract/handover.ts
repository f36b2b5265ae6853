// The hand-over file as it is written: a header line in the clear, then the packed content. Version 1.
import * as v from 'valibot'
import { Millis } from './envelope'

export const HANDOVER_FORMAT = 'shelfcount-scans'
export const HANDOVER_VERSION = 1

const Id = v.pipe(v.string(), v.minLength(1), v.maxLength(100))
const Text = v.pipe(v.string(), v.maxLength(300))
const Base64 = v.pipe(v.string(), v.base64(), v.maxLength(100))
const Whole = v.pipe(v.number(), v.safeInteger())
const Size = v.pipe(Whole, v.minValue(0))

/** Read before anything else: whose file is it, and can this version read it? */
export const HandoverStamp = v.object({ format: v.literal(HANDOVER_FORMAT), version: v.pipe(Whole, v.minValue(1)) })

/** The first line of the file, as JSON. */
export const HandoverHeader = v.object({
  format: v.literal(HANDOVER_FORMAT),
  version: v.literal(HANDOVER_VERSION),
  /** Of the bytes behind this line, in hexadecimal: a damaged file is known before anybody types a passphrase. */
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  /** null: the content can be read by everybody who has the file. */
  encryption: v.nullable(
    v.object({
      cipher: v.literal('AES-GCM-256'),
      kdf: v.literal('PBKDF2-SHA-256'),
      /** Bounded, so that no file can keep a device busy for ever. */
      iterations: v.pipe(Whole, v.minValue(100_000), v.maxValue(2_000_000)),
      salt: Base64,
      iv: Base64,
    }),
  ),
})
export type HandoverHeader = v.InferOutput<typeof HandoverHeader>

const Event = v.pipe(
  v.object({
    eventId: Id,
    kind: v.picklist(['scan', 'negation', 'correction']),
    negates: v.optional(Id),
    deviceId: Id,
    userName: Id,
    source: v.picklist(['scanner', 'keyboard', 'hand', 'correction']),
    raw: Text,
    symbology: v.nullable(Text),
    itemKey: v.pipe(v.string(), v.minLength(1), v.maxLength(400)),
    /** Millionths, signed. */
    quantity: Whole,
    packSize: v.pipe(Whole, v.minValue(1)),
    at: v.number(),
    serverOffsetMs: v.nullable(v.number()),
    serverOffsetAgeMs: v.nullable(v.number()),
    fence: v.nullable(Whole),
  }),
  v.check((it) => (it.kind === 'negation') === (it.negates !== undefined), 'a negation names its scan'),
)

const Session = v.object({
  sessionId: Id,
  cycleCountId: Id,
  name: Text,
  area: Text,
  status: v.picklist(['created', 'assigned', 'submitted', 'approved', 'voided']),
  createdBy: v.nullable(Id),
  createdAt: v.number(),
})

const CycleCount = v.object({
  cycleCountId: Id,
  name: Text,
  facilityId: Id,
  countType: v.picklist(['directed', 'hard']),
  isBlind: v.boolean(),
  status: v.picklist(['created', 'in-progress', 'completed', 'closed', 'cancelled']),
  startAt: v.nullable(v.number()),
  dueAt: v.nullable(v.number()),
  createdAt: v.number(),
})

/** What is inside. The place of an event in its log is its sequence number. */
export const HandoverContent = v.object({
  serverOrigin: v.pipe(v.string(), v.maxLength(300)),
  userName: Id,
  deviceId: Id,
  deviceName: Text,
  savedAt: Millis,
  clockOffsetMs: v.optional(v.number()),
  scans: Size,
  lines: Size,
  sessions: v.pipe(v.array(v.object({ session: Session, cycleCount: CycleCount })), v.maxLength(1000)),
  logs: v.pipe(
    v.array(v.object({ logId: Id, sessionId: Id, userName: Id, events: v.pipe(v.array(Event), v.minLength(1)) })),
    v.maxLength(10_000),
  ),
  matches: v.pipe(
    v.array(v.object({ sessionId: Id, itemKey: v.pipe(v.string(), v.maxLength(400)), productId: Id, packSize: v.pipe(Whole, v.minValue(1)) })),
    v.maxLength(100_000),
  ),
})
export type HandoverContent = v.InferOutput<typeof HandoverContent>
