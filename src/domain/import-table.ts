// A table that somebody brings as a file, and how its columns become a planned count.
import type { FacilityId, UserName } from './ids'

/** What a column of the file may stand for. */
export const MAPPED_FIELDS = ['product', 'count', 'person', 'area', 'start', 'due'] as const
export type MappedField = (typeof MAPPED_FIELDS)[number]

/** What the product column holds. */
export const PRODUCT_KINDS = ['any', 'SKU', 'productId'] as const
export type ProductKind = (typeof PRODUCT_KINDS)[number]

/** Column numbers from 0; null: the file does not say. */
export type ColumnMapping = Readonly<Record<MappedField, number | null>>

export interface ImportSettings {
  readonly facilityId: FacilityId
  /** For rows that name no count. */
  readonly countName: string
  readonly productKind: ProductKind
  readonly isBlind: boolean
  /** Clock times at the facility, `2026-11-26T17:00`; empty: none. For rows without one. */
  readonly start: string
  readonly due: string
  /** Rows that name nobody are shared by them evenly. */
  readonly people: readonly UserName[]
  readonly columns: ColumnMapping
}

export const TABLE_PROBLEMS = [
  'empty', // no header, or no row below it
  'too-large',
  'too-many-rows',
  'old-excel', // .xls, the format before 2007
  'unreadable',
] as const
export type TableProblem = (typeof TABLE_PROBLEMS)[number]

export interface TableSummary {
  readonly fileName: string
  readonly header: readonly string[]
  readonly rowCount: number
  /** The first rows, as many cells as the header has. */
  readonly sample: readonly { readonly line: number; readonly cells: readonly string[] }[]
  /** sha-256 of the file, hex; empty where the browser cannot tell. */
  readonly hash: string
}

/** Words that people write over columns, in small letters without blanks. */
const HINTS: Readonly<Record<MappedField, readonly string[]>> = {
  product: ['sku', 'productsku', 'product', 'productid', 'idvalue', 'barcode', 'ean', 'gtin', 'upc', 'item', 'itemnumber', 'article'],
  count: ['countimportname', 'count', 'countname', 'cyclecount', 'name'],
  person: ['assignedto', 'person', 'user', 'counter', 'associate', 'assignee'],
  area: ['facilityareaid', 'area', 'zone', 'section'],
  start: ['estimatedstartdate', 'start', 'startdate'],
  due: ['estimatedcompletiondate', 'due', 'duedate', 'deadline'],
}

/** A first guess by the names of the columns; each column stands for one thing at most. */
export function guessMapping(header: readonly string[]): ColumnMapping {
  const names = header.map((it) => it.toLowerCase().replaceAll(/[^a-z]/g, ''))
  const taken = new Set<number>()
  const guess = (field: MappedField): number | null => {
    for (const hint of HINTS[field]) {
      const at = names.findIndex((name, index) => name === hint && !taken.has(index))
      if (at < 0) continue
      taken.add(at)
      return at
    }
    return null
  }
  return {
    product: guess('product'),
    count: guess('count'),
    person: guess('person'),
    area: guess('area'),
    start: guess('start'),
    due: guess('due'),
  }
}

/** A column called so holds product ids, not identifiers. */
export function guessProductKind(name: string): ProductKind {
  const plain = name.toLowerCase().replaceAll(/[^a-z]/g, '')
  if (plain === 'productid') return 'productId'
  return plain.includes('sku') ? 'SKU' : 'any'
}
