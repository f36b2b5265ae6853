// The body of the table worker, testable without one: holds one table, and makes files of it.
import type { ImportSettings, TableProblem, TableSummary } from '../domain/import-table'
import type { BroughtFile, OpenTable } from '../ports/tables'
import { importCsvOf, rejectedCsvOf } from '../files/import-csv'
import { readTable, TableError, type Table } from '../files/table-file'

/** Rows that the page shows before anything is sent. */
const SAMPLE_ROWS = 8

export type TableAnswer =
  | { readonly ok: true; readonly summary: TableSummary }
  | { readonly ok: false; readonly problem: TableProblem }

/** All that crosses between page and table worker. */
export interface TableDesk {
  open: (file: BroughtFile) => Promise<TableAnswer>
  importCsv: (settings: ImportSettings) => Promise<string>
  rejectedCsv: OpenTable['rejectedCsv']
}

/** @param subtle missing over plain http: then the server tells files apart by what is sent */
export function createTableDesk(subtle: Pick<SubtleCrypto, 'digest'> | undefined): TableDesk {
  let open: Table | null = null

  function table(): Table {
    if (open === null) throw new Error('No table is open')
    return open
  }

  return {
    async open(file) {
      try {
        const bytes = await bytesOf(file)
        open = await readTable(bytes)
        const hash = subtle === undefined ? '' : hexOf(await subtle.digest('SHA-256', bytes))
        return { ok: true, summary: summaryOf(file.name, open, hash) }
      } catch (error) {
        if (!(error instanceof TableError)) throw error
        return { ok: false, problem: error.problem }
      }
    },
    importCsv: async (settings) => importCsvOf(table(), settings),
    rejectedCsv: async (errors, lineColumn) => rejectedCsvOf(table(), errors, lineColumn),
  }
}

/** @throws TableError for a folder, or a file that was moved since it was brought */
async function bytesOf(file: BroughtFile): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await file.arrayBuffer())
  } catch (cause) {
    throw new TableError('unreadable', { cause })
  }
}

function summaryOf(fileName: string, { header, rows }: Table, hash: string): TableSummary {
  return { fileName, header, rowCount: rows.length, sample: rows.slice(0, SAMPLE_ROWS), hash }
}

function hexOf(digest: ArrayBuffer): string {
  return Array.from(new Uint8Array(digest), (it) => it.toString(16).padStart(2, '0')).join('')
}
