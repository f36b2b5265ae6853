// The query grammar of Moqui's list resources (contract 0.5): filters, order and paging, as parametrised SQL.
import { HttpError } from './errors'

/** Query parameters, each possibly repeated. */
export class Query {
  constructor(private readonly values: ReadonlyMap<string, readonly string[]>) {}

  static fromUrl(search: URLSearchParams): Query {
    const values = new Map<string, string[]>()
    for (const [name, value] of search) values.set(name, [...(values.get(name) ?? []), value])
    return new Query(values)
  }

  /** From a JSON map such as customParametersMap; nested objects are ignored. */
  static fromRecord(record: Readonly<Record<string, unknown>>): Query {
    const values = new Map<string, string[]>()
    for (const [name, value] of Object.entries(record)) {
      const list = Array.isArray(value) ? (value as readonly unknown[]) : [value]
      const texts = list.flatMap((it) =>
        typeof it === 'string' || typeof it === 'number' || typeof it === 'boolean'
          ? [String(it)]
          : [],
      )
      if (texts.length > 0) values.set(name, texts)
    }
    return new Query(values)
  }

  /** The first value, or null when absent or empty: an empty value is not applied. */
  one(name: string): string | null {
    return this.values.get(name)?.[0] || null
  }

  /** All values of a repeated or comma-separated parameter, trimmed, without empties. */
  list(name: string): readonly string[] {
    const values = this.values.get(name) ?? []
    return values
      .flatMap((it) => it.split(','))
      .map((it) => it.trim())
      .filter((it) => it !== '')
  }

  /** All values of a repeated parameter as they are, without empties: names may hold commas. */
  each(name: string): readonly string[] {
    return (this.values.get(name) ?? []).filter((it) => it !== '')
  }

  has(name: string): boolean {
    return this.one(name) !== null
  }

  /** A whole number in a range. @throws HttpError 400 */
  int(
    name: string,
    { min, max, otherwise }: { min: number; max: number; otherwise: number },
  ): number {
    const text = this.one(name)
    if (text === null) return otherwise
    const value = Number(text)
    if (!Number.isSafeInteger(value) || value < min)
      throw new HttpError(400, `${name} must be a whole number of at least ${min}`, 'BAD_REQUEST')
    return Math.min(value, max)
  }

  flag(name: string): boolean {
    return ['true', 'Y', 'y'].includes(this.one(name) ?? '')
  }
}

export interface Paging {
  readonly pageIndex: number
  readonly pageSize: number
  readonly limit: number
  readonly offset: number
}

const PAGE_INDEX_MAX = 1_000_000

/** 20 rows when only pageIndex is given, 100 without any paging parameter, never more than `rowsMax` (also for pageNoLimit). */
export function readPaging(query: Query, rowsMax: number): Paging {
  const isPaged = query.has('pageIndex')
  const otherwise = query.flag('pageNoLimit') ? rowsMax : Math.min(isPaged ? 20 : 100, rowsMax)
  const pageSize = query.int('pageSize', { min: 1, max: rowsMax, otherwise })
  const pageIndex = query.int('pageIndex', { min: 0, max: PAGE_INDEX_MAX, otherwise: 0 })
  return { pageIndex, pageSize, limit: pageSize, offset: pageIndex * pageSize }
}

/** The headers of a paged Moqui list. */
export function pageHeaders(paging: Paging, total: number): readonly (readonly [string, string])[] {
  const low = total === 0 ? 0 : paging.offset + 1
  return [
    ['X-Total-Count', String(total)],
    ['X-Page-Index', String(paging.pageIndex)],
    ['X-Page-Size', String(paging.pageSize)],
    ['X-Page-Max-Index', String(Math.max(0, Math.ceil(total / paging.pageSize) - 1))],
    ['X-Page-Range-Low', String(low)],
    ['X-Page-Range-High', String(Math.min(total, paging.offset + paging.pageSize))],
  ]
}

/** What a list may be filtered and ordered by: wire name → SQL expression (ours, never the caller's) and its type. */
export type Fields = Readonly<
  Record<string, { readonly sql: string; readonly type: 'text' | 'number' | 'millis' }>
>

/** SQL text under construction with its parameters; `add` returns the placeholder. */
export class Params {
  readonly values: unknown[] = []

  add(value: unknown, cast = ''): string {
    this.values.push(value)
    return `$${this.values.length}${cast === '' ? '' : `::${cast}`}`
  }
}

