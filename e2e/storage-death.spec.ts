// The device's storage fails in the middle of counting: a loud alarm, no sound of success, and no scan lost or counted twice.
import type { Page } from '@playwright/test'
import { expect, test } from './support/test'
import { openSession, signIn, syncStatus, tallyOf, untilCatalogueIsHere, untilReadyToScan, untilSaved, untilSynced } from './support/app'
import type { Ears } from './support/ears'
import { listenTo } from './support/ears'
import { inTurn, totalsFor } from './support/expected'
import type { Scannable } from './support/rest'
import { barcodesFor, totalsOf } from './support/rest'
import { breakStorage, loseWorkerStorage, mendStorage, mendWorkerStorage, preparePage, prepareWorker } from './support/storage-faults'
import type { StorageFault } from './support/storage-faults'
import type { Wedge } from './support/wedge'
import { createWedge } from './support/wedge'

/** Scans before anything breaks, and in all. */
const BEFORE = 3
const SCANS = 10
const KEY_GAP_MS = 4
/** The ladder up to the reload takes some seconds, and the machine may be busy. */
const PATIENT = { timeout: 40_000 }

interface Counting {
  readonly page: Page
  readonly wedge: Wedge
  readonly ears: Ears
  readonly scans: readonly Scannable[]
}

/** Counting, with three scans on the server. */
async function startCounting(page: Page, sessionId: string, products: readonly Scannable[]): Promise<Counting> {
  const ears = await listenTo(page)
  await preparePage(page)
  await signIn(page, 'ana')
  await openSession(page, sessionId)
  await untilCatalogueIsHere(page)
  const wedge = await createWedge(page)
  const scans = inTurn(products.slice(0, 3), SCANS)
  await wedge.scanAll(barcodes(scans.slice(0, BEFORE)), KEY_GAP_MS)
  await untilSynced(page, BEFORE)
  // Shown and heard when all is well: else nothing would be proved by silence. Answers may share a frame.
  expect(ears.seen('counted')).toBeGreaterThan(0)
  expect(ears.heard('counted')).toBeGreaterThan(0)
  return { page, wedge, ears, scans }
}

const barcodes = (scans: readonly Scannable[]): readonly string[] => scans.map((it) => it.barcode)

/** Scans that the storage does not take: answered with the refusal, none of them with the sound of success. */
async function scanInVain({ wedge, ears }: Counting, scans: readonly Scannable[]): Promise<void> {
  const before = { heard: ears.heard('counted'), seen: ears.seen('counted'), refused: ears.seen('refused') }
  await wedge.typeAll(barcodes(scans), KEY_GAP_MS)
  await expect.poll(() => ears.seen('refused'), PATIENT).toBeGreaterThan(before.refused)
  expect(ears.seen('counted')).toBe(before.seen)
  expect(ears.heard('counted')).toBe(before.heard)
}

/** The page is another one than before. */
const isReloaded = (page: Page): Promise<boolean> => page.evaluate(() => !('isSamePage' in window)).catch(() => false)

/** Alarm, spill, automatic reload, drain. */
async function loseAndComeBack(counting: Counting, fault: 'lost' | 'open-hangs', scans: readonly Scannable[]): Promise<Wedge> {
  const { page } = counting
  await page.evaluate(() => Object.assign(window, { isSamePage: true }))
  await breakStorage(page, fault)
  await scanInVain(counting, scans)
  await expect.poll(() => isReloaded(page), PATIENT).toBe(true)
  await untilReadyToScan(page)
  return createWedge(page)
}

