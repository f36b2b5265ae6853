// Where a scan may land: wherever the focus is, a scanner's keys become one scan and nothing else.
import type { Page } from '@playwright/test'
import { currentProduct, openSession, scanField, signIn, untilCatalogueIsHere, untilSaved, untilSynced } from './support/app'
import { totalsFor } from './support/expected'
import type { Scannable } from './support/rest'
import { barcodesFor, totalsOf } from './support/rest'
import { expect, test } from './support/test'
import type { Wedge } from './support/wedge'
import { createWedge } from './support/wedge'

/** As a Bluetooth scanner sends. */
const GAP_MS = 8

interface Counter {
  readonly wedge: Wedge
  readonly products: readonly Scannable[]
  readonly sessionId: string
}

async function startCounting(page: Page, directed: Parameters<typeof barcodesFor>[0], sessionId: string): Promise<Counter> {
  await signIn(page, 'ana')
  await openSession(page, sessionId)
  await untilCatalogueIsHere(page)
  return { wedge: await createWedge(page), products: barcodesFor(directed).requested, sessionId }
}

/** The nth product was scanned once, and it is on screen. */
async function expectCounted(page: Page, product: Scannable | undefined, total: number): Promise<void> {
  await untilSaved(page, total)
  await expect(currentProduct(page)).toHaveAttribute('data-product-id', product?.productId ?? '')
}

test.describe('a scan lands', () => {
  test('[S3.43] nowhere in particular, in the scan field, on a focused button', async ({ page, ana, directed }) => {
    const { wedge, products, sessionId } = await startCounting(page, directed.items, directed.session.inventoryCountImportId)

    await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur())
    await wedge.scan(products[0]?.barcode ?? '', GAP_MS)
    await expectCounted(page, products[0], 1)

    await scanField(page).focus()
    await wedge.scan(products[1]?.barcode ?? '', GAP_MS)
    await expectCounted(page, products[1], 2)
    await expect(scanField(page)).toHaveValue('')

    const more = page.getByRole('button', { name: 'One more' })
    await more.focus()
    await wedge.scan(products[2]?.barcode ?? '', GAP_MS)
    await expectCounted(page, products[2], 3)
    await expect(currentProduct(page)).toHaveAttribute('data-quantity', '1')

    await untilSynced(page, 3)
    expect(await totalsOf(ana, sessionId)).toEqual(totalsFor(products.slice(0, 3)))
  })

  test('[S3.43] in another input, and is taken out of it again', { tag: '@long' }, async ({ page, directed }) => {
    const { wedge, products } = await startCounting(page, directed.items, directed.session.inventoryCountImportId)
    const search = page.getByRole('textbox', { name: /search/i })
    await search.click()
    // The pause between the last letter and the scan is the pace of a hand that reaches for the scanner.
    await page.keyboard.type('milk', { delay: 400 })

    await wedge.scan(products[0]?.barcode ?? '', GAP_MS)

    await expectCounted(page, products[0], 1)
    await expect(search).toHaveValue('milk')
    await expect(search).toBeFocused()
  })

  test('[S3.43] in an open dialog: it is counted and the dialog stays', async ({ page, directed }) => {
    const { wedge, products } = await startCounting(page, directed.items, directed.session.inventoryCountImportId)
    await wedge.scan(products[0]?.barcode ?? '', GAP_MS)
    await expectCounted(page, products[0], 1)

    await page.getByRole('button', { name: 'Submit', exact: true }).first().click()
    const dialog = page.getByRole('dialog')
    await expect(dialog).toBeVisible()
    await wedge.scan(products[1]?.barcode ?? '', GAP_MS)

    await expectCounted(page, products[1], 2)
    await expect(dialog).toBeVisible()
  })

  test('[S3.43] during a page transition', { tag: '@long' }, async ({ page, directed }) => {
    const { wedge, products } = await startCounting(page, directed.items, directed.session.inventoryCountImportId)

    const scanning = wedge.typeAll(products.slice(0, 6).map((it) => it.barcode), GAP_MS)
    await page.getByText('Hand count', { exact: true }).first().click()
    await expect(page).toHaveURL(/hand-count$/)
    await scanning
    await page.goBack()

    await untilSaved(page, 6)
  })

  test('[S3.43] right after the app comes back from the background', { tag: '@long' }, async ({ page, directed }) => {
    const { wedge, products } = await startCounting(page, directed.items, directed.session.inventoryCountImportId)
    const session = await page.context().newCDPSession(page)

    await session.send('Page.setWebLifecycleState', { state: 'frozen' })
    await session.send('Page.setWebLifecycleState', { state: 'active' })
    await wedge.scan(products[0]?.barcode ?? '', GAP_MS)

    await expectCounted(page, products[0], 1)
  })
})
