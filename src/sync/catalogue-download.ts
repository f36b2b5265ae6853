// Download products, identifiers and stock page by page, resumable, beside everything else: sync never waits for it.
import { itemKeyOf } from '../domain/barcode/item-key'
import { RemoteError } from '../domain/errors'
import type { FacilityId } from '../domain/ids'
import type { IdentifierEntry, Product } from '../domain/product'
import type { CatalogueMetaRow, CatalogueStore } from '../ports/catalogue-schema'
import type { CataloguePage, StockPage } from '../ports/server'
import { nameLines, rematchUnmatched } from './matching'
import type { NetworkDeps } from './network-deps'
import { readSessions } from './session-row'

/** Pages of one download: 2 million products of 1,000 a page, 500,000 of 250. */
const PAGES_MAX = 2000
const PRODUCTS_PER_TX = 500
const IDENTIFIERS_PER_PRODUCT_MAX = 1000
const REMATCH_CHUNKS_MAX = 1000
const IDENTIFIER_LENGTH_MAX = 255
const DAY_MS = 86_400_000
const STOCK_AGE_MS_MAX = 3_600_000

export interface CatalogueWish {
  readonly facilityId: FacilityId
  readonly maySeeStock: boolean
  /** Told of each page that was stored: the search over names keeps up. */
  readonly onProducts: (products: CataloguePage['products']) => void
}

type ProductsMeta = Extract<CatalogueMetaRow, { k: 'products' }>
type StockMeta = Extract<CatalogueMetaRow, { k: 'stock' }>

/**
 * Bring the catalogue up to date: from where the last download ended, then changes since.
 *
 * Each page and the place to go on from are stored in one transaction. After each page the unmatched values of open
 * sessions are looked up again. Base profile: there are no changes to ask for, so all is read again once a day.
 *
 * @throws {RemoteError} the next call goes on where this one ended. Rules: docs/SPEC.md CA
 */
export async function downloadCatalogue(
  deps: NetworkDeps,
  wish: CatalogueWish,
  signal?: AbortSignal,
): Promise<void> {
  const { catalogue } = deps
  if (catalogue === null) return
  await downloadProducts(deps, catalogue, wish, signal)
  if (!wish.maySeeStock || !(await downloadStock(deps, catalogue, wish.facilityId, signal))) return
  const { total, completedAt } = await readProductsMeta(catalogue)
  // Whoever remembers what the stock said before asks anew.
  deps.bus.post({ kind: 'catalogue', done: total, isComplete: completedAt !== null })
}

async function downloadProducts(
  deps: NetworkDeps,
  catalogue: CatalogueStore,
  wish: CatalogueWish,
  signal?: AbortSignal,
): Promise<void> {
  let meta = await readProductsMeta(catalogue)
  if (deps.abilities.profile === 'hotwax' && meta.completedAt !== null) {
    if (deps.clock.now() - meta.completedAt < DAY_MS) return
    // What is here stays here: the total goes on from it.
    meta = { ...meta, next: null, completedAt: null }
  }
  for (let pageIndex = 0; pageIndex < PAGES_MAX; pageIndex++) {
    const page = await deps.api.products(meta.next, deps.limits.cataloguePage, signal)
    const completedAt = page.more ? meta.completedAt : deps.clock.now()
    meta = await storeProducts(catalogue, page, { ...meta, completedAt })
    if (page.products.length > 0) {
      wish.onProducts(page.products)
      await matchAgain(deps, page.products, signal)
    }
    deps.bus.post({ kind: 'catalogue', done: meta.total, isComplete: meta.completedAt !== null })
    if (!page.more) return
    if (page.products.length === 0)
      throw new RemoteError('server-down', 'The catalogue download makes no progress')
  }
}

async function readProductsMeta(catalogue: CatalogueStore): Promise<ProductsMeta> {
  const meta = await catalogue.tx(['meta'], 'r', (tx) => tx.get('meta', 'products'))
  return meta?.k === 'products' ? meta : { k: 'products', next: null, completedAt: null, total: 0 }
}

/** The cursor moves with the last chunk: a crash before it reads the page again, which changes nothing. */
async function storeProducts(
  catalogue: CatalogueStore,
  page: CataloguePage,
  before: ProductsMeta,
): Promise<ProductsMeta> {
  let total = before.total
  for (let at = 0; at < page.products.length; at += PRODUCTS_PER_TX)
    total += await storeChunk(catalogue, page.products.slice(at, at + PRODUCTS_PER_TX))
  const meta: ProductsMeta = { ...before, next: page.next, total }
  await catalogue.tx(['meta'], 'rw', (tx) => tx.put('meta', meta))
  return meta
}

