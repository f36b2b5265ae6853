// The main path once in a real WebKit: sign in, resume, scan, an hour offline with a reload, back online, submit, totals right.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RestUser, Scannable } from '../support/rest'
import { barcodesFor, findDirectedSession, PASSWORD, sessionOf, signInToRest, totalsOf } from '../support/rest'
import type { TestServer } from '../support/server'
import { startServer } from '../support/server'
import { exitOnSignals } from '../support/tidy-exit'
import { missingForWebKit, startWebKit } from './browser'
import type { WebDriver } from './webdriver'
import { ENTER_KEY } from './webdriver'

const SETTLED_WITHIN_MS = 40_000
const POLL_MS = 100
/** WebKitWebDriver's own cost comes on top: about the pace of a Bluetooth scanner. */
const KEY_GAP_MS = 2

interface Path {
  readonly server: TestServer
  readonly driver: WebDriver
  readonly ana: RestUser
  readonly sessionId: string
  readonly products: readonly Scannable[]
}

type Step = readonly [name: string, run: (path: Path) => Promise<void>]

/** How often each product is scanned before, during and after the time without a network. */
const BURST = 12
const OFFLINE = 6
const AFTER = 3

const STEPS: readonly Step[] = [
  ['sign in', signIn],
  ['the app installs for a start without a network', untilInstalled],
  ['resume the directed count', openSession],
  [`a burst of ${BURST} scans is counted and synced`, (path) => scanAndExpect(path, BURST, BURST, true)],
  ['the server goes away and the app starts again without it', reloadOffline],
  [`${OFFLINE} scans without a network are saved`, (path) => scanAndExpect(path, OFFLINE, BURST + OFFLINE, false)],
  ['the server comes back and everything is sent', comeBack],
  [`${AFTER} more scans`, (path) => scanAndExpect(path, AFTER, BURST + OFFLINE + AFTER, true)],
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
  const { passed, failed } = await walk(server, dataFolder).finally(async () => {
    await server.dispose()
    await rm(dataFolder, { recursive: true, force: true, maxRetries: 5 })
  })
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}

async function walk(server: TestServer, dataFolder: string): Promise<{ passed: number; failed: number }> {
  const ana = await signInToRest(server.origin, 'ana')
  const { session, items } = await findDirectedSession(ana)
  const webKit = await startWebKit(dataFolder)
  console.log(`WebKitGTK ${webKit.driver.browserVersion}`)
  const path: Path = {
    server,
    driver: webKit.driver,
    ana,
    sessionId: session.inventoryCountImportId,
    products: barcodesFor(items).requested.slice(0, 5),
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
        console.log(`     ${await path.driver.run<string>('return location.pathname + " " + document.body.innerText.slice(0, 600)').catch(String)}`)
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

async function signIn({ driver, server }: Path): Promise<void> {
  await driver.goto(`${server.origin}/login`)
  await until('the sign-in form', () => driver.run<boolean>('return document.querySelector("input[type=password]") !== null'))
  await driver.fill(fieldLabelled('user'), 'ana')
  await driver.fill('//input[@type="password"]', PASSWORD)
  await driver.click('//button[normalize-space()="Sign in"]')
  await until('the list of counts', () => driver.run<boolean>('return location.pathname === "/counts"'))
}

/** The input whose label starts with a word, whatever its case. */
function fieldLabelled(word: string): string {
  const lower = 'translate(normalize-space(), "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")'
  return `//input[@id=//label[starts-with(${lower}, "${word}")]/@for] | //label[starts-with(${lower}, "${word}")]//input`
}

async function untilInstalled({ driver }: Path): Promise<void> {
  await until('the service worker', () =>
    driver.runAsync<boolean>('const it = await navigator.serviceWorker.ready; return it.active.state === "activated"'),
  )
}

async function openSession({ driver, server, sessionId }: Path): Promise<void> {
  await driver.goto(`${server.origin}/sessions/${sessionId}`)
  await untilReady(driver)
  await untilCatalogueIsHere(driver)
}

async function untilReady(driver: WebDriver): Promise<void> {
  await until('the lock', async () => /^(held|unverified)$/.test(await dataOf(driver, 'lock-status', 'state')))
}

async function untilCatalogueIsHere(driver: WebDriver): Promise<void> {
  await until('the catalogue', () =>
    driver.runAsync<boolean>(`
      const names = (await indexedDB.databases()).map((it) => it.name)
      const name = names.find((it) => it.startsWith('catalogue:'))
      if (name === undefined) return false
      const db = await new Promise((resolve, reject) => {
        const opening = indexedDB.open(name)
        opening.onsuccess = () => resolve(opening.result)
        opening.onerror = () => reject(opening.error)
      })
      const row = await new Promise((resolve, reject) => {
        const asked = db.transaction('meta').objectStore('meta').get('products')
        asked.onsuccess = () => resolve(asked.result)
        asked.onerror = () => reject(asked.error)
      })
      db.close()
      return typeof row?.completedAt === 'number'`),
  )
}

/** Scan the products in turn, and wait until the tally says so. */
async function scanAndExpect({ driver, products }: Path, scans: number, total: number, isOnline: boolean): Promise<void> {
  for (let nth = 0; nth < scans; nth += 1) {
    await driver.type(`${products[nth % products.length]?.barcode}${ENTER_KEY}`, KEY_GAP_MS)
  }
  await until(`${total} saved`, async () => (await dataOf(driver, 'tally', 'saved')) === String(total))
  if (isOnline) await untilSynced(driver, total)
}

async function untilSynced(driver: WebDriver, total: number): Promise<void> {
  await until(`${total} on the server`, async () => (await dataOf(driver, 'tally', 'synced')) === String(total))
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
  await untilSynced(driver, BURST + OFFLINE)
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
  const expected: Record<string, number> = {}
  for (const scans of [BURST, OFFLINE, AFTER]) {
    for (let nth = 0; nth < scans; nth += 1) {
      const id = products[nth % products.length]?.productId ?? '?'
      expected[id] = (expected[id] ?? 0) + 1
    }
  }
  const onServer = await totalsOf(ana, sessionId)
  const sorted = (totals: Readonly<Record<string, number>>): string => JSON.stringify(Object.entries(totals).toSorted())
  if (sorted(onServer) !== sorted(expected)) throw new Error(`${sorted(onServer)} on the server, ${sorted(expected)} scanned`)
}

/** A data attribute of the element with this test id; '' while it is not there. */
function dataOf(driver: WebDriver, testId: string, name: string): Promise<string> {
  return driver.run(`return document.querySelector('[data-testid="${testId}"]')?.dataset[${JSON.stringify(name)}] ?? ''`)
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + SETTLED_WITHIN_MS
  while (Date.now() < deadline) {
    if (await isSo()) return
    await sleep(POLL_MS)
  }
  throw new Error(`No sign of ${what} after ${SETTLED_WITHIN_MS} ms`)
}

exitOnSignals()
await main()
