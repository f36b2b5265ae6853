// The app through the eyes of whoever counts: signing in, opening a session, reading the numbers on screen.
import type { Browser, Locator, Page } from '@playwright/test'
import { expect } from '@playwright/test'
import type { FoundSession } from './rest'
import { PASSWORD } from './rest'

/** Long enough for a machine that is busy with other things; nothing here waits for it when all is well. */
const SETTLED_WITHIN_MS = 30_000

export interface Tally {
  readonly scanned: number
  readonly saved: number
  readonly synced: number
}

/** A device of its own: nothing is shared with any other but the server. */
export async function newDevice(browser: Browser, origin: string): Promise<Page> {
  const context = await browser.newContext({ baseURL: origin, viewport: { width: 1180, height: 820 } })
  return context.newPage()
}

/**
 * Sign in with the form, as somebody who types. Ends on the list of counts.
 * @param origin only needed in a browser that Playwright did not start: it has no base address
 */
export async function signIn(page: Page, userName: string, origin = ''): Promise<void> {
  await page.goto(`${origin}/login`)
  await page.getByLabel(/^(user|user ?name)$/i).fill(userName)
  await page.getByLabel(/^password$/i).fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page).toHaveURL(/\/counts$/, { timeout: SETTLED_WITHIN_MS })
}

/** Open a session by its address and wait until it is ready to scan. */
export async function openSession(page: Page, sessionId: string, origin = ''): Promise<void> {
  await page.goto(`${origin}/sessions/${sessionId}`)
  await untilReadyToScan(page)
}

/** From the list of counts into a session that is under way. */
export async function resumeFromList(page: Page, { cycleCount, session }: FoundSession): Promise<void> {
  const card = page.getByRole('article', { name: cycleCount.workEffortName ?? '?' })
  const row = card.getByRole('listitem').filter({ hasText: session.countImportName ?? '?' })
  await row.getByRole('button', { name: 'Resume' }).click()
  await expect(page).toHaveURL(new RegExp(`/sessions/${session.inventoryCountImportId}$`))
  await untilReadyToScan(page)
}

/** The scan field is there and the lock lets us scan. */
export async function untilReadyToScan(page: Page, timeout = SETTLED_WITHIN_MS): Promise<void> {
  await expect(scanField(page)).toBeVisible({ timeout })
  await expect(lockStatus(page)).toHaveAttribute('data-state', /^(held|unverified)$/, { timeout })
}

/** The service worker controls the page: from now on it starts without a network. */
export async function untilInstalled(page: Page): Promise<void> {
  const isActive = (): Promise<boolean> =>
    page.evaluate(async () => (await navigator.serviceWorker.ready).active?.state === 'activated')
  await expect.poll(isActive, { timeout: SETTLED_WITHIN_MS }).toBe(true)
}

/** The device holds the whole catalogue: until then a fresh barcode may be unmatched for a moment. */
export async function untilCatalogueIsHere(page: Page, timeout = SETTLED_WITHIN_MS): Promise<void> {
  await expect.poll(() => page.evaluate(isCatalogueComplete), { timeout }).toBe(true)
}

/** Runs in the page: asks the databases, not the app. One of a facility that was left stays half-filled. */
async function isCatalogueComplete(): Promise<boolean> {
  const names = (await indexedDB.databases()).flatMap((it) => (it.name?.startsWith('catalogue:') ? [it.name] : []))
  const isComplete = (name: string): Promise<boolean> =>
    new Promise((resolve, reject) => {
      const opening = indexedDB.open(name)
      opening.onerror = () => reject(new Error('The catalogue cannot be opened'))
      opening.onsuccess = () => {
        const db = opening.result
        const asked = db.transaction('meta').objectStore('meta').get('products')
        asked.onerror = () => reject(new Error('The catalogue cannot be read'))
        asked.onsuccess = () => {
          db.close()
          resolve(typeof (asked.result as { completedAt?: unknown } | undefined)?.completedAt === 'number')
        }
      }
    })
  return (await Promise.all(names.map(isComplete))).includes(true)
}

export const scanField = (page: Page): Locator => page.getByTestId('scan-field')
export const tallyOf = (page: Page): Locator => page.getByTestId('tally')
export const syncStatus = (page: Page): Locator => page.getByTestId('sync-status')
export const lockStatus = (page: Page): Locator => page.getByTestId('lock-status')
export const feedback = (page: Page): Locator => page.getByTestId('feedback')
export const currentProduct = (page: Page): Locator => page.getByTestId('current-product')
export const bucket = (page: Page, name: 'counted' | 'uncounted' | 'undirected' | 'unmatched'): Locator =>
  page.getByTestId(`bucket-${name}`)

export async function readTally(page: Page): Promise<Tally> {
  const of = async (name: string): Promise<number> => Number(await tallyOf(page).getAttribute(`data-${name}`))
  return { scanned: await of('scanned'), saved: await of('saved'), synced: await of('synced') }
}

/** Wait until the tally says that this many scans are saved on the device. */
export async function untilSaved(page: Page, scans: number): Promise<void> {
  await expect(tallyOf(page)).toHaveAttribute('data-scanned', String(scans), { timeout: SETTLED_WITHIN_MS })
  await expect(tallyOf(page)).toHaveAttribute('data-saved', String(scans), { timeout: SETTLED_WITHIN_MS })
}

/** Wait until the server has acknowledged this many scans, and the status says so. */
export async function untilSynced(page: Page, scans: number): Promise<void> {
  await untilSaved(page, scans)
  await expect(tallyOf(page)).toHaveAttribute('data-synced', String(scans), { timeout: SETTLED_WITHIN_MS })
  await expect(syncStatus(page)).toHaveAttribute('data-status', 'synced', { timeout: SETTLED_WITHIN_MS })
}

/** Tap Submit and say yes to the list of what is still open. Ends when the tap has been taken. */
export async function submit(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Submit', exact: true }).first().click()
  await page.getByRole('dialog').getByRole('button', { name: /^Submit/ }).click()
}