const CASTS = { text: 'text', number: 'numeric', millis: 'bigint' } as const

/**
 * The `where` conditions (joined with and; `true` when none) of the filters that name a known field: equals, like,
 * contains, begins, empty, in, `_not`, `_ic`, `_from`, `_thru`. Unknown parameters are ignored, as Moqui does.
 * @throws HttpError 400 on an operator or value that cannot be read
 */
export function whereOf(query: Query, fields: Fields, params: Params): string {
  const conditions: string[] = []
  for (const [name, field] of Object.entries(fields)) {
    const equal = conditionOf(query, name, field, params)
    if (equal !== null)
      conditions.push(query.flag(`${name}_not`) ? `not coalesce(${equal}, false)` : equal)
    const from = query.one(`${name}_from`)
    if (from !== null)
      conditions.push(
        `${field.sql} >= ${params.add(valueOf(name, from, field.type), CASTS[field.type])}`,
      )
    const thru = query.one(`${name}_thru`)
    if (thru !== null)
      conditions.push(
        `${field.sql} <= ${params.add(valueOf(name, thru, field.type), CASTS[field.type])}`,
      )
  }
  return conditions.length === 0 ? 'true' : conditions.join(' and ')
}

function conditionOf(
  query: Query,
  name: string,
  field: Fields[string],
  params: Params,
): string | null {
  const op = query.one(`${name}_op`) ?? 'equals'
  if (op === 'empty') return `(${field.sql} is null or ${field.sql}::text = '')`
  const text = query.one(name)
  if (text === null) return null
  const cast = CASTS[field.type]
  if (op === 'in') {
    const list = query.list(name).map((it) => valueOf(name, it, field.type))
    return `${field.sql} = any(${params.add(list, `${cast}[]`)})`
  }
  if (op === 'equals') {
    const value = params.add(valueOf(name, text, field.type), cast)
    return query.flag(`${name}_ic`)
      ? `lower(${field.sql}::text) = lower(${value}::text)`
      : `${field.sql} = ${value}`
  }
  const like = query.flag(`${name}_ic`) ? 'ilike' : 'like'
  if (op === 'like') return `${field.sql}::text ${like} ${params.add(text, 'text')}`
  if (op === 'contains')
    return `${field.sql}::text ${like} ${params.add(`%${escapeLike(text)}%`, 'text')}`
  if (op === 'begins')
    return `${field.sql}::text ${like} ${params.add(`${escapeLike(text)}%`, 'text')}`
  throw new HttpError(400, `Operator ${op} is not supported for ${name}`, 'BAD_REQUEST')
}

/** Takes the wildcards out of a text that goes into `like`. */
export function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, String.raw`\$&`)
}

function valueOf(name: string, text: string, type: 'text' | 'number' | 'millis'): string | number {
  if (type === 'text') return text
  const value = type === 'millis' ? readMillis(text) : Number(text)
  if (!Number.isFinite(value))
    throw new HttpError(400, `${name} cannot be read: ${text.slice(0, 40)}`, 'BAD_REQUEST')
  return value
}

/** Epoch milliseconds, ISO, or `yyyy-MM-dd HH:mm:ss.SSS`, the last read as UTC. NaN when it is none of them. */
export function readMillis(text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text)
  const plain = /^(\d{4}-\d{2}-\d{2})(?: (\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?))?$/.exec(text)
  return Date.parse(plain === null ? text : `${plain[1] ?? ''}T${plain[2] ?? '00:00:00'}Z`)
}

/**
 * The `order by` list of orderByField: `-a,+b,^c` or `a desc, b asc`. Unknown fields are ignored; `last` is appended
 * so that pages are stable.
 */
export function orderByOf(
  query: Query,
  fields: Fields,
  { otherwise, last }: { otherwise: string; last: string },
): string {
  const terms = query.list('orderByField').flatMap((term) => {
    const match = /^([-+^]*)(\w+)(?:\s+(asc|desc))?$/i.exec(term)
    const name = match?.[2] ?? ''
    // Own fields only: `constructor` and the like are no columns.
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (match === null || field === undefined) return []
    const isDown = (match[1] ?? '').includes('-') || (match[3] ?? '').toLowerCase() === 'desc'
    const sql = (match[1] ?? '').includes('^') ? `lower(${field.sql}::text)` : field.sql
    return [`${sql} ${isDown ? 'desc nulls last' : 'asc'}`]
  })
  return [...(terms.length > 0 ? terms : [otherwise]), last].join(', ')
}
