// A supervisor on a plain Moqui server: every page says what is not there, and a review books at once.
import { violationsOf } from './support/axe'
import { cycleCountsOf, signInToRest } from './support/rest'
import { bookOf, deviceOf, FACILITY } from './support/supervisor'
import { expect, test } from './support/test'

const SETTLED = { timeout: 30_000 }
/** Opened by their addresses: nothing leads there. */
const MISSING = {
  '/supervisor/plan': 'Counts are not planned on this server',
  '/supervisor/board': 'This server has no live board',
  '/supervisor/closed': 'This server keeps no list of closed counts',
  '/supervisor/rules': 'This server knows no tolerances',
  '/supervisor/reports': 'This server keeps no reports',
  '/supervisor/counts/M100205/sheet': 'This server keeps no signed counts',
  '/supervisor/items/10001': 'This server keeps no timelines',
  '/supervisor/people': 'People are not administrated here',
} as const

test.use({ profile: 'hotwax' })

test('[RV42] [RV43] [RV47] [RV49] on a plain Moqui server every page says what is not there, and a review books at once', { tag: '@long' }, async ({ browser, server }) => {
  test.setTimeout(120_000)
  const sam = await signInToRest(server.origin, 'sam')
  const desk = await deviceOf(browser, server.origin, 'sam')
  for (const [path, words] of Object.entries(MISSING)) {
    await desk.goto(path)
    await expect(desk.getByText(words)).toBeVisible(SETTLED)
    expect(await violationsOf(desk)).toEqual([])
  }
  await desk.getByRole('link', { name: 'Go to the counts' }).click()
  await expect(desk.getByRole('link', { name: 'Board' })).toHaveCount(0)
  await desk.getByRole('combobox', { name: 'Facility' }).selectOption({ label: FACILITY.name })

  // The demo's count that waits for review: one product is booked, and the book has moved before anybody approves.
  const count = (await cycleCountsOf(sam)).find((it) => it.workEffortName === 'Chilled goods')!
  const rows = await sam.get<readonly { productId: string; internalName: string; quantity?: number; quantityOnHand: number }[]>(
    `inventory-cycle-count/cycleCounts/workEfforts/${count.workEffortId}/reviews?pageIndex=0&pageSize=250`,
  )
  const off = rows.find((it) => it.quantity !== undefined && it.quantity !== it.quantityOnHand)!
  const before = await bookOf(sam, off.productId)
  await desk.getByRole('link', { name: 'Review' }).click()
  await desk.getByRole('link', { name: /Chilled goods/ }).click()
  await expect(desk.getByTestId('review-load')).toHaveAttribute('data-complete', 'true', SETTLED)
  await expect(desk.getByText('This server books each decision at once')).toBeVisible()
  await expect(desk.getByRole('button', { name: 'Close the count' })).toBeDisabled()
  expect(await violationsOf(desk)).toEqual([])
  await desk.getByPlaceholder('Search name or number').fill(off.internalName)
  await desk.getByRole('checkbox', { name: `Select ${off.internalName}` }).check()
  await desk.getByRole('button', { name: 'Book 1 variance' }).click()
  await desk.getByRole('button', { name: 'Book now' }).click()
  await expect(desk.getByText('1 variance booked.')).toBeVisible(SETTLED)

  expect(await bookOf(sam, off.productId)).toBe(before + off.quantity! - off.quantityOnHand)

  // Another one is booked with an amount of the supervisor's own; what was sent is known after a reload.
  const fits = rows.find((it) => it.quantity !== undefined && it.quantity === it.quantityOnHand && it.internalName !== off.internalName)!
  const bookBefore = await bookOf(sam, fits.productId)
  await desk.getByPlaceholder('Search name or number').fill(fits.internalName)
  await desk.getByRole('combobox', { name: 'Show' }).selectOption({ label: 'All' })
  await desk.getByRole('heading', { name: fits.internalName, exact: true }).waitFor(SETTLED)
  await desk.getByRole('button', { name: 'Book another amount' }).click()
  await desk.getByLabel('Amount in units').fill(String(fits.quantity! + 2))
  await desk.getByLabel('Reason').fill('Found elsewhere')
  await desk.getByRole('button', { name: 'Book this amount' }).click()
  await expect(desk.getByText('1 variance booked.')).toBeVisible(SETTLED)
  expect(await bookOf(sam, fits.productId)).toBe(bookBefore + 2)
  await desk.reload()
  await desk.getByRole('button', { name: 'Sent from here' }).click()
  await expect(desk.getByText(`${fits.internalName}: Set by hand to ${fits.quantity! + 2}`)).toBeVisible(SETTLED)
  expect(await violationsOf(desk)).toEqual([])
  await desk.context().close()
})
