// Reads a catalogue from CSV: productId,gtin,productName; more columns are optional.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { parse } from 'csv-parse/sync'
import * as v from 'valibot'
import { TEXT_MAX } from '../../src/contract/envelope'
import type { ProductAttributes } from '../products/attributes'
import type { CatalogueIdentifier, CatalogueProduct } from '../products/catalogue'
import { textOfHtml } from './html-text'
import { madeUpIdentifiersOf, typeOfGtin } from './identifiers'

/** Grows when a file is read differently: a server that has read it before reads it again. */
const READING = '3'

const Cell = v.pipe(v.string(), v.trim(), v.maxLength(TEXT_MAX))
const Row = v.object({
  productId: v.pipe(Cell, v.minLength(1), v.maxLength(40)),
  gtin: v.optional(Cell, ''),
  productName: v.pipe(Cell, v.transform(textOfHtml), v.trim(), v.minLength(1)),
  sku: v.optional(Cell, ''),
  caseGtin: v.optional(Cell, ''),
  packSize: v.optional(v.pipe(Cell, v.regex(/^\d{0,6}$/, 'not a whole number')), ''),
  category: v.optional(Cell, ''),
  /** Several with `;` between them. */
  tags: v.optional(Cell, ''),
  supplier: v.optional(Cell, ''),
})
type Row = v.InferOutput<typeof Row>

export interface CatalogueFile {
  readonly products: readonly CatalogueProduct[]
  /** Of the products of which the file says any. */
  readonly attributes: readonly ProductAttributes[]
  /** Of the content and how it is read: whether a later start finds the same file. */
  readonly hash: string
}

/**
 * @param madeUpSeed gives every product without a `sku` column a made-up one, and some a case barcode; null: none
 * @throws Error that names the line of the first row that cannot be used; nothing was stored
 */
export async function readCatalogueFile(
  path: string | URL,
  madeUpSeed: number | null,
): Promise<CatalogueFile> {
  const content = await readFile(path)
  const rows: unknown[] = parse(content, {
    columns: true,
    bom: true,
    skip_empty_lines: true,
    relax_column_count: true,
  })
  const read = rows.map((row, index) => {
    const parsed = v.safeParse(Row, row)
    if (parsed.success) return parsed.output
    const [issue] = parsed.issues
    // Line 1 is the header.
    throw new Error(
      `Catalogue, row ${index + 2}: ${v.getDotPath(issue) ?? 'row'}: ${issue.message}`,
    )
  })
  return {
    products: read.map((it) => productOf(it, madeUpSeed)),
    attributes: read.flatMap(attributesOf),
    hash: createHash('sha256')
      .update(content)
      .update(`${madeUpSeed} ${READING}`)
      .digest('hex'),
  }
}

function attributesOf({ productId, category, tags, supplier }: Row): ProductAttributes[] {
  if (category === '' && tags === '' && supplier === '') return []
  return [
    {
      productId,
      category: category === '' ? null : category,
      tags: partsOf(tags),
      suppliers: partsOf(supplier),
    },
  ]
}

function partsOf(cell: string): readonly string[] {
  return cell
    .split(';')
    .map((it) => it.trim())
    .filter((it) => it !== '')
}

function productOf(row: Row, madeUpSeed: number | null): CatalogueProduct {
  const identifiers: CatalogueIdentifier[] = []
  if (row.gtin !== '')
    identifiers.push({ type: typeOfGtin(row.gtin), value: row.gtin, packSize: 1 })
  if (row.sku !== '') identifiers.push({ type: 'SKU', value: row.sku, packSize: 1 })
  if (row.caseGtin !== '')
    identifiers.push({
      type: 'GTIN',
      value: row.caseGtin,
      packSize: Math.max(1, Number(row.packSize)),
    })
  const hasOwn = row.sku !== '' || row.caseGtin !== ''
  const madeUp =
    madeUpSeed === null || hasOwn ? [] : madeUpIdentifiersOf(madeUpSeed, row.productId, row.gtin)
  return {
    productId: row.productId,
    name: row.productName,
    identifiers: [...identifiers, ...madeUp],
  }
}
