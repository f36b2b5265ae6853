// Products and stock over HTTP: paged downloads (decision 21), Solr and data documents in the base profile.
import { COUNTS } from '../contract/envelope'
import { ProductsPage, SolrResponse, StockDocument, StockPage } from '../contract/products'
import { RemoteError } from '../domain/errors'
import { asId, type ProductId } from '../domain/ids'
import type { Product, ProductIdentifier } from '../domain/product'
import { decodeQuantity, type Micro } from '../domain/quantity'
import type { ProductsApi } from '../ports/server'
import type { Http } from './http'

/** Page sizes of the base profile, whatever the caller asks for. */
const SOLR_PAGE = 250
const STOCK_DOCUMENT_PAGE = 500
const SOLR_FILTER = ['docType:PRODUCT', 'isVirtual:false']
const SEARCH_FIELDS =
  'sku^100 upc^100 productName^50 internalName^40 productId search_goodIdentifications'

export function createProductsCalls(http: Http, profile: 'extended' | 'hotwax'): ProductsApi {
  const searchProducts: ProductsApi['searchProducts'] = async (text, limit, signal) => {
    const query = solrQueryOf(text)
    if (query === null) return []
    const docs = await solr(http, { query, start: 0, rows: limit, qf: SEARCH_FIELDS }, signal)
    return docs.products
  }
  if (profile === 'extended') return { ...createPagedDownloads(http), searchProducts }
  return { ...createBaseDownloads(http), searchProducts }
}

function createPagedDownloads(http: Http): Pick<ProductsApi, 'products' | 'stock'> {
  return {
    async products(after, limit, signal) {
      const query = { after: after ?? undefined, limit }
      const page = await http.json({
        method: 'get',
        path: `${COUNTS}products`,
        schema: ProductsPage,
        query,
        signal,
      })
      return {
        products: page.products.map((it) => ({
          productId: asId<ProductId>(it.productId),
          name: it.name,
          identifiers: it.identifiers,
          isDeleted: it.deleted,
        })),
        next: page.next,
        more: page.more,
      }
    },
    async stock(facilityId, after, limit, signal) {
      const query = { facilityId, after: after ?? undefined, limit }
      const page = await http.json({
        method: 'get',
        path: `${COUNTS}stock`,
        schema: StockPage,
        query,
        signal,
      })
      const stock = page.stock.map((it) =>
        stockRowOf(it.productId, it.quantityOnHandTotal, it.availableToPromiseTotal),
      )
      return { stock, next: page.next, more: page.more }
    },
  }
}

/** The cursor is the index of the next row: a list that changes meanwhile is put right by the daily repeat. */
function createBaseDownloads(http: Http): Pick<ProductsApi, 'products' | 'stock'> {
  return {
    async products(after, _limit, signal) {
      const start = indexOf(after)
      const page = await solr(
        http,
        { query: '*:*', start, rows: SOLR_PAGE, sort: 'productId asc' },
        signal,
      )
      const next = start + page.products.length
      const more = page.products.length > 0 && next < page.numFound
      return {
        products: page.products.map((it) => ({ ...it, isDeleted: false })),
        next: String(next),
        more,
      }
    },
    async stock(facilityId, after, _limit, signal) {
      const pageIndex = indexOf(after)
      const body = {
        dataDocumentId: 'ProductFacilityAndInventoryItem',
        pageIndex,
        pageSize: STOCK_DOCUMENT_PAGE,
        customParametersMap: { facilityId, orderByField: 'productId' },
      }
      const told = await http.json({
        method: 'post',
        path: 'oms/dataDocumentView',
        schema: StockDocument,
        body,
        signal,
      })
      const rows = told.entityValueList
      return {
        stock: rows.map((it) =>
          stockRowOf(it.productId, it.quantityOnHandTotal ?? 0, it.availableToPromiseTotal ?? 0),
        ),
        next: String(pageIndex + 1),
        more: rows.length >= STOCK_DOCUMENT_PAGE,
      }
    },
  }
}

function indexOf(cursor: string | null): number {
  const index = Number(cursor ?? '0')
  return Number.isSafeInteger(index) && index >= 0 ? index : 0
}

interface SolrAsk {
  readonly query: string
  readonly start: number
  readonly rows: number
  readonly qf?: string
  readonly sort?: string
}

async function solr(
  http: Http,
  ask: SolrAsk,
  signal?: AbortSignal,
): Promise<{ products: Product[]; numFound: number }> {
  const body = {
    json: {
      params: {
        rows: ask.rows,
        start: ask.start,
        ...(ask.qf === undefined ? {} : { 'q.op': 'AND', defType: 'edismax', qf: ask.qf }),
      },
      query: ask.query,
      filter: SOLR_FILTER,
      ...(ask.sort === undefined ? {} : { sort: ask.sort }),
    },
  }
  const { response } = await http.json({
    method: 'post',
    path: 'admin/runSolrQuery',
    schema: SolrResponse,
    body,
    signal,
  })
  const products = response.docs.map((doc) => ({
    productId: asId<ProductId>(doc.productId),
    name: doc.productName ?? doc.internalName ?? doc.productId,
    identifiers: (doc.goodIdentifications ?? []).flatMap(identifierOf),
  }))
  return { products, numFound: response.numFound }
}

/** `TYPE/value`, split at the first slash: values may contain slashes. */
function identifierOf(text: string): ProductIdentifier[] {
  const slash = text.indexOf('/')
  if (slash <= 0 || slash === text.length - 1) return []
  return [{ type: text.slice(0, slash), value: text.slice(slash + 1), packSize: 1 }]
}

/** Each word anywhere in a field, the whole phrase first. null: nothing to look for. */
function solrQueryOf(text: string): string | null {
  const words = text
    .split(/\s+/)
    .map((it) => it.replace(/[^\p{L}\p{N}]/gu, ''))
    .filter((it) => it !== '')
  if (words.length === 0) return null
  return `${words.map((it) => `*${it}*`).join(' OR ')} OR "${words.join(' ')}"^100`
}

function stockRowOf(
  productId: string,
  qoh: number,
  atp: number,
): { productId: ProductId; qoh: Micro; atp: Micro } {
  return {
    productId: asId<ProductId>(productId),
    qoh: amountOf(productId, qoh),
    atp: amountOf(productId, atp),
  }
}

function amountOf(productId: string, wire: number): Micro {
  const amount = decodeQuantity(wire)
  if (typeof amount === 'string')
    throw new RemoteError('rejected', `Stock of ${productId}: ${wire} is ${amount}`)
  return amount
}
