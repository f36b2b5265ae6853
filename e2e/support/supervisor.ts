// What the tests of the supervisor's half share: the desk, the books, and a session counted from opening to submit.
import type { Browser, Page } from '@playwright/test'
import { expect } from '@playwright/test'
import { newDevice, openSession, signIn, submit, untilCatalogueIsHere, untilSaved } from './app'
import { sessionOf, type RestUser, type Scannable } from './rest'
import { createWedge } from './wedge'

const SETTLED = { timeout: 40_000 }
export const FACILITY = { id: 'NORTHSIDE', name: 'Northside Store' } as const

/** A device of its own at the facility where the demo's counts are. */
export async function deviceOf(browser: Browser, origin: string, userName: string): Promise<Page> {
  const page = await newDevice(browser, origin)
  await signIn(page, userName)
  await page.locator('select').selectOption({ label: FACILITY.name })
  return page
}

/** From the list of counts to planning; ends when the page is about the facility that was chosen: a change puts away what is begun. */
export async function openPlan(desk: Page): Promise<void> {
  await desk.getByRole('link', { name: 'Plan', exact: true }).click()
  await expect(desk.getByRole('heading', { name: 'Plan', exact: true })).toBeVisible(SETTLED)
  await expect(desk.getByRole('combobox', { name: 'Facility' })).toHaveValue(FACILITY.id, SETTLED)
}

export async function bookOf(supervisor: RestUser, productId: string): Promise<number> {
  const { qoh } = await supervisor.get<{ qoh: number }>(
    `poorti/getInventoryAvailableByFacility?facilityId=${FACILITY.id}&productId=${productId}`,
  )
  return qoh
}

export type Booked = Scannable & { readonly book: number }

/** Little enough on the books to be scanned one by one. */
export async function findSmall(supervisor: RestUser, candidates: readonly Scannable[], wanted: number): Promise<readonly Booked[]> {
  const found: Booked[] = []
  for (const it of candidates) {
    const book = await bookOf(supervisor, it.productId)
    if (book >= 1 && book <= 4) found.push({ ...it, book })
    if (found.length === wanted) return found
  }
  throw new Error('The demo has too few products with a small book quantity')
}

/** Scans and submits; ends when the server says that the session is submitted. */
export async function countSession(page: Page, supervisor: RestUser, sessionId: string, scans: readonly string[]): Promise<void> {
  await openSession(page, sessionId)
  await untilCatalogueIsHere(page)
  await (await createWedge(page)).scanAll(scans)
  await untilSaved(page, scans.length)
  await submitSession(page, supervisor, sessionId)
}

/** What is open in this page. */
export async function submitSession(page: Page, supervisor: RestUser, sessionId: string): Promise<void> {
  await submit(page)
  await expect.poll(async () => (await sessionOf(supervisor, sessionId)).statusId, SETTLED).toBe('SESSION_SUBMITTED')
}

export const times = (barcode: string, count: number): string[] => Array.from({ length: count }, () => barcode)
