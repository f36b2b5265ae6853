// A look at Sync in the middle of a count, in a real browser: the lock stays, and what is scanned there is on the server.
import { violationsOf } from './support/axe'
import { lockStatus, openSession, readTally, signIn, untilCatalogueIsHere, untilReadyToScan, untilSynced } from './support/app'
import { inTurn, totalsFor } from './support/expected'
import { barcodesFor, locksOf, totalsOf } from './support/rest'
import { expect, test } from './support/test'
import { createWedge } from './support/wedge'

test('[UI59] a scan on the Sync page of a session is counted, and the session is never given back', { tag: '@long' }, async ({ page, ana, directed }, info) => {
  const sessionId = directed.session.inventoryCountImportId
  const scans = inTurn(barcodesFor(directed.items).requested.slice(0, 3), 6)
  await page.setViewportSize({ width: 1180, height: 820 })
  await signIn(page, 'ana')
  await openSession(page, sessionId)
  await untilCatalogueIsHere(page)
  await untilReadyToScan(page)
  const wedge = await createWedge(page)

  await page.getByTitle('Sync page').click()
  await expect(page).toHaveURL(new RegExp(`/sessions/${sessionId}/sync$`))
  await page.getByText('Room left').waitFor()
  await wedge.scanAll(scans.map((it) => it.barcode), 4)
  await untilSynced(page, scans.length)
  await expect(lockStatus(page)).toHaveAttribute('data-state', 'held')
  expect((await locksOf(ana, sessionId)).filter((it) => it.userId === 'ana')).toHaveLength(1)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.screenshot({ path: info.outputPath(`sync-${colorScheme}.png`) })
  }
  expect(await violationsOf(page)).toEqual([])

  await page.getByRole('button', { name: 'Back to scanning' }).click()
  await untilReadyToScan(page)
  expect((await readTally(page)).scanned).toBe(scans.length)
  expect(await totalsOf(ana, sessionId)).toEqual(totalsFor(scans))
})
