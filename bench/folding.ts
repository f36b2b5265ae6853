// Fold of 100 new events in four situations: the engine's fold on Dexie in a real Chromium, with what it asked of the store.
import { onBenchPage } from './bench-page'
import type { BenchProduct } from './catalogue'
import type { FoldMeasure, FoldSituation } from './fold-page'
import type { Report, Result } from './results'
import { resultOf } from './results'

interface FoldScale {
  readonly sizes: readonly number[]
  readonly eventsBehind: number
}

function situationsOf({ sizes, eventsBehind }: FoldScale): readonly FoldSituation[] {
  return sizes.flatMap((items) =>
    [0, eventsBehind].map((events) => ({ name: `${items} items, ${events} events`, items, eventsBehind: events })),
  )
}

export function benchFolding(products: readonly BenchProduct[], scale: FoldScale, report: Report): Promise<void> {
  return onBenchPage('bench/fold-page.ts', async (page) => {
    for (const situation of situationsOf(scale)) {
      const measure = await page.evaluate(
        ([asked, list]) =>
          (globalThis as unknown as { benchFold: (s: FoldSituation, p: readonly BenchProduct[]) => Promise<FoldMeasure> }).benchFold(asked, list),
        [situation, products.slice(0, situation.items)] as const,
      )
      report(...resultsOf(situation, measure))
    }
  })
}

function resultsOf(situation: FoldSituation, measure: FoldMeasure): readonly Result[] {
  const fold = resultOf(`fold of 100 new events, ${situation.name}`, measure.ms, {
    requests: Math.max(...measure.requests),
    rows: Math.max(...measure.rowsRead),
    note: `Dexie in Chromium; rows = read, ${Math.max(...measure.rowsWritten)} written; the largest of ${measure.ms.length} folds`,
  })
  if (situation.eventsBehind === 0) return [fold]
  const backlog = resultOf(`fold of ${situation.eventsBehind} events at once, ${situation.name}`, [measure.behindMs], { rows: situation.eventsBehind })
  return [fold, backlog]
}
