// The CSV of an import as rows with their lines: read in slices, so that a large file holds nobody else up.
import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { CsvError, parse } from 'csv-parse'
import { IMPORT_COLUMNS, IMPORT_ROWS_MAX, type RowError } from '../../src/domain/plan-import'
import type { RawRow } from '../rules/import-rows'

const SLICE = 16 * 1024
const RECORD_CHARS_MAX = 32 * 1024

export type ReadFile =
  | { readonly kind: 'rows'; readonly rows: readonly RawRow[] }
  | { readonly kind: 'errors'; readonly errors: readonly RowError[] }

export async function readImportFile(content: string): Promise<ReadFile> {
  const rows: RawRow[] = []
  let header: readonly string[] = []
  const records = Readable.from(slicesOf(content)).pipe(
    parse({
      bom: true,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: RECORD_CHARS_MAX,
      columns: (names: string[]) => (header = names.map((it) => it.trim())),
    }),
  ) as AsyncIterable<{ record: Record<string, string>; info: { lines: number } }>
  try {
    for await (const { record, info } of records) {
      if (rows.length === IMPORT_ROWS_MAX) return whole(`The file has more than ${IMPORT_ROWS_MAX} rows: split it`)
      rows.push({ ...record, fileLine: info.lines })
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    return whole(`This is no CSV file that can be read: ${error.message.slice(0, 200)}`)
  }
  const problem = headerProblem(header) ?? (rows.length === 0 ? 'The file has no rows' : null)
  return problem === null ? { kind: 'rows', rows } : whole(problem)
}

/** That the rows name, each once and in order; null: the file cannot be read. */
export async function facilitiesOfFile(content: string): Promise<readonly string[] | null> {
  const read = await readImportFile(content)
  if (read.kind === 'errors') return null
  return [...new Set(read.rows.flatMap((it) => it.facilityId?.trim() || []))].toSorted()
}

async function* slicesOf(content: string): AsyncGenerator<string> {
  for (let from = 0; from < content.length; from += SLICE) {
    yield content.slice(from, from + SLICE)
    // A stream by itself goes on without ever letting a socket have its turn.
    await setImmediate()
  }
}

function headerProblem(header: readonly string[]): string | null {
  if (!header.includes('countImportName')) return 'The column countImportName is missing'
  const twice = IMPORT_COLUMNS.find((it) => header.filter((name) => name === it).length > 1)
  return twice === undefined ? null : `The column ${twice} is there twice`
}

function whole(message: string): ReadFile {
  return { kind: 'errors', errors: [{ line: null, column: null, value: null, message }] }
}
