// `npm run bench`: measures the built app on the real server in a real Chromium. Prints a table, writes bench/results.json, judges nothing.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { pageSizes } from '../scripts/page-size.mjs'
import { signInToRest } from '../e2e/support/rest'
import type { TestServer } from '../e2e/support/server'
import { APP_FOLDER, PROJECT, startServer } from '../e2e/support/server'
import { exitOnSignals } from '../e2e/support/tidy-exit'
import type { BenchProduct } from './catalogue'
import { makeCatalogue, writeCatalogue } from './catalogue'
import { benchColdStart } from './cold-start'
import type { Device } from './device'
import { liveThrough } from './device'
import { benchFolding } from './folding'
import { benchCatalogue, benchPush } from './network'
import type { Result } from './results'
import { printTable, resultOf, writeResults } from './results'
import { benchScanning } from './scanning'
import { makeSession } from './sessions'

const PRODUCTS = 100_000
const SIZES = [400, 20_000] as const
const EVENTS_BEHIND = 100_000
const PARTS = ['size', 'fold', 'app'] as const
type Part = (typeof PARTS)[number]

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { only: { type: 'string' }, out: { type: 'string', default: join(PROJECT, 'bench/results.json') } } })
  const wanted = values.only === undefined ? PARTS : PARTS.filter((part) => values.only?.split(',').includes(part))
  const products = makeCatalogue(PRODUCTS)
  const run: Record<Part, () => Promise<readonly Result[]>> = {
    size: () => Promise.resolve(benchSizes()),
    fold: () => benchFolding(products),
    app: () => benchApp(products),
  }
  const results: Result[] = []
  for (const part of wanted) {
    const startedAt = Date.now()
    results.push(...(await run[part]()))
    console.log(`${part}: ${Math.round((Date.now() - startedAt) / 1000)} s`)
  }
  printTable(results)
  writeResults(values.out, results)
}

function benchSizes(): readonly Result[] {
  return pageSizes(APP_FOLDER).map(({ name, files, bytes }) =>
    resultOf(`${name}: JavaScript and CSS, gzipped`, [bytes], { unit: 'bytes', bytes, note: `${files.length} files` }),
  )
}

/** One device goes through all situations, from the emptiest to the fullest. */
async function benchApp(products: readonly BenchProduct[]): Promise<readonly Result[]> {
  const folder = await mkdtemp(join(tmpdir(), 'shelfcount-catalogue-'))
  const catalogue = join(folder, 'catalogue.csv')
  writeCatalogue(catalogue, products)
  const server = await startServer({ catalogue })
  const results: Result[] = []
  let device: Device | null = null
  try {
    const sessions = await makeSessions(server, products)
    const downloaded = await benchCatalogue(server, products.length)
    device = downloaded.device
    report(results, downloaded.result)
    for (const { size, past, sessionId } of sessions) {
      const situation = `${size} items, ${past} events`
      const wanted = products.slice(0, size)
      if (past > 0) {
        const ms = await liveThrough(device, { sessionId, products: wanted, events: past, scansInARow: 5, eventsPerLog: 20_000 })
        report(results, resultOf(`start, fold and send ${past} events, ${size} items`, [ms], { rows: past }))
      }
      report(results, ...(await benchScanning(device, sessionId, wanted, situation)))
      report(results, await benchColdStart(device, sessionId, situation))
    }
    const pushing = sessions.find((it) => it.size === 20_000 && it.past === 0)
    if (pushing !== undefined) report(results, await benchPush(device, pushing.sessionId, products.slice(10_000, 20_000)))
  } finally {
    await device?.dispose()
    await server.dispose()
    await rm(folder, { recursive: true, force: true })
  }
  return results
}

/** Shown as soon as they are there: a run takes minutes. */
function report(results: Result[], ...fresh: readonly Result[]): void {
  results.push(...fresh)
  for (const { name, p50, p95, p99, unit } of fresh) console.log(`  ${name}: ${p50} / ${p95} / ${p99} ${unit}`)
}

interface BenchSession {
  readonly size: number
  readonly past: number
  readonly sessionId: string
}

async function makeSessions(server: TestServer, products: readonly BenchProduct[]): Promise<readonly BenchSession[]> {
  const supervisor = await signInToRest(server.origin, 'sam')
  const sessions: BenchSession[] = []
  for (const past of [0, EVENTS_BEHIND]) {
    for (const size of SIZES) {
      const sessionId = await makeSession(supervisor, `Bench ${size} ${past}`, products.slice(0, size))
      sessions.push({ size, past, sessionId })
    }
  }
  return sessions
}

exitOnSignals()
await main()
