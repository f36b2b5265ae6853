// What the books say is there: believable, made up, the same at every start.
import type { StockRow } from '../products/stock'
import { DEMO_FACILITIES } from './people'
import { createRandom, wholeBetween } from './random'

/** The first facility keeps everything, the others a part: whether the nth product of the catalogue is among it. */
export function isKept(facilityId: string, place: number): boolean {
  const index = DEMO_FACILITIES.findIndex((it) => it.id === facilityId)
  return index >= 0 && place % (index + 1) === 0
}

/** Mostly 0 to 40, some in the hundreds, some below zero (sold before they were booked in). */
export function bookQuantityOf(seed: number, facilityId: string, productId: string): StockRow {
  const random = createRandom(seed, `${facilityId}/${productId}`)
  const kind = random()
  const onHand = onHandOf(kind, random)
  const reserved = onHand > 2 && random() < 0.2 ? wholeBetween(random, 1, 2) : 0
  return { productId, quantityOnHandTotal: onHand, availableToPromiseTotal: onHand - reserved }
}

function onHandOf(kind: number, random: () => number): number {
  if (kind < 0.1) return 0
  if (kind < 0.85) return wholeBetween(random, 1, 40)
  if (kind < 0.92) return wholeBetween(random, 41, 99)
  if (kind < 0.97) return wholeBetween(random, 100, 900)
  return -wholeBetween(random, 1, 12)
}
