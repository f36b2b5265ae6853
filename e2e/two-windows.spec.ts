// Two windows of one device on the same session: one counts, the other says so and can take over.
import { expect, test } from './support/test'
import { feedback, lockStatus, openSession, scanField, signIn, untilSynced } from './support/app'
import { inTurn, totalsFor } from './support/expected'
import { barcodesFor, totalsOf } from './support/rest'
import { createWedge } from './support/wedge'

test('[S3.28] [S3.49] the second window says "counting in another window" and can count here', async ({ context, ana, directed }) => {
  const sessionId = directed.session.inventoryCountImportId
  const products = barcodesFor(directed.items).requested
  const first = await context.newPage()
  await signIn(first, 'ana')
  await openSession(first, sessionId)
  const scans = inTurn(products.slice(0, 3), 9)
  await (await createWedge(first)).scanAll(scans.map((it) => it.barcode), 4)
  await untilSynced(first, scans.length)

  const second = await context.newPage()
  await second.goto(`/sessions/${sessionId}`)
  await expect(lockStatus(second)).toHaveAttribute('data-state', 'elsewhere')
  await expect(second.getByText(/counting in another window/i).first()).toBeVisible()
  const scannerOfSecond = await createWedge(second)
  await expect(scanField(second)).toBeVisible()
  await scannerOfSecond.scan(products[5]?.barcode ?? '', 4)
  await expect(feedback(second)).toHaveAttribute('data-outcome', 'refused')

  await second.getByRole('button', { name: /count here/i }).click()
  await expect(lockStatus(second)).toHaveAttribute('data-state', 'held')
  await expect(lockStatus(first)).toHaveAttribute('data-state', 'elsewhere')
  const more = inTurn(products.slice(2, 6), 8)
  await scannerOfSecond.scanAll(more.map((it) => it.barcode), 4)
  await untilSynced(second, scans.length + more.length)

  expect(await totalsOf(ana, sessionId)).toEqual(totalsFor([...scans, ...more]))
})
