// The catalogue of the simulated server: pages by the sequence of changes, stock, and the base profile's search.
import type * as v from 'valibot'
import type { DataDocumentRequest, ProductsPage, SolrRequest, SolrResponse, StockPage } from '../../../src/contract/products'
import { encodeQuantity } from '../../../src/domain/quantity'
import type { Caller } from '../../../server-mock/http/context'
import { HttpError } from '../../../server-mock/http/errors'
import { Query } from '../../../server-mock/http/query'
import { requireNeeds } from '../../../server-mock/http/serve'
import { facilityOf } from '../../../server-mock/routes/stock'
import { parseSolr, type SolrNode } from '../../../server-mock/search/solr-syntax'
import { phraseOf } from '../../../server-mock/search/solr-sql'
import { lockDocument } from './locks'
import type { SimProduct, SimState } from './state'
import type { SimHandler, SimInput } from './world'

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const PAGE_INDEX_MAX = 1_000_000

export const listProducts: SimHandler = ({ world, state, query, now }): v.InferInput<typeof ProductsPage> => {
  const limit = query.int('limit', { min: 1, max: world.limits.productsPageMax, otherwise: 1000 })
  const after = query.int('after', { min: 0, max: Number.MAX_SAFE_INTEGER, otherwise: 0 })
  const rows = [...state.products.values()].filter((it) => it.changeSeq > after).toSorted((a, b) => a.changeSeq - b.changeSeq)
  const page = rows.slice(0, limit)
  return {
    products: page.map(({ productId, name, deleted, identifiers }) => ({
      productId,
      name,
      deleted,
      identifiers: deleted ? [] : sorted(identifiers),
    })),
    next: String(page.at(-1)?.changeSeq ?? after),
    more: rows.length > limit,
    serverTime: now,
  }
}

export const listStock: SimHandler = ({ world, state, query, caller }): v.InferInput<typeof StockPage> => {
  const facilityId = facilityOf(query, caller)
  const limit = query.int('limit', { min: 1, max: world.limits.productsPageMax, otherwise: 1000 })
  const after = query.one('after') ?? ''
  const rows = stockOf(state, facilityId).filter((it) => it.productId > after)
  const page = rows.slice(0, limit)
  return { stock: page, next: page.at(-1)?.productId ?? after, more: rows.length > limit }
}

function stockOf(state: SimState, facilityId: string) {
  return [...(state.stock.get(facilityId) ?? [])]
    .map(([productId, { qoh, atp }]) => ({
      productId,
      quantityOnHandTotal: encodeQuantity(qoh),
      availableToPromiseTotal: encodeQuantity(atp),
    }))
    .toSorted((a, b) => byText(a.productId, b.productId))
}

/** POST oms/dataDocumentView: the two documents that the base profile's client reads. */
export const dataDocument: SimHandler = (input) => {
  const body = input.body as v.InferOutput<typeof DataDocumentRequest>
  const outer = Query.fromRecord({ pageIndex: body.pageIndex, pageSize: body.pageSize })
  const pageIndex = outer.int('pageIndex', { min: 0, max: PAGE_INDEX_MAX, otherwise: 0 })
  const limit = outer.int('pageSize', { min: 1, max: input.world.limits.pageRowsMax, otherwise: 20 })
  const needs = input.world.documentNeeds(body.dataDocumentId)
  if (needs === undefined)
    throw new HttpError(400, `Data document ${body.dataDocumentId.slice(0, 60)} not found`, 'BAD_REQUEST')
  requireNeeds(input.caller, needs)
  const rows = documentRows(input, body)
  return { entityValueList: rows.slice(pageIndex * limit, (pageIndex + 1) * limit) }
}

function documentRows(input: SimInput, body: v.InferOutput<typeof DataDocumentRequest>): readonly object[] {
  const { state, caller } = input
  const query = Query.fromRecord(body.customParametersMap)
  switch (body.dataDocumentId) {
    case 'InventoryCountImportLock':
      return lockDocument(input, { query, filterByDate: body.filterByDate })
    case 'ProductFacilityAndInventoryItem': {
      const facilityId = facilityOf(query, caller)
      return stockOf(state, facilityId).map((it) => shown(caller, facilityId, it))
    }
    default:
      throw new Error(`The simulated server does not know the document ${body.dataDocumentId}`)
  }
}

function shown(caller: Caller, facilityId: string, { productId, ...figures }: ReturnType<typeof stockOf>[number]): object {
  return { productId, facilityId, ...(caller.may('INV_CNT_VIEW_QOH') ? figures : {}) }
}

/** POST admin/runSolrQuery: the whole catalogue by id, or words in names and identifiers. */
export const search: SimHandler = ({ state, body }): v.InferInput<typeof SolrResponse> => {
  const { params, query, sort } = (body as v.InferOutput<typeof SolrRequest>).json
  const start = Number(params['start'] ?? 0)
  const rows = Number(params['rows'] ?? 10)
  const tree = parseSolr(query, params['q.op'] === 'AND' ? 'AND' : 'OR')
  const found = [...state.products.values()]
    .filter((it) => !it.deleted && matches(tree, it))
    .toSorted(orderOf(sort, tree))
  const docs = found.slice(start, start + rows).map((it) => ({
    productId: it.productId,
    productName: it.name,
    internalName: it.name,
    goodIdentifications: sorted(it.identifiers).map(({ type, value }) => `${type}/${value}`),
  }))
  return { response: { numFound: found.length, start, docs } }
}

type Order = (a: SimProduct, b: SimProduct) => number

function orderOf(sort: string | undefined, tree: SolrNode): Order {
  const byId: Order = (a, b) => byText(a.productId, b.productId)
  if (sort?.startsWith('productId') === true) return byId
  const phrase = phraseOf(tree)?.toLowerCase() ?? null
  const isFirst = ({ name }: SimProduct): number => (phrase !== null && name.toLowerCase().includes(phrase) ? 0 : 1)
  return (a, b) => isFirst(a) - isFirst(b) || byText(a.name, b.name) || byId(a, b)
}

function matches(node: SolrNode, product: SimProduct): boolean {
  switch (node.kind) {
    case 'all':
      return node.nodes.every((it) => matches(it, product))
    case 'any':
      return node.nodes.some((it) => matches(it, product))
    case 'not':
      return !matches(node.node, product)
    case 'term': {
      if (node.text === '*' || node.text === '*:*') return true
      const wanted = node.text.replaceAll('*', '').toLowerCase()
      const texts = [product.productId, product.name, ...product.identifiers.map((it) => it.value)]
      return texts.some((it) => it.toLowerCase().includes(wanted))
    }
  }
}

function sorted(identifiers: SimProduct['identifiers']): SimProduct['identifiers'][number][] {
  return identifiers.toSorted((a, b) => byText(a.type, b.type) || byText(a.value, b.value))
}
