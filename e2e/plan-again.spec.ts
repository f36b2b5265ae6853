// A supervisor plans by category, keeps it as a template, uses it, and counts what the schedule says is due.
import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { signInToRest } from './support/rest'
import { deviceOf, openPlan } from './support/supervisor'
import { expect, test } from './support/test'

const SETTLED = { timeout: 40_000 }
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

async function violations(page: Page): Promise<readonly string[]> {
  const found: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    const { violations: seen } = await new AxeBuilder({ page }).withTags(TAGS).analyze()
    found.push(...seen.map((it) => `${colorScheme} ${it.id}: ${it.nodes.map((node) => node.html).join(' ')}`.slice(0, 300)))
  }
  return found
}

const numberIn = (text: string): number => Number(text.replaceAll(/\D/g, ''))

test('[PL25] [PL26] [PL30] [PL31] [PL32] [PL35] [PL36] a plan by category becomes a template, and what is due a count', { tag: '@long' }, async ({
  browser,
  server,
}) => {
  test.setTimeout(300_000)
  const desk = await deviceOf(browser, server.origin, 'sam')
  await openPlan(desk)

  // The list of a filter promises a number, and choosing it finds as many.
  await desk.getByRole('link', { name: 'New count' }).click()
  await desk.getByLabel('Name', { exact: true }).fill('Frozen')
  const category = desk.locator('details').filter({ hasText: 'Category' })
  await category.locator('summary').click()
  const frozen = category.locator('label').filter({ hasText: 'Frozen' })
  const promised = numberIn((await frozen.textContent()) ?? '')
  await frozen.getByRole('checkbox').check()
  await expect(desk.getByTestId('plan-total')).toHaveText(`All ${promised} matches`, SETTLED)
  await desk.keyboard.press('Escape')
  await expect(frozen).toBeHidden()
  await desk.getByRole('radio', { name: /of its own/ }).check()
  await desk.getByLabel('Units off that pass').fill('0')
  expect(await violations(desk)).toEqual([])

  await desk.getByRole('button', { name: 'Keep as a template…' }).click()
  await desk.getByRole('dialog').getByLabel(/Due after/).fill('2')
  await desk.getByRole('button', { name: 'Keep it' }).click()
  await expect(desk.getByText('Frozen is kept as a template.')).toBeVisible(SETTLED)

  // Deleted, brought back, used: the form of another day.
  await desk.getByRole('link', { name: 'Templates' }).click()
  await desk.getByRole('button', { name: 'Delete Frozen' }).click()
  await expect(desk.getByText('No templates yet')).toBeVisible(SETTLED)
  await desk.getByRole('button', { name: 'Undo' }).click()
  await expect(desk.getByText(/all of Frozen · 1 session · own tolerances · due after 2 days/)).toBeVisible(SETTLED)
  expect(await violations(desk)).toEqual([])
  await desk.getByRole('link', { name: 'Use' }).click()
  await expect(desk.getByTestId('plan-total')).toHaveText(`All ${promised} matches`, SETTLED)
  await expect(desk.getByLabel('Units off that pass')).toHaveValue('0')
  await expect(desk.getByLabel(/^Due/)).toHaveValue(/T17:00$/)
  await desk.getByRole('button', { name: 'Create the count' }).click()
  await expect(desk.getByText(`Session 1: ${promised} products`)).toBeVisible(SETTLED)

  // What is due is counted once: it is not suggested again.
  await desk.getByRole('link', { name: 'Due', exact: true }).click()
  await desk.getByRole('button', { name: 'Start the schedule' }).click()
  const due = desk.getByTestId('due-total')
  await expect(due).toBeVisible(SETTLED)
  const before = Number(await due.getAttribute('data-count'))
  await desk.getByLabel('How many products').fill('25')
  await desk.getByRole('button', { name: 'Make a count' }).click()
  await expect(desk.getByText(/is planned: 25 products/)).toBeVisible(SETTLED)
  await expect(due).toHaveAttribute('data-count', String(before - 25), SETTLED)
  expect(await violations(desk)).toEqual([])

  const sam = await signInToRest(server.origin, 'sam')
  const { changes } = await sam.get<{ changes: { action: string; by: string }[] }>('inventory-cycle-count/plan/changes?facilityId=NORTHSIDE')
  expect(changes.map((it) => it.action)).toEqual([
    'schedule-changed', 'template-used', 'template-restored', 'template-deleted', 'template-made',
  ])
  expect(new Set(changes.map((it) => it.by))).toEqual(new Set(['sam']))
  await desk.context().close()
})
