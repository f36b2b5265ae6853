// Scans that cannot get out by the network leave as a file: taken over on another device, sent by both, counted once.
import type { Page } from '@playwright/test'
import { newDevice, openSession, signIn, syncStatus, untilCatalogueIsHere, untilReadyToScan, untilSaved, untilSynced } from './support/app'
import { inTurn, totalsFor } from './support/expected'
import { barcodesFor, totalsOf } from './support/rest'
import { expect, test } from './support/test'
import { createWedge } from './support/wedge'

test.setTimeout(180_000)
const PASSPHRASE = 'milk and honey'
const SETTLED_WITHIN_MS = 60_000

test('[HF3] [HF15] saved on a device without network, taken over and sent by another one, then sent by the first: exact', { tag: '@long' }, async ({ browser, server, ana, directed }, info) => {
  const sessionId = directed.session.inventoryCountImportId
  const products = barcodesFor(directed.items).requested
  const early = inTurn(products.slice(0, 3), 5)
  const stuck = inTurn(products.slice(1, 5), 9)
  const late = inTurn(products.slice(3, 6), 4)

  const first = await newDevice(browser, server.origin)
  await signIn(first, 'ana')
  await openSession(first, sessionId)
  await untilCatalogueIsHere(first)
  const wedge = await createWedge(first)
  await wedge.scanAll(early.map((it) => it.barcode), 4)
  await untilSynced(first, early.length)
  await first.context().setOffline(true)
  await wedge.scanAll(stuck.map((it) => it.barcode), 4)
  await untilSaved(first, early.length + stuck.length)

  const file = info.outputPath('scans.shelfcount')
  await test.step('she saves her scans to a file, with a passphrase', async () => {
    await toSyncPage(first)
    await first.getByRole('button', { name: 'Save my scans to a file' }).click()
    const dialog = first.getByRole('dialog')
    await dialog.getByLabel(/^Passphrase/).fill(PASSPHRASE)
    await dialog.getByRole('button', { name: 'Make the file' }).click()
    await expect(dialog.getByText(`${stuck.length} scans in`)).toBeVisible({ timeout: SETTLED_WITHIN_MS })
    const downloading = first.waitForEvent('download')
    await dialog.getByRole('link', { name: 'Save the file' }).click()
    const download = await downloading
    expect(download.suggestedFilename()).toMatch(new RegExp(`^shelfcount-ana-\\d{4}-\\d\\d-\\d\\d-\\d{4}-${stuck.length}-scans\\.shelfcount$`))
    await download.saveAs(file)
    await dialog.getByRole('button', { name: 'Close', exact: true }).first().click()
  })

  const second = await newDevice(browser, server.origin)
  await test.step('another device takes them over and sends them', async () => {
    await signIn(second, 'ben')
    await toSyncPage(second)
    await second.getByRole('button', { name: 'Take over scans from a file' }).click()
    const dialog = second.getByRole('dialog')
    await dialog.getByLabel('File').setInputFiles(file)
    await dialog.getByLabel('Passphrase').fill('wrong')
    await dialog.getByRole('button', { name: 'Open the file' }).click()
    await expect(dialog.getByText('This is not the passphrase')).toBeVisible({ timeout: SETTLED_WITHIN_MS })
    await dialog.getByLabel('Passphrase').fill(PASSPHRASE)
    await dialog.getByRole('button', { name: 'Open the file' }).click()
    await expect(dialog.getByText(`Ana saved ${stuck.length} scans`)).toBeVisible({ timeout: SETTLED_WITHIN_MS })
    await expect(dialog.getByText('They stay Ana’s scans, and are sent under your sign-in.')).toBeVisible()
    await dialog.getByRole('button', { name: 'Take over' }).click()
    await expect(dialog.getByText('taken over.')).toBeVisible({ timeout: SETTLED_WITHIN_MS })
    await dialog.getByRole('button', { name: 'Done' }).click()
    await expect(syncStatus(second)).toHaveAttribute('data-status', 'synced', { timeout: SETTLED_WITHIN_MS })
  })
  await expect.poll(() => totalsOf(ana, sessionId)).toEqual(totalsFor([...early, ...stuck]))

  await test.step('the first device comes back with more, and sends everything too', async () => {
    await first.goBack()
    await untilReadyToScan(first)
    await wedge.scanAll(late.map((it) => it.barcode), 4)
    await untilSaved(first, early.length + stuck.length + late.length)
    await first.context().setOffline(false)
    await first.evaluate(() => window.dispatchEvent(new Event('online')))
    await untilSynced(first, early.length + stuck.length + late.length)
  })

  expect(await totalsOf(ana, sessionId)).toEqual(totalsFor([...early, ...stuck, ...late]))
  await first.context().close()
  await second.context().close()
})

/** By the link, as a person: a page that is offline cannot be loaded anew by its address in every browser. */
async function toSyncPage(page: Page): Promise<void> {
  await page.evaluate(() => {
    history.pushState({}, '', '/sync')
    window.dispatchEvent(new PopStateEvent('popstate', { state: {} }))
  })
  await expect(page.getByRole('heading', { name: 'Sync', exact: true })).toBeVisible()
}