test.describe('storage dies while somebody counts', { tag: '@long' }, () => {
  test.setTimeout(180_000)

  test('[KP9] a lost connection, and one that never opens again: alarm, spill, automatic reload, drain', async ({ page, ana, directed }) => {
    const sessionId = directed.session.inventoryCountImportId
    const first = await startCounting(page, sessionId, barcodesFor(directed.items).requested)
    const { scans } = first

    const second = { ...first, wedge: await loseAndComeBack(first, 'lost', scans.slice(3, 5)) }
    await untilSynced(page, 5)
    // Before its first read a page knows no session: what it cannot store then is refused as not kept, and scanned again.
    await second.wedge.type(scans[5]?.barcode ?? '', KEY_GAP_MS)
    await untilSynced(page, 6)
    const third = { ...second, wedge: await loseAndComeBack(second, 'open-hangs', scans.slice(6, 8)) }
    await untilSynced(page, 8)
    await third.wedge.scanAll(barcodes(scans.slice(8)), KEY_GAP_MS)
    await untilSynced(page, scans.length)

    expect(await totalsOf(ana, sessionId)).toEqual(totalsFor(scans))
    expect(await page.evaluate(() => Object.keys(localStorage).filter((it) => it.includes(':spill:')))).toEqual([])
  })

  test('[KP10] [KP11] errors, a full disk and a silent commit: told aloud, and saved by itself, once, as soon as it can be', async ({ page, ana, directed }) => {
    const sessionId = directed.session.inventoryCountImportId
    const counting = await startCounting(page, sessionId, barcodesFor(directed.items).requested)
    const { ears, scans, wedge } = counting
    await page.evaluate(() => Object.assign(window, { isSamePage: true }))

    let made = BEFORE
    for (const fault of ['unknown', 'quota-put', 'quota-commit'] satisfies readonly StorageFault[]) {
      await breakStorage(page, fault)
      await scanInVain(counting, scans.slice(made, made + 2))
      await expect(page.getByRole('alert').filter({ hasText: 'wait' }), fault).toBeVisible()
      await mendStorage(page)
      made += 2
      await untilSaved(page, made)
    }
    await breakStorage(page, 'commit-silent', { times: 1 })
    const seen = ears.seen('counted')
    await wedge.type(scans[made]?.barcode ?? '', KEY_GAP_MS)
    await expect(tallyOf(page)).toHaveAttribute('data-scanned', String(made + 1))
    expect(ears.seen('counted')).toBe(seen)
    await expect.poll(() => ears.seen('counted'), PATIENT).toBe(seen + 1)
    await untilSynced(page, scans.length)

    expect(await totalsOf(ana, sessionId)).toEqual(totalsFor(scans))
    expect(await isReloaded(page)).toBe(false)
  })

  test('[KP12] lost for good: three reloads at most, then a message that stays; a later start stores everything', async ({ page, ana, directed }) => {
    const sessionId = directed.session.inventoryCountImportId
    const counting = await startCounting(page, sessionId, barcodesFor(directed.items).requested)
    const { scans } = counting
    let loads = 0
    page.on('domcontentloaded', () => (loads += 1))

    await breakStorage(page, 'lost', { survivesReload: true })
    await scanInVain(counting, scans.slice(BEFORE, 5))
    const message = page.getByRole('alert').filter({ hasText: 'cannot open its storage' })
    await expect.poll(() => loads, PATIENT).toBe(3)
    await expect(message).toBeVisible()
    await page.screenshot({ path: 'test-results/storage-closed.png' })
    expect(loads).toBe(3)

    await mendStorage(page)
    await message.getByRole('button', { name: 'Start the app again' }).click()
    await untilReadyToScan(page)
    await untilSaved(page, 5)
    await (await createWedge(page)).scanAll(barcodes(scans.slice(5)), KEY_GAP_MS)
    await untilSynced(page, scans.length)
    expect(await totalsOf(ana, sessionId)).toEqual(totalsFor(scans))
  })
})

test.describe('the storage of the sync worker alone dies while somebody counts', { tag: '@long' }, () => {
  test.use({ serviceWorkers: 'block' })

  test('[KP18] scans are saved, the status says that they do not go out, and they do by themselves once it is back', async ({ page, ana, directed }) => {
    const sessionId = directed.session.inventoryCountImportId
    await prepareWorker(page)
    const { wedge, scans } = await startCounting(page, sessionId, barcodesFor(directed.items).requested)
    await page.evaluate(() => Object.assign(window, { isSamePage: true }))

    await loseWorkerStorage(page)
    await wedge.scanAll(barcodes(scans.slice(BEFORE, 6)), KEY_GAP_MS)
    await untilSaved(page, 6)
    await expect(syncStatus(page)).toHaveAttribute('data-status', 'error', PATIENT)
    await page.screenshot({ path: 'test-results/worker-storage-lost.png' })
    await wedge.scanAll(barcodes(scans.slice(6)), KEY_GAP_MS)
    await untilSaved(page, scans.length)

    await mendWorkerStorage(page)
    await untilSynced(page, scans.length)
    expect(await totalsOf(ana, sessionId)).toEqual(totalsFor(scans))
    expect(await isReloaded(page)).toBe(false)
  })
})
