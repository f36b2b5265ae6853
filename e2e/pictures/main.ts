// `npm run pictures`: the pictures of docs/images, taken of the built app in the middle of a count. Run `npm run build` before.
import { join } from 'node:path'
import type { Browser, Page } from '@playwright/test'
import { chromium } from '@playwright/test'
import { chromiumLaunchOptions } from '../../scripts/browser.mjs'
import { bucket, openSession, signIn, untilCatalogueIsHere, untilSynced } from '../support/app'
import type { FoundSession, Scannable } from '../support/rest'
import { barcodesFor, findDirectedSession, signInToRest } from '../support/rest'
import { PROJECT, startServer } from '../support/server'
import { exitOnSignals } from '../support/tidy-exit'
import { FACILITY } from '../support/supervisor'
import { createWedge } from '../support/wedge'

const FOLDER = join(PROJECT, 'docs/images')
const IPAD = 'Mozilla/5.0 (iPad; CPU OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148'
/** Of any product. */
const KNOWN = '4006381333931'
/** Nobody's barcode. */
const UNKNOWN = '99999999999'
/** Names that anybody can read in a picture. */
const PLAIN = /^[A-Z][A-Za-z, &'-]{5,36}$/
/** How often each product is scanned, in the order of the list. */
const AMOUNTS = [3, 6, 2, 9, 1, 4, 2, 1, 5, 2, 3, 1]

async function newIPad(browser: Browser): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1180, height: 820 }, hasTouch: true, userAgent: IPAD, locale: 'en-GB', timezoneId: 'Europe/Berlin',
  })
  await context.addInitScript({ content: 'globalThis.__name ??= (named) => named' })
  return context.newPage()
}

async function take(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0)
  await page.evaluate(() => document.fonts.ready)
  await page.screenshot({ path: join(FOLDER, `${name}.png`), animations: 'disabled' })
  console.log(`docs/images/${name}.png`)
}

/** @returns how many scans were made */
async function count(page: Page, { items }: FoundSession): Promise<number> {
  const { requested, others } = barcodesFor(items)
  const isPlain = (it: Scannable): boolean => PLAIN.test(it.name)
  const listed = requested.filter(isPlain)
  const scans = AMOUNTS.flatMap((times, nth) => Array.from({ length: times }, () => listed[nth]?.barcode ?? UNKNOWN))
  const other = others.find(isPlain)?.barcode ?? UNKNOWN
  const last = [other, ...scans.slice(-5), UNKNOWN, ...scans.slice(0, 2)]
  const wedge = await createWedge(page)
  await wedge.scanAll([...scans, ...last], 4)
  return scans.length + last.length
}

async function takeAll(page: Page, origin: string, directed: FoundSession): Promise<void> {
  await page.goto(`${origin}/login`)
  await page.getByRole('button', { name: /ana/i }).first().waitFor()
  await take(page, 'sign-in')

  await signIn(page, 'ana', origin)
  await openSession(page, directed.session.inventoryCountImportId, origin)
  await untilCatalogueIsHere(page)
  const scans = await count(page, directed)
  await bucket(page, 'counted').click()
  await untilSynced(page, scans)
  await take(page, 'counting')
  await page.emulateMedia({ colorScheme: 'dark' })
  await take(page, 'counting-dark')
  await page.emulateMedia({ colorScheme: 'light' })

  await page.getByRole('button', { name: 'Hand count' }).click()
  await page.getByLabel('Name or number of the product').fill('green')
  await page.getByRole('button', { name: /^Count / }).first().waitFor()
  await take(page, 'hand-count')
  await page.getByRole('button', { name: 'Back to scanning' }).click()

  await page.getByRole('button', { name: 'Counts' }).click()
  await page.getByText(directed.cycleCount.workEffortName ?? '?').first().waitFor()
  await page.getByRole('button', { name: 'Refresh' }).click()
  await page.getByRole('button', { name: 'Resume' }).first().waitFor()
  await page.waitForLoadState('networkidle')
  await take(page, 'counts')
  await page.getByRole('link', { name: 'Sync page' }).or(page.getByTitle('Sync page')).first().click()
  await page.getByText('Room left').waitFor()
  await take(page, 'sync')
}

/** What an administrator sees of it: the board with what was counted, the people, and a scanner on trial. */
async function takeDesk(page: Page, origin: string): Promise<void> {
  await signIn(page, 'alex', origin)
  await page.locator('select').selectOption({ label: FACILITY.name })
  await page.getByRole('link', { name: 'Board' }).click()
  await page.getByRole('table', { name: 'Sessions' }).waitFor()
  await take(page, 'board')
  await page.getByRole('link', { name: 'Counts' }).click()
  await page.getByRole('link', { name: 'People' }).click()
  await page.getByRole('button', { name: /Ana/ }).click()
  await page.getByRole('heading', { name: 'Changes' }).waitFor()
  await take(page, 'people')
  await page.getByRole('link', { name: 'Counts' }).click()
  await page.getByRole('link', { name: 'Settings' }).click()
  await page.getByText('Waiting for a scan').waitFor()
  await (await createWedge(page)).type(`SKU${KNOWN}`, 4)
  await page.getByRole('heading', { name: 'Key by key' }).waitFor()
  await take(page, 'scanner')
}

/** What is left of counts: one under review, the reports, and behind their names an item's timeline and a sheet. */
async function takeAfterwards(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Back' }).click()
  await page.getByRole('link', { name: 'Review' }).click()
  await page.getByRole('link', { name: /Chilled goods/ }).click()
  await page.locator('[data-testid=review-load][data-complete=true]').waitFor()
  await page.waitForLoadState('networkidle')
  await take(page, 'review')
  await page.getByRole('link', { name: 'Review' }).click()
  await page.getByRole('link', { name: 'Rules' }).click()
  await page.getByRole('heading', { name: 'All products, everywhere' }).waitFor()
  await take(page, 'rules')
  await page.getByRole('link', { name: 'Review' }).click()
  await page.getByRole('link', { name: 'Counts' }).click()
  await page.getByRole('link', { name: 'Reports' }).click()
  await page.getByRole('heading', { name: 'Largest differences' }).waitFor()
  await take(page, 'reports')
  await page.locator('main a[href*="/supervisor/items/"]').first().click()
  await page.getByRole('heading', { name: 'Was anything changed afterwards?' }).waitFor()
  await page.getByRole('table').waitFor()
  await take(page, 'item-timeline')
  await page.getByRole('button', { name: 'Back' }).click()
  await page.locator('main a[href*="/sheet"]').first().click()
  await page.getByRole('radio', { name: 'Count sheet' }).check()
  await page.getByRole('article').waitFor()
  await take(page, 'count-sheet')
}

exitOnSignals()
const server = await startServer()
const browser = await chromium.launch(chromiumLaunchOptions(join(PROJECT, '.data/browser.json')))
try {
  const directed = await findDirectedSession(await signInToRest(server.origin, 'ana'))
  await takeAll(await newIPad(browser), server.origin, directed)
  const desk = await newIPad(browser)
  await takeDesk(desk, server.origin)
  await takeAfterwards(desk)
} finally {
  await browser.close()
  await server.dispose()
}
