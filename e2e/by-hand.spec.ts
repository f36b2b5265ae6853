// A count by hand and by scanner: several at once, undo, search, hand count, matching, a partial scan. The server has the sum.
import type { Locator, Page } from '@playwright/test'
import { bucket, currentProduct, feedback, openSession, readTally, signIn, tallyOf, untilCatalogueIsHere, untilSaved, untilSynced } from './support/app'
import type { Scannable } from './support/rest'
import { barcodesFor, totalsOf } from './support/rest'
import { expect, test } from './support/test'
import type { Wedge } from './support/wedge'
import { createWedge } from './support/wedge'

test.setTimeout(180_000)
/** Nobody's: it has no check digit, and no product. */
const UNKNOWN = '99999999999'
const CASE_OF = 6

/** What was done so far, by product: the figure that screen and server are held against. */
class Ledger {
  readonly #units = new Map<string, number>()
  scans = 0

  add({ productId }: Scannable, units: number, scans: number): void {
    this.#units.set(productId, (this.#units.get(productId) ?? 0) + units)
    this.scans += scans
  }

  of({ productId }: Scannable): string {
    return String(this.#units.get(productId) ?? 0)
  }

  totals(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#units].filter(([, units]) => units !== 0))
  }
}

interface Counter {
  readonly page: Page
  readonly wedge: Wedge
  readonly ledger: Ledger
  readonly take: () => Scannable
}

const inCard = (page: Page, name: string): Locator => currentProduct(page).getByRole('button', { name, exact: true })

async function expectInHand({ page, ledger }: Counter, product: Scannable): Promise<void> {
  await expect(currentProduct(page)).toHaveAttribute('data-product-id', product.productId)
  await expect(currentProduct(page)).toHaveAttribute('data-quantity', ledger.of(product))
  await untilSaved(page, ledger.scans)
}

async function scan(counter: Counter, product: Scannable, units = 1): Promise<void> {
  await counter.wedge.scan(product.barcode, 4)
  counter.ledger.add(product, units, 1)
}

/** On the pad, as with a thumb. */
async function tapNumber(page: Page, digits: string, action: string): Promise<void> {
  const dialog = page.getByRole('dialog')
  for (const digit of digits) await dialog.getByRole('group', { name: 'Number pad' }).getByRole('button', { name: digit, exact: true }).click()
  await dialog.getByRole('button', { name: action, exact: true }).click()
  await expect(dialog).toBeHidden()
}

async function severalAtOnce(counter: Counter): Promise<void> {
  const { page } = counter
  const product = counter.take()
  await page.getByRole('button', { name: /^12 ×/ }).click()
  await tapNumber(page, '12', 'Use')
  await expect(page.getByRole('button', { name: '12 ×', exact: true })).toBeVisible()
  await scan(counter, product, 12)
  await expectInHand(counter, product)
  // For one scan only.
  await scan(counter, product)
  await expectInHand(counter, product)
}

async function undoOne(counter: Counter): Promise<void> {
  const product = counter.take()
  for (let times = 0; times < 3; times += 1) await scan(counter, product)
  await expectInHand(counter, product)
  await inCard(counter.page, 'Undo').click()
  counter.ledger.add(product, -1, -1)
  await expectInHand(counter, product)
  await expect(counter.page.getByTestId('scan-feed').getByText('undone')).toHaveCount(1)
}

async function takeAllBack(counter: Counter): Promise<void> {
  const { page } = counter
  const product = counter.take()
  const before = await bucket(page, 'counted').getAttribute('data-count')
  for (let times = 0; times < 2; times += 1) await scan(counter, product)
  await expectInHand(counter, product)
  await expect(bucket(page, 'counted')).not.toHaveAttribute('data-count', before ?? '')
  await inCard(page, 'Take back all').click()
  counter.ledger.add(product, -2, -2)
  await expectInHand(counter, product)
  // Counted as nothing is not counted.
  await expect(bucket(page, 'counted')).toHaveAttribute('data-count', before ?? '')
}

async function countByHand(counter: Counter): Promise<void> {
  const { page, ledger } = counter
  await page.getByRole('button', { name: 'Hand count' }).click()
  await expect(page).toHaveURL(/hand-count$/)
  for (const [digits, units] of [['74', 74], ['0', 0]] as const) {
    const product = counter.take()
    await page.getByLabel('Name or number of the product').fill(units === 0 ? product.barcode : product.name)
    const found = page.getByRole('button', { name: `Count ${product.name}` }).filter({ hasText: product.barcode })
    await found.click()
    await expect(page.getByRole('dialog')).toContainText('Not counted yet in this session.')
    await tapNumber(page, digits, 'Save')
    ledger.add(product, units, 1)
    await untilSaved(page, ledger.scans)
  }
  await page.getByRole('button', { name: 'Back to scanning' }).click()
  await expect(page).not.toHaveURL(/hand-count$/)
}

/** @returns the product that it is remembered for */
async function matchUnknown(counter: Counter): Promise<Scannable> {
  const { page, wedge, ledger } = counter
  const [before, meant, after] = [counter.take(), counter.take(), counter.take()]
  await scan(counter, before)
  for (let times = 0; times < 2; times += 1) {
    await wedge.scan(UNKNOWN, 4)
    ledger.add(meant, CASE_OF, 1)
  }
  await expect(feedback(page)).toHaveAttribute('data-outcome', 'unmatched')
  await scan(counter, after)
  await untilSaved(page, ledger.scans)
  await expect(bucket(page, 'unmatched')).toHaveAttribute('data-count', '1')

  await page.getByTestId('scan-feed').getByRole('button', { name: `Match ${UNKNOWN} to a product` }).first().click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText(UNKNOWN)
  await expect(dialog.getByRole('listitem').filter({ hasText: `before: ${before.name}` })).toBeVisible()
  await expect(dialog.getByRole('listitem').filter({ hasText: `1 scan after: ${after.name}` })).toBeVisible()
  await dialog.getByLabel('Name or number of the product').fill(meant.barcode)
  await dialog.getByRole('button', { name: `Match to ${meant.name}` }).first().click()
  await dialog.getByLabel('another number').fill(String(CASE_OF))
  // No number that every shop reads alike: somebody has to say that it always means this product.
  const remember = dialog.getByLabel(`Remember this barcode for ${meant.name} in the next counts`)
  await expect(remember).not.toBeChecked()
  await remember.check()
  await page.screenshot({ path: test.info().outputPath('match.png') })
  await dialog.getByRole('button', { name: 'Match', exact: true }).click()
  await expect(dialog).toBeHidden()
  await expect(bucket(page, 'unmatched')).toHaveAttribute('data-count', '0')
  await expectInHand(counter, meant)

  // Said once: from now on it is known.
  await wedge.scan(UNKNOWN, 4)
  ledger.add(meant, CASE_OF, 1)
  await expectInHand(counter, meant)
  return meant
}

/** Somebody else, on another device, in the next session, and without a network once the catalogue is there. */
async function knowsItNext(page: Page, sessionId: string, meant: Scannable): Promise<void> {
  await signIn(page, 'ben')
  await openSession(page, sessionId)
  await untilCatalogueIsHere(page)
  await page.context().setOffline(true)
  const wedge = await createWedge(page)
  await wedge.scan(UNKNOWN, 4)
  await expect(currentProduct(page)).toHaveAttribute('data-product-id', meant.productId)
  await expect(currentProduct(page)).toHaveAttribute('data-quantity', String(CASE_OF))
  await expect(bucket(page, 'unmatched')).toHaveAttribute('data-count', '0')
}

async function countPartial(counter: Counter): Promise<void> {
  const { page, wedge, ledger } = counter
  const product = counter.take()
  await wedge.scanWithoutEnd(product.barcode, 4)
  await expect(feedback(page)).toContainText(product.barcode)
  await expect(tallyOf(page)).toHaveAttribute('data-scanned', String(ledger.scans))
  await feedback(page).getByRole('button', { name: 'Count it' }).dblclick()
  ledger.add(product, 1, 1)
  await expectInHand(counter, product)
  expect((await readTally(page)).scanned).toBe(ledger.scans)
}

async function searchAndSort(counter: Counter, counted: readonly Scannable[]): Promise<void> {
  const { page, ledger } = counter
  await bucket(page, 'counted').click()
  const names = page.getByRole('list', { name: 'Counted' }).locator('.name')
  await page.getByLabel('Sort').selectOption('Name')
  await expect(names).toHaveText(counted.map((it) => it.name).toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)))
  await page.getByLabel('Sort').selectOption('Last scanned')
  await expect(names.first()).toHaveText(counted.at(-1)?.name ?? '')

  const [first] = counted
  await page.getByRole('textbox', { name: 'Search' }).fill(first?.barcode ?? '')
  const found = page.getByRole('list', { name: 'Found lines' }).getByRole('listitem')
  await expect(found).toHaveCount(1)
  await expect(found).toContainText(first?.name ?? '')
  await expect(found.locator('strong')).toHaveText(first === undefined ? '' : ledger.of(first))
  await page.getByRole('button', { name: 'Clear search' }).click()
  await expect(names.first()).toHaveText(counted.at(-1)?.name ?? '')
}

