// Fold of 100 new events in four situations: the engine's fold on Dexie in a real Chromium, with what it asked of the store.
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Rolldown } from 'vite'
import { build } from 'vite'
import { launchOwnChromium } from '../e2e/support/chromium'
import { PROJECT } from '../e2e/support/server'
import type { BenchProduct } from './catalogue'
import type { FoldMeasure, FoldSituation } from './fold-page'
import type { Result } from './results'
import { resultOf } from './results'

const SITUATIONS: readonly FoldSituation[] = [
  { name: '400 items, 0 events', items: 400, eventsBehind: 0 },
  { name: '400 items, 100000 events', items: 400, eventsBehind: 100_000 },
  { name: '20000 items, 0 events', items: 20_000, eventsBehind: 0 },
  { name: '20000 items, 100000 events', items: 20_000, eventsBehind: 100_000 },
]

export async function benchFolding(products: readonly BenchProduct[]): Promise<readonly Result[]> {
  const code = await bundle()
  // IndexedDB wants an origin; an empty page of our own has one, and no Content-Security-Policy in the way.
  const empty = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end('<!doctype html><title>bench</title>')
  })
  await new Promise<void>((resolve) => empty.listen(0, resolve))
  const address = empty.address()
  if (address === null || typeof address === 'string') throw new Error('No port for the empty page')
  const profileFolder = await mkdtemp(join(tmpdir(), 'shelfcount-fold-'))
  const browser = await launchOwnChromium(profileFolder)
  const results: Result[] = []
  try {
    await browser.page.goto(`http://localhost:${address.port}/`)
    await browser.page.addScriptTag({ content: code })
    for (const situation of SITUATIONS) {
      const measure = await browser.page.evaluate(
        ([asked, list]) =>
          (globalThis as unknown as { benchFold: (s: FoldSituation, p: readonly BenchProduct[]) => Promise<FoldMeasure> }).benchFold(asked, list),
        [situation, products.slice(0, situation.items)] as const,
      )
      results.push(...resultsOf(situation, measure))
    }
  } finally {
    await browser.kill()
    empty.close()
    await rm(profileFolder, { recursive: true, force: true, maxRetries: 5 })
  }
  return results
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

async function bundle(): Promise<string> {
  const built = await build({
    configFile: false,
    root: PROJECT,
    logLevel: 'error',
    build: {
      write: false,
      lib: { entry: join(PROJECT, 'bench/fold-page.ts'), formats: ['iife'], name: 'bench' },
    },
  })
  const outputs = (Array.isArray(built) ? built : [built]) as readonly Rolldown.RolldownOutput[]
  const code = outputs[0]?.output[0].code
  if (code === undefined) throw new Error('The bench page was not built')
  return code
}
