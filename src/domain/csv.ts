// Lines of comma-separated values that a spreadsheet reads as what they are: text stays text, no cell becomes a formula.

/** What a spreadsheet would take for the beginning of a formula. */
const FORMULA = /^[=+\-@\t\r]/

export type Cell = string | number | null

/** With a byte order mark, so that spreadsheets read it as UTF-8, and the line ends of RFC 4180. */
export function csvOf(rows: readonly (readonly Cell[])[]): string {
  return `\uFEFF${rows.map((row) => row.map(cellOf).join(',')).join('\r\n')}\r\n`
}

/** Numbers are ours and stay numbers, negative ones too; text is defused and quoted. */
function cellOf(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : ''
  const text = FORMULA.test(cell.trimStart()) || FORMULA.test(cell) ? `'${cell}` : cell
  return `"${text.replaceAll('"', '""')}"`
}
