// Pictures of the supervisor's other screens: board, people, scanner, review, rules, reports, and what stands behind their names.
import type { Page } from '@playwright/test'
import { signIn } from '../support/app'
import { FACILITY } from '../support/supervisor'
import { createWedge } from '../support/wedge'
import { take } from './camera'

/** Of any product. */
const KNOWN = '4006381333931'
/** Products that somebody would look at until one has a neighbour on the shelf for an explanation. */
const LOOKS_MAX = 15

export async function takeDesk(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Board' }).click()
  await page.getByRole('table', { name: 'Sessions' }).waitFor()
  await take(page, 'board', { isDarkToo: true })
  await page.getByRole('link', { name: 'Counts' }).click()
  await page.getByRole('link', { name: 'People' }).click()
  await page.getByRole('button', { name: /Ana/ }).click()
  await page.getByRole('heading', { name: 'Changes' }).waitFor()
  await take(page, 'people')
  for (const reason of ['Stands in for Sam this week', 'Sam is back']) {
    await page.getByRole('checkbox', { name: /^Take sessions over/ }).click()
    await page.getByLabel('Reason').fill(reason)
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText(reason).last().waitFor()
  }
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight))
  await take(page, 'people-changes')
  await page.getByRole('link', { name: 'Counts' }).click()
  await page.getByRole('link', { name: 'Settings' }).click()
  await page.getByText('Waiting for a scan').waitFor()
  await (await createWedge(page)).type(`SKU${KNOWN}`, 4)
  await page.getByRole('heading', { name: 'Key by key' }).waitFor()
  await take(page, 'scanner')
  await page.getByRole('button', { name: 'Back' }).click()
}

async function openReview(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Review' }).click()
  await page.getByRole('link', { name: /Chilled goods/ }).waitFor()
}

export async function takeReview(page: Page): Promise<void> {
  await openReview(page)
  await take(page, 'review-list')
  await page.getByRole('link', { name: /Chilled goods/ }).click()
  await page.locator('[data-testid=review-load][data-complete=true]').waitFor()
  const told = page.locator('[data-testid=review-suggestions][data-state=told]')
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    await told.waitFor()
    if (/side by side|two places apart|both lie/.test((await told.textContent()) ?? '')) break
    await page.keyboard.press('ArrowDown')
    await told.waitFor({ state: 'detached' })
  }
  await told.evaluate((it) => it.scrollIntoView({ block: 'end' }))
  await take(page, 'review', { isDarkToo: true })
  await page.getByRole('button', { name: 'Sessions' }).click()
  await page.getByRole('dialog').waitFor()
  await take(page, 'review-sessions')
  await page.keyboard.press('Escape')
  await page.getByRole('link', { name: 'Review' }).click()
  await page.getByRole('link', { name: 'Rules' }).click()
  await page.getByRole('heading', { name: 'All products, everywhere' }).waitFor()
  await take(page, 'rules')
  await page.getByRole('link', { name: 'Review' }).click()
  await page.getByRole('link', { name: 'Counts' }).click()
}

/** From the counts and back: what is over, and what was done to one of them. */
export async function takeClosed(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Closed' }).click()
  await page.getByTestId('closed-counts').waitFor()
  await take(page, 'closed')
  await page.getByRole('button', { name: /^History of/ }).nth(2).click()
  await page.getByRole('heading', { name: 'What was done, the newest first' }).waitFor()
  await take(page, 'count-history')
  await page.keyboard.press('Escape')
  await page.getByRole('link', { name: 'Counts' }).click()
}

export async function takeReports(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Reports' }).click()
  await page.getByRole('heading', { name: 'Largest differences' }).waitFor()
  await take(page, 'reports', { isDarkToo: true })
  for (const word of ['Lines as Excel', 'Lines as CSV']) {
    await page.getByRole('button', { name: word }).click()
    await page.waitForLoadState('networkidle')
  }
  await page.getByRole('button', { name: /^Fetch / }).nth(1).waitFor()
  await page.getByRole('button', { name: /^Fetch / }).first().click()
  await page.getByRole('link', { name: 'Save the file' }).waitFor()
  await page.getByRole('heading', { name: 'Exports' }).scrollIntoViewIfNeeded()
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight))
  await take(page, 'exports')
  await page.locator('main a[href*="/supervisor/items/"]').first().click()
  await page.getByRole('heading', { name: 'Was anything changed afterwards?' }).waitFor()
  await page.getByRole('table').waitFor()
  await take(page, 'item-timeline')
  await page.getByRole('button', { name: 'Back' }).click()
  await page.locator('main a[href*="/sheet"]').first().click()
  await page.getByRole('article').waitFor()
  await take(page, 'variance-sheet')
  await page.getByRole('radio', { name: 'Count sheet' }).check()
  await page.getByRole('article').waitFor()
  await take(page, 'count-sheet')
}

/** On a server of the base contract: what is booked at once, one amount set by hand, and what this device remembers of it. */
export async function takeBaseReview(page: Page, origin: string): Promise<void> {
  await signIn(page, 'sam', origin)
  await page.locator('select').selectOption({ label: FACILITY.name })
  await openReview(page)
  await page.getByRole('link', { name: /Chilled goods/ }).click()
  await page.locator('[data-testid=review-load][data-complete=true]').waitFor()
  await page.getByRole('combobox', { name: 'Show' }).selectOption({ label: 'All' })
  await page.getByRole('grid').getByRole('row').nth(2).click()
  await page.getByLabel('Note to the decision, if any').fill('Behind the crates')
  await page.getByRole('button', { name: 'Book another amount' }).click()
  await page.getByLabel('Amount in units').fill('66')
  await page.getByLabel('Reason').fill('Found elsewhere')
  await take(page, 'base-review-amount')
  await page.getByRole('button', { name: 'Book this amount' }).click()
  await page.getByText('1 variance booked.').waitFor()
  await page.getByRole('button', { name: 'Where the count comes from' }).click()
  await page.getByRole('heading', { name: 'Sessions' }).waitFor()
  await take(page, 'base-review', { isDarkToo: true })
}
