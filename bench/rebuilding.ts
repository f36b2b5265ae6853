// A rebuild of a session in a real Chromium, and how long it keeps scans waiting: without damage, with little, with all.
import { onBenchPage } from './bench-page'
import type { BenchProduct } from './catalogue'
import type { Situation } from './engine-page'
import type { RebuildMeasure } from './rebuild-page'
import type { Report, Result } from './results'
import { resultOf } from './results'

interface RebuildScale {
  readonly sizes: readonly number[]
  readonly eventsBehind: number
}

export function benchRebuilding(products: readonly BenchProduct[], { sizes, eventsBehind }: RebuildScale, report: Report): Promise<void> {
  const items = Math.max(...sizes)
  const situation: Situation = { name: `${items} items, ${eventsBehind} events, rebuilt`, items, eventsBehind }
  return onBenchPage('bench/rebuild-page.ts', async (page) => {
    const measures = await page.evaluate(
      ([asked, list]) =>
        (globalThis as unknown as { benchRebuild: (s: Situation, p: readonly BenchProduct[]) => Promise<readonly RebuildMeasure[]> }).benchRebuild(asked, list),
      [situation, products.slice(0, items)] as const,
    )
    for (const measure of measures) report(...resultsOf(situation, measure))
  })
}

function resultsOf({ items, eventsBehind }: Situation, { damage, ms, heldMs, rowsRead, rowsWritten, appendMs }: RebuildMeasure): readonly Result[] {
  const what = `${items} items, ${eventsBehind} events, damage ${damage}`
  return [
    resultOf(`rebuild: ${what}`, [ms]),
    resultOf(`rebuild, each writing transaction: ${what}`, heldMs, {
      rows: rowsRead,
      note: `rows = the most that one read, ${rowsWritten} written; longest ${longestOf(heldMs)}`,
    }),
    resultOf(`append beside a rebuild: ${what}`, appendMs, { note: `longest ${Math.round(Math.max(...appendMs))} ms` }),
  ]
}

/** Which ones they were tells whether it is the pieces or the disk beside them. */
function longestOf(heldMs: readonly number[]): string {
  const longest = heldMs.map((ms, nth) => ({ ms, nth })).toSorted((a, b) => b.ms - a.ms).slice(0, 3)
  return longest.map(({ ms, nth }) => `${Math.round(ms)} ms (no. ${nth + 1} of ${heldMs.length})`).join(', ')
}
