// What the book says of lines and products: told to whoever may see it, in no blind count, and of no other facility's stock.
import type { CountedItem } from '../domain/counted-item'
import type { LineKey, ProductId } from '../domain/ids'
import type { Micro } from '../domain/quantity'
import type { SessionRow } from '../ports/scans-schema'
import type { DeskMemory, RecordDeps } from './desk-memory'

/** Products whose book is kept. */
const PRODUCTS_MAX = 5000

type Book = ReadonlyMap<ProductId, Micro>
type BookLine = Pick<CountedItem, 'productId' | 'systemQuantityOnHand'>

/** Rule: docs/SPEC.md UI76 */
interface Sight {
  /** Snapshots that the server gave to lines of the session may be shown. */
  readonly hasSnapshots: boolean
  /** What the device has of the stock is of the session's facility, and may be shown. */
  readonly hasStock: boolean
}

function sightOf({ bookFacility }: RecordDeps, session: SessionRow | null): Sight {
  const facilityId = bookFacility?.() ?? null
  if (facilityId === null || session === null || session.cycleCount.isBlind)
    return { hasSnapshots: false, hasStock: false }
  return { hasSnapshots: true, hasStock: session.cycleCount.facilityId === facilityId }
}

/** As far as it is remembered; undefined: it has to be read. */
export function bookAtHand(
  deps: RecordDeps,
  { session, books }: DeskMemory,
  { productId, systemQuantityOnHand }: BookLine,
): Micro | null | undefined {
  const { hasSnapshots, hasStock } = sightOf(deps, session)
  if (hasSnapshots && systemQuantityOnHand !== null) return systemQuantityOnHand
  return hasStock && productId !== null ? books.get(productId) : null
}

/**
 * The server's snapshot of the line, else what the device has of the stock of its product. The snapshot is of the
 * moment that the review compares with; the stock only helps whoever counts, and goes nowhere.
 *
 * @returns null: unknown, or not to be shown. Rules: docs/SPEC.md UI75, UI76
 */
export async function readBookOf(
  deps: RecordDeps,
  memory: DeskMemory,
  { productId, systemQuantityOnHand }: BookLine,
): Promise<Micro | null> {
  const { hasSnapshots, hasStock } = sightOf(deps, await sessionOf(deps, memory))
  if (hasSnapshots && systemQuantityOnHand !== null) return systemQuantityOnHand
  if (!hasStock || productId === null) return null
  const known = memory.books.get(productId)
  if (known !== undefined) return known
  const book = (await readStock(deps, [productId])).get(productId) ?? null
  if (memory.books.size >= PRODUCTS_MAX) memory.books.clear()
  memory.books.set(productId, book)
  return book
}

/** Of many lines in one request; those of which nothing is known, or to be shown, are missing. */
export async function readBooksOf(
  deps: RecordDeps,
  memory: DeskMemory,
  lines: readonly CountedItem[],
): Promise<ReadonlyMap<LineKey, Micro>> {
  const books = new Map<LineKey, Micro>()
  if (lines.length === 0) return books
  const { hasSnapshots, hasStock } = sightOf(deps, await sessionOf(deps, memory))
  if (!hasSnapshots) return books
  const open = lines.flatMap((it) =>
    hasStock && it.systemQuantityOnHand === null && it.productId !== null ? [it.productId] : [],
  )
  const stock = await readStock(deps, open)
  for (const { lineKey, productId, systemQuantityOnHand } of lines) {
    const book = systemQuantityOnHand ?? (productId === null ? null : stock.get(productId))
    if (book != null) books.set(lineKey, book)
  }
  return books
}

/** The last scan has read it; before the first one it is read for this alone. */
async function sessionOf(
  { bookFacility, sessionId, writer }: RecordDeps,
  { session }: DeskMemory,
): Promise<SessionRow | null> {
  if (session !== null || bookFacility === undefined) return session
  const row = await writer.store().tx(['sessions'], 'r', (tx) => tx.get('sessions', sessionId))
  return row ?? null
}

async function readStock(
  { catalogue }: RecordDeps,
  productIds: readonly ProductId[],
): Promise<Book> {
  if (catalogue === null || productIds.length === 0) return new Map()
  const rows = await catalogue.tx(['stock'], 'r', (tx) => tx.bulkGet('stock', productIds))
  return new Map(rows.flatMap((row) => (row === undefined ? [] : [[row.productId, row.qoh]])))
}