/** @returns by how much the number of products grew */
function storeChunk(
  catalogue: CatalogueStore,
  products: CataloguePage['products'],
): Promise<number> {
  return catalogue.tx(['products', 'identifiers'], 'rw', async (tx) => {
    const before = await tx.bulkGet(
      'products',
      products.map((it) => it.productId),
    )
    // Only products that were here can have identifiers that no longer hold.
    for (const known of before.flatMap((it) => (it === undefined ? [] : [it.productId]))) {
      const range = { lower: known, upper: known, limit: IDENTIFIERS_PER_PRODUCT_MAX }
      await tx.bulkDelete('identifiers', await tx.rangeKeys('identifiers', 'productId', range))
    }
    const alive = products.filter((it) => !it.isDeleted)
    const deleted = products.filter((it) => it.isDeleted).map((it) => it.productId)
    await tx.bulkDelete('products', deleted)
    await tx.bulkPut(
      'products',
      alive.map(({ isDeleted: _, ...product }) => product),
    )
    await tx.bulkPut('identifiers', alive.flatMap(entriesOf))
    const known = new Set(before.flatMap((it) => (it === undefined ? [] : [it.productId])))
    const added = alive.filter((it) => !known.has(it.productId)).length
    return added - deleted.filter((it) => known.has(it)).length
  })
}

/** One entry a key: a product that names the same value twice claims it once. */
function entriesOf(product: Product): IdentifierEntry[] {
  const entries = new Map<string, IdentifierEntry>()
  for (const { value, packSize } of product.identifiers) {
    if (value.trim() === '' || value.length > IDENTIFIER_LENGTH_MAX) continue
    const itemKey = itemKeyOf(value)
    const id = `${itemKey}|${product.productId}`
    entries.set(id, { id, itemKey, productId: product.productId, packSize })
  }
  return [...entries.values()]
}

/** Values that open sessions do not know yet are looked up again. */
export async function matchAgain(
  deps: NetworkDeps,
  products: CataloguePage['products'],
  signal?: AbortSignal,
): Promise<void> {
  const alive = products.filter((it) => !it.isDeleted)
  for (const { sessionId, session } of await readSessions(deps)) {
    if (session.status !== 'created' && session.status !== 'assigned') continue
    await nameLines(deps, sessionId, alive)
    let next: Awaited<ReturnType<typeof rematchUnmatched>>['next'] = null
    for (let chunk = 0; chunk < REMATCH_CHUNKS_MAX; chunk++) {
      const result = await rematchUnmatched(deps, sessionId, next ?? undefined)
      next = result.next
      if (next === null) break
      // Scanning goes first: between chunks everything else gets its turn.
      await deps.timers.sleep(0, signal)
    }
  }
}

/** @returns whether anything came */
async function downloadStock(
  deps: NetworkDeps,
  catalogue: CatalogueStore,
  facilityId: FacilityId,
  signal?: AbortSignal,
): Promise<boolean> {
  const stored = await catalogue.tx(['meta'], 'r', (tx) => tx.get('meta', 'stock'))
  let meta: StockMeta =
    stored?.k === 'stock' ? stored : { k: 'stock', next: null, completedAt: null }
  if (meta.completedAt !== null) {
    if (deps.clock.now() - meta.completedAt < STOCK_AGE_MS_MAX) return false
    meta = { k: 'stock', next: null, completedAt: null }
  }
  for (let pageIndex = 0; pageIndex < PAGES_MAX; pageIndex++) {
    const page = await stockPage(deps, facilityId, meta.next, signal)
    if (page === null) return pageIndex > 0
    meta = {
      k: 'stock',
      next: page.more ? page.next : null,
      completedAt: page.more ? null : deps.clock.now(),
    }
    const row = meta
    await catalogue.tx(['stock', 'meta'], 'rw', async (tx) => {
      await tx.bulkPut('stock', page.stock)
      await tx.put('meta', row)
    })
    if (!page.more) return true
  }
  return true
}

/** null: this user may not see it after all (a permission taken back); the counts go on without. */
async function stockPage(
  deps: NetworkDeps,
  facilityId: FacilityId,
  after: string | null,
  signal?: AbortSignal,
): Promise<StockPage | null> {
  try {
    return await deps.api.stock(facilityId, after, deps.limits.cataloguePage, signal)
  } catch (error) {
    if (!(error instanceof RemoteError) || error.reason !== 'forbidden') throw error
    deps.log.write('info', 'stock-forbidden', { facilityId })
    return null
  }
}
