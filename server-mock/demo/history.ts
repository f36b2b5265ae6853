// What the demo's past counts found: made up from one number, so that reports, charts and timelines have something to tell.
import { itemKeyOf } from '../../src/domain/barcode/item-key'
import type { CatalogueProduct } from '../products/catalogue'
import { bookQuantityOf, isKept } from './book-quantities'
import type { DemoFacility } from './people'
import { createRandom, wholeBetween } from './random'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
/** The other demo counts ask for products at the places 0 and 3 of every five. */
const STEP = 5
const FREE_PLACES: readonly number[] = [1, 2, 4]
/** Books that a count of a morning gets through. */
const BOOK_MAX = 60

export interface PastSession {
  readonly name: string
  readonly area: string
  readonly by: 'ana' | 'ben'
}

interface PastCountPlan {
  readonly name: string
  readonly facilityId: DemoFacility
  readonly daysAgo: number
  /** Approved after the due date. */
  readonly isLate?: boolean
  /** Which of the free products, and how many. */
  readonly from: number
  readonly products: number
  /** Share of the products that do not agree with the book. */
  readonly wrong: number
  readonly sessions: readonly PastSession[]
}

const FLOOR: PastSession = { name: 'Shelves', area: 'floor_shelf', by: 'ana' }
const STOCK: PastSession = { name: 'Back stock', area: 'back_stock', by: 'ben' }
const DISPLAY: PastSession = { name: 'Display tables', area: 'display', by: 'ana' }
const OVERFLOW: PastSession = { name: 'Overflow room', area: 'overflow', by: 'ben' }
const BAYS: PastSession = { name: 'Bays 1 to 12', area: 'overflow', by: 'ben' }

/** The oldest first; the top sellers are counted every month. */
const PLANS: readonly PastCountPlan[] = [
  { name: 'Top sellers', facilityId: 'NORTHSIDE', daysAgo: 74, from: 0, products: 36, wrong: 0.2, sessions: [FLOOR, DISPLAY] },
  { name: 'Dry goods', facilityId: 'NORTHSIDE', daysAgo: 58, isLate: true, from: 40, products: 44, wrong: 0.15, sessions: [FLOOR, STOCK] },
  { name: 'Top sellers', facilityId: 'NORTHSIDE', daysAgo: 44, from: 0, products: 36, wrong: 0.14, sessions: [FLOOR, DISPLAY] },
  { name: 'Harbor bays', facilityId: 'HARBOR', daysAgo: 37, from: 0, products: 30, wrong: 0.12, sessions: [BAYS] },
  { name: 'Drinks', facilityId: 'NORTHSIDE', daysAgo: 26, from: 90, products: 40, wrong: 0.12, sessions: [FLOOR, OVERFLOW] },
  { name: 'Sweets and snacks', facilityId: 'NORTHSIDE', daysAgo: 19, isLate: true, from: 135, products: 38, wrong: 0.1, sessions: [FLOOR, STOCK] },
  { name: 'Top sellers', facilityId: 'NORTHSIDE', daysAgo: 15, from: 0, products: 36, wrong: 0.09, sessions: [FLOOR, DISPLAY] },
  { name: 'Harbor bays', facilityId: 'HARBOR', daysAgo: 11, from: 0, products: 30, wrong: 0.08, sessions: [BAYS] },
  { name: 'Breakfast', facilityId: 'NORTHSIDE', daysAgo: 8, from: 180, products: 34, wrong: 0.08, sessions: [FLOOR, STOCK] },
  { name: 'Household', facilityId: 'NORTHSIDE', daysAgo: 4, from: 220, products: 32, wrong: 0.06, sessions: [FLOOR, OVERFLOW] },
]

export interface PastLine {
  readonly productId: string
  readonly raw: string
  readonly itemKey: string
  /** Place in the count's sessions. */
  readonly session: number
  /** What lay there. */
  readonly counted: number
  /** Counted less the book of that moment. */
  readonly variance: number
  /** The supervisor found a reason why it is not missing. */
  readonly isSkipped: boolean
  /** One scan too many, taken back at once. */
  readonly hasUndo: boolean
}

