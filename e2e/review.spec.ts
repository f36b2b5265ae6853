// From two people's scans to the booked variance: one product beyond tolerance, counted again by the other, approved.
import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { COUNTS } from '../src/contract/envelope'
import {
  newDevice,
  openSession,
  signIn,
  submit,
  untilCatalogueIsHere,
  untilSaved,
} from './support/app'
import {
  barcodesFor,
  itemsOf,
  sessionOf,
  signInToRest,
  type RestUser,
  type Scannable,
} from './support/rest'
import { expect, test } from './support/test'
import { createWedge } from './support/wedge'

const SETTLED = { timeout: 40_000 }
/** More than that beyond the book is beyond every tolerance of the demo. */
const TOO_MANY = 3
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

async function bookOf(sam: RestUser, productId: string): Promise<number> {
  const { qoh } = await sam.get<{ qoh: number }>(
    `poorti/getInventoryAvailableByFacility?facilityId=NORTHSIDE&productId=${productId}`,
  )
  return qoh
}

/** Asked for, and little enough on the books to be scanned one by one. */
async function findSmall(sam: RestUser, candidates: readonly Scannable[], wanted: number) {
  const found: (Scannable & { book: number })[] = []
  for (const it of candidates) {
    const book = await bookOf(sam, it.productId)
    if (book >= 1 && book <= 4) found.push({ ...it, book })
    if (found.length === wanted) return found
  }
  throw new Error('The demo has too few products with a small book quantity')
}

/** Scans and submits; ends when the server says that the session is submitted. */
async function countSession(
  page: Page,
  sam: RestUser,
  sessionId: string,
  scans: readonly string[],
): Promise<void> {
  await openSession(page, sessionId)
  await untilCatalogueIsHere(page)
  const wedge = await createWedge(page)
  await wedge.scanAll(scans)
  await untilSaved(page, scans.length)
  await submit(page)
  await expect
    .poll(async () => (await sessionOf(sam, sessionId)).statusId, SETTLED)
    .toBe('SESSION_SUBMITTED')
}

const times = (barcode: string, count: number): string[] =>
  Array.from({ length: count }, () => barcode)

test('[S3.51, RV15, RL6, UI30] what two people counted is booked after the recount by the other, and not before', { tag: '@long' }, async ({
  page,
  browser,
  server,
  ana,
  directed,
}) => {
  test.setTimeout(420_000)
  const sam = await signInToRest(server.origin, 'sam')
  const countId = directed.cycleCount.workEffortId
  const [first, second] = (directed.cycleCount.sessions ?? []).map(
    (it) => it.inventoryCountImportId,
  )
  const anasProducts = barcodesFor(await itemsOf(ana, first!)).requested
  const bensProducts = barcodesFor(await itemsOf(ana, second!)).requested
  const [fits, tooMany] = await findSmall(sam, anasProducts, 2)
  const [alsoFits] = await findSmall(sam, bensProducts, 1)
  const found = tooMany!.book + TOO_MANY

  // Two people count.
  await signIn(page, 'ana')
  await countSession(page, sam, first!, [
    ...times(fits!.barcode, fits!.book),
    ...times(tooMany!.barcode, found),
  ])
  const bensPad = await newDevice(browser, server.origin)
  await signIn(bensPad, 'ben')
  await bensPad.locator('select').selectOption({ label: 'Northside Store' })
  await countSession(bensPad, sam, second!, times(alsoFits!.barcode, alsoFits!.book))

  // The supervisor sends what does not fit to a recount, by keyboard.
  const desk = await newDevice(browser, server.origin)
  await signIn(desk, 'sam')
  await desk.locator('select').selectOption({ label: 'Northside Store' })
  await desk.getByRole('link', { name: 'Review' }).click()
  await desk
    .getByRole('link', { name: new RegExp(directed.cycleCount.workEffortName ?? '?') })
    .click()
  const load = desk.getByTestId('review-load')
  await expect(load).toHaveAttribute('data-complete', 'true', SETTLED)
  await desk.getByRole('combobox', { name: /^Show/ }).selectOption('beyond')
  await expect(desk.getByRole('row').filter({ hasText: tooMany!.name })).toBeVisible()
  await expect(desk.getByTestId('review-explain')).toContainText(`variance +${TOO_MANY}`)
  await expect(desk.getByRole('button', { name: 'Approve' })).toBeDisabled()
  expect(
    (await new AxeBuilder({ page: desk }).withTags(TAGS).analyze()).violations.map((it) =>
      `${it.id}: ${it.nodes.map((node) => node.html).join(' ')}`.slice(0, 300),
    ),
  ).toEqual([])
  await desk.getByRole('heading', { level: 1 }).click()
  await desk.keyboard.press('r')
  await desk.getByRole('button', { name: 'Send to recount' }).click()
  await expect(desk.getByText('Sent to recount in 1 new session')).toBeVisible(SETTLED)

  // Somebody else counts it again, blind; who counted it first may not.
  const sessions = await sam.get<
    readonly { inventoryCountImportId: string; countImportName: string }[]
  >(`${COUNTS}cycleCounts/workEfforts/${countId}/sessions?pageNoLimit=true`)
  const recount = sessions.find(
    (it) => it.countImportName === 'Recount 1, not by ana',
  )!.inventoryCountImportId
  await expect(
    ana.send('POST', `${COUNTS}cycleCounts/sessions/${recount}/lock`, { deviceId: 'other' }),
  ).rejects.toThrow(/403/)
  await countSession(bensPad, sam, recount, times(tooMany!.barcode, found))

  // All that nobody looked for is skipped in one go; then the book moves, and by nothing else.
  expect(await bookOf(sam, tooMany!.productId)).toBe(tooMany!.book)
  await desk.getByRole('button', { name: 'Load again' }).click()
  await expect(load).toHaveAttribute('data-complete', 'true', SETTLED)
  await desk.getByRole('combobox', { name: /^Show/ }).selectOption('uncounted')
  await desk.getByRole('heading', { level: 1 }).click()
  await desk.keyboard.press('*')
  await desk.keyboard.press('s')
  await expect(desk.getByText(/products skipped/)).toBeVisible(SETTLED)
  await expect(desk.getByRole('button', { name: 'Approve' })).toBeEnabled(SETTLED)
  await desk.getByRole('button', { name: 'Approve' }).click()
  await desk.getByRole('button', { name: 'Approve and book' }).click()
  await expect(desk.getByText(/Approved: 3 products booked, \+3 units/)).toBeVisible(SETTLED)

  // Against a figure of our own: the scan events that the server keeps of the round that went.
  const trail = await sam.get<{
    sessions: { recountRound?: number; scans: { quantity: number }[] }[]
  }>(`${COUNTS}cycleCounts/workEfforts/${countId}/review/rows/${tooMany!.productId}`)
  const scanned = trail.sessions
    .filter((it) => it.recountRound === 1)
    .flatMap((it) => it.scans)
    .reduce((sum, it) => sum + it.quantity, 0)
  expect(scanned).toBe(found)
  expect(await bookOf(sam, tooMany!.productId)).toBe(scanned)
  expect(await bookOf(sam, fits!.productId)).toBe(fits!.book)
  expect((await sessionOf(sam, first!)).statusId).toBe('SESSION_APPROVED')
  await bensPad.context().close()
  await desk.context().close()
})
