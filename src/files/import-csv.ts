// What is made of a table: the CSV of the server's importer, and the file of the rows that it did not take.
import type { ImportSettings, MappedField } from '../domain/import-table'
import { sharesOf } from '../domain/walk'
import { IMPORT_COLUMNS, type ImportColumn, type RowError } from '../domain/plan-import'
import type { Table, TableRow } from './table-file'

/** One line for each row, in their order. Rules: docs/SPEC.md PL12 */
export function importCsvOf({ rows }: Table, settings: ImportSettings): string {
  const people = sharedOut(rows.length, settings.people)
  const lines = rows.map((row, index) => {
    const values = importRow(row, settings, people[index] ?? '')
    return csvLine(IMPORT_COLUMNS.map((it) => values[it] ?? ''))
  })
  return [csvLine(IMPORT_COLUMNS), ...lines].join('')
}

/** Whose each row is; neighbours stay together. */
function sharedOut(rows: number, people: readonly string[]): readonly string[] {
  if (people.length === 0) return []
  const places = Array.from({ length: rows }, () => 0)
  return sharesOf(places, people.length).flatMap((share, index) =>
    share.map(() => people[index] ?? ''),
  )
}

function importRow(
  { line, cells }: TableRow,
  settings: ImportSettings,
  person: string,
): Partial<Record<ImportColumn, string>> {
  const cell = (field: MappedField): string => {
    const column = settings.columns[field]
    return column === null ? '' : (cells[column] ?? '')
  }
  const { productKind } = settings
  return {
    countImportName: cell('count') || settings.countName,
    purposeType: 'DIRECTED_COUNT',
    facilityId: settings.facilityId,
    ...(productKind === 'productId'
      ? { productId: cell('product') }
      : { idType: productKind === 'SKU' ? 'SKU' : '', idValue: cell('product') }),
    estimatedStartDate: cell('start') || importDate(settings.start),
    estimatedCompletionDate: cell('due') || importDate(settings.due),
    facilityAreaId: cell('area'),
    assignedTo: cell('person') || person,
    isBlind: settings.isBlind ? 'Y' : 'N',
    sourceLine: String(line),
  }
}

/** `2026-11-26T17:00` as the importer writes it: `11-26-2026 17:00:00`. */
function importDate(wall: string): string {
  const [, year, month, day, time] = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}:\d{2})/.exec(wall) ?? []
  return time === undefined ? '' : `${month ?? ''}-${day ?? ''}-${year ?? ''} ${time}:00`
}

/** The rows with errors as they were, then their line and all that is wrong with them. Rules: docs/SPEC.md PL13 */
export function rejectedCsvOf({ header, rows }: Table, errors: readonly RowError[]): string {
  const byLine = new Map<number, string[]>()
  for (const { line, message } of errors)
    if (line !== null) byLine.set(line, [...(byLine.get(line) ?? []), message])
  const lines = rows.flatMap(({ line, cells }) => {
    const problems = byLine.get(line)
    if (problems === undefined) return []
    const own = header.map((_name, index) => defused(cells[index] ?? ''))
    return [csvLine([...own, String(line), defused(problems.join('; '))])]
  })
  // Without the mark in front spreadsheets read it in another alphabet.
  return `\uFEFF${csvLine([...header.map(defused), 'Line', 'Problem'])}${lines.join('')}`
}

/** A spreadsheet shows it, and does not carry it out. */
function defused(cell: string): string {
  return /^[=+\-@\t\r]/.test(cell) && !/^[+-]?\d+(?:[.,]\d+)?$/.test(cell) ? `'${cell}` : cell
}

function csvLine(cells: readonly string[]): string {
  const quoted = cells.map((it) => (/[",\r\n;]/.test(it) ? `"${it.replaceAll('"', '""')}"` : it))
  return `${quoted.join(',')}\r\n`
}
