// Where a scan may land: wherever the focus is, a scanner's keys become one scan and nothing else.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { currentProduct, lockStatus, openSession, scanField, signIn, untilCatalogueIsHere, untilSaved, untilSynced } from './support/app'
import { launchOwnChromium } from './support/chromium'
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

async function startCounting(page: Page, directed: Parameters<typeof barcodesFor>[0], sessionId: string, origin = ''): Promise<Counter> {
  await signIn(page, 'ana', origin)
  await openSession(page, sessionId, origin)
  await untilCatalogueIsHere(page)
  return { wedge: await createWedge(page), products: barcodesFor(directed).requested, sessionId }
}

/** The nth product was scanned once, and it is on screen; null: there is no card on this screen. */
async function expectCounted(page: Page, product: Scannable | undefined | null, total: number): Promise<void> {
  await untilSaved(page, total)
  if (product === null) return
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

  test('[S3.43] [UI77] during each page transition of the work area: nothing jumps, and the focus is where the next key belongs', { tag: '@long' }, async ({ page, directed }) => {
    const { wedge, products } = await startCounting(page, directed.items, directed.session.inventoryCountImportId)
    let scans = 0
    for (const { name, go, to, focus } of TRANSITIONS)
      await test.step(name, async () => {
        const barcodes = products.slice(scans, scans + 4).map((it) => it.barcode)
        await watchPlaces(page)

        const scanning = wedge.typeAll(barcodes, GAP_MS)
        await go(page)
        await expect(page).toHaveURL(to)
        await scanning

        scans += barcodes.length
        await untilSaved(page, scans)
        expect(await placesSeen(page)).toEqual({ header: 1, tally: 1, feedback: 1, scrolled: 0 })
        if (focus === 'scan field') await expect(scanField(page)).toBeFocused()
        else expect(await focusOf(page)).toBe(focus)
        // A scan that comes when all is quiet lands, too.
        await wedge.scan(products[scans]?.barcode ?? '', GAP_MS)
        scans += 1
        await expectCounted(page, null, scans)
      })
  })

  test('[S3.43] right after the app comes back from the background, hidden or frozen', { tag: '@long' }, async ({ server, directed }) => {
    const profileFolder = await mkdtemp(join(tmpdir(), 'shelfcount-background-'))
    const browser = await launchOwnChromium(profileFolder, { hasBackground: true })
    try {
      const { page, context } = browser
      await page.bringToFront()
      const { wedge, products } = await startCounting(page, directed.items, directed.session.inventoryCountImportId, server.origin)
      await wedge.scan(products[0]?.barcode ?? '', GAP_MS)
      await expectCounted(page, products[0], 1)
      await page.evaluate(noteVisibility)
      const session = await context.newCDPSession(page)

      const other = await context.newPage()
      await other.bringToFront()
      expect(await page.evaluate(visibilitySeen)).toEqual(['hidden'])
      await page.bringToFront()
      await wedge.scan(products[1]?.barcode ?? '', GAP_MS)
      await expectCounted(page, products[1], 2)
      await expect(scanField(page)).toBeFocused()

      await other.bringToFront()
      await session.send('Page.setWebLifecycleState', { state: 'frozen' })
      await session.send('Page.setWebLifecycleState', { state: 'active' })
      await page.bringToFront()
      await wedge.scan(products[2]?.barcode ?? '', GAP_MS)
      await expectCounted(page, products[2], 3)

      expect(await page.evaluate(visibilitySeen)).toEqual(['hidden', 'visible', 'hidden', 'freeze', 'resume', 'visible'])
      await expect(lockStatus(page)).toHaveAttribute('data-state', 'held')
      await untilSynced(page, 3)
    } finally {
      await browser.kill()
      await rm(profileFolder, { recursive: true, force: true, maxRetries: 5 })
    }
  })
})

interface Transition {
  readonly name: string
  readonly go: (page: Page) => Promise<unknown>
  readonly to: RegExp
  /** `nothing`: no control is there that a key would press. */
  readonly focus: 'scan field' | 'nothing' | 'Sync page'
}

const tapButton = (name: string | RegExp) => (page: Page) => page.getByRole('button', { name }).first().click()
/** The pill in the head, which stays. */
const tapSync = (page: Page): Promise<void> => page.getByTitle('Sync page').click()

/** Each screen of the work area to each other one. */
const TRANSITIONS: readonly Transition[] = [
  { name: 'counting to hand count', go: tapButton('Hand count'), to: /hand-count$/, focus: 'nothing' },
  { name: 'hand count to sync', go: tapSync, to: /sync$/, focus: 'Sync page' },
  { name: 'sync to hand count', go: (page) => page.goBack(), to: /hand-count$/, focus: 'Sync page' },
  { name: 'hand count to counting', go: tapButton('Back to scanning'), to: /sessions\/[^/]+$/, focus: 'scan field' },
  { name: 'counting to sync', go: tapSync, to: /sync$/, focus: 'Sync page' },
  { name: 'sync to counting', go: tapButton('Back to scanning'), to: /sessions\/[^/]+$/, focus: 'scan field' },
]

interface Places {
  /** How many different places were seen; 0: it was gone in between. */
  header: number
  tally: number
  feedback: number
  /** The furthest that the page was scrolled. */
  scrolled: number
}

interface Watched {
  placesSeen?: () => Places
}

/** From now on with every frame: where the parts are that every screen of the work area has. */
async function watchPlaces(page: Page): Promise<void> {
  await page.evaluate(() => {
    const parts = { header: '.shell > header', tally: '[data-testid=tally]', feedback: '[data-testid=feedback]' } as const
    const seen = { header: new Set<string>(), tally: new Set<string>(), feedback: new Set<string>() }
    let scrolled = 0
    let isOver = false
    const look = (): void => {
      for (const name of ['header', 'tally', 'feedback'] as const) {
        const box = document.querySelector(parts[name])?.getBoundingClientRect()
        seen[name].add(box === undefined ? 'gone' : `${Math.round(box.top)} ${Math.round(box.height)}`)
      }
      scrolled = Math.max(scrolled, scrollY)
      if (!isOver) requestAnimationFrame(look)
    }
    look()
    ;(globalThis as Watched).placesSeen = () => {
      isOver = true
      const count = (places: Set<string>): number => (places.has('gone') ? 0 : places.size)
      return { header: count(seen.header), tally: count(seen.tally), feedback: count(seen.feedback), scrolled }
    }
  })
}

const placesSeen = (page: Page): Promise<Places | undefined> => page.evaluate(() => (globalThis as Watched).placesSeen?.())

async function focusOf(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { activeElement, body } = document
    if (activeElement === null || activeElement === body) return 'nothing'
    return activeElement.getAttribute('title') ?? activeElement.textContent ?? activeElement.tagName
  })
}

interface Seen {
  visibilitySeen?: string[]
}

/** Runs in the page. */
function noteVisibility(): void {
  const seen: string[] = []
  ;(globalThis as Seen).visibilitySeen = seen
  document.addEventListener('visibilitychange', () => seen.push(document.visibilityState))
  for (const state of ['freeze', 'resume']) document.addEventListener(state, () => seen.push(state))
}

/** Runs in the page. */
function visibilitySeen(): readonly string[] {
  return (globalThis as Seen).visibilitySeen ?? []
}
