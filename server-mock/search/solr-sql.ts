// A Solr tree as a condition on the product table: everything of the caller's is a parameter.
import { escapeLike, type Params } from '../http/query'
import { unescape, type SolrNode } from './solr-syntax'

type Term = Extract<SolrNode, { kind: 'term' }>

/** What every product of ours is: fields that the catalogue does not have. */
const CONSTANTS: Readonly<Record<string, string>> = {
  docType: 'PRODUCT',
  isVirtual: 'false',
  isVariant: 'true',
  productTypeId: 'FINISHED_GOOD',
}

const INDEXED: ReadonlySet<string> = new Set(['productId', 'sku', 'upc', 'goodIdentifications'])

/** For `p` = product. Unknown fields match nothing, as in an index that does not have them. */
export function conditionOf(node: SolrNode, params: Params): string {
  switch (node.kind) {
    case 'all':
      return `(${node.nodes.map((it) => conditionOf(it, params)).join(' and ')})`
    case 'any':
      return `(${node.nodes.map((it) => conditionOf(it, params)).join(' or ')})`
    case 'not':
      return `(not ${conditionOf(node.node, params)})`
    case 'term':
      return termOf(node, params)
  }
}

function termOf(term: Term, params: Params): string {
  const { field, text } = term
  if (field === null) return text === '*' || text === '*:*' ? 'true' : anywhere(term, params)
  const constant = Object.hasOwn(CONSTANTS, field) ? CONSTANTS[field] : undefined
  if (constant !== undefined)
    return String(text === '*' || unescape(text).toLowerCase() === constant.toLowerCase())
  switch (field) {
    case 'productId':
      return whole('p.product_id', term, params)
    case 'productName':
    case 'internalName':
    case 'parentProductName':
    case 'title':
      return `p.product_name ilike ${params.add(`%${likeOf(term)}%`, 'text')}`
    case 'sku':
      return identifierIs("i.type = 'SKU'", term, params)
    case 'upc':
      return identifierIs("i.type in ('UPCA', 'UPCE', 'EAN', 'EAN8', 'GTIN')", term, params)
    case 'goodIdentifications':
      return goodIdentification(term, params)
    default:
      return 'false'
  }
}

/** `TYPE/value`, split at the first slash; a value may hold slashes. */
function goodIdentification(term: Term, params: Params): string {
  if (term.text === '*')
    return 'exists (select 1 from product_identifier i where i.product_id = p.product_id)'
  const slash = term.text.indexOf('/')
  if (slash < 0) return 'false'
  const type = unescape(term.text.slice(0, slash))
  const value = { ...term, text: term.text.slice(slash + 1) }
  return identifierIs(type === '*' ? 'true' : `i.type = ${params.add(type, 'text')}`, value, params)
}

function identifierIs(condition: string, term: Term, params: Params): string {
  return `p.product_id in (select i.product_id from product_identifier i where ${condition} and ${whole('i.value', term, params)})`
}

/** The whole value, so that an index finds it; with wildcards only where the caller wrote some. */
function whole(column: string, term: Term, params: Params): string {
  return hasWildcard(term)
    ? `${column} like ${params.add(likeOf(term), 'text')}`
    : `${column} = ${params.add(unescape(term.text), 'text')}`
}

/** The keyword search: a part of the name, the id or any identifier. */
function anywhere(term: Term, params: Params): string {
  const pattern = params.add(`%${likeOf(term)}%`.replaceAll(/%+/g, '%'), 'text')
  return `(p.product_name ilike ${pattern} or p.product_id ilike ${pattern}
    or p.product_id in (select i.product_id from product_identifier i where i.value ilike ${pattern}))`
}

function hasWildcard({ text, isPhrase }: Term): boolean {
  return !isPhrase && /(?<!\\)[*?]/.test(text)
}

/** Solr's wildcards as SQL's; everything else is literal. */
function likeOf({ text, isPhrase }: Term): string {
  if (isPhrase) return escapeLike(text)
  return text
    .split(/((?<!\\)[*?])/)
    .map((part) => (part === '*' ? '%' : part === '?' ? '_' : escapeLike(unescape(part))))
    .join('')
}

/** How many terms of a tree look into every product: all that no index answers. */
export function scansOf(node: SolrNode): number {
  switch (node.kind) {
    case 'all':
    case 'any':
      return node.nodes.reduce((sum, it) => sum + scansOf(it), 0)
    case 'not':
      return scansOf(node.node)
    case 'term': {
      const isByIndex = node.field !== null && INDEXED.has(node.field) && !hasWildcard(node)
      return isByIndex || (node.field !== null && Object.hasOwn(CONSTANTS, node.field)) ? 0 : 1
    }
  }
}

/** The longest phrase of the query, or null: products whose name holds it come first. */
export function phraseOf(node: SolrNode): string | null {
  switch (node.kind) {
    case 'all':
    case 'any':
      return node.nodes
        .map(phraseOf)
        .reduce((a, b) => ((b?.length ?? 0) > (a?.length ?? 0) ? b : a), null)
    case 'not':
      return null
    case 'term':
      return node.isPhrase && node.field === null ? node.text : null
  }
}