test('[UI47] [UI7] [UI9] [UI40] [UI43] [UI72] [CA14] a count by hand and by scanner: the server has the sum of what was done', { tag: '@long' }, async ({ page, ana, directed, browser, server }) => {
  const sessionId = directed.session.inventoryCountImportId
  const products = productsOfDifferentNames(barcodesFor(directed.items).requested)
  let used = 0
  const take = (): Scannable => {
    const product = products[used]
    if (product === undefined) throw new RangeError('There is nothing more to count')
    used += 1
    return product
  }
  await signIn(page, 'ana')
  await openSession(page, sessionId)
  await untilCatalogueIsHere(page)
  const counter: Counter = { page, wedge: await createWedge(page), ledger: new Ledger(), take }

  await test.step('several at once, with the number pad', () => severalAtOnce(counter))
  await test.step('one scan is taken back', () => undoOne(counter))
  await test.step('all of an item are taken back', () => takeAllBack(counter))
  await test.step('by hand: found by name, found by number, zero', () => countByHand(counter))
  const meant = await test.step('an unknown barcode is matched, for all its scans, and remembered', () => matchUnknown(counter))
  await test.step('a scan that lost its end is counted by a tap', () => countPartial(counter))
  const isCounted = (it: Scannable, nth: number): boolean => nth < used && it !== products[2]
  await test.step('what was counted is found and sorted', () => searchAndSort(counter, products.filter(isCounted)))

  await untilSynced(page, counter.ledger.scans)
  expect(await totalsOf(ana, sessionId)).toEqual(counter.ledger.totals())

  const next = directed.cycleCount.sessions?.find((it) => it.inventoryCountImportId !== sessionId)
  const other = await browser.newContext({ baseURL: server.origin, viewport: { width: 1180, height: 820 } })
  await test.step('the next session knows it', async () => knowsItNext(await other.newPage(), next?.inventoryCountImportId ?? '', meant))
  await other.close()
})

/** So that a name stands for one product, and none is found by the name of another one. */
function productsOfDifferentNames(products: readonly Scannable[]): readonly Scannable[] {
  const isPlain = ({ name }: Scannable): boolean => /^[A-Za-z][A-Za-z ]{6,40}$/.test(name)
  const plain = products.filter(isPlain)
  return plain.filter(({ name }) => products.filter((it) => it.name.toLowerCase().includes(name.toLowerCase())).length === 1)
}
