// What every call has in common: the base path, the error envelope, the wire's primitive fields.
import * as v from 'valibot'

export const REST = '/rest/s1/'
/** All counting calls are below this. */
export const COUNTS = 'inventory-cycle-count/'
/** Version of our additions; the server says which it takes. */
export const PROTOCOL = 1

/** Every answer that is not 200. Several messages are one string with line breaks. */
export const ErrorEnvelope = v.object({
  errorCode: v.number(),
  errors: v.string(),
  /** Stable, ours. */
  code: v.optional(v.string()),
  holder: v.optional(v.object({ userId: v.string(), deviceId: v.nullish(v.string()) })),
  leaseRemainingMs: v.optional(v.number()),
})
export type ErrorEnvelope = v.InferOutput<typeof ErrorEnvelope>

/** Stable codes of the extended profile. */
export const ERROR_CODES = [
  'SESSION_LOCKED',
  'STALE_FENCE',
  'TRANSITION_NOT_ALLOWED',
  'NOT_FOUND',
  'FORBIDDEN',
  'BAD_REQUEST',
  'TOO_LARGE',
  'THROTTLED',
  'UNAUTHORIZED',
  'OUTDATED_CLIENT',
  'HELD_DECIDED',
  'REVIEW_CHANGED',
  'REVIEW_BLOCKED',
  'SAME_COUNTER',
  'PERSON_CHANGED',
  'LAST_ADMIN',
  'BARCODE_REFUSED',
] as const
export type ErrorCode = (typeof ERROR_CODES)[number]

/** Codes of a rejected row. */
export const ROW_CODES = [
  'REV_CONFLICT',
  'BAD_QUANTITY',
  'BAD_TEXT',
  'BAD_ROW',
  'UNKNOWN_PRODUCT',
  'SESSION_CLOSED',
] as const
export type RowCode = (typeof ROW_CODES)[number]

/** Moqui's yes and no. */
export const Indicator = v.picklist(['Y', 'N'])
/** Milliseconds since the epoch. */
export const Millis = v.pipe(v.number(), v.safeInteger())
export const TEXT_MAX = 255
/** No NUL: no database stores it. */
export const Text = v.pipe(v.string(), v.maxLength(TEXT_MAX), v.excludes('\0'))
/** Within ±1e9, at most 6 decimals; the row decoder checks the decimals. */
export const Quantity = v.pipe(v.number(), v.finite())

export const BODY_BYTES_MAX = 1024 * 1024
export const ITEMS_MAX = 500
