// CSV and XLSX files as one kind of table: header, rows with the line they stand in, every cell a text.
import { parse } from 'csv-parse/browser/esm/sync'
import { readSheet } from 'read-excel-file/universal'
import type { TableProblem } from '../domain/import-table'
import { IMPORT_BYTES_MAX, IMPORT_ROWS_MAX } from '../domain/plan-import'

export interface TableRow {
  /** As the person's program numbers it: the header is line 1. */
  readonly line: number
  readonly cells: readonly string[]
}

export interface Table {
  readonly header: readonly string[]
  readonly rows: readonly TableRow[]
}

/** The file is no table that can be used. */
export class TableError extends Error {
  override readonly name = 'TableError'
  constructor(readonly problem: TableProblem, options?: ErrorOptions) {
    super(problem, options)
  }
}

const ZIP = [0x50, 0x4b]
const OLE = [0xd0, 0xcf, 0x11, 0xe0]

/** @throws TableError */
export async function readTable(bytes: Uint8Array): Promise<Table> {
  if (bytes.byteLength > IMPORT_BYTES_MAX) throw new TableError('too-large')
  if (startsWith(bytes, OLE)) throw new TableError('old-excel')
  const lines = startsWith(bytes, ZIP) ? await readWorkbook(bytes) : readCsv(textOf(bytes))
  return tableOf(lines)
}

function startsWith(bytes: Uint8Array, wanted: readonly number[]): boolean {
  return wanted.every((it, index) => bytes[index] === it)
}

async function readWorkbook(bytes: Uint8Array): Promise<TableRow[]> {
  try {
    const rows = await readSheet(new Uint8Array(bytes).buffer)
    return rows.map((cells, index) => ({ line: index + 1, cells: cells.map(cellText) }))
  } catch (cause) {
    throw new TableError('unreadable', { cause })
  }
}

/** Numbers without exponent, dates as a clock shows them (a workbook knows no zones), nothing as nothing. */
function cellText(cell: unknown): string {
  if (cell instanceof Date) return cell.toISOString().slice(0, 19).replace('T', ' ')
  if (typeof cell === 'number')
    return Number.isSafeInteger(cell) ? String(cell) : cell.toLocaleString('en', { useGrouping: false, maximumFractionDigits: 15 })
  return typeof cell === 'string' || typeof cell === 'boolean' ? String(cell).trim() : ''
}

/** UTF-8, or UTF-16 where the file says so; else what spreadsheets on Windows write. */
function textOf(bytes: Uint8Array): string {
  if (startsWith(bytes, [0xff, 0xfe])) return new TextDecoder('utf-16le').decode(bytes)
  if (startsWith(bytes, [0xfe, 0xff])) return new TextDecoder('utf-16be').decode(bytes)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return new TextDecoder('windows-1252').decode(bytes)
  }
}

const DELIMITERS = [',', ';', '\t'] as const

/** The one that the header has most of. */
function delimiterOf(text: string): string {
  const header = /^[^\r\n]*/.exec(text.replaceAll(/"[^"]*"/g, ''))?.[0] ?? ''
  const times = (it: string) => header.split(it).length
  return DELIMITERS.reduce((best, it) => (times(it) > times(best) ? it : best))
}

function readCsv(text: string): TableRow[] {
  if (text.includes('\0')) throw new TableError('unreadable')
  try {
    const records = parse(text, {
      bom: true,
      info: true,
      delimiter: delimiterOf(text),
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as { record: string[]; info: { lines: number } }[]
    return records.map(({ record, info }) => ({
      // Told is the last line of a record; people look for the first.
      line: info.lines - record.reduce((sum, it) => sum + it.split('\n').length - 1, 0),
      cells: record.map(plainOf),
    }))
  } catch (cause) {
    throw new TableError('unreadable', { cause })
  }
}

/** Takes the mark off that keeps spreadsheets from reading a text as a formula: our own files have it. */
function plainOf(cell: string): string {
  return /^'[=+\-@]/.test(cell) ? cell.slice(1) : cell
}

function tableOf(lines: readonly TableRow[]): Table {
  const filled = lines.filter((it) => it.cells.some((cell) => cell !== ''))
  const [header, ...rows] = filled
  if (header === undefined || rows.length === 0) throw new TableError('empty')
  if (rows.length > IMPORT_ROWS_MAX) throw new TableError('too-many-rows')
  return { header: header.cells, rows }
}
