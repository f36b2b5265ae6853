// The token runs out in the middle of a count: sending pauses and asks for a sign-in, scanning never stops.
import { openSession, signIn, syncStatus, tallyOf, untilCatalogueIsHere, untilSaved, untilSynced } from './support/app'
import { inTurn, totalsFor } from './support/expected'
import { barcodesFor, PASSWORD, signInToRest, totalsOf } from './support/rest'
import { expect, test } from './support/test'
import { createWedge } from './support/wedge'

test('[S3.24] [S3.38] an expired token never stops a scan, and a sign-in sends everything', async ({ page, server, directed }) => {
  const sessionId = directed.session.inventoryCountImportId
  const products = barcodesFor(directed.items).requested
  await signIn(page, 'ana')
  await openSession(page, sessionId)
  await untilCatalogueIsHere(page)
  const wedge = await createWedge(page)
  const before = inTurn(products.slice(0, 3), 6)
  await wedge.scanAll(before.map((it) => it.barcode), 4)
  await untilSynced(page, before.length)

  await server.faults({ expireTokens: true })
  const during = inTurn(products.slice(3, 8), 10)
  await wedge.scanAll(during.slice(0, 5).map((it) => it.barcode), 4)
  await expect(syncStatus(page)).toHaveAttribute('data-status', 'auth-needed')
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByLabel(/^password/i)).toBeVisible()
  await wedge.scanAll(during.slice(5).map((it) => it.barcode), 4)
  await untilSaved(page, before.length + during.length)
  await expect(dialog.getByLabel(/^password/i)).toHaveValue('')
  await expect(tallyOf(page)).toHaveAttribute('data-synced', String(before.length))

  await dialog.getByLabel(/^password/i).fill(PASSWORD)
  await dialog.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(dialog).toBeHidden()
  await untilSynced(page, before.length + during.length)
  const ana = await signInToRest(server.origin, 'ana')
  expect(await totalsOf(ana, sessionId)).toEqual(totalsFor([...before, ...during]))
})