export interface PastCount {
  readonly id: string
  readonly name: string
  readonly facilityId: DemoFacility
  readonly startAt: number
  readonly dueAt: number
  readonly approvedAt: number
  readonly sessions: readonly PastSession[]
  readonly lines: readonly PastLine[]
}

interface Chance {
  readonly seed: number
  readonly products: readonly CatalogueProduct[]
  readonly now: number
}

/**
 * The oldest first. Each count ends where the next one of the same product begins, and the last one at the book that
 * the demo has today. A small catalogue has no past.
 */
export function pastCountsOf({ seed, products, now }: Chance): readonly PastCount[] {
  const free = products.flatMap((product, place) => (FREE_PLACES.includes(place % STEP) ? [{ product, place }] : []))
  const left = new Map<string, number>()
  // Backwards, because today is known.
  const counts = PLANS.map((plan, index) => ({ plan, index }))
    .toReversed()
    .flatMap(({ plan, index }) => {
      const chosen = free
        .filter(({ product, place }) => isKept(plan.facilityId, place) && isCountable(seed, plan.facilityId, product))
        .map((it) => it.product)
        .slice(plan.from, plan.from + plan.products)
      if (chosen.length < plan.products) return []
      return [countOf(plan, index, { seed, now, products: chosen }, left)]
    })
  return counts.toReversed()
}

function isCountable(seed: number, facilityId: DemoFacility, { productId, identifiers }: CatalogueProduct): boolean {
  const book = bookQuantityOf(seed, facilityId, productId).quantityOnHandTotal
  return identifiers.length > 0 && book > 0 && book <= BOOK_MAX
}

function countOf(plan: PastCountPlan, index: number, { seed, now, products }: Chance, left: Map<string, number>): PastCount {
  const day = Math.floor((now - plan.daysAgo * DAY_MS) / DAY_MS) * DAY_MS
  const startAt = day + (plan.facilityId === 'HARBOR' ? 13 : 7) * HOUR_MS
  const id = `M10005${index}`
  const dueAt = startAt + 6 * HOUR_MS
  const reviewedHours = 2.5 + (index % 4) * 0.75
  const lines = products.map((product, place): PastLine => {
    const { productId, identifiers } = product
    const key = `${plan.facilityId}/${productId}`
    const random = createRandom(seed, `past/${id}/${productId}`)
    // The first number of neighbours is much alike.
    random()
    // The book when this count was approved.
    const end = left.get(key) ?? bookQuantityOf(seed, plan.facilityId, productId).quantityOnHandTotal
    const found = random() < plan.wrong ? offBy(random) : 0
    const isSkipped = found < -1 && end + found >= 0 && random() < 0.2
    // Nobody finds more of a product than lies there.
    const variance = isSkipped || end - found >= 0 ? found : 0
    const counted = isSkipped ? end + variance : end
    if (!isSkipped) left.set(key, end - variance)
    const raw = identifiers[0]?.value ?? productId
    return {
      productId,
      raw,
      itemKey: itemKeyOf(raw),
      session: Math.floor((place * plan.sessions.length) / products.length),
      counted,
      variance,
      isSkipped,
      hasUndo: random() < 0.07,
    }
  })
  return {
    id,
    name: plan.name,
    facilityId: plan.facilityId,
    startAt,
    dueAt,
    approvedAt: plan.isLate === true ? dueAt + 20 * HOUR_MS : startAt + reviewedHours * HOUR_MS,
    sessions: plan.sessions,
    lines,
  }
}

/** More often missing than found. */
function offBy(random: () => number): number {
  const kind = random()
  if (kind < 0.45) return -1
  if (kind < 0.65) return 1
  return kind < 0.9 ? -wholeBetween(random, 2, 5) : wholeBetween(random, 2, 4)
}
