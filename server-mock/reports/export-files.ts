// A table as a file: CSV, or a workbook whose numbers are numbers and whose days are days. No cell becomes a formula.
import writeXlsxFile, { type SheetData } from 'write-excel-file/node'
import { csvOf, defused, type Cell } from '../../src/domain/csv'
import type { Table } from './export-tables'

const WIDTH = 16
const NAME_WIDTH = 36

export async function xlsxOf(table: Table): Promise<Buffer> {
  const [head, ...rows] = table
  const data: SheetData = [
    head.map((value) => ({ value, fontWeight: 'bold' as const })),
    ...rows.map((row) => row.map(cellOf)),
  ]
  const columns = head.map((it) => ({ width: it === 'Name' || it === 'Count' ? NAME_WIDTH : WIDTH }))
  return writeXlsxFile(data, { sheet: 'Export', columns, stickyRowsCount: 1 }).toBuffer()
}

function cellOf(cell: Cell): SheetData[number][number] {
  if (cell === null || cell === '') return null
  // A text cell is no formula, but becomes one when somebody saves the sheet as CSV.
  if (typeof cell === 'string') return { value: defused(cell), type: String }
  if (typeof cell === 'number') return Number.isFinite(cell) ? { value: cell, type: Number } : null
  return { value: new Date(`${cell.day}T00:00:00Z`), type: Date, format: 'yyyy-mm-dd' }
}

export async function fileOf(table: Table, format: 'csv' | 'xlsx'): Promise<Buffer> {
  return format === 'csv' ? Buffer.from(csvOf(table), 'utf8') : xlsxOf(table)
}
