// Product search in the shapes of Solr: admin/runSolrQuery and admin/search/query (contract 7.3).
import * as v from 'valibot'
import { SolrRequest, SolrResponse } from '../../src/contract/products'
import type { Sql } from '../db/db'
import { HttpError } from '../http/errors'
import { escapeLike, Params } from '../http/query'
import type { Registrar } from '../http/route'
import { conditionOf, phraseOf, scansOf } from '../search/solr-sql'
import { parseSolr, type SolrNode } from '../search/solr-syntax'

const ROWS_MAX = 1000
const START_MAX = 100_000
const FILTERS_MAX = 20
/** Words that look into every product: a thousand of them would take the database half a minute. */
const SCANS_MAX = 60
const SolrQuery = SolrRequest.entries.json
type SolrQuery = v.InferOutput<typeof SolrQuery>
type SolrAnswer = v.InferInput<typeof SolrResponse>

/** Rules: docs/SPEC.md SP12 */
export const registerSolr: Registrar = (registry) => {
  registry.route({
    method: 'POST',
    path: 'admin/runSolrQuery',
    needs: ['INVCOUNT_APP_VIEW'],
    body: SolrRequest,
    answer: SolrResponse,
    handler: ({ sql, body }) => search(sql, body.json),
  })
  registry.route({
    method: 'POST',
    path: 'admin/search/query',
    needs: ['INVCOUNT_APP_VIEW'],
    body: SolrQuery,
    // One level deeper, as on instances without OFBiz.
    answer: v.object({ response: SolrResponse }),
    handler: async ({ sql, body }) => ({ response: await search(sql, body) }),
  })
}

interface Doc {
  productId: string
  productName: string
  identifiers: { type: string; value: string }[]
}

async function search(sql: Sql, query: SolrQuery): Promise<SolrAnswer> {
  const rows = numberOf(query.params['rows'], { max: ROWS_MAX, otherwise: 10 })
  const start = numberOf(query.params['start'], { max: START_MAX, otherwise: 0 })
  const params = new Params()
  const { where, order } = clausesOf(query, params)
  const [found] = await sql.query<{ numFound: number; docs: Doc[] | null }>(
    `with hit as materialized (select p.product_id, p.product_name from product p where ${where})
     select (select count(*)::int from hit) as "numFound",
       (select json_agg(json_build_object('productId', d.product_id, 'productName', d.product_name, 'identifiers',
          (select coalesce(json_agg(json_build_object('type', i.type, 'value', i.value) order by i.type = 'REMEMBERED', i.type, i.value), '[]'::json)
           from product_identifier i where i.product_id = d.product_id)) order by d.place)
        from (select *, row_number() over (order by ${order}) as place from hit order by ${order}
              limit ${params.add(rows, 'int')} offset ${params.add(start, 'int')}) d) as docs`,
    params.values,
  )
  return {
    response: { numFound: found?.numFound ?? 0, start, docs: (found?.docs ?? []).map(docOf) },
  }
}

function clausesOf(query: SolrQuery, params: Params): { where: string; order: string } {
  const filters = typeof query.filter === 'string' ? [query.filter] : query.filter
  if (filters.length > FILTERS_MAX)
    throw new HttpError(400, `More than ${FILTERS_MAX} filters`, 'BAD_REQUEST')
  const filtering = filters.filter((it) => it.trim() !== '').map((it) => parseSolr(it, 'OR'))
  const text = query.query.trim()
  const tree = text === '' ? null : parseSolr(text, query.params['q.op'] === 'AND' ? 'AND' : 'OR')
  const trees = tree === null ? filtering : [...filtering, tree]
  if (trees.reduce((sum, it) => sum + scansOf(it), 0) > SCANS_MAX)
    throw new HttpError(400, `More than ${SCANS_MAX} words to look for`, 'BAD_REQUEST')
  const conditions = ['not p.deleted', ...trees.map((it) => conditionOf(it, params))]
  return { where: conditions.join(' and '), order: orderOf(query.sort, tree, params) }
}

function orderOf(sort: string | undefined, tree: SolrNode | null, params: Params): string {
  if (sort?.startsWith('productId') === true) return 'product_id'
  const phrase = sort === undefined && tree !== null ? phraseOf(tree) : null
  return phrase === null
    ? 'product_name, product_id'
    : `(product_name ilike ${params.add(`%${escapeLike(phrase)}%`, 'text')}) desc, product_name, product_id`
}

function docOf({
  productId,
  productName,
  identifiers,
}: Doc): SolrAnswer['response']['docs'][number] {
  const sku = identifiers.find((it) => it.type === 'SKU')?.value
  return {
    productId,
    productName,
    internalName: productName,
    goodIdentifications: identifiers.map((it) => `${it.type}/${it.value}`),
    ...(sku === undefined ? {} : { sku }),
  }
}

function numberOf(
  value: string | number | undefined,
  { max, otherwise }: { max: number; otherwise: number },
): number {
  if (value === undefined) return otherwise
  const number = Number(value)
  if (!Number.isSafeInteger(number) || number < 0)
    throw new HttpError(400, 'rows and start must be whole numbers', 'BAD_REQUEST')
  return Math.min(number, max)
}
