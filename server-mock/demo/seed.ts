// Fills a new server: demo people, a catalogue, book quantities, counts.
import type { Passwords } from '../auth/passwords'
import type { Db, Sql } from '../db/db'
import { readMeta, writeMeta } from '../db/meta'
import { deleteProducts, putProducts, type CatalogueProduct } from '../products/catalogue'
import { putAttributes, putPlaces } from '../products/attributes'
import { putStock } from '../products/stock'
import { attributesOf, placesOf } from './attributes'
import { bookQuantityOf, isKept } from './book-quantities'
import { readCatalogueFile } from './catalogue-file'
import { putClosedCounts } from './closed-counts'
import { putDemoCounts } from './counts'
import { DEMO_FACILITIES, putDemoPeople } from './people'
import { putReviewedCount } from './reviewed-count'
import { classify, putValuations } from './valuations'

/** Everything made up comes from this number. */
const SEED = 20_260_901
const ADVISORY_LOCK = 727_402
const DEMO_CATALOGUE = new URL('../data/catalogue.csv', import.meta.url)

export interface SeedOptions {
  /** Demo users, facilities, quantities, counts, when the database has no users yet. */
  readonly hasDemo: boolean
  /** A catalogue that replaces the demo's products; null: none was named. */
  readonly catalogue: string | null
  readonly passwords: Passwords
  readonly now: number
}

/**
 * Safe to repeat, and after a crash in the middle: products are put again, people and counts come in one transaction.
 * A catalogue file that was loaded before is not loaded again.
 * @returns what was done, a line each
 */
export async function seed(
  db: Db,
  { hasDemo, catalogue, passwords, now }: SeedOptions,
): Promise<readonly string[]> {
  const isNew = hasDemo && (await isEmpty(db))
  const done: string[] = []
  const source = catalogue ?? (isNew ? DEMO_CATALOGUE : null)
  if (source === null) return done
  const withDemo = isNew || (await readMeta(db, 'demo-users')) !== null
  const file = await readCatalogueFile(source, withDemo ? SEED : null)
  if ((await readMeta(db, 'catalogue')) !== file.hash) {
    await replaceCatalogue(db, file.products)
    // What the file says of a product itself wins over what would be made up.
    const said = new Map(file.attributes.map((it) => [it.productId, it]))
    const madeUp = withDemo ? file.products.map((it) => attributesOf(SEED, it)) : []
    await putAttributes(db, [...madeUp.filter((it) => !said.has(it.productId)), ...said.values()])
    if (withDemo) await putQuantities(db, file.products)
    await writeMeta(db, 'catalogue', file.hash)
    done.push(`Loaded ${file.products.length} products`)
  }
  if (isNew) {
    await db.tx(async (sql) => {
      // Two servers that start together on one database: the second finds it done.
      await sql.query('select pg_advisory_xact_lock($1)', [ADVISORY_LOCK])
      if (!(await isEmpty(sql))) return
      await putDemoPeople(sql, passwords)
      await putClosedCounts(db, sql, { products: file.products, seed: SEED, now })
      await putDemoCounts(sql, file.products, now)
      await putReviewedCount(sql, { products: file.products, seed: SEED, now })
    })
    done.push('Made the demo: users, facilities, counts')
  }
  return done
}

async function isEmpty(db: Sql): Promise<boolean> {
  return (await db.query('select 1 from user_account limit 1')).length === 0
}

async function replaceCatalogue(db: Db, products: readonly CatalogueProduct[]): Promise<void> {
  await putProducts(db, products)
  const kept = new Set(products.map((it) => it.productId))
  const rows = await db.query<{ product_id: string }>(
    'select product_id from product where not deleted',
  )
  await deleteProducts(
    db,
    rows.map((it) => it.product_id).filter((it) => !kept.has(it)),
  )
}

async function putQuantities(db: Db, products: readonly CatalogueProduct[]): Promise<void> {
  for (const facility of DEMO_FACILITIES) {
    const kept = products.filter((_product, place) => isKept(facility.id, place))
    const stock = kept.map((it) => bookQuantityOf(SEED, facility.id, it.productId))
    await putStock(db, facility.id, stock)
    await putValuations(db, facility.id, classify(SEED, stock))
    await putPlaces(db, facility.id, kept.flatMap((it) => placesOf(SEED, facility.id, it)))
  }
}
