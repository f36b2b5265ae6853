// The main path once in a real WebKit: sign in, resume, scan, an hour offline with a reload, back online, submit, totals right.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { inTurn, totalsFor } from '../support/expected'
import type { FoundSession, RestUser, Scannable } from '../support/rest'
import { barcodesFor, findDirectedSession, sessionOf, signInToRest, totalsOf } from '../support/rest'
import type { TestServer } from '../support/server'
import { startServer } from '../support/server'
import { exitOnSignals } from '../support/tidy-exit'
import { missingForWebKit, startWebKit } from './browser'
import type { WebDriver } from './webdriver'
import {
  hasNoTail,
  resumeFromList,
  scanUntilCounted,
  signIn,
  until,
  untilCatalogueIsHere,
  untilInstalled,
  untilReady,
  untilSaved,
  untilSynced,
} from './app'

interface Path {
  readonly server: TestServer
  readonly driver: WebDriver
  readonly ana: RestUser
  readonly found: FoundSession
  readonly sessionId: string
  readonly products: readonly Scannable[]
}

type Step = readonly [name: string, run: (path: Path) => Promise<void>]

const PRODUCTS = 5
/** On the app's origin, and not the app. */
const QUIET_PAGE = '/rest/s1/admin/checkLoginOptions'

/** Half a minute on a quiet machine, most of it the server's demo data. No step waits longer than a minute for anything. */
const RUN_MS_MAX = 240_000

/** How often each product is scanned before, during and after the time without a network. */
const BURST = 12
const OFFLINE = 6
const AFTER = 3
const CAME_BACK = 3

const STEPS: readonly Step[] = [
  ['sign in', ({ driver, server }) => signIn(driver, server.origin)],
  ['the app installs for a start without a network', ({ driver }) => untilInstalled(driver)],
  ['resume the directed count', resume],
  [`a burst of ${BURST} scans is counted and synced`, (path) => scanAndExpect(path, BURST, BURST, true)],
  ['the page is left by an address and comes back by the history', leaveAndComeBack],
  [`${CAME_BACK} scans in the page that came back`, (path) => scanAndExpect(path, CAME_BACK, BURST + CAME_BACK, true)],
  ['the server goes away and the app starts again without it', reloadOffline],
  [`${OFFLINE} scans without a network are saved`, (path) => scanAndExpect(path, OFFLINE, BURST + CAME_BACK + OFFLINE, false)],
  ['the server comes back and everything is sent', comeBack],
  [`${AFTER} more scans`, (path) => scanAndExpect(path, AFTER, BURST + CAME_BACK + OFFLINE + AFTER, true)],
  ['submit', submit],
  ['the server holds exactly what was scanned', compareTotals],
]

async function main(): Promise<void> {
  const missing = missingForWebKit()
  if (missing !== null) {
    const isRequired = process.env['WEBKIT_REQUIRED'] === '1'
    console.log(`skipped: ${missing}`)
    console.log(`0 passed, ${isRequired ? 1 : 0} failed`)
    process.exitCode = isRequired ? 1 : 0
    return
  }
  const dataFolder = await mkdtemp(join(tmpdir(), 'shelfcount-webkit-'))
  const server = await startServer()
  const { passed, failed } = await Promise.race([walk(server, dataFolder), tooLong()]).finally(async () => {
    await server.dispose()
    await rm(dataFolder, { recursive: true, force: true, maxRetries: 5 })
  })
  console.log(`${passed} passed, ${failed} failed`)
  // Not only the code: what a run that took too long still waits for must not keep this process.
  process.exit(failed === 0 ? 0 : 1)
}

interface Outcome {
  readonly passed: number
  readonly failed: number
}

async function tooLong(): Promise<Outcome> {
  await sleep(RUN_MS_MAX, undefined, { ref: false })
  console.log(`FAIL The run did not end within ${RUN_MS_MAX} ms`)
  return { passed: 0, failed: 1 }
}

