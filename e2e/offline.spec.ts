// From a cold start to the submit without a network: the submit waits and is carried out when the network is back.
import {
  feedback, openSession, signIn, submit, tallyOf, untilCatalogueIsHere, untilInstalled, untilReadyToScan, untilSaved,
} from './support/app'
import { inTurn, totalsFor } from './support/expected'
import { barcodesFor, sessionOf, totalsOf } from './support/rest'
import { expect, test } from './support/test'
import { createWedge } from './support/wedge'

test('[S3.4] [S3.47] offline from the cold start to the submit', async ({ context, server, ana, directed }) => {
  const sessionId = directed.session.inventoryCountImportId
  const scans = inTurn(barcodesFor(directed.items).requested.slice(0, 7), 21)
  const before = await context.newPage()
  await signIn(before, 'ana')
  await untilInstalled(before)
  // The list of counts has come once: it is there without a network from then on.
  await expect(before.getByText(directed.cycleCount.workEffortName ?? '?').first()).toBeVisible()
  await openSession(before, sessionId)
  await untilCatalogueIsHere(before)
  await before.close()
  await server.kill()

  const page = await context.newPage()
  await page.goto('/counts')
  await expect(page.getByText(directed.cycleCount.workEffortName ?? '?').first()).toBeVisible()
  await page.goto(`/sessions/${sessionId}`)
  await untilReadyToScan(page)
  const wedge = await createWedge(page)
  await wedge.scanAll(scans.map((it) => it.barcode), 4)
  await untilSaved(page, scans.length)

  await test.step('the submit is queued, says so, and scans are refused from the tap on', async () => {
    await submit(page)
    await expect(page.getByText(/waiting for the network|will be submitted|as soon as/i).first()).toBeVisible()
    await wedge.scan(scans[0]?.barcode ?? '', 4)
    await expect(feedback(page)).toHaveAttribute('data-outcome', 'refused')
    await expect(tallyOf(page)).toHaveAttribute('data-scanned', String(scans.length))
  })

  await server.start()
  await page.evaluate(() => window.dispatchEvent(new Event('online')))
  await expect.poll(async () => (await sessionOf(ana, sessionId)).statusId, { timeout: 30_000 }).toBe('SESSION_SUBMITTED')
  expect(await totalsOf(ana, sessionId)).toEqual(totalsFor(scans))
})
