// The part of Solr's query language that counting apps send, as a tree (contract 7.3).
import { HttpError } from '../http/errors'

export type SolrNode =
  | { readonly kind: 'all'; readonly nodes: readonly SolrNode[] }
  | { readonly kind: 'any'; readonly nodes: readonly SolrNode[] }
  | { readonly kind: 'not'; readonly node: SolrNode }
  /** `field` null: the query fields. A phrase is taken literally, a word may hold the wildcards * and ?. */
  | {
      readonly kind: 'term'
      readonly field: string | null
      readonly text: string
      readonly isPhrase: boolean
    }

type Token =
  | { readonly kind: '(' | ')' | 'AND' | 'OR' | 'NOT' }
  | { readonly kind: 'field'; readonly text: string }
  | { readonly kind: 'word' | 'phrase'; readonly text: string }

const TEXT_MAX = 64_000
const TOKENS_MAX = 2000
const DEPTH_MAX = 10

// In this order: blanks, brackets, operators, `field:` (with or without a blank after it), "phrase", word; then a boost.
const TOKEN =
  /\s+|([()])|(AND|OR|NOT|&&|\|\|)(?=[\s(]|$)|([-!])(?=\S)|(\+)(?=\S)|([A-Za-z_]\w*):\s*|("(?:[^"\\]|\\.)*")(?:\^[\d.]+)?|((?:[^\s()"^\\]|\\.)+)(?:\^[\d.]+)?/y

/**
 * @param joinedBy what stands between two clauses without an operator (Solr's q.op)
 * @throws HttpError 400 when it cannot be read
 */
export function parseSolr(text: string, joinedBy: 'AND' | 'OR'): SolrNode {
  if (text.length > TEXT_MAX) throw unreadable('it is too long')
  const parser = new Parser(tokensOf(text), joinedBy)
  return parser.parse()
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  const pattern = new RegExp(TOKEN)
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex
    const match = pattern.exec(text)
    if (match === null) throw unreadable(`at position ${at}`)
    const token = tokenOf(match)
    if (token !== null) tokens.push(token)
    if (tokens.length > TOKENS_MAX) throw unreadable('it has too many words')
  }
  return tokens
}

function tokenOf([
  ,
  bracket,
  operator,
  minus,
  ,
  field,
  phrase,
  word,
]: RegExpExecArray): Token | null {
  if (bracket === '(' || bracket === ')') return { kind: bracket }
  if (operator !== undefined) return { kind: OPERATORS[operator] ?? 'AND' }
  if (minus !== undefined) return { kind: 'NOT' }
  if (field !== undefined) return { kind: 'field', text: field }
  if (phrase !== undefined) return { kind: 'phrase', text: unescape(phrase.slice(1, -1)) }
  if (word !== undefined) return { kind: 'word', text: word }
  return null
}

const OPERATORS: Readonly<Record<string, 'AND' | 'OR' | 'NOT'>> = {
  AND: 'AND',
  '&&': 'AND',
  OR: 'OR',
  '||': 'OR',
  NOT: 'NOT',
}

/** Takes the backslashes of escaped characters away. */
export function unescape(text: string): string {
  return text.replaceAll(/\\(.)/g, '$1')
}

/** Recursive descent: any → all → one. */
class Parser {
  private at = 0

  constructor(
    private readonly tokens: readonly Token[],
    private readonly joinedBy: 'AND' | 'OR',
  ) {}

  parse(): SolrNode {
    const node = this.any(null, 0)
    if (this.peek() !== undefined) throw unreadable('a bracket is closed that was not opened')
    return node
  }

  private peek(): Token | undefined {
    return this.tokens[this.at]
  }

  private take(kind: Token['kind']): boolean {
    if (this.peek()?.kind !== kind) return false
    this.at += 1
    return true
  }

  private takeWord(): string {
    const token = this.peek()
    if (token?.kind !== 'word') return ''
    this.at += 1
    return token.text
  }

  private any(field: string | null, depth: number): SolrNode {
    const nodes = [this.all(field, depth)]
    while (this.take('OR') || (this.joinedBy === 'OR' && this.startsClause()))
      nodes.push(this.all(field, depth))
    return nodes.length === 1 && nodes[0] !== undefined ? nodes[0] : { kind: 'any', nodes }
  }

  private all(field: string | null, depth: number): SolrNode {
    const nodes = [this.one(field, depth)]
    while (this.take('AND') || (this.joinedBy === 'AND' && this.startsClause()))
      nodes.push(this.one(field, depth))
    return nodes.length === 1 && nodes[0] !== undefined ? nodes[0] : { kind: 'all', nodes }
  }

  private startsClause(): boolean {
    const kind = this.peek()?.kind
    return kind !== undefined && kind !== ')' && kind !== 'OR' && kind !== 'AND'
  }

  private one(field: string | null, depth: number): SolrNode {
    if (depth > DEPTH_MAX) throw unreadable('its brackets are too deep')
    if (this.take('NOT')) return { kind: 'not', node: this.one(field, depth + 1) }
    if (this.take('(')) {
      const node = this.any(field, depth + 1)
      if (!this.take(')')) throw unreadable('a bracket is not closed')
      return node
    }
    const token = this.peek()
    if (token === undefined || !('text' in token)) throw unreadable('a word is missing')
    this.at += 1
    if (token.kind === 'field') {
      // A colon in a value, `upc:A:1`, is not another field.
      if (field !== null)
        return { kind: 'term', field, text: `${token.text}:${this.takeWord()}`, isPhrase: false }
      return this.one(token.text, depth + 1)
    }
    return { kind: 'term', field, text: token.text, isPhrase: token.kind === 'phrase' }
  }
}

function unreadable(why: string): HttpError {
  return new HttpError(400, `The search cannot be read: ${why}`, 'BAD_REQUEST')
}