async function walk(server: TestServer, dataFolder: string): Promise<Outcome> {
  const ana = await signInToRest(server.origin, 'ana')
  const found = await findDirectedSession(ana)
  const { session, items } = found
  const webKit = await startWebKit(dataFolder)
  console.log(`WebKitGTK ${webKit.driver.browserVersion}`)
  const path: Path = {
    server,
    driver: webKit.driver,
    ana,
    found,
    sessionId: session.inventoryCountImportId,
    products: barcodesFor(items).requested.filter(({ barcode }) => hasNoTail(barcode)).slice(0, PRODUCTS),
  }
  let passed = 0
  try {
    for (const [name, run] of STEPS) {
      const startedAt = Date.now()
      try {
        await run(path)
      } catch (problem) {
        // The path is one story: what comes after a failed step would only fail in turn.
        console.log(`FAIL ${name}: ${String(problem)}`)
        console.log(`     ${await path.driver.run<string>('return location.pathname + " [" + (document.querySelector("[data-testid=scan-field]")?.value ?? "") + "] " + document.activeElement?.dataset.testid + " " + document.hasFocus() + " " + document.body.innerText.slice(0, 600)').catch(String)}`)
        return { passed, failed: STEPS.length - passed }
      }
      passed += 1
      console.log(`ok   ${name} (${Date.now() - startedAt} ms)`)
    }
    return { passed, failed: 0 }
  } finally {
    await webKit.close().catch((problem: unknown) => console.log(`The browser did not end well: ${String(problem)}`))
  }
}

async function resume({ driver, found }: Path): Promise<void> {
  await resumeFromList(driver, found)
  await untilCatalogueIsHere(driver)
}

/** Scan the products in turn, and wait until the tally says so. What was held for partial is scanned again. */
async function scanAndExpect({ driver, products }: Path, scans: number, total: number, isOnline: boolean): Promise<void> {
  const before = total - scans
  await untilSaved(driver, before)
  let held = 0
  for (const [nth, { barcode }] of inTurn(products, scans).entries()) held += await scanUntilCounted(driver, barcode, before + nth)
  if (held > 0) console.log(`     ${held} held for partial and scanned again`)
  await untilSaved(driver, total)
  if (isOnline) await untilSynced(driver, total)
}

/** Away by an address and back by the history: kept for "back" or not, what comes back is a fresh page, and the storage is free for it. */
async function leaveAndComeBack({ driver, server }: Path): Promise<void> {
  await driver.run(`for (const happening of ["pagehide", "pageshow"])
      addEventListener(happening, ({ persisted }) => sessionStorage.setItem(happening, String(persisted)))
    Object.assign(window, { isSamePage: true })`)
  await driver.goto(`${server.origin}${QUIET_PAGE}`)
  await driver.run('history.back()')
  await until('the page that came back', () => driver.run<boolean>('return location.pathname.startsWith("/sessions/") && !("isSamePage" in window)'))
  await untilReady(driver)
  const told = await driver.run<string>('return `${sessionStorage.getItem("pagehide")}, ${sessionStorage.getItem("pageshow")}`')
  console.log(`     persisted when it was hidden, and when it was shown: ${told}`)
}

async function reloadOffline({ driver, server }: Path): Promise<void> {
  await server.kill()
  await driver.refresh()
  await untilReady(driver)
}

async function comeBack({ driver, server }: Path): Promise<void> {
  await server.start()
  // WebKit on Linux does not see a server come back as a network event: the app has to find out by itself or be asked.
  await driver.run('window.dispatchEvent(new Event("online"))')
  await untilSynced(driver, BURST + CAME_BACK + OFFLINE)
}

async function submit({ driver, ana, sessionId }: Path): Promise<void> {
  await driver.click('//button[normalize-space()="Submit"]')
  await until('the check before the submit', () =>
    driver.run<boolean>('return [...document.querySelectorAll("[role=dialog] button")].some((it) => it.textContent.trim().startsWith("Submit"))'),
  )
  await driver.click('//*[@role="dialog"]//button[starts-with(normalize-space(), "Submit")]')
  await until('the submitted session', async () => (await sessionOf(ana, sessionId)).statusId === 'SESSION_SUBMITTED')
}

async function compareTotals({ ana, sessionId, products }: Path): Promise<void> {
  const expected = totalsFor([BURST, CAME_BACK, OFFLINE, AFTER].flatMap((scans) => inTurn(products, scans)))
  const onServer = await totalsOf(ana, sessionId)
  const sorted = (totals: Readonly<Record<string, number>>): string => JSON.stringify(Object.entries(totals).toSorted())
  if (sorted(onServer) !== sorted(expected)) throw new Error(`${sorted(onServer)} on the server, ${sorted(expected)} scanned`)
}

exitOnSignals()
await main()
