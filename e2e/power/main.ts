// Cuts the power while somebody scans: the app as it is loses nothing, the same app with relaxed durability must lose something.
import { rm } from 'node:fs/promises'
import { readCommandOrExit } from '../../tests/support/command-line'
import type { RestUser, Scannable } from '../support/rest'
import { barcodesFor, findDirectedSession, signInToRest } from '../support/rest'
import { startServer } from '../support/server'
import type { TestServer } from '../support/server'
import { exitOnSignals } from '../support/tidy-exit'
import { hasNoTail } from '../webkit/app'
import { CHROMIUM } from './chromium'
import { missingForPowerCuts } from './disk'
import type { Durability, Engine } from './engine'
import { DURABILITIES, ENGINES } from './engine'
import { makeRelaxedApp } from './relaxed-app'
import { cutPower, judge } from './series'
import type { SeriesResult } from './series'
import { WEBKIT } from './webkit'

const ROUNDS_MAX = 1000
const PRODUCTS = 30

interface Arguments {
  readonly rounds: number
  readonly engines: readonly Engine[]
  readonly durabilities: readonly Durability[]
}

/** All engines and durabilities when none is named. */
function readArguments(): Arguments {
  const { rounds, engine, durability } = readCommandOrExit({
    name: 'npm run test:power',
    says: 'Cuts the power while somebody scans: strict durability loses nothing, relaxed must lose something.',
    options: {
      rounds: { kind: 'whole', min: 1, max: ROUNDS_MAX, default: 3, says: 'power cuts of each engine and durability' },
      engine: { kind: 'choice', of: ENGINES, says: 'this one alone' },
      durability: { kind: 'choice', of: DURABILITIES, says: 'this one alone' },
    },
  })
  const engines = (engine === undefined ? ENGINES : [engine]).map((name) => (name === 'webkit' ? WEBKIT : CHROMIUM))
  return { rounds, engines, durabilities: durability === undefined ? DURABILITIES : [durability] }
}

async function main(): Promise<void> {
  const { rounds, engines, durabilities } = readArguments()
  const missing = missingForPowerCuts()
  if (missing !== null) return refuse(missing)
  const totals = { passed: 0, failed: 0 }
  for (const engine of engines) {
    const lacking = engine.missing()
    if (lacking !== null) {
      report(totals, engine.name, [`cannot run here: ${lacking}`])
      continue
    }
    for (const durability of durabilities) await runSeries(engine, durability, rounds, totals)
  }
  console.log(`${totals.passed} passed, ${totals.failed} failed`)
  process.exitCode = totals.failed === 0 ? 0 : 1
}

function refuse(missing: string): void {
  console.log(`Power cuts cannot be tested here: ${missing}.`)
  console.log('The test needs Linux, root, and a loop device: it puts the browser profile on a small ext4 of its own and shuts that down without flushing.')
  console.log('0 passed, 1 failed')
  process.exitCode = 1
}

interface Totals {
  passed: number
  failed: number
}

/** A server, a disk and a device of its own for each: nothing of a relaxed series may help a strict one. */
async function runSeries(engine: Engine, durability: Durability, rounds: number, totals: Totals): Promise<void> {
  const startedAt = Date.now()
  const name = `${engine.name} ${durability}`
  try {
    const appFolder = durability === 'relaxed' ? await makeRelaxedApp() : null
    const server = await startServer(appFolder === null ? {} : { appFolder })
    const result = await withServer(server, (ana, sessionId, products) =>
      cutPower({ engine, durability, rounds, server, ana, sessionId, products }),
    ).finally(async () => {
      await server.dispose()
      if (appFolder !== null) await rm(appFolder, { recursive: true, force: true })
    })
    const seconds = Math.round((Date.now() - startedAt) / 1000)
    report(totals, `${name}: ${rounds} power cuts, ${result.acknowledged} acknowledged, ${result.missing} missing, ${seconds} s`, judge(durability, result))
  } catch (problem) {
    report(totals, name, [String(problem)])
  }
}

async function withServer(
  server: TestServer,
  work: (ana: RestUser, sessionId: string, products: readonly Scannable[]) => Promise<SeriesResult>,
): Promise<SeriesResult> {
  const ana = await signInToRest(server.origin, 'ana')
  const { session, items } = await findDirectedSession(ana)
  const products = barcodesFor(items).requested.filter(({ barcode }) => hasNoTail(barcode))
  return work(ana, session.inventoryCountImportId, products.slice(0, PRODUCTS))
}

function report(totals: Totals, name: string, problems: readonly string[]): void {
  if (problems.length === 0) totals.passed += 1
  else totals.failed += 1
  console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${name}`)
  for (const problem of problems) console.log(`     ${problem}`)
}

exitOnSignals()
await main()
