// From a list with errors to two people's sessions: sam imports, mends and assigns, ana opens her own and counts.
import type { Page } from '@playwright/test'
import { COUNTS } from '../src/contract/envelope'
import { signIn, untilReadyToScan, untilSynced } from './support/app'
import { violationsOf } from './support/axe'
import { barcodesFor, itemsOf, signInToRest } from './support/rest'
import { deviceOf, openPlan } from './support/supervisor'
import { expect, test } from './support/test'
import { createWedge } from './support/wedge'

const SETTLED = { timeout: 40_000 }
const NAME = 'Dairy from a list'

async function violations(page: Page): Promise<readonly string[]> {
  const found: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    found.push(...(await violationsOf(page)).map((it) => `${colorScheme} ${it}`))
  }
  return found
}

async function bring(desk: Page, csv: string): Promise<void> {
  const buffer = Buffer.from(csv)
  await desk.locator('input[type=file]').setInputFiles({ name: 'dairy.csv', mimeType: 'text/csv', buffer })
}

test('[PL13] [PL16] [PL9] [PL21] a list with errors is mended, shared by two people, and counted by the one it was meant for', { tag: '@long' }, async ({
  page,
  browser,
  server,
  ana,
  directed,
}) => {
  test.setTimeout(420_000)
  const sam = await signInToRest(server.origin, 'sam')
  const [session] = directed.cycleCount.sessions ?? []
  const products = barcodesFor(await itemsOf(ana, session!.inventoryCountImportId)).requested.slice(0, 4)
  const listOf = (values: readonly string[]) => ['Barcode,Due', ...values.map((it) => `${it},2030-01-31 17:00`), ''].join('\n')
  const good = products.map((it) => it.barcode)

  // Everything that is wrong is told at once, and nothing of the file is taken.
  const desk = await deviceOf(browser, server.origin, 'sam')
  await openPlan(desk)
  await desk.getByRole('link', { name: 'From a file' }).click()
  await bring(desk, listOf([...good, 'NO-SUCH-1', 'NO-SUCH-2']).replace('NO-SUCH-2,2030-01-31 17:00', 'NO-SUCH-2,soon'))
  await desk.getByLabel('Name of the count').last().fill(NAME)
  await desk.getByRole('checkbox', { name: 'Ana Ruiz' }).check()
  await desk.getByRole('checkbox', { name: /^Ben/ }).check()
  await desk.getByRole('button', { name: 'Import 6 rows' }).click()
  const state = desk.getByTestId('import-state')
  await expect(state).toHaveAttribute('data-state', 'error', SETTLED)
  const told = desk.getByRole('region', { name: 'Errors' }).getByRole('row')
  await expect(told).toHaveCount(4, SETTLED)
  await expect(told.nth(1)).toContainText(/6.*Barcode.*NO-SUCH-1/)
  await expect(told.nth(3)).toContainText(/7.*Due.*soon/)
  expect(await violations(desk)).toEqual([])
  const saving = desk.waitForEvent('download')
  await desk.getByRole('button', { name: 'Save the rejected rows' }).click()
  expect((await saving).suggestedFilename()).toBe('dairy-rejected.csv')
  const counts = async () =>
    (await sam.get<{ cycleCounts: { workEffortId: string; workEffortName: string }[] }>(`${COUNTS}cycleCounts/workEfforts?facilityId=NORTHSIDE&pageSize=100`)).cycleCounts.filter((it) => it.workEffortName === NAME)
  expect(await counts()).toEqual([])

  // Mended, it is taken whole; brought again, it is recognised.
  await desk.getByRole('button', { name: 'Bring the mended file' }).click()
  await bring(desk, listOf(good))
  await desk.getByLabel('Name of the count').last().fill(NAME)
  await desk.getByRole('button', { name: 'Import 4 rows' }).click()
  await expect(state).toHaveAttribute('data-state', 'consumed', SETTLED)
  await desk.getByRole('button', { name: 'Import another file' }).click()
  await bring(desk, listOf(good))
  await desk.getByRole('button', { name: 'Import 4 rows' }).click()
  await expect(desk.getByText('This file was sent')).toBeVisible(SETTLED)
  expect(await counts()).toHaveLength(1)

  // Both halves have their people; ana gets hers first, and it holds her products.
  await desk.getByRole('link', { name: 'Planned' }).click()
  const card = desk.getByRole('article', { name: NAME })
  await expect(card.getByRole('combobox')).toHaveCount(2, SETTLED)
  expect(await card.getByRole('combobox').evaluateAll((all) => all.map((it) => (it as HTMLSelectElement).value))).toEqual(['ana', 'ben'])
  expect(await violations(desk)).toEqual([])

  await signIn(page, 'ana')
  const mine = page.getByRole('article', { name: NAME })
  await mine.getByRole('button', { name: 'Start' }).click()
  await expect(mine.getByText('for you')).toBeVisible(SETTLED)
  await mine.getByRole('listitem').filter({ hasText: 'for you' }).getByRole('button', { name: 'Resume' }).click()
  await untilReadyToScan(page)
  await expect(page.getByTestId('bucket-uncounted')).toHaveAttribute('data-count', '2', SETTLED)

  // Two more while she counts: her device gets them by itself, and what she has counted stays.
  const [countId] = (await counts()).map((it) => it.workEffortId)
  const sessions = await sam.get<{ inventoryCountImportId: string; assignedTo?: string }[]>(`${COUNTS}cycleCounts/workEfforts/${countId!}/sessions?pageNoLimit=true`)
  const anas = sessions.find((it) => it.assignedTo === 'ana')!.inventoryCountImportId
  const asked = await itemsOf(sam, anas)
  const scanned = products.find((it) => asked.some((row) => row.productId === it.productId))!
  await (await createWedge(page)).scan(scanned.barcode)
  await untilSynced(page, 1)
  const bens = products.filter((it) => !asked.some((row) => row.productId === it.productId))
  await sam.send('POST', `${COUNTS}plan/sessions/${anas}/items`, { requestId: 'more', add: bens.map((it) => it.productId), remove: [] })
  await expect(page.getByTestId('bucket-uncounted')).toHaveAttribute('data-count', '3', { timeout: 120_000 })
  await expect(page.getByTestId('bucket-counted')).toHaveAttribute('data-count', '1')
  await desk.context().close()
})
