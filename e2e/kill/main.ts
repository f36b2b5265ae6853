// Kills the whole browser at a random moment of scanning, again and again: no acknowledged scan may be missing, none counted twice.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Page } from '@playwright/test'
import { openSession, signIn, untilCatalogueIsHere, untilInstalled, untilReadyToScan, untilSynced } from '../support/app'
import type { OwnChromium } from '../support/chromium'
import { launchOwnChromium } from '../support/chromium'
import type { StoredEvent } from '../support/device-database'
import { standingScans, storedEvents } from '../support/device-database'
import type { RestUser, Scannable } from '../support/rest'
import { barcodesFor, findDirectedSession, signInToRest, totalsOf } from '../support/rest'
import type { TestServer } from '../support/server'
import { startServer } from '../support/server'
import { exitOnSignals } from '../support/tidy-exit'
import { createWedge } from '../support/wedge'

const SCAN_EVERY_MS = 50
/** The kill comes this long after the first scan of a round. */
const KILL_AFTER_MS = { least: 300, most: 2500 }
/** In every third round the server is away, so that cold starts without a network die too. */
const OFFLINE_EVERY = 3
const ROUNDS_MAX = 10_000

interface Round {
  readonly typed: number
  readonly problems: readonly string[]
}

interface Bench {
  readonly server: TestServer
  readonly ana: RestUser
  readonly sessionId: string
  readonly products: readonly Scannable[]
  readonly profileFolder: string
  /** Told from outside the browser, so that it survives the kill. */
  readonly acknowledged: Set<string>
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '10' } } })
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > ROUNDS_MAX)
    throw new RangeError(`--rounds is a number from 1 to ${ROUNDS_MAX}, got ${values.rounds}`)

  const startedAt = Date.now()
  const bench = await prepare()
  let passed = 0
  let failed = 0
  let typed = 0
  const report = (name: string, problems: readonly string[]): void => {
    if (problems.length === 0) passed += 1
    else failed += 1
    console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${name}`)
    for (const problem of problems) console.log(`     ${problem}`)
  }
  try {
    for (let round = 1; round <= rounds; round += 1) {
      const isOffline = round % OFFLINE_EVERY === 0
      const result = await guarded(() => runRound(bench, isOffline, typed))
      typed += result.typed
      report(`round ${round}${isOffline ? ' without the server' : ''}: ${result.typed} scanned, ${bench.acknowledged.size} acknowledged so far`, result.problems)
    }
    report('in the end the server holds what the device holds', (await guarded(() => settle(bench))).problems)
  } finally {
    await bench.server.dispose()
    await rm(bench.profileFolder, { recursive: true, force: true, maxRetries: 5 })
  }
  console.log(`${rounds} kills, ${typed} scans, ${bench.acknowledged.size} acknowledged, ${Math.round((Date.now() - startedAt) / 1000)} s`)
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}

/** Server, profile, and a device that is signed in, installed and has opened the session once. */
async function prepare(): Promise<Bench> {
  const server = await startServer()
  const ana = await signInToRest(server.origin, 'ana')
  const { session, items } = await findDirectedSession(ana)
  const profileFolder = await mkdtemp(join(tmpdir(), 'shelfcount-kill-'))
  // Thirty products, so that kills meet rows that exist and rows that do not.
  const products = barcodesFor(items).requested.slice(0, 30)
  const browser = await launchOwnChromium(profileFolder)
  const { page } = browser
  await signIn(page, 'ana', server.origin)
  await untilInstalled(page)
  await openSession(page, session.inventoryCountImportId, server.origin)
  await untilCatalogueIsHere(page)
  await browser.close()
  return { server, ana, sessionId: session.inventoryCountImportId, products, profileFolder, acknowledged: new Set() }
}

/** One life of the browser: look at what survived the last kill, scan, die. */
async function runRound(bench: Bench, isOffline: boolean, typedBefore: number): Promise<Round> {
  if (isOffline) await bench.server.kill()
  const browser = await launchOwnChromium(bench.profileFolder)
  let typed = 0
  try {
    const { page } = browser
    await reportAcknowledgements(page, bench.acknowledged)
    await openSession(page, bench.sessionId, bench.server.origin)
    const problems = compare(bench, await storedEvents(page), typedBefore)
    typed = await scanUntilKilled(bench, browser, page)
    return { typed, problems }
  } catch (problem) {
    await browser.kill()
    return { typed, problems: [String(problem)] }
  } finally {
    if (isOffline) await bench.server.start()
  }
}

async function scanUntilKilled(bench: Bench, browser: OwnChromium, page: Page): Promise<number> {
  const wedge = await createWedge(page)
  const death = new AbortController()
  let typed = 0
  const life = KILL_AFTER_MS.least + Math.random() * (KILL_AFTER_MS.most - KILL_AFTER_MS.least)
  const dying = sleep(life).then(async () => {
    death.abort()
    await browser.kill()
  })
  for (let next = Date.now(); !death.signal.aborted; next += SCAN_EVERY_MS) {
    const product = bench.products[Math.floor(Math.random() * bench.products.length)]
    if (product === undefined) throw new Error('There is nothing to scan')
    typed += 1
    await wedge.scan(product.barcode).catch((problem: unknown) => {
      // The keys that the kill cut off are not a failure; any other is.
      if (!death.signal.aborted) throw problem
    })
    await sleep(Math.max(0, next + SCAN_EVERY_MS - Date.now()))
  }
  await dying
  return typed
}

/** The page tells us each durable scan through a binding: our memory does not die with the browser. */
async function reportAcknowledgements(page: Page, acknowledged: Set<string>): Promise<void> {
  await page.exposeBinding('reportDurable', (_source, eventId: string) => void acknowledged.add(eventId))
  await page.addInitScript(() => {
    const { reportDurable } = window as unknown as { reportDurable: (eventId: string) => Promise<void> }
    new PerformanceObserver((list) => {
      for (const entry of list.getEntriesByName('scan:durable', 'mark')) {
        const { eventId } = (entry as PerformanceMark).detail as { eventId: string }
        void reportDurable(eventId)
      }
    }).observe({ type: 'mark' })
  })
}

/** @returns what is wrong with the stored events, in words */
function compare(bench: Bench, events: readonly StoredEvent[], typed: number): readonly string[] {
  const stored = new Set(events.map((it) => it.eventId))
  const missing = [...bench.acknowledged].filter((it) => !stored.has(it))
  const problems: string[] = []
  if (missing.length > 0) problems.push(`${missing.length} acknowledged scans are missing: ${missing.slice(0, 5).join(', ')}`)
  if (stored.size !== events.length) problems.push(`${events.length - stored.size} events are stored twice`)
  if (events.length > typed) problems.push(`${events.length} events of ${typed} scans: something was counted twice`)
  for (const [logId, seqs] of seqsByLog(events)) {
    if (seqs.some((seq, place) => seq !== place + 1)) problems.push(`log ${logId} has a gap: ${seqs.join(' ')}`)
  }
  return problems
}

function seqsByLog(events: readonly StoredEvent[]): ReadonlyMap<string, readonly number[]> {
  const byLog = new Map<string, number[]>()
  for (const { logId, seq } of events) byLog.set(logId, [...(byLog.get(logId) ?? []), seq])
  for (const seqs of byLog.values()) seqs.sort((a, b) => a - b)
  return byLog
}

/** Last start: everything is sent; stored = on the server, product by product. */
async function settle(bench: Bench): Promise<Round> {
  const browser = await launchOwnChromium(bench.profileFolder)
  try {
    const { page } = browser
    await openSession(page, bench.sessionId, bench.server.origin)
    await untilReadyToScan(page)
    const events = await storedEvents(page)
    await untilSynced(page, events.length)
    const problems = [...compare(bench, events, Number.MAX_SAFE_INTEGER)]
    const onServer = await totalsOf(bench.ana, bench.sessionId)
    const onDevice = standingScans(events)
    for (const { barcode, productId } of bench.products) {
      const here = onDevice.get(barcode) ?? 0
      const there = onServer[productId] ?? 0
      if (here !== there) problems.push(`${barcode}: ${here} on the device, ${there} on the server`)
    }
    const sum = Object.values(onServer).reduce((total, units) => total + units, 0)
    if (sum !== events.length) problems.push(`${events.length} scans on the device, ${sum} units on the server`)
    console.log(`     ${events.length} stored, ${sum} on the server`)
    return { typed: 0, problems }
  } finally {
    await browser.close()
  }
}

async function guarded(work: () => Promise<Round>): Promise<Round> {
  try {
    return await work()
  } catch (problem) {
    return { typed: 0, problems: [String(problem)] }
  }
}

exitOnSignals()
await main()
