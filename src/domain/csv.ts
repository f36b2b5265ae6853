// Lines of comma-separated values that a spreadsheet reads as what they are: text stays text, no cell becomes a formula.

/** What a spreadsheet would take for the beginning of a formula. */
const FORMULA = /^[=+\-@\t\r]/

/** A day is `yyyy-MM-dd`. */
export type Cell = string | number | null | { readonly day: string }

/** The text with an apostrophe before what a spreadsheet would take for a formula. */
export function defused(text: string): string {
  return FORMULA.test(text.trimStart()) || FORMULA.test(text) ? `'${text}` : text
}

/** With a byte order mark, so that spreadsheets read it as UTF-8, and the line ends of RFC 4180. */
export function csvOf(rows: readonly (readonly Cell[])[]): string {
  return `\uFEFF${rows.map((row) => row.map(cellOf).join(',')).join('\r\n')}\r\n`
}

/** Numbers are ours and stay numbers, negative ones too; text is defused and quoted. */
function cellOf(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : ''
  const text = typeof cell === 'string' ? defused(cell) : cell.day
  return `"${text.replaceAll('"', '""')}"`
}
