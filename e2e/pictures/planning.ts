// Pictures of planning: what is planned and due, a new count by filters, templates, a list from a file, and what was changed.
import type { Page } from '@playwright/test'
import type { RestUser, Scannable } from '../support/rest'
import { FACILITY } from '../support/supervisor'
import { take } from './camera'

const PLAN = 'inventory-cycle-count/plan'

/** Templates that a store would have, one of them changed once, and a schedule. */
export async function fillPlanning(supervisor: RestUser): Promise<void> {
  const template = (id: string, name: string, plan: object) =>
    supervisor.send('PUT', `${PLAN}/templates/${id}`, {
      facilityId: FACILITY.id,
      name,
      plan: { workEffortPurposeTypeId: 'DIRECTED_COUNT', parts: [{}], ...plan },
    })
  const byCategory = (...categories: string[]) => ({ by: 'filter', filter: { categories } })
  await template('frozen', 'Frozen, every Monday', { products: byCategory('Frozen'), dueAfterDays: 1, parts: [{ assignedTo: 'ana' }] })
  await template('dairy', 'Dairy', { products: byCategory('Dairy'), dueAfterDays: 2 })
  await template('dairy', 'Dairy wall', {
    products: byCategory('Dairy'), dueAfterDays: 2, parts: [{ assignedTo: 'ana' }, { assignedTo: 'ben' }], tolerance: { units: 0, percent: 1, money: 20 },
  })
  await template('all', 'Whole store, blind', { workEffortPurposeTypeId: 'HARD_COUNT', isBlind: true, parts: [{ facilityAreaId: 'display' }, { facilityAreaId: 'back_stock' }], split: 'by-area', dueAfterDays: 7 })
  await supervisor.send('PUT', `${PLAN}/schedule`, { facilityId: FACILITY.id, everyDays: { A: 30, B: 90, C: 180 } })
}

/** To another facility with the file open, and back. */
async function moveTheFile(page: Page): Promise<void> {
  const facility = page.getByRole('combobox', { name: 'Facility' })
  await page.getByRole('checkbox', { name: /^Ana/ }).first().check()
  const other = await facility.locator('option').evaluateAll((all) => (all as HTMLOptionElement[]).find((it) => !it.selected)?.value ?? '')
  await facility.selectOption(other)
  await page.getByTestId('import-moved').waitFor()
  await page.evaluate(() => scrollTo(0, 0))
  await take(page, 'plan-file-moved')
  await facility.selectOption({ label: FACILITY.name })
  await page.getByTestId('import-moved').filter({ hasText: FACILITY.name }).waitFor()
}

export async function takePlanning(page: Page, products: readonly Scannable[]): Promise<void> {
  const section = (name: string) => page.getByRole('link', { name, exact: true }).click()
  await section('Plan')
  await page.getByRole('heading', { name: 'Weekly shelf check' }).first().waitFor()
  await take(page, 'plan', { isDarkToo: true })

  await page.getByRole('button', { name: /^Products of/ }).first().click()
  await page.getByRole('list', { name: 'On the list' }).waitFor()
  await take(page, 'plan-list')
  await page.keyboard.press('Escape')

  await section('Due')
  await page.getByTestId('due-total').waitFor()
  await page.waitForLoadState('networkidle')
  await take(page, 'plan-due')

  await section('New count')
  await page.getByLabel('Name', { exact: true }).fill('Frozen and ready meals')
  const category = page.locator('details').filter({ hasText: 'Category' })
  await category.locator('summary').click()
  await category.locator('label').filter({ hasText: 'Frozen' }).getByRole('checkbox').check()
  await page.getByTestId('plan-total').filter({ hasText: /^All/ }).waitFor()
  await page.waitForLoadState('networkidle')
  await take(page, 'plan-filters')

  await section('Templates')
  await page.getByText('Dairy wall').first().waitFor()
  await take(page, 'plan-templates')

  await section('From a file')
  const rows = products.slice(0, 40).map((it, nth) => `${it.barcode},${it.name.replaceAll(/[",]/g, ' ')},${nth % 2 === 0 ? 'ana' : 'ben'},2030-01-31 17:00`)
  const bad = ['99999999999,Mystery box,ana,2030-01-31 17:00', `${products[0]?.barcode ?? ''},Twice,ana,soon`]
  const csv = ['Barcode,Description,Person,Due', ...rows, ...bad, ''].join('\n')
  await page.locator('input[type=file]').setInputFiles({ name: 'autumn.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) })
  await page.getByRole('region', { name: 'First rows of the file' }).waitFor()
  await take(page, 'plan-file')
  await moveTheFile(page)
  await page.getByLabel('Name of the count').last().fill('Autumn list')
  await page.getByRole('button', { name: /^Import \d+ rows/ }).click()
  await page.getByRole('region', { name: 'Errors' }).waitFor()
  await take(page, 'plan-file-errors')

  await section('History')
  await page.getByText(/Dairy wall/).first().waitFor()
  await take(page, 'plan-history')
}
