// What a review tells of unknown barcodes whose scans were dropped with a reason; ours.
import * as v from 'valibot'
import { Millis } from './envelope'

/** The last first, at most 100; a server of before has none. */
export const DroppedBarcodes = v.optional(
  v.array(
    v.object({
      value: v.string(),
      scans: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
      units: v.number(),
      reason: v.string(),
      by: v.string(),
      at: Millis,
      sessionName: v.string(),
    }),
  ),
  [],
)
