// How columns of files were read before, by their header. Kept in localStorage; losing them costs a few taps.
import { defineStore } from 'pinia'
import { MAPPED_FIELDS, PRODUCT_KINDS, type ColumnMapping, type ProductKind } from '../domain/import-table'

const KEY = 'shelfcount:import-mappings'
/** Headers that are remembered; the oldest go first. */
const HEADERS_MAX = 20

export interface KnownMapping {
  readonly columns: ColumnMapping
  readonly productKind: ProductKind
}

type Entry = readonly [header: string, known: KnownMapping]

/** Stored by another version, or by hand: only what fits the header is taken. */
function decode(value: unknown, columnCount: number): KnownMapping | null {
  if (typeof value !== 'object' || value === null || !('columns' in value)) return null
  const columns = value.columns as Readonly<Record<string, unknown>> | null
  const entries = MAPPED_FIELDS.map((field) => {
    const at = columns?.[field] ?? null
    return [field, typeof at === 'number' && Number.isInteger(at) && at >= 0 && at < columnCount ? at : null] as const
  })
  const kind = 'productKind' in value ? value.productKind : null
  return {
    columns: Object.fromEntries(entries) as unknown as ColumnMapping,
    productKind: PRODUCT_KINDS.find((it) => it === kind) ?? 'any',
  }
}

function load(): readonly (readonly [string, unknown])[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    const list = Array.isArray(stored) ? (stored as readonly unknown[]) : []
    return list.filter((it): it is [string, unknown] => Array.isArray(it) && typeof it[0] === 'string')
  } catch {
    // Written halfway: nothing is remembered.
    localStorage.removeItem(KEY)
    return load()
  }
}

export const useImportMappings = defineStore('import-mappings', () => {
  const keyOf = (header: readonly string[]): string => JSON.stringify(header)

  function find(header: readonly string[]): KnownMapping | null {
    const found = load().find(([key]) => key === keyOf(header))
    return found === undefined ? null : decode(found[1], header.length)
  }

  function remember(header: readonly string[], known: KnownMapping): void {
    const key = keyOf(header)
    const entry: Entry = [key, known]
    const others = load().filter(([it]) => it !== key)
    localStorage.setItem(KEY, JSON.stringify([entry, ...others].slice(0, HEADERS_MAX)))
  }

  return { find, remember }
})
