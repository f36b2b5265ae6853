// Barcodes that are remembered for a product in all counts to come: proposed by who counts, seen and taken back by supervisors; ours.
import * as v from 'valibot'
import { Millis, Text } from './envelope'

/** The type of such an identifier in the catalogue. */
export const REMEMBERED = 'REMEMBERED'
/** In one page of the list. */
export const BARCODES_MAX = 200
const PACK_MAX = 100_000

const Id = v.pipe(v.string(), v.minLength(1), v.maxLength(100), v.excludes('\0'))

/** POST cycleCounts/sessions/:sessionId/barcodes */
export const PostBarcode = v.object({
  /** Given by the device; the same one again changes nothing. */
  wishId: Id,
  /** As scanned. */
  value: v.pipe(Text, v.trim(), v.minLength(1)),
  productId: Id,
  /** Units that one scan of it counts. */
  packSize: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(PACK_MAX)),
  deviceId: v.optional(Id),
})
export type PostBarcode = v.InferOutput<typeof PostBarcode>

/** `known`: the catalogue says the same already, and nothing was stored. */
export const BarcodeKept = v.object({ state: v.picklist(['remembered', 'known']) })

export const WireBarcode = v.object({
  wishId: v.string(),
  value: v.string(),
  productId: v.string(),
  productName: v.nullish(v.string()),
  packSize: v.number(),
  by: v.string(),
  at: Millis,
  sessionId: v.string(),
  sessionName: v.string(),
  countName: v.string(),
  /** null: it is known in all counts. */
  takenBackAt: v.nullish(Millis),
  takenBackBy: v.nullish(v.string()),
})
export type WireBarcode = v.InferOutput<typeof WireBarcode>

/** GET barcodes?beforeAt=&beforeId=&limit= : the newest first, those that were taken back among them. */
export const BarcodeList = v.object({ barcodes: v.array(WireBarcode), more: v.boolean() })
