// Find products and lines by name or identifier: texts in memory, built when first asked for, kept up with changes.
import type { CountedItem } from '../domain/counted-item'
import type { LineKey, ProductId, SessionId } from '../domain/ids'
import type { Product } from '../domain/product'
import type { CatalogueStore } from '../ports/catalogue-schema'
import type { ScansStore } from '../ports/scans-schema'
import { LAST } from '../ports/store'

/** 200,000 products of about 100 characters: 40 MB at most. What is beyond is found by scanning only. */
const PRODUCTS_MAX = 200_000
const LINES_MAX = 100_000
const PAGE = 1000
/** Hits of one kind that are ranked; more words narrow further. */
const HITS_MAX = 500
/** Sessions whose lines are kept in memory. */
const SESSIONS_MAX = 3

export interface ProductSearch {
  /** Products that have every word in name or identifiers: first those called or numbered so, then names that begin so. */
  find: (text: string, limit: number) => Promise<readonly Product[]>
  note: (products: readonly (Product & { readonly isDeleted: boolean })[]) => void
}

export interface LineSearch {
  /** Line keys in name order. */
  find: (sessionId: SessionId, text: string, limit: number) => Promise<readonly LineKey[]>
  /** Lines changed: read again before the next search; `all` forgets the session. */
  note: (sessionId: SessionId, changed: readonly LineKey[] | 'all') => void
}

interface Entry {
  readonly name: string
  /** Lower case: name and identifiers, cut by line breaks, which no search text has. */
  readonly text: string
}

interface Lines {
  readonly entries: Map<LineKey, Entry>
  /** Changed since they were read. */
  readonly stale: Set<LineKey>
  /** Resolves when all pages are in. */
  readonly isLoaded: Promise<void>
}

export function createProductSearch(catalogue: CatalogueStore): ProductSearch {
  const entries = new Map<ProductId, Entry>()
  let loading: Promise<void> | null = null

  const add = (product: Product): void => {
    if (entries.size >= PRODUCTS_MAX && !entries.has(product.productId)) return
    entries.set(
      product.productId,
      entryOf(
        product.name,
        product.identifiers.map((it) => it.value),
      ),
    )
  }

  async function load(): Promise<void> {
    let after: ProductId | null = null
    while (entries.size < PRODUCTS_MAX) {
      const lower: { lower?: ProductId; lowerOpen?: boolean } =
        after === null ? {} : { lower: after, lowerOpen: true }
      const page: readonly Product[] = await catalogue.tx(['products'], 'r', (tx) =>
        tx.range('products', ':id', { ...lower, limit: PAGE }),
      )
      for (const product of page) add(product)
      after = page.at(-1)?.productId ?? null
      if (page.length < PAGE) return
    }
  }

  return {
    async find(text, limit) {
      loading ??= load().catch((error: unknown) => {
        loading = null
        throw error
      })
      await loading
      const ids = rank(entries, text, limit)
      const found = await catalogue.tx(['products'], 'r', (tx) => tx.bulkGet('products', ids))
      return found.flatMap((it) => (it === undefined ? [] : [it]))
    },
    note(products) {
      // Before the first search there is nothing to keep up: load reads the database.
      if (loading === null) return
      for (const product of products) {
        if (product.isDeleted) entries.delete(product.productId)
        else add(product)
      }
    },
  }
}

export function createLineSearch(scans: ScansStore): LineSearch {
  const sessions = new Map<SessionId, Lines>()

  /** Known before it is read: what changes while the pages come in is read again. */
  function known(sessionId: SessionId): Lines {
    const entries = new Map<LineKey, Entry>()
    const lines: Lines = { entries, stale: new Set(), isLoaded: load(sessionId, entries) }
    const [oldest] = sessions.keys()
    if (sessions.size >= SESSIONS_MAX && oldest !== undefined) sessions.delete(oldest)
    sessions.set(sessionId, lines)
    return lines
  }

  async function load(sessionId: SessionId, entries: Map<LineKey, Entry>): Promise<void> {
    let after = ''
    while (entries.size < LINES_MAX) {
      const range = {
        lower: [sessionId, after],
        lowerOpen: true,
        upper: [sessionId, LAST],
        limit: PAGE,
      } as const
      const page = await scans.tx(['items'], 'r', (tx) => tx.range('items', ':id', range))
      for (const item of page) entries.set(item.lineKey, lineEntryOf(item))
      const last = page.at(-1)
      if (last === undefined || page.length < PAGE) return
      after = last.lineKey
    }
  }

  async function freshen(sessionId: SessionId, { entries, stale }: Lines): Promise<void> {
    const keys = [...stale]
    stale.clear()
    const items = await scans.tx(['items'], 'r', (tx) =>
      tx.bulkGet(
        'items',
        keys.map((key) => [sessionId, key]),
      ),
    )
    for (const [index, key] of keys.entries()) {
      const item = items[index]
      if (item === undefined || item.bucket === 'none') entries.delete(key)
      else entries.set(key, lineEntryOf(item))
    }
  }

  return {
    async find(sessionId, text, limit) {
      const lines = sessions.get(sessionId) ?? known(sessionId)
      try {
        await lines.isLoaded
      } catch (error) {
        // Half of a session is none: the next search reads it anew.
        if (sessions.get(sessionId) === lines) sessions.delete(sessionId)
        throw error
      }
      if (lines.stale.size > 0) await freshen(sessionId, lines)
      return rank(lines.entries, text, limit)
    },
    note(sessionId, changed) {
      if (changed === 'all') sessions.delete(sessionId)
      else for (const key of changed) sessions.get(sessionId)?.stale.add(key)
    },
  }
}

const lineEntryOf = (item: CountedItem): Entry => entryOf(item.name, [item.identifier])

function entryOf(name: string, identifiers: readonly string[]): Entry {
  return { name: name.toLowerCase(), text: [name, ...identifiers].join('\n').toLowerCase() }
}

/** Rules: docs/SPEC.md CA8, CA9 */
function rank<Id>(entries: ReadonlyMap<Id, Entry>, text: string, limit: number): Id[] {
  const wanted = text.trim().toLowerCase()
  const words = wanted.split(/\s+/).filter((it) => it !== '')
  if (words.length === 0) return []
  // Apart by kind: however many poor hits come first, they do not crowd a good one out.
  const hits: Readonly<Record<Kind, { readonly id: Id; readonly name: string }[]>> = { exact: [], prefix: [], word: [] }
  for (const [id, entry] of entries) {
    if (!words.every((word) => entry.text.includes(word))) continue
    const alike = hits[kindOf(entry, wanted)]
    if (alike.length < HITS_MAX) alike.push({ id, name: entry.name })
  }
  return KINDS.flatMap((kind) => hits[kind].toSorted(byName)).slice(0, limit).map((it) => it.id)
}

/** Best first. */
const KINDS = ['exact', 'prefix', 'word'] as const
type Kind = (typeof KINDS)[number]

function kindOf({ name, text }: Entry, wanted: string): Kind {
  if (`\n${text}\n`.includes(`\n${wanted}\n`)) return 'exact'
  return name.startsWith(wanted) ? 'prefix' : 'word'
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  if (a.name === b.name) return 0
  return a.name < b.name ? -1 : 1
}
