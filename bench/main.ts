// `npm run bench`: measures the built app on the real server in a real Chromium. Prints a table, writes bench/results.json as it goes, judges nothing.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pageSizes } from '../scripts/page-size.mjs'
import { signInToRest } from '../e2e/support/rest'
import type { TestServer } from '../e2e/support/server'
import { APP_FOLDER, PROJECT, startServer } from '../e2e/support/server'
import { exitOnSignals } from '../e2e/support/tidy-exit'
import { readCommandOrExit } from '../tests/support/command-line'
import type { BenchProduct } from './catalogue'
import { makeCatalogue, writeCatalogue } from './catalogue'
import { benchBoard } from './board'
import { benchColdStart } from './cold-start'
import type { Device } from './device'
import { liveThrough, PATIENCE_MS } from './device'
import { benchFloors } from './floor'
import { benchFolding } from './folding'
import { benchRebuilding } from './rebuilding'
import { benchHandIn } from './hand-in'
import { benchImport } from './importing'
import { benchCatalogue, benchPush } from './network'
import type { Report, Result } from './results'
import { printTable, resultOf, writeResults } from './results'
import { benchReview } from './review'
import { benchScanning } from './scanning'
import { makeSession } from './sessions'

/** What is measured in the end, and a small edition that only proves that the benchmarks run. */
const SCALES = {
  full: { products: 100_000, sizes: [400, 20_000], eventsBehind: 100_000, reviewed: 20_000, imported: 50_000 },
  small: { products: 2000, sizes: [400, 2000], eventsBehind: 2000, reviewed: 2000, imported: 2000 },
} as const
type Scale = (typeof SCALES)[keyof typeof SCALES]

const PARTS = ['size', 'floor', 'fold', 'rebuild', 'hand-in', 'review', 'import', 'board', 'app'] as const
type Part = (typeof PARTS)[number]

async function main(): Promise<void> {
  const values = readCommandOrExit({
    name: 'npm run bench',
    says: 'Measures the built app on the real server in a real Chromium; judges nothing.',
    options: {
      only: { kind: 'list', of: PARTS, says: 'these parts' },
      out: { kind: 'text', value: 'a file', default: 'bench/results.json', says: 'where the figures are written' },
      small: { kind: 'flag', says: 'few products and events: only to see that it runs' },
      situations: { kind: 'text', value: 'items/events, such as 400/0,20000/100000', says: 'of the app; else all four' },
    },
  })
  const wanted = PARTS.filter((part) => values.only?.includes(part) ?? true)
  const out = resolve(PROJECT, values.out)
  const scale = values.small ? SCALES.small : SCALES.full
  const products = makeCatalogue(scale.products)
  const results: Result[] = []
  const report: Report = (...fresh) => {
    results.push(...fresh)
    // A run takes minutes: shown and kept as soon as it is there.
    writeResults(out, results)
    for (const { name, p50, p95, p99, unit } of fresh) console.log(`  ${name}: ${p50} / ${p95} / ${p99} ${unit}`)
  }
  const run: Record<Part, () => Promise<void>> = {
    size: () => Promise.resolve(report(...benchSizes())),
    floor: () => benchFloors(report),
    fold: () => benchFolding(products, scale, report),
    rebuild: () => benchRebuilding(products, scale, report),
    'hand-in': () => benchHandIn(products.slice(0, scale.reviewed), report),
    review: () => benchReview(products.slice(0, scale.reviewed), report),
    import: () => benchImport(products.slice(0, scale.imported), report),
    board: () => benchBoard(products, report),
    app: () => benchApp(products, { scale, only: values.situations?.split(',') ?? null }, report),
  }
  for (const part of wanted) {
    const startedAt = Date.now()
    try {
      await run[part]()
    } catch (error) {
      // The other parts are measured all the same.
      console.error(`${part} broke off:`, error)
      process.exitCode = 1
    }
    console.log(`${part}: ${Math.round((Date.now() - startedAt) / 1000)} s`)
  }
  printTable(results)
}

function benchSizes(): readonly Result[] {
  return pageSizes(APP_FOLDER).map(({ name, files, bytes }) =>
    resultOf(`${name}: JavaScript and CSS, gzipped`, [bytes], { unit: 'bytes', bytes, note: `${files.length} files` }),
  )
}

interface Asked {
  readonly scale: Scale
  /** `items/events` of the situations wanted; null: all. */
  readonly only: readonly string[] | null
}

/** One device goes through all situations, from the emptiest to the fullest. */
async function benchApp(products: readonly BenchProduct[], asked: Asked, report: Report): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'shelfcount-catalogue-'))
  const catalogue = join(folder, 'catalogue.csv')
  writeCatalogue(catalogue, products)
  const server = await startServer({ catalogue, healthyWithinMs: PATIENCE_MS })
  let device: Device | null = null
  try {
    const sessions = await makeSessions(server, products, asked)
    const downloaded = await benchCatalogue(server, products.length)
    device = downloaded.device
    report(downloaded.result)
    for (const { size, past, sessionId } of sessions) {
      const situation = `${size} items, ${past} events`
      const wanted = products.slice(0, size)
      if (past > 0) {
        const ms = await liveThrough(device, { sessionId, products: wanted, events: past, scansInARow: 5, eventsPerLog: 20_000 })
        report(resultOf(`start, fold and send ${past} events, ${size} items`, [ms], { rows: past }))
      }
      report(...(await benchScanning(device, sessionId, wanted, situation)))
      report(await benchColdStart(device, sessionId, situation))
    }
    const largest = Math.max(...asked.scale.sizes)
    const pushing = sessions.find((it) => it.size === largest && it.past === 0)
    if (pushing !== undefined) report(await benchPush(device, pushing.sessionId, products.slice(0, largest)))
  } finally {
    await device?.dispose()
    await server.dispose()
    await rm(folder, { recursive: true, force: true })
  }
}

interface BenchSession {
  readonly size: number
  readonly past: number
  readonly sessionId: string
}

async function makeSessions(server: TestServer, products: readonly BenchProduct[], { scale, only }: Asked): Promise<readonly BenchSession[]> {
  const supervisor = await signInToRest(server.origin, 'sam')
  const sessions: BenchSession[] = []
  for (const past of [0, scale.eventsBehind]) {
    for (const size of scale.sizes) {
      if (only !== null && !only.includes(`${size}/${past}`)) continue
      const sessionId = await makeSession(supervisor, `Bench ${size} ${past}`, products.slice(0, size))
      sessions.push({ size, past, sessionId })
    }
  }
  if (sessions.length === 0) throw new Error(`--situations takes ${scale.sizes.flatMap((size) => [0, scale.eventsBehind].map((past) => `${size}/${past}`)).join(', ')}`)
  return sessions
}

exitOnSignals()
await main()
