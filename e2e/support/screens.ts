// Every screen of somebody who may do everything, one after the other in one page, for whoever looks at all of them.
import type { Locator, Page } from '@playwright/test'
import { expect } from '@playwright/test'
import { signIn, untilReadyToScan } from './app'
import { FACILITY } from './supervisor'

const SETTLED = { timeout: 30_000 }

export type Look = (screen: string) => Promise<void>

interface Screen {
  readonly name: string
  readonly path: string
  /** There when the screen has what it shows. */
  readonly sign: (page: Page) => Locator
  /** What is behind a tap. */
  readonly more?: (page: Page, look: Look) => Promise<void>
}

const heading = (name: string) => (page: Page) => page.getByRole('heading', { name, exact: true }).first()
const words = (text: string) => (page: Page) => page.getByText(text, { exact: true }).first()

const SCREENS: readonly Screen[] = [
  { name: 'counts', path: '/counts', sign: words('Weekly shelf check') },
  { name: 'plan', path: '/supervisor/plan', sign: heading('Weekly shelf check') },
  { name: 'what is due', path: '/supervisor/plan?show=due', sign: heading('How often each class is counted') },
  { name: 'new count', path: '/supervisor/plan?show=new', sign: (page) => page.getByTestId('plan-total') },
  { name: 'templates', path: '/supervisor/plan?show=templates', sign: words('No templates yet') },
  { name: 'counts from a file', path: '/supervisor/plan?show=file', sign: heading('Counts from a file') },
  { name: 'changes of the plan', path: '/supervisor/plan?show=history', sign: words('Nothing was changed yet') },
  { name: 'board', path: '/supervisor/board', sign: (page) => page.getByRole('table', { name: 'Sessions' }) },
  { name: 'review list', path: '/supervisor/review', sign: words('Chilled goods'), more: showReview },
  { name: 'closed', path: '/supervisor/closed', sign: (page) => page.getByTestId('closed-counts'), more: showHistory },
  { name: 'rules', path: '/supervisor/rules', sign: heading('All products, everywhere'), more: showRule },
  { name: 'people', path: '/supervisor/people', sign: words('Choose a person'), more: showPerson },
  { name: 'reports', path: '/supervisor/reports', sign: heading('Largest differences'), more: showBehindReports },
  { name: 'settings', path: '/settings', sign: words('Waiting for a scan') },
  { name: 'sync', path: '/sync', sign: words('Room left') },
]

/** Signs in as the administrator and shows all of it; the session is opened last. */
export async function showEverything(page: Page, sessionId: string, look: Look): Promise<void> {
  await page.goto('/login')
  await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible(SETTLED)
  await look('sign in')
  await signIn(page, 'alex')
  await page.locator('select').selectOption({ label: FACILITY.name })
  for (const { name, path, sign, more } of SCREENS) {
    await go(page, path)
    await expect(sign(page)).toBeVisible(SETTLED)
    await look(name)
    await more?.(page, look)
  }
  await go(page, `/sessions/${sessionId}`)
  await untilReadyToScan(page)
  await look('counting')
  await page.getByRole('button', { name: 'Submit', exact: true }).first().click()
  await expect(page.getByRole('dialog')).toBeVisible(SETTLED)
  await look('check before the submit')
  await page.keyboard.press('Escape')
  await go(page, `/sessions/${sessionId}/hand-count`)
  await expect(heading('Hand count')(page)).toBeVisible(SETTLED)
  await look('hand count')
}

/** Within the app, as a link does: loading it anew for each screen would cost most of the time. */
async function go(page: Page, path: string): Promise<void> {
  await page.evaluate((to) => {
    history.pushState(history.state, '', to)
    dispatchEvent(new PopStateEvent('popstate', { state: history.state }))
  }, path)
}

async function showReview(page: Page, look: Look): Promise<void> {
  await words('Chilled goods')(page).click()
  await expect(page.getByTestId('review-load')).toHaveAttribute('data-complete', 'true', SETTLED)
  await look('review')
}

async function showHistory(page: Page, look: Look): Promise<void> {
  await page.getByRole('button', { name: /^History of/ }).first().click()
  await expect(heading('What was done, the newest first')(page)).toBeVisible(SETTLED)
  await look('history of a count')
  await page.keyboard.press('Escape')
}

async function showRule(page: Page, look: Look): Promise<void> {
  await page.getByRole('button', { name: 'New rule' }).click()
  await look('new rule')
  await page.keyboard.press('Escape')
}

async function showPerson(page: Page, look: Look): Promise<void> {
  await page.getByRole('button', { name: /Ana/ }).click()
  await expect(heading('Changes')(page)).toBeVisible(SETTLED)
  await look('a person')
}

/** Each name of a report leads somewhere. */
async function showBehindReports(page: Page, look: Look): Promise<void> {
  const pathOf = (part: string) => page.locator(`main a[href*="${part}"]`).first().getAttribute('href')
  const [item, sheet] = [await pathOf('/supervisor/items/'), await pathOf('/sheet')]
  await go(page, item ?? '')
  await expect(heading('Was anything changed afterwards?')(page)).toBeVisible(SETTLED)
  await look('timeline')
  await go(page, sheet ?? '')
  await expect(page.getByRole('heading', { name: /^Variance sheet/ })).toBeVisible(SETTLED)
  await look('sheet')
}
