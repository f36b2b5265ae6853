// temporary
import { chromium } from '@playwright/test'
import { signIn } from '../support/app'
import { startServer } from '../support/server'
import { exitOnSignals } from '../support/tidy-exit'

exitOnSignals()
const server = await startServer()
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
try {
  const context = await browser.newContext({ locale: "en-GB", timezoneId: "Europe/Berlin", viewport: { width: 1180, height: 820 } })
  const page = await context.newPage()
  page.on('console', (it) => it.type() === 'error' && console.log(it.text()))
  await signIn(page, 'alex', server.origin)
  await page.locator('select').selectOption({ label: 'Northside Store' }).catch(() => undefined)
  await page.goto(`${server.origin}/supervisor/plan?show=new`)
  await page.getByText('matches').first().waitFor()
  await page.waitForTimeout(1500)
  const shot = async (name: string, full = false) => {
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme })
      await page.screenshot({ path: `/tmp/plan-pics/${name}-${scheme}.png`, fullPage: full })
    }
    await page.emulateMedia({ colorScheme: 'light' })
  }
  await page.getByLabel('Name', { exact: true }).first().fill('Dairy weekly')
  await page.locator('details').filter({ hasText: 'Category' }).locator('summary').click()
  await page.getByLabel(/Dairy and eggs/).check()
  await page.getByLabel(/Tolerances of its own/).check()
  await page.waitForTimeout(1200)
  await shot('new', true)
  await page.locator('details').filter({ hasText: 'Category' }).locator('summary').click()
  await page.locator('details').filter({ hasText: 'Category' }).scrollIntoViewIfNeeded()
  await shot('new-filters')
  await page.getByRole('button', { name: 'Keep as a template…' }).click()
  await page.waitForTimeout(300)
  await page.getByLabel(/Due after/).fill('3')
  await shot('keep')
  await page.getByRole('button', { name: 'Keep it' }).click()
  await page.getByText('is kept as a template').waitFor()
  await page.getByRole('button', { name: 'Create the count' }).click()
  await page.waitForTimeout(800)
  await page.getByRole('link', { name: 'Templates' }).click()
  await page.getByText('Directed ·').waitFor()
  await shot('templates')
  await page.getByRole('link', { name: 'Use' }).click()
  await page.waitForTimeout(2000)
  await shot('used', true)
  await page.getByRole('link', { name: 'Due', exact: true }).click()
  await page.getByRole('button', { name: 'Start the schedule' }).waitFor()
  await shot('due-empty')
  await page.getByRole('button', { name: 'Start the schedule' }).click()
  await page.getByTestId('due-total').waitFor()
  await page.waitForTimeout(500)
  await page.getByRole('button', { name: 'Make a count' }).click()
  await page.getByText('is planned').waitFor()
  await shot('due')
  await page.getByRole('link', { name: 'Planned' }).click()
  await page.waitForTimeout(1000)
  await page.getByRole('button', { name: 'Call off' }).first().click()
  await page.waitForTimeout(400)
  await shot('calloff')
} finally {
  await browser.close()
  await server.dispose()
}
