// The words of an import: what a column may stand for, what is wrong with a file, how far a job is.
import type { MappedField, ProductKind, TableProblem } from '../domain/import-table'
import { IMPORT_BYTES_MAX, IMPORT_ROWS_MAX, type ImportColumn, type RowError } from '../domain/plan-import'
import type { ImportJob } from '../ports/plan'
import { countOf, formatBytes, formatCount } from './format'

export const FIELD_WORDS: Readonly<Record<MappedField, string>> = {
  product: 'Product',
  count: 'Name of the count',
  person: 'Person',
  area: 'Area',
  start: 'Start',
  due: 'Due',
}

export const PRODUCT_KIND_WORDS: Readonly<Record<ProductKind, string>> = {
  any: 'Barcode, SKU or other',
  SKU: 'SKU',
  productId: 'Product id',
}

export const TABLE_PROBLEM_WORDS: Readonly<Record<TableProblem, string>> = {
  empty: 'This file has no rows: it needs a line of column names, and at least one row below it.',
  'too-large': `This file is larger than ${formatBytes(IMPORT_BYTES_MAX)}. Split it.`,
  'too-many-rows': `This file has more than ${formatCount(IMPORT_ROWS_MAX)} rows. Split it.`,
  'old-excel': 'This is a workbook of Excel 97–2003. Save it as .xlsx or CSV, then bring it again.',
  unreadable: 'This file cannot be read. Bring a CSV or an Excel workbook (.xlsx).',
}

/** Why what was dropped is not taken; null: it is. @param openName the file that is open already */
export function droppedWords(fileCount: number, openName: string | null): string | null {
  if (openName !== null) return `${openName} is open and stays so. To bring another file, press “Another file” first.`
  return fileCount > 1 ? `${fileCount} files were dropped, and none was taken. Bring one at a time.` : null
}

/** Which of the person's choices a column of the importer comes from. */
const FIELD_OF: Readonly<Partial<Record<ImportColumn, MappedField>>> = {
  countImportName: 'count',
  productId: 'product',
  idValue: 'product',
  estimatedStartDate: 'start',
  estimatedCompletionDate: 'due',
  facilityAreaId: 'area',
  assignedTo: 'person',
}

/** The column as the person's file calls it, where it comes from there. */
export function columnWords(column: RowError['column'], headerOf: (field: MappedField) => string | null): string {
  if (column === null) return ''
  const field = FIELD_OF[column]
  if (field === undefined) return column === 'facilityId' ? 'Facility' : column
  return headerOf(field) ?? FIELD_WORDS[field]
}

/** Where a job stands, in one sentence. */
export function jobWords(job: ImportJob): string {
  switch (job.state) {
    case 'received':
      return 'Waits for its turn'
    case 'consuming':
      return progressWords(job)
    case 'consumed':
      return madeWords(job)
    case 'cancelled':
      return 'Cancelled. Nothing was imported'
    case 'error':
      return `Nothing was imported: ${countOf(job.errorCount, 'error')}`
  }
}

function progressWords({ rowsTotal, rowsDone, rowsWritten }: ImportJob): string {
  if (rowsTotal === 0) return 'Being read'
  const rows = countOf(rowsTotal, 'row')
  return rowsWritten === 0
    ? `${formatCount(rowsDone)} of ${rows} looked at`
    : `${formatCount(rowsWritten)} of ${rows} written. They appear all at once`
}

function madeWords({ made }: ImportJob): string {
  const parts = made.map(
    ({ name, items, isNew }) =>
      `${name}: ${countOf(items, 'product')}${isNew ? '' : ' more'}`,
  )
  return parts.length === 0 ? 'Imported' : `Imported. ${parts.slice(0, 5).join('; ')}`
}
