// Two devices: a supervisor takes a session over while its counter is out of reach with scans that nobody has seen.
import { bucket, feedback, lockStatus, newDevice, openSession, signIn, untilCatalogueIsHere, untilReadyToScan, untilSaved, untilSynced } from './support/app'
import { inTurn, totalsFor } from './support/expected'
import type { RestUser } from './support/rest'
import { barcodesFor, locksOf, totalsOf } from './support/rest'
import { expect, test } from './support/test'
import { createWedge } from './support/wedge'

test.setTimeout(120_000)

test('[S3.42] [S3.48] [S3.29] [LK18] taken over from a device with unsent scans: the newcomer is told, and they arrive late', async ({ browser, server, ana, directed }) => {
  const sessionId = directed.session.inventoryCountImportId
  const products = barcodesFor(directed.items).requested
  const early = inTurn(products.slice(0, 4), 8)
  const unsent = inTurn(products.slice(2, 7), 10)
  const theirs = inTurn(products.slice(5, 9), 6)

  const hers = await newDevice(browser, server.origin)
  await signIn(hers, 'ana')
  await openSession(hers, sessionId)
  await untilCatalogueIsHere(hers)
  const herScanner = await createWedge(hers)
  await herScanner.scanAll(early.map((it) => it.barcode), 4)
  await untilSynced(hers, early.length)

  await test.step('her rows do not get through any more, then she is out of reach', async () => {
    await server.faults({ errorRate: 1, errorStatus: 503, only: '/items' })
    await herScanner.scanAll(unsent.map((it) => it.barcode), 4)
    await untilSaved(hers, early.length + unsent.length)
    // A heartbeat, or the lock call of a resume, tells the server how much is missing.
    const before = await lastHeard(ana, sessionId)
    await hers.reload()
    await expect.poll(() => lastHeard(ana, sessionId), { timeout: 60_000 }).toBeGreaterThan(before)
    await untilReadyToScan(hers)
    await hers.context().setOffline(true)
    await server.faults({})
  })

  const theirPage = await newDevice(browser, server.origin)
  await test.step('the supervisor sees who counts and what is missing, and takes over', async () => {
    await signIn(theirPage, 'sam')
    await theirPage.getByLabel('Facility').selectOption({ value: directed.cycleCount.facilityId ?? '' })
    const row = theirPage.getByRole('listitem').filter({ hasText: directed.session.countImportName ?? '?' })
    await expect(row).toContainText('Ana is counting this')
    await row.getByRole('button', { name: 'Take over' }).click()
    const dialog = theirPage.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Take over', exact: true }).click()
    await expect(dialog.getByText(`Ana has ${unsent.length} scans that the server lacks`)).toBeVisible()
    await dialog.getByRole('button', { name: 'Go on', exact: true }).click()
    await untilReadyToScan(theirPage)
    await untilCatalogueIsHere(theirPage)
    await (await createWedge(theirPage)).scanAll(theirs.map((it) => it.barcode), 4)
    await untilSynced(theirPage, theirs.length)
  })

  await test.step('her device comes back: the lock is lost, her scans arrive', async () => {
    await hers.context().setOffline(false)
    await hers.evaluate(() => window.dispatchEvent(new Event('online')))
    await expect(lockStatus(hers)).toHaveAttribute('data-state', 'lost', { timeout: 60_000 })
    await untilSynced(hers, early.length + unsent.length)
    // Nothing is scanned or touched on the other screen meanwhile.
    const counted = new Set([...early, ...unsent, ...theirs].map((it) => it.barcode)).size
    await expect(bucket(theirPage, 'counted')).toHaveAttribute('data-count', String(counted), { timeout: 30_000 })
    await herScanner.scan(products[0]?.barcode ?? '', 4)
    await expect(feedback(hers)).toHaveAttribute('data-outcome', 'refused')
  })

  expect(await totalsOf(ana, sessionId)).toEqual(totalsFor([...early, ...unsent, ...theirs]))
  await hers.context().close()
  await theirPage.context().close()
})

/** When the holder of the lock was last heard of, by the server's clock. */
async function lastHeard(user: RestUser, sessionId: string): Promise<number> {
  return (await locksOf(user, sessionId))[0]?.lastHeartbeatAt ?? 0
}
