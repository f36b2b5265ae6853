// A counting page that is left for another site, and brought back by the browser. A page with a debugger is not kept in its
// memory, so that nobody looks on while it goes and comes: the page itself writes down what it saw.
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, Page } from '@playwright/test'
import { chromium } from '@playwright/test'
import { launchOwnChromium } from './support/chromium'
import type { OwnChromium } from './support/chromium'
import { openSession, signIn, untilCatalogueIsHere, untilReadyToScan, untilSaved, untilSynced } from './support/app'
import { inTurn, totalsFor } from './support/expected'
import type { Scannable } from './support/rest'
import { barcodesFor, totalsOf } from './support/rest'
import { expect, test } from './support/test'
import { createWedge } from './support/wedge'

const KEY_GAP_MS = 4
/** Until nobody looks on, and until the other site has sent the page back. */
const LEAVES_AFTER_MS = 3000
const BACK_AFTER_MS = 3000
const AWAY_MS = LEAVES_AFTER_MS + BACK_AFTER_MS + 6000

/** What the page wrote down. */
interface Seen {
  /** `pagehide`: the browser means to keep the page. */
  readonly hidden: string | null
  /** `pageshow`: it came back as it was. */
  readonly shown: string | null
  /** Where the page was loaded anew: why. */
  readonly reasons: string
}

/** A site of two pages: one with nothing on it, and one that sends everybody back. */
async function otherSite(): Promise<{ readonly origin: string; readonly server: Server }> {
  const plain = '<!doctype html><title>Nothing on it</title>'
  const back = `<!doctype html><title>Elsewhere</title><script>setTimeout(() => history.back(), ${BACK_AFTER_MS})</script>`
  const server = createServer(({ url }, answer) => answer.writeHead(200, { 'content-type': 'text/html' }).end(url === '/plain' ? plain : back))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server }
}

async function leaveAndComeBack({ context, page, debuggerUrl }: OwnChromium, elsewhere: string): Promise<{ readonly browser: Browser; readonly page: Page; readonly seen: Seen }> {
  await page.evaluate(
    ([url, ms]) => {
      window.addEventListener('pagehide', (event) => localStorage.setItem('test:hidden', String(event.persisted)))
      window.addEventListener('pageshow', (event) => localStorage.setItem('test:shown', String(event.persisted)))
      setTimeout(() => location.assign(url), ms)
    },
    [elsewhere, LEAVES_AFTER_MS] as const,
  )
  // Ends the connection alone: the browser goes on.
  await context.browser()?.close()
  await sleep(AWAY_MS)
  const browser = await chromium.connectOverCDP(debuggerUrl)
  const back = browser.contexts()[0]?.pages()[0]
  if (back === undefined) throw new Error('The page is gone')
  const seen = await back.evaluate(() => {
    const [entry] = performance.getEntriesByType('navigation') as (PerformanceNavigationTiming & { notRestoredReasons?: unknown })[]
    return { hidden: localStorage.getItem('test:hidden'), shown: localStorage.getItem('test:shown'), reasons: JSON.stringify(entry?.notRestoredReasons ?? null) }
  })
  return { browser, page: back, seen }
}

async function scanAll(page: Page, scans: readonly Scannable[]): Promise<void> {
  await (await createWedge(page)).scanAll(scans.map((it) => it.barcode), KEY_GAP_MS)
}

test.describe('the browser’s memory', { tag: '@long' }, () => {
  test.setTimeout(180_000)

  test('[KP20] keeps a page with nothing on it while nobody looks on: the test can tell', async () => {
    const profileFolder = await mkdtemp(join(tmpdir(), 'shelfcount-back-'))
    const { origin, server } = await otherSite()
    const own = await launchOwnChromium(profileFolder)
    try {
      await own.page.goto(`${origin.replace('127.0.0.1', 'localhost')}plain`)
      const { seen } = await leaveAndComeBack(own, origin)

      expect(seen).toEqual({ hidden: 'true', shown: 'true', reasons: 'null' })
    } finally {
      await own.kill()
      server.close()
      await rm(profileFolder, { recursive: true, force: true })
    }
  })

  test('[KP20] means to keep a counting page and then loads it anew, for a reason of its own that it does not tell: it counts on', async ({ server, ana, directed }) => {
    const profileFolder = await mkdtemp(join(tmpdir(), 'shelfcount-back-'))
    const elsewhere = await otherSite()
    const sessionId = directed.session.inventoryCountImportId
    const products = barcodesFor(directed.items).requested.slice(0, 3)
    const own = await launchOwnChromium(profileFolder)
    try {
      await signIn(own.page, 'ana', server.origin)
      await openSession(own.page, sessionId, server.origin)
      await untilCatalogueIsHere(own.page)
      const before = inTurn(products, 4)
      await scanAll(own.page, before)
      await untilSaved(own.page, before.length)

      const { page, seen } = await leaveAndComeBack(own, elsewhere.origin)
      expect(seen).toMatchObject({ hidden: 'true', shown: null })
      // None of the reasons that a page can do something about: they would be named here.
      expect(seen.reasons).toContain('"reasons":[{"reason":"masked"}]')
      await untilReadyToScan(page)
      const after = inTurn(products, 4)
      await scanAll(page, after)
      await untilSynced(page, before.length + after.length)
      expect(await totalsOf(ana, sessionId)).toEqual(totalsFor([...before, ...after]))
    } finally {
      await own.kill()
      elsewhere.server.close()
      await rm(profileFolder, { recursive: true, force: true })
    }
  })

  test('[KP21] a page that is told that it came back out of it has ended its worker before, loads itself anew and counts on', async ({ page, ana, directed }) => {
    const sessionId = directed.session.inventoryCountImportId
    const products = barcodesFor(directed.items).requested.slice(0, 3)
    await signIn(page, 'ana')
    await openSession(page, sessionId)
    await untilCatalogueIsHere(page)
    const before = inTurn(products, 4)
    await scanAll(page, before)
    await untilSaved(page, before.length)
    const isLoadedAnew = page.waitForEvent('load')

    await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })))
    await expect.poll(() => page.workers().length).toBe(0)
    await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })))
    await isLoadedAnew
    await untilReadyToScan(page)
    const after = inTurn(products, 4)
    await scanAll(page, after)

    await untilSynced(page, before.length + after.length)
    expect(await totalsOf(ana, sessionId)).toEqual(totalsFor([...before, ...after]))
  })
})
