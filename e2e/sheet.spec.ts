// A closed count on paper: from its review to the sheets, which have everything that is signed and nothing of the screen.
import { COUNTS } from '../src/contract/envelope'
import { violationsOf } from './support/axe'
import { signInToRest } from './support/rest'
import { deviceOf, FACILITY } from './support/supervisor'
import { expect, test } from './support/test'

const SETTLED = { timeout: 30_000 }

/** Chromium writes each page as an object of its own. */
function pagesIn(pdf: Buffer): number {
  return pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0
}

test('[RP25] [RP29] the review of a closed count leads to its sheets, and they are whole on paper', { tag: '@long' }, async ({ browser, server }, info) => {
  const sam = await signInToRest(server.origin, 'sam')
  const { cycleCounts } = await sam.get<{ cycleCounts: readonly { workEffortId: string; workEffortName: string }[] }>(
    `${COUNTS}cycleCounts/workEfforts?facilityId=${FACILITY.id}&statusId=CYCLE_CNT_CLOSED&pageIndex=0&pageSize=1`,
  )
  const { workEffortId, workEffortName } = cycleCounts[0]!
  const { total } = await sam.get<{ total: number }>(`${COUNTS}cycleCounts/workEfforts/${workEffortId}/review`)
  const desk = await deviceOf(browser, server.origin, 'sam')
  await desk.goto(`/supervisor/review/${workEffortId}`)
  await expect(desk.getByTestId('review-load')).toHaveAttribute('data-complete', 'true', SETTLED)
  await desk.getByRole('link', { name: 'Sheets' }).click()
  await expect(desk.getByRole('heading', { name: `Variance sheet: ${workEffortName}` })).toBeVisible(SETTLED)
  expect(await violationsOf(desk)).toEqual([])

  const sheet = desk.getByRole('article')
  await expect(sheet).toContainText(/Approved by\s*Sam Lindqvist, \d+ \w+ \d{4}, \d\d:\d\d/)
  await expect(sheet).toContainText(/Fingerprint of the count: [0-9a-f]{8} /)
  await desk.emulateMedia({ media: 'print' })
  await expect(desk.getByRole('button', { name: 'Print' })).toBeHidden()
  await expect(desk.getByRole('link', { name: 'Counts' })).toBeHidden()
  await expect(sheet.getByText('Approved by, date, signature')).toBeVisible()
  const variances = await desk.pdf({ path: info.outputPath('variance-sheet.pdf'), preferCSSPageSize: true, format: 'A4' })
  await desk.emulateMedia({ media: null })
  await desk.getByRole('radio', { name: 'Count sheet' }).check()
  await expect(sheet.getByRole('row')).toHaveCount(total + 1)
  await expect(sheet).toContainText(`Count number${workEffortId}`)
  const all = await desk.pdf({ path: info.outputPath('count-sheet.pdf'), preferCSSPageSize: true, format: 'A4' })

  expect(pagesIn(variances)).toBeGreaterThanOrEqual(1)
  expect(pagesIn(all)).toBeGreaterThan(pagesIn(variances))
  await desk.context().close()
})
