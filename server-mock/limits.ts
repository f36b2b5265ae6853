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
  readonly signInWindowMs: number
  /** Password hashes computed at the same time: each takes 32 MiB. */
  readonly hashesAtOnceMax: number
  /** Lease of a lock when the caller names none, seconds. */
  readonly leaseSeconds: number
  readonly baseLeaseSeconds: number
  /** Versions of our additions that are taken. */
  readonly protocol: ProtocolRange
}

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
  signInWindowMs: 60_000,
  hashesAtOnceMax: 4,
  leaseSeconds: 120,
  baseLeaseSeconds: 300,
  protocol: { min: PROTOCOL, max: PROTOCOL },
}
