// A cold start without a network: products, counts and permissions are on the device, and a submit waits for its time.
import {
  bucket, currentProduct, feedback, newDevice, openSession, signIn, submit, tallyOf, untilCatalogueIsHere, untilInstalled,
  untilReadyToScan, untilSaved,
} from './support/app'
import { inTurn, totalsFor } from './support/expected'
import { barcodesFor, sessionOf, totalsOf } from './support/rest'
import { expect, test } from './support/test'
import { createWedge } from './support/wedge'

/** Most of it is spent waiting for a machine that does other things, too. */
test.setTimeout(180_000)

test('[S3.4] [S3.47] offline from the cold start to the submit', async ({ context, server, ana, directed }) => {
  const sessionId = directed.session.inventoryCountImportId
  const { requested, others } = barcodesFor(directed.items)
  const scans = [...inTurn(requested.slice(0, 7), 21), ...inTurn(others.slice(0, 2), 3)]
  const before = await context.newPage()
  await signIn(before, 'ana')
  await untilInstalled(before)
  // The list of counts has come once: it is there without a network from then on.
  await expect(before.getByText(directed.cycleCount.workEffortName ?? '?').first()).toBeVisible()
  await openSession(before, sessionId)
  await untilCatalogueIsHere(before)
  // What is asked for has come, too: without it nobody could say what is not on the list.
  await expect(bucket(before, 'uncounted')).toHaveAttribute('data-count', String(directed.items.length), { timeout: 60_000 })
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

  await test.step('the device knows by itself what was scanned: what is asked for, and what only the catalogue has', async () => {
    await expect(bucket(page, 'counted')).toHaveAttribute('data-count', '7', { timeout: 30_000 })
    await expect(bucket(page, 'undirected')).toHaveAttribute('data-count', '2')
    await expect(bucket(page, 'unmatched')).toHaveAttribute('data-count', '0')
    await expect(feedback(page)).toHaveAttribute('data-outcome', 'undirected')
    const last = scans.at(-1)
    await expect(currentProduct(page)).toHaveAttribute('data-product-id', last?.productId ?? '')
    await expect(currentProduct(page)).toHaveAttribute('data-quantity', '2')
    await expect(currentProduct(page).getByRole('heading')).toHaveText(last?.name ?? '')
  })

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

test('[S3.1] [S3.4] permissions are on the device: without a network a supervisor is still offered to take over, an associate is not', { tag: '@long' }, async ({ browser, server, directed }) => {
  const facilityId = directed.cycleCount.facilityId ?? ''
  const holder = await newDevice(browser, server.origin)
  await signIn(holder, 'ana')
  await openSession(holder, directed.session.inventoryCountImportId)

  const devices = []
  for (const userName of ['sam', 'ben']) {
    const page = await newDevice(browser, server.origin)
    await signIn(page, userName)
    await untilInstalled(page)
    const facility = page.getByLabel('Facility')
    if (await facility.isVisible()) await facility.selectOption({ value: facilityId })
    const row = page.getByRole('listitem').filter({ hasText: directed.session.countImportName ?? '?' })
    await expect(row).toContainText('Ana is counting this')
    devices.push({ userName, context: page.context() })
    await page.close()
  }
  await server.kill()

  for (const { userName, context } of devices) {
    const page = await context.newPage()
    await page.goto('/counts')
    const row = page.getByRole('listitem').filter({ hasText: directed.session.countImportName ?? '?' })
    await expect(row).toContainText('Ana is counting this')
    await expect(page.getByText('Waiting for the network')).not.toHaveCount(0)
    await expect(row.getByRole('button', { name: 'Take over' })).toHaveCount(userName === 'sam' ? 1 : 0)
    await context.close()
  }
  await holder.context().close()
})
