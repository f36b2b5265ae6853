// Runs in the browser: the engine's own fold on Dexie, over databases of its own, with nothing else of the app around it.
import { foldNew } from '../src/sync/fold'
import type { BenchProduct } from './catalogue'
import { append, buildSession } from './engine-page'
import type { BenchDeps, Situation } from './engine-page'

/** Of each fold of 100 events. */
export interface FoldCost {
  readonly ms: number[]
  readonly requests: number[]
  readonly rowsRead: number[]
  readonly rowsWritten: number[]
}

export interface FoldMeasure {
  /** By the number of items that the events are on: each another item is the worst that can be; five in a row is how people scan. */
  readonly byItems: readonly { readonly items: number; readonly cost: FoldCost }[]
  /** How long the events behind took to fold. */
  readonly behindMs: number
}

const NEW_EVENTS = 100
const SPREADS = [100, 20] as const
const FOLDS = 20

/** Build the situation, then fold 100 new events of a new page life twenty times: on 100 items, and on 20. */
async function benchFold(situation: Situation, products: readonly BenchProduct[]): Promise<FoldMeasure> {
  const deps = await buildSession(situation, products)
  const wanted = products.slice(0, situation.items)
  const behindFrom = performance.now()
  await foldNew(deps)
  const behindMs = performance.now() - behindFrom

  const byItems = []
  for (const items of SPREADS) {
    // Items spread over the session. They are folded once before: the first scan of a value also looks it up in the
    // catalogue, and that would only happen in the situations without a past.
    const step = Math.floor(wanted.length / items)
    const barcodes = Array.from({ length: NEW_EVENTS }, (_unused, nth) => wanted[Math.floor((nth * items) / NEW_EVENTS) * step]?.gtin ?? '')
    await append(deps.scans, barcodes)
    await foldNew(deps)
    byItems.push({ items, cost: await measureFolds(deps, barcodes) })
  }
  deps.scans.close()
  deps.catalogue.close()
  return { byItems, behindMs }
}

async function measureFolds(deps: BenchDeps, barcodes: readonly string[]): Promise<FoldCost> {
  const cost: FoldCost = { ms: [], requests: [], rowsRead: [], rowsWritten: [] }
  for (let nth = 0; nth < FOLDS; nth += 1) {
    await append(deps.scans, barcodes)
    const before = { ...deps.scans.cost }
    const from = performance.now()
    const { folded } = await foldNew(deps)
    cost.ms.push(performance.now() - from)
    if (folded !== NEW_EVENTS) throw new Error(`${folded} events folded instead of ${NEW_EVENTS}`)
    cost.requests.push(deps.scans.cost.requests - before.requests)
    cost.rowsRead.push(deps.scans.cost.rowsRead - before.rowsRead)
    cost.rowsWritten.push(deps.scans.cost.rowsWritten - before.rowsWritten)
  }
  return cost
}

Object.assign(globalThis, { benchFold })
