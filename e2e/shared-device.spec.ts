// One iPad, two people: each sees and sends their own work only, and can take their own data off it.
import { openSession, signIn, syncStatus, untilCatalogueIsHere, untilSaved, untilSynced } from './support/app'
import { inTurn, totalsFor } from './support/expected'
import { barcodesFor, itemsOf, totalsOf } from './support/rest'
import { expect, test } from './support/test'
import { createWedge } from './support/wedge'

test.setTimeout(180_000)
const SETTLED_WITHIN_MS = 60_000

test('[SH1] [SH5] [SH6] two people on one device: nothing is sent under the wrong name, nothing is lost, removing asks first', { tag: '@long' }, async ({ page, server, ana, directed }) => {
  const sessionId = directed.session.inventoryCountImportId
  const products = barcodesFor(directed.items).requested
  const hers = inTurn(products.slice(0, 3), 6)
  const his = inTurn(products.slice(4, 6), 4)

  await signIn(page, 'ana')
  await openSession(page, sessionId)
  await untilCatalogueIsHere(page)
  const wedge = await createWedge(page)
  // Her rows do not get through, but her lock is given back: without a network Ben would have to wait for its end.
  await server.faults({ errorRate: 1, errorStatus: 503, only: '/items' })
  await wedge.scanAll(hers.map((it) => it.barcode), 4)
  await untilSaved(page, hers.length)
  await page.getByRole('button', { name: /counts/i }).first().click()
  await page.getByRole('button', { name: 'Sign out ana' }).click()
  await expect(page.getByRole('button', { name: /ana: \d+ unsent/ })).toBeVisible({ timeout: SETTLED_WITHIN_MS })
  await server.faults({})

  await test.step('Ben counts on the same device; Ana’s scans stay where they are', async () => {
    await signIn(page, 'ben')
    await openSession(page, sessionId)
    await wedge.scanAll(his.map((it) => it.barcode), 4)
    await untilSynced(page, his.length)
    expect(await totalsOf(ana, sessionId)).toEqual(totalsFor(his))
    const counters = new Set((await itemsOf(ana, sessionId)).flatMap((it) => it.countedByUserLoginId ?? []))
    expect([...counters]).toEqual(['ben'])
    await page.getByRole('button', { name: /counts/i }).first().click()
    await page.getByRole('button', { name: 'Sign out ben' }).click()
  })

  await test.step('Ana signs in again: hers arrive under her name', async () => {
    await signIn(page, 'ana')
    await expect(syncStatus(page)).toHaveAttribute('data-status', 'synced', { timeout: SETTLED_WITHIN_MS })
    await expect.poll(() => totalsOf(ana, sessionId), { timeout: SETTLED_WITHIN_MS }).toEqual(totalsFor([...hers, ...his]))
  })

  await test.step('she removes her data: with something unsent she is asked for the file first', async () => {
    await openSession(page, sessionId)
    await page.context().setOffline(true)
    await wedge.scan(products[0]?.barcode ?? '', 4)
    await untilSaved(page, hers.length + 1)
    await page.getByRole('button', { name: /counts/i }).first().click()
    await page.getByRole('link', { name: 'Sync page' }).or(page.getByTitle('Sync page')).first().click()
    await page.getByRole('button', { name: /^Remove my data/ }).click()
    const dialog = page.getByRole('dialog')
    await expect(dialog.getByText(/1 line is only on/)).toBeVisible()
    await expect(dialog.getByRole('button', { name: 'Remove the data' })).toBeDisabled()
    await dialog.getByRole('button', { name: 'Make the file' }).click()
    await expect(dialog.getByRole('link', { name: 'Save the file' })).toBeVisible({ timeout: SETTLED_WITHIN_MS })
    const downloading = page.waitForEvent('download')
    await dialog.getByRole('link', { name: 'Save the file' }).click()
    await downloading
    await expect(dialog.getByRole('button', { name: 'Remove the data' })).toBeEnabled()
    await dialog.getByRole('button', { name: 'Remove the data' }).click()
    await expect(page).toHaveURL(/\/login/, { timeout: SETTLED_WITHIN_MS })
    const names = await page.evaluate(async () => (await indexedDB.databases()).map((it) => it.name ?? ''))
    expect(names.filter((it) => it.startsWith('scans:')).map((it) => it.split(':').at(-1))).toEqual(['ben'])
  })
})
