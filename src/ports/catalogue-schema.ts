// The `catalogue` database: one per server and facility, relaxed and re-downloadable.
import type { EpochMs, ProductId } from '../domain/ids'
import type { IdentifierEntry, Product } from '../domain/product'
import type { Micro } from '../domain/quantity'
import type { Schema } from './scans-schema'
import type { Store } from './store'

export interface StockRow {
  readonly productId: ProductId
  readonly qoh: Micro
  readonly atp: Micro
}

export type CatalogueMetaRow =
  /** Where the paged download stands: resumes at `next`; complete once `completedAt` is set. */
  | { readonly k: 'products'; readonly next: string | null; readonly completedAt: EpochMs | null; readonly total: number }
  | { readonly k: 'stock'; readonly next: string | null; readonly completedAt: EpochMs | null }

/** How much of the product list is on the device. */
export interface CatalogueProgress {
  readonly done: number
  readonly isComplete: boolean
}

export type CatalogueShape = {
  products: { row: Product; key: ProductId; index: never }
  identifiers: { row: IdentifierEntry; key: string; index: 'itemKey' | 'productId' }
  stock: { row: StockRow; key: ProductId; index: never }
  meta: { row: CatalogueMetaRow; key: string; index: never }
}

export type CatalogueStore = Store<CatalogueShape>

/** Raise with every change of CATALOGUE_SCHEMA, and of what the Dexie store adds to it. */
export const CATALOGUE_VERSION = 2

export const CATALOGUE_SCHEMA: Schema<CatalogueShape> = {
  products: { primaryKey: 'productId', indexes: {} },
  identifiers: {
    primaryKey: 'id',
    indexes: { itemKey: { paths: ['itemKey'] }, productId: { paths: ['productId'] } },
  },
  stock: { primaryKey: 'productId', indexes: {} },
  meta: { primaryKey: 'k', indexes: {} },
}
