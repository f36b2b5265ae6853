// Reading tables that people bring, off the page's thread: the page sees a summary, and files made of the rows.
import type { ImportSettings, TableProblem, TableSummary } from '../domain/import-table'
import type { RowError } from '../domain/plan-import'

export interface OpenTable {
  readonly summary: TableSummary
  /** As the server's importer wants it. */
  readonly importCsv: (settings: ImportSettings) => Promise<string>
  /**
   * The rows with errors, as they were, with line and problem behind them.
   * @param lineColumn which of its columns says the line that the errors mean; without it: its own lines
   */
  readonly rejectedCsv: (errors: readonly RowError[], lineColumn?: string) => Promise<string>
  /** Nothing can be asked after that. */
  readonly close: () => void
}

export type OpenedTable =
  | { readonly ok: true; readonly table: OpenTable }
  | { readonly ok: false; readonly problem: TableProblem }

/** What is read of a file that somebody brings. */
export interface BroughtFile {
  readonly name: string
  arrayBuffer: () => Promise<ArrayBuffer>
}

export type OpenTableFile = (file: BroughtFile) => Promise<OpenedTable>
