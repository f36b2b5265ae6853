// The app in WebKit, through WebDriver: signing in, opening a session, scanning as a person does, reading the numbers.
import { setTimeout as sleep } from 'node:timers/promises'
import { gtin14Of } from '../../src/domain/barcode/gtin'
import type { FoundSession } from '../support/rest'
import { PASSWORD } from '../support/rest'
import type { WebDriver } from './webdriver'
import { ENTER_KEY } from './webdriver'

const SETTLED_WITHIN_MS = 60_000
const POLL_MS = 100
/** None: WebKitWebDriver alone takes 3 to 12 ms for a key, the pace of a scanner on a cable or over Bluetooth. */
const KEY_GAP_MS = 0
/** After a scan that was held for partial nothing more comes of it: its tail may be answered, too. */
const QUIET_MS = 700
/** What it is, and whether it is on the list, may be known a moment later on a busy machine: the totals decide in the end. */
const ANSWERS: ReadonlySet<string> = new Set(['partial', 'counted', 'unmatched', 'undirected'])
/** On a busy machine the driver pauses within a burst now and then; as often as this in a row it never should. */
const SCAN_TRIES_MAX = 8

export async function signIn(driver: WebDriver, origin: string): Promise<void> {
  await driver.goto(`${origin}/login`)
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

export async function untilInstalled(driver: WebDriver): Promise<void> {
  await until('the service worker', () =>
    driver.runAsync<boolean>('const it = await navigator.serviceWorker.ready; return it.active.state === "activated"'),
  )
}

/** As a person does it, without leaving the page: one that WebKit keeps for "back" would go on holding its storage. */
export async function resumeFromList(driver: WebDriver, { cycleCount, session }: FoundSession): Promise<void> {
  const row = `//article[contains(., "${cycleCount.workEffortName ?? '?'}")]//li[contains(., "${session.countImportName ?? '?'}")]`
  const resume = `${row}//button[normalize-space()="Resume"]`
  await until('the list of sessions', () =>
    driver.run<boolean>('return document.evaluate(arguments[0], document, null, XPathResult.BOOLEAN_TYPE, null).booleanValue', [resume]),
  )
  await driver.click(resume)
  await untilReady(driver)
}

export async function openSession(driver: WebDriver, origin: string, sessionId: string): Promise<void> {
  await driver.goto(`${origin}/sessions/${sessionId}`)
  await untilReady(driver)
}

export async function untilReady(driver: WebDriver): Promise<void> {
  await until('the lock', async () => /^(held|unverified)$/.test(await dataOf(driver, 'lock-status', 'state')))
}

export async function untilCatalogueIsHere(driver: WebDriver): Promise<void> {
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

/**
 * Whether nothing is left of a barcode but itself: a busy driver pauses within a burst, and the end of `0665…` is
 * a barcode of twelve digits, counted with good reason.
 */
export function hasNoTail(barcode: string): boolean {
  return [...barcode].every((_digit, cut) => cut === 0 || gtin14Of(barcode.slice(cut)) === null)
}

/** The keys of one scan, whatever comes of them. */
export function typeScan(driver: WebDriver, barcode: string): Promise<void> {
  return driver.type(`${barcode}${ENTER_KEY}`, KEY_GAP_MS)
}

/**
 * Scan once, and again if the app held it for partial, as a person would: the driver pauses within a burst when the
 * machine is busy, and a burst with a pause in it is rightly not counted.
 * @param before what the tally says already: a page that has just opened still reads its own
 * @returns how often it was held
 * @throws Error for any other answer, or none
 */
export async function scanUntilCounted(driver: WebDriver, barcode: string, before: number): Promise<number> {
  for (let held = 0; held < SCAN_TRIES_MAX; held += 1) {
    await driver.run(`document.querySelector('[data-testid="feedback"]').dataset.isOld = ''`)
    await typeScan(driver, barcode)
    await until('an answer to the scan', () => hasNewAnswer(driver))
    const outcome = await dataOf(driver, 'feedback', 'outcome')
    if (!ANSWERS.has(outcome)) throw new Error(`The scan was answered with "${outcome}"`)
    if (outcome === 'partial') await untilQuiet(driver)
    const counted = (await scannedOf(driver)) - before
    if (counted > 1) throw new Error(`One scan was counted ${counted} times`)
    if (counted === 1) return held
  }
  throw new Error(`Held for partial ${SCAN_TRIES_MAX} times`)
}

/** Each answer comes as a new element: the mark on the old one goes with it. */
function hasNewAnswer(driver: WebDriver): Promise<boolean> {
  return driver.run<boolean>(`return document.querySelector('[data-testid="feedback"]:not([data-is-old])') !== null`)
}

/** The tail of a scan that was cut may be answered as well: the next scan must not be taken for its answer. */
async function untilQuiet(driver: WebDriver): Promise<void> {
  await until('quiet after a partial scan', async () => {
    await driver.run(`document.querySelector('[data-testid="feedback"]').dataset.isOld = ''`)
    await sleep(QUIET_MS)
    return !(await hasNewAnswer(driver))
  })
}

async function scannedOf(driver: WebDriver): Promise<number> {
  return Number(await dataOf(driver, 'tally', 'scanned'))
}

/** A data attribute of the element with this test id; '' while it is not there. */
export function dataOf(driver: WebDriver, testId: string, name: string): Promise<string> {
  return driver.run(`return document.querySelector('[data-testid="${testId}"]')?.dataset[${JSON.stringify(name)}] ?? ''`)
}

export async function untilSaved(driver: WebDriver, total: number): Promise<void> {
  await until(`${total} saved`, async () => (await dataOf(driver, 'tally', 'saved')) === String(total))
}

export async function untilSynced(driver: WebDriver, total: number): Promise<void> {
  await until(`${total} on the server`, async () => (await dataOf(driver, 'tally', 'synced')) === String(total))
}

export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + SETTLED_WITHIN_MS
  while (Date.now() < deadline) {
    if (await isSo()) return
    await sleep(POLL_MS)
  }
  throw new Error(`No sign of ${what} after ${SETTLED_WITHIN_MS} ms`)
}
