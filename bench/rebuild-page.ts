// Runs in the browser: the engine's own rebuild on Dexie, while scans are appended beside it.
import type { ScansStore } from '../src/ports/scans-schema'
import { LAST } from '../src/ports/store'
import { foldNew } from '../src/sync/fold'
import { rebuildSession } from '../src/sync/rebuild'
import type { BenchProduct } from './catalogue'
import { append, buildSession, SESSION } from './engine-page'
import type { BenchDeps, Situation } from './engine-page'

export const DAMAGES = ['nowhere', 'in one row', 'all derived rows gone'] as const
export type Damage = (typeof DAMAGES)[number]

export interface RebuildMeasure {
  readonly damage: Damage
  readonly ms: number
  /** From the first request of each writing transaction to its commit. */
  readonly heldMs: readonly number[]
  /** The most that one writing transaction read and wrote. */
  readonly rowsRead: number
  readonly rowsWritten: number
  /** One scan after the other, from asking to commit, while the rebuild went on. */
  readonly appendMs: readonly number[]
}

const PAUSE_MS = 25

/** Build the situation, then rebuild it as it is, with one wrong row, and with rows, lines, counters and outbox gone. */
async function benchRebuild(situation: Situation, products: readonly BenchProduct[]): Promise<readonly RebuildMeasure[]> {
  const deps = await buildSession(situation, products)
  await foldNew(deps)
  const measures = []
  for (const damage of DAMAGES) {
    await doDamage(deps.scans, damage)
    measures.push(await measureRebuild(deps, damage, products[0]?.gtin ?? ''))
    // What was appended meanwhile.
    await foldNew(deps)
  }
  deps.scans.close()
  deps.catalogue.close()
  return measures
}

async function measureRebuild(deps: BenchDeps, damage: Damage, barcode: string): Promise<RebuildMeasure> {
  const { scans, held } = watched(deps.scans)
  const appendMs: number[] = []
  const from = performance.now()
  let isOver = false
  const rebuilding = rebuildSession({ ...deps, scans }, SESSION).finally(() => (isOver = true))
  while (!isOver) {
    await deps.timers.sleep(PAUSE_MS)
    const asked = performance.now()
    await append(deps.scans, [barcode])
    appendMs.push(performance.now() - asked)
  }
  await rebuilding
  return {
    damage,
    ms: performance.now() - from,
    heldMs: held.map((it) => it.ms),
    rowsRead: Math.max(...held.map((it) => it.rowsRead)),
    rowsWritten: Math.max(...held.map((it) => it.rowsWritten)),
    appendMs,
  }
}

interface Held {
  readonly ms: number
  readonly rowsRead: number
  readonly rowsWritten: number
}

/** Writing transactions run one after the other: what the store counts between the begin of one and its end is its own. */
function watched(scans: ScansStore): { scans: ScansStore; held: Held[] } {
  const held: Held[] = []
  return {
    held,
    scans: {
      ...scans,
      tx: async (tables, mode, work) => {
        let begun = { at: 0, ...scans.cost }
        const result = await scans.tx(tables, mode, async (tx) => {
          // Handed out at once; it is under way when its first request is answered.
          if (mode === 'rw') await tx.get(tables[0] ?? 'meta', 'none')
          begun = { at: performance.now(), ...scans.cost }
          return work(tx)
        })
        if (mode === 'rw')
          held.push({
            ms: performance.now() - begun.at,
            rowsRead: scans.cost.rowsRead - begun.rowsRead,
            rowsWritten: scans.cost.rowsWritten - begun.rowsWritten,
          })
        return result
      },
    },
  }
}

async function doDamage(scans: ScansStore, damage: Damage): Promise<void> {
  await scans.tx(['inventoryCountRecords', 'items', 'counters', 'outbox'], 'rw', async (tx) => {
    if (damage === 'nowhere') return
    const range = { lower: [SESSION, 'own', ''], upper: [SESSION, 'own', LAST], limit: damage === 'in one row' ? 1 : 1_000_000 }
    const own = await tx.range('inventoryCountRecords', '[sessionId+origin+uuid]', range)
    if (damage === 'in one row') return tx.bulkPut('inventoryCountRecords', own.map((row) => ({ ...row, standing: 99 })))
    await tx.bulkDelete('inventoryCountRecords', own.map((row) => row.uuid))
    for (const table of ['items', 'counters', 'outbox'] as const) await tx.clear(table)
  })
}

Object.assign(globalThis, { benchRebuild })
