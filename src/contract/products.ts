// Products and stock: our paged downloads (decision 21), and the base profile's Solr and data documents.
import * as v from 'valibot'
import { Millis } from './envelope'

/** GET products?after=&limit= : resumable; after the last page `next` is the cursor for changes. */
export const ProductsPage = v.object({
  products: v.array(
    v.object({
      productId: v.string(),
      name: v.string(),
      identifiers: v.array(v.object({ type: v.string(), value: v.string(), packSize: v.optional(v.number(), 1) })),
      deleted: v.optional(v.boolean(), false),
    }),
  ),
  next: v.string(),
  more: v.boolean(),
  serverTime: v.optional(Millis),
})

/** GET stock?facilityId=&after=&limit= : only for callers with INV_CNT_VIEW_QOH (403 otherwise). */
export const StockPage = v.object({
  stock: v.array(
    v.object({ productId: v.string(), quantityOnHandTotal: v.number(), availableToPromiseTotal: v.number() }),
  ),
  next: v.string(),
  more: v.boolean(),
})

/** A Solr document as the base profile's client reads it. goodIdentifications: `TYPE/value`, split at the first slash. */
export const SolrDoc = v.object({
  productId: v.string(),
  productName: v.nullish(v.string()),
  internalName: v.nullish(v.string()),
  goodIdentifications: v.nullish(v.array(v.string())),
})
export const SolrRequest = v.object({
  json: v.object({
    params: v.optional(v.record(v.string(), v.union([v.string(), v.number()])), {}),
    query: v.optional(v.string(), '*:*'),
    filter: v.optional(v.union([v.string(), v.array(v.string())]), []),
    sort: v.optional(v.string()),
  }),
})
export const SolrResponse = v.object({
  response: v.object({ numFound: v.number(), start: v.number(), docs: v.array(SolrDoc) }),
})

/** POST oms/dataDocumentView */
export const DataDocumentRequest = v.object({
  dataDocumentId: v.string(),
  pageIndex: v.optional(v.number(), 0),
  pageSize: v.optional(v.number(), 20),
  filterByDate: v.optional(v.boolean(), false),
  customParametersMap: v.optional(v.record(v.string(), v.unknown()), {}),
})
export const StockDocument = v.object({
  entityValueList: v.array(
    v.object({
      productId: v.string(),
      facilityId: v.nullish(v.string()),
      internalName: v.nullish(v.string()),
      quantityOnHandTotal: v.nullish(v.number()),
      availableToPromiseTotal: v.nullish(v.number()),
    }),
  ),
})
/** GET poorti/getInventoryAvailableByFacility */
export const QohAtp = v.object({ qoh: v.nullish(v.number()), atp: v.nullish(v.number()) })
