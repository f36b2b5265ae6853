// From two people's scans to the booked variance: one product beyond tolerance, counted again by the other, approved.
import { COUNTS } from '../src/contract/envelope'
import { signIn } from './support/app'
import { violationsOf } from './support/axe'
import { barcodesFor, itemsOf, sessionOf, signInToRest } from './support/rest'
import { bookOf, countSession, deviceOf, findSmall, times } from './support/supervisor'
import { expect, test } from './support/test'

const SETTLED = { timeout: 40_000 }
/** More than that beyond the book is beyond every tolerance of the demo. */
const TOO_MANY = 3

test('[S3.51] [RV15] [RL6] [UI30] what two people counted is booked after the recount by the other, and not before', { tag: '@long' }, async ({
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
  const bensPad = await deviceOf(browser, server.origin, 'ben')
  await countSession(bensPad, sam, second!, times(alsoFits!.barcode, alsoFits!.book))

  // The supervisor sends what does not fit to a recount, by keyboard.
  const desk = await deviceOf(browser, server.origin, 'sam')
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
  expect(await violationsOf(desk)).toEqual([])
  await desk.getByRole('heading', { level: 1 }).click()
  await desk.keyboard.press('r')
  await desk.getByRole('button', { name: 'Send to recount' }).click()
  await expect(desk.getByText('Sent to recount in 1 new session')).toBeVisible(SETTLED)

  // Somebody else counts it again, blind; who counted it first may not.
  const sessions = await sam.get<
    readonly { inventoryCountImportId: string; countImportName: string }[]
  >(`${COUNTS}cycleCounts/workEfforts/${countId}/sessions?pageNoLimit=true`)
  const recount = sessions.find(
    (it) => it.countImportName === 'Recount 1, not by Ana Ruiz',
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
