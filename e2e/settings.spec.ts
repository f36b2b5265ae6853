// A scanner that puts something before every code: seen on the Settings page, set up there, and counted right from then on.
import { openSession, signIn, untilCatalogueIsHere } from './support/app'
import { barcodesFor } from './support/rest'
import { expect, test } from './support/test'
import { createWedge } from './support/wedge'

test('[WS3] [WS6] a prefix that a test scan shows is taken off in the count', async ({ page, directed }) => {
  const [tea] = barcodesFor(directed.items).requested
  if (tea === undefined) throw new Error('The demo asks for nothing')
  await signIn(page, 'ana')
  await page.getByRole('link', { name: 'Settings' }).click()
  await expect(page.getByText('Waiting for a scan')).toBeVisible()
  const wedge = await createWedge(page)

  await expect(async () => {
    await wedge.type(`SKU${tea.barcode}`)
    await expect(page.getByText('Something stands before the barcode.')).toBeVisible({ timeout: 1000 })
  }).toPass()
  await page.getByRole('button', { name: 'Take “SKU” off' }).click()

  await openSession(page, directed.session.inventoryCountImportId)
  await untilCatalogueIsHere(page)
  await wedge.scan(`SKU${tea.barcode}`)
  await expect(page.getByTestId('feedback')).toHaveAttribute('data-outcome', 'counted')
  await expect(page.getByTestId('current-product')).toHaveAttribute('data-product-id', tea.productId)
})
