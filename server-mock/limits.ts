// Every bound of the server in one object: the tests vary it.
import { BODY_BYTES_MAX, ITEMS_MAX, PROTOCOL } from '../src/contract/envelope'
import { REVIEW_CHUNK_MAX, REVIEW_PAGE_MAX } from '../src/contract/review'
import type { ProtocolRange } from './rules/protocol'

export interface ServerLimits {
  /** After inflating. */
  readonly bodyBytesMax: number
  /** Rows in one PUT. */
  readonly itemsMax: number
  readonly scanEventsMax: number
  /** Rows of one page of a Moqui list, whatever the caller asks for. */
  readonly pageRowsMax: number
  readonly productsPageMax: number
  /** Products of a review in one page. */
  readonly reviewPageMax: number
  /** Products decided in one request. */
  readonly reviewChunkMax: number
  readonly tokenLifeMs: number
  /** Tokens a user may hold; the oldest go first. */
  readonly tokensPerUserMax: number
  /** Failed sign-ins per user and address within the window. */
  readonly signInFailuresMax: number
  /** From one address, whoever they claim to be: a whole store may sit behind it. */
  readonly signInFailuresPerAddressMax: number
  /** For one user, from places where they have never signed in. */
  readonly signInFailuresPerUserMax: number
  /** Counters kept at once; the oldest windows go first. */
  readonly signInCountersMax: number
  readonly signInPlacesMax: number
  readonly signInPlaceLifeMs: number
  readonly signInWindowMs: number
  /** Of a sign-in, the only body that anybody may send. */
  readonly loginBytesMax: number
  /** Calls at work at the same time; more are sent away. */
  readonly requestsAtOnceMax: number
  readonly preferencesPerUserMax: number
  /** How long a repeated request is recognised. */
  readonly requestLogLifeMs: number
  readonly sweepEveryMs: number
  /** How often what the rules have yet to judge is looked for, besides when it comes. */
  readonly judgeEveryMs: number
  /** Rows that one sweep takes from a table. */
  readonly sweepRowsMax: number
  /** Password hashes computed at the same time: each takes 32 MiB. */
  readonly hashesAtOnceMax: number
  /** Lease of a lock when the caller names none, seconds. */
  readonly leaseSeconds: number
  readonly baseLeaseSeconds: number
  /** Streams of hints that one user, and all together, may have open in one process. */
  readonly streamsPerUserMax: number
  readonly streamsMax: number
  /** After so long a stream ends, and whoever wants another asks for it. */
  readonly streamLifeMs: number
  /** A stream says that it is there, and is looked at whether it still may be. */
  readonly signOfLifeMs: number
  /** How often the database is asked whether a watched facility changed. */
  readonly hintEveryMs: number
  /** How long scans a minute are kept. */
  readonly pulseLifeMs: number
  /** Versions of our additions that are taken. */
  readonly protocol: ProtocolRange
}

const DAY_MS = 86_400_000

export const SERVER_LIMITS: ServerLimits = {
  bodyBytesMax: BODY_BYTES_MAX,
  itemsMax: ITEMS_MAX,
  scanEventsMax: 500,
  pageRowsMax: 1000,
  productsPageMax: 2000,
  reviewPageMax: REVIEW_PAGE_MAX,
  reviewChunkMax: REVIEW_CHUNK_MAX,
  tokenLifeMs: 24 * 3_600_000,
  tokensPerUserMax: 50,
  signInFailuresMax: 10,
  signInFailuresPerAddressMax: 100,
  signInFailuresPerUserMax: 30,
  signInCountersMax: 20_000,
  signInPlacesMax: 20,
  signInPlaceLifeMs: 180 * DAY_MS,
  loginBytesMax: 16 * 1024,
  requestsAtOnceMax: 500,
  preferencesPerUserMax: 200,
  requestLogLifeMs: 90 * DAY_MS,
  sweepEveryMs: 3_600_000,
  judgeEveryMs: 60_000,
  sweepRowsMax: 10_000,
  signInWindowMs: 60_000,
  // Half of the threads that also unpack bodies: a storm of sign-ins leaves room for those who count.
  hashesAtOnceMax: 2,
  leaseSeconds: 120,
  baseLeaseSeconds: 300,
  streamsPerUserMax: 6,
  streamsMax: 500,
  streamLifeMs: 3_600_000,
  signOfLifeMs: 15_000,
  hintEveryMs: 1000,
  pulseLifeMs: DAY_MS,
  protocol: { min: PROTOCOL, max: PROTOCOL },
}
