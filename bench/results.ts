// One line per figure: percentiles of what was measured, the table that is printed and the file that is written.
import { writeFileSync } from 'node:fs'

export interface Result {
  readonly name: string
  readonly n: number
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
  readonly unit: 'ms' | 'bytes'
  /** Bytes over the wire or on disk, where that is the point. */
  readonly bytes: number | null
  /** Requests to the store or to the server. */
  readonly requests: number | null
  /** Rows read from the store, or sent. */
  readonly rows: number | null
  readonly note: string | null
}

/** Takes figures as soon as they are there. */
export type Report = (...fresh: readonly Result[]) => void

/** A measured series. Counters that belong to it are handed in. */
export function resultOf(
  name: string,
  values: readonly number[],
  extra: Partial<Pick<Result, 'unit' | 'bytes' | 'requests' | 'rows' | 'note'>> = {},
): Result {
  const sorted = values.toSorted((a, b) => a - b)
  return {
    name,
    n: values.length,
    p50: percentile(sorted, 50),
    p95: percentile(sorted, 95),
    p99: percentile(sorted, 99),
    unit: 'ms',
    bytes: null,
    requests: null,
    rows: null,
    note: null,
    ...extra,
  }
}

/** Nearest rank: a value that was really measured. */
function percentile(sorted: readonly number[], percent: number): number | null {
  if (sorted.length === 0) return null
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length))
  const value = sorted[rank - 1]
  return value === undefined ? null : Math.round(value * 10) / 10
}

export function printTable(results: readonly Result[]): void {
  const columns: readonly (keyof Result)[] = ['name', 'n', 'p50', 'p95', 'p99', 'unit', 'bytes', 'requests', 'rows']
  const lines = [columns.map(String), ...results.map((it) => columns.map((column) => String(it[column] ?? '–')))]
  const widths = columns.map((_unused, place) => Math.max(...lines.map((line) => line[place]?.length ?? 0)))
  for (const line of lines) {
    console.log(line.map((cell, place) => (place === 0 ? cell.padEnd(widths[place] ?? 0) : cell.padStart(widths[place] ?? 0))).join('  '))
  }
}

export function writeResults(file: string, results: readonly Result[]): void {
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`)
}
