// Fold of 100 new events in four situations: the engine's fold on Dexie in a real Chromium, with what it asked of the store.
import { onBenchPage } from './bench-page'
import type { BenchProduct } from './catalogue'
import type { Situation } from './engine-page'
import type { FoldMeasure } from './fold-page'
import type { Report, Result } from './results'
import { resultOf } from './results'

interface FoldScale {
  readonly sizes: readonly number[]
  readonly eventsBehind: number
}

function situationsOf({ sizes, eventsBehind }: FoldScale): readonly Situation[] {
  return sizes.flatMap((items) =>
    [0, eventsBehind].map((events) => ({ name: `${items} items, ${events} events`, items, eventsBehind: events })),
  )
}

export function benchFolding(products: readonly BenchProduct[], scale: FoldScale, report: Report): Promise<void> {
  return onBenchPage('bench/fold-page.ts', async (page) => {
    for (const situation of situationsOf(scale)) {
      const measure = await page.evaluate(
        ([asked, list]) =>
          (globalThis as unknown as { benchFold: (s: Situation, p: readonly BenchProduct[]) => Promise<FoldMeasure> }).benchFold(asked, list),
        [situation, products.slice(0, situation.items)] as const,
      )
      report(...resultsOf(situation, measure))
    }
  })
}

function resultsOf(situation: Situation, { byItems, behindMs }: FoldMeasure): readonly Result[] {
  const folds = byItems.map(({ items, cost }) =>
    resultOf(`fold of 100 new events on ${items} items, ${situation.name}`, cost.ms, {
      requests: Math.max(...cost.requests),
      rows: Math.max(...cost.rowsRead),
      note: `Dexie in Chromium; rows = read, ${Math.max(...cost.rowsWritten)} written; the largest of ${cost.ms.length} folds`,
    }),
  )
  if (situation.eventsBehind === 0) return folds
  const backlog = resultOf(`fold of ${situation.eventsBehind} events at once, ${situation.name}`, [behindMs], { rows: situation.eventsBehind })
  return [...folds, backlog]
}
