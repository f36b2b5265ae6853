// Windows of one device that freeze, come back, or live through an update: each scan counts once, wherever it was made.
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BrowserContext, Page } from '@playwright/test'
import { expect, test } from './support/test'
import { feedback, lockStatus, newDevice, openSession, signIn, syncStatus, untilCatalogueIsHere, untilReadyToScan, untilSaved, untilSynced } from './support/app'
import { inTurn, totalsFor } from './support/expected'
import type { Scannable } from './support/rest'
import { barcodesFor, totalsOf } from './support/rest'
import type { TestServer } from './support/server'
import { withTwoWindows } from './support/two-versions'
import { createWedge } from './support/wedge'

const KEY_GAP_MS = 4
const TEN_MINUTES_MS = 600_000

async function countHere(page: Page): Promise<void> {
  await page.getByRole('button', { name: /count here/i }).click()
  await expect(lockStatus(page)).toHaveAttribute('data-state', 'held', { timeout: 30_000 })
}

async function scanAll(page: Page, scans: readonly Scannable[]): Promise<void> {
  await (await createWedge(page)).scanAll(scans.map((it) => it.barcode), KEY_GAP_MS)
}

const FROZEN_SCANS = 4

/** Ana's window that has scanned and frozen before any of it was sent. `wake`: it goes on. */
async function freezeUnsent(context: BrowserContext, server: TestServer, sessionId: string, products: readonly Scannable[]) {
  const window = await context.newPage()
  await signIn(window, 'ana')
  await openSession(window, sessionId)
  await untilCatalogueIsHere(window)
  await server.faults({ errorRate: 1, errorStatus: 503, only: '/items' })
  const scans = inTurn(products, FROZEN_SCANS)
  await scanAll(window, scans)
  await untilSaved(window, scans.length)
  await expect(syncStatus(window)).not.toHaveAttribute('data-status', 'synced')
  const debug = await context.newCDPSession(window)
  const become = (state: 'frozen' | 'active') => debug.send('Page.setWebLifecycleState', { state })
  await become('frozen')
  await server.faults({})
  return { window, scans, wake: () => become('active') }
}

test.describe('windows of one device', { tag: '@long' }, () => {
  test.setTimeout(180_000)

  test('[KP13] five windows take the session from each other, and the server has every scan once', async ({ context, ana, directed }) => {
    const sessionId = directed.session.inventoryCountImportId
    const products = barcodesFor(directed.items).requested.slice(0, 3)
    const all: Scannable[] = []
    const first = await context.newPage()
    await signIn(first, 'ana')
    for (let nth = 0; nth < 5; nth += 1) {
      const page = nth === 0 ? first : await context.newPage()
      await page.goto(`/sessions/${sessionId}`)
      if (nth === 0) {
        await untilReadyToScan(page)
        await untilCatalogueIsHere(page)
      } else await countHere(page)
      const scans = inTurn(products, 3)
      await scanAll(page, scans)
      all.push(...scans)
    }

    await untilSynced(context.pages().at(-1) ?? first, all.length)
    expect(await totalsOf(ana, sessionId)).toEqual(totalsFor(all))
  })

  test('[KP14] a frozen window that wakes with an old lease counts nothing, and what it had is sent once', async ({ context, server, ana, directed }) => {
    const sessionId = directed.session.inventoryCountImportId
    const products = barcodesFor(directed.items).requested.slice(0, 3)
    const { window: frozen, scans: before, wake } = await freezeUnsent(context, server, sessionId, products)
    const other = await context.newPage()
    await other.goto(`/sessions/${sessionId}`)
    await countHere(other)
    const after = inTurn(products, 3)
    await scanAll(other, after)
    await untilSynced(other, before.length + after.length)

    await wake()
    await expect(lockStatus(frozen)).toHaveAttribute('data-state', 'elsewhere', { timeout: 30_000 })
    await scanAll(frozen, products.slice(0, 1))
    await expect(feedback(frozen)).toHaveAttribute('data-outcome', 'refused')
    await untilSynced(other, before.length + after.length)
    expect(await totalsOf(ana, sessionId)).toEqual(totalsFor([...before, ...after]))
  })

  test('[KP14] a frozen window whose lease ran out wakes when another device has the session: it is told, and what it had is sent once', async ({ browser, context, server, ana, directed }) => {
    const sessionId = directed.session.inventoryCountImportId
    const products = barcodesFor(directed.items).requested.slice(0, 3)
    const { window: frozen, scans: before, wake } = await freezeUnsent(context, server, sessionId, products)

    // By the server's clock the lease is over: nobody has to be forced out.
    await server.faults({ clockOffsetMs: TEN_MINUTES_MS })
    const other = await newDevice(browser, server.origin)
    await signIn(other, 'ben')
    await openSession(other, sessionId)
    await untilCatalogueIsHere(other)
    const after = inTurn(products, 3)
    await scanAll(other, after)
    await untilSynced(other, after.length)

    await wake()
    await expect(lockStatus(frozen)).toHaveAttribute('data-state', 'lost', { timeout: 60_000 })
    await scanAll(frozen, products.slice(0, 1))
    await expect(feedback(frozen)).toHaveAttribute('data-outcome', 'refused')
    await untilSynced(frozen, before.length)
    expect(await totalsOf(ana, sessionId)).toEqual(totalsFor([...before, ...after]))
    await other.context().close()
  })

  test('[KP15] back out of the browser’s memory: the window is a fresh one, and counts on', async ({ page, ana, directed }) => {
    const sessionId = directed.session.inventoryCountImportId
    const products = barcodesFor(directed.items).requested.slice(0, 3)
    await signIn(page, 'ana')
    await openSession(page, sessionId)
    await untilCatalogueIsHere(page)
    const before = inTurn(products, 4)
    await scanAll(page, before)
    // What has not beeped when the page goes was never counted.
    await untilSaved(page, before.length)

    await page.goto('about:blank')
    await page.goBack()
    await untilReadyToScan(page)
    const after = inTurn(products, 4)
    await scanAll(page, after)
    await untilSynced(page, before.length + after.length)
    expect(await totalsOf(ana, sessionId)).toEqual(totalsFor([...before, ...after]))
  })

  test('[KP16] one window takes a new version while another counts: that one is not reloaded, and no scan is lost', async ({ browser, template }) => {
    await withTwoWindows({ browser, template }, 6, async ({ idle, appFolder, isSamePage, ...windows }) => {
      await appendFile(join(appFolder, 'sw.js'), '\n// the next version\n')
      await windows.takeIn()
      await expect.poll(() => idle.evaluate(async () => (await navigator.serviceWorker.ready).waiting === null).catch(() => false), { timeout: 40_000 }).toBe(true)
      await windows.countOn()

      expect(await isSamePage()).toBe(true)
    })
  })
})
