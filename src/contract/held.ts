// Moving held evidence of a closed count into another session; ours.
import * as v from 'valibot'
import { Millis } from './envelope'

const Id = v.pipe(v.string(), v.minLength(1), v.maxLength(100), v.excludes('\0'))

export const PostHeldMove = v.object({
  /** The uuid of the row. */
  rowKey: Id,
  /** The revision that the device knows to be held; what the server holds beyond it goes along. */
  rev: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  toSessionId: Id,
  /** When it was scanned last, by the device. */
  lastScanAt: v.nullish(Millis),
})

/** The same for each repetition. */
export const HeldMoved = v.object({
  toSessionId: v.string(),
  toSessionName: v.string(),
  /** Of the row that stands there now. */
  uuid: v.string(),
  /** What it added there. */
  quantity: v.number(),
})
export type HeldMoved = v.InferOutput<typeof HeldMoved>
