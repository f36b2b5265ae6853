// One window counts while another one of its browser stands by to take a new version of the app in.
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from '@playwright/test'
import { expect } from '@playwright/test'
import { openSession, signIn, untilCatalogueIsHere, untilInstalled, untilSaved, untilSynced } from './app'
import { inTurn, totalsFor } from './expected'
import type { Scannable } from './rest'
import { barcodesFor, findDirectedSession, signInToRest, totalsOf } from './rest'
import { APP_FOLDER, startServer } from './server'
import { createWedge } from './wedge'

const KEY_GAP_MS = 4
const SCANNED_BEFORE = 3

export interface TwoWindows {
  /** Three scans are saved in it; `isSamePage()` tells whether it was loaded again since. */
  readonly counting: Page
  readonly isSamePage: () => Promise<boolean>
  readonly idle: Page
  /** What the server gives out: whoever writes into it publishes. */
  readonly appFolder: string
  /** The idle window finds what was published, and a person says yes to it there. */
  readonly takeIn: () => Promise<void>
  /** Scans the rest, and compares the server's totals with all that was scanned. */
  readonly countOn: () => Promise<void>
}

/** @param scanned how many scans the counting window makes in all */
export async function withTwoWindows(
  { browser, template }: { readonly browser: Browser; readonly template: string },
  scanned: number,
  work: (windows: TwoWindows) => Promise<void>,
): Promise<void> {
  const appFolder = await mkdtemp(join(tmpdir(), 'shelfcount-app-'))
  await cp(APP_FOLDER, appFolder, { recursive: true })
  const server = await startServer({ appFolder, template })
  const context = await browser.newContext({ baseURL: server.origin })
  try {
    const ana = await signInToRest(server.origin, 'ana')
    const directed = await findDirectedSession(ana)
    const sessionId = directed.session.inventoryCountImportId
    const scans = inTurn(barcodesFor(directed.items).requested.slice(0, 3), scanned)
    const counting = await context.newPage()
    const scanAll = async (some: readonly Scannable[]): Promise<void> =>
      (await createWedge(counting)).scanAll(some.map((it) => it.barcode), KEY_GAP_MS)
    await signIn(counting, 'ana')
    await untilInstalled(counting)
    await openSession(counting, sessionId)
    await untilCatalogueIsHere(counting)
    const idle = await context.newPage()
    await idle.goto('/counts')
    await scanAll(scans.slice(0, SCANNED_BEFORE))
    await untilSaved(counting, SCANNED_BEFORE)
    await counting.evaluate(() => Object.assign(window, { isSamePage: true }))
    await work({
      counting,
      // A page that is on its way has no answer yet.
      isSamePage: () => counting.evaluate(() => 'isSamePage' in window).catch(() => true),
      idle,
      appFolder,
      takeIn: async () => {
        await idle.evaluate(async () => (await navigator.serviceWorker.ready).update().then(() => undefined))
        await idle.getByRole('button', { name: 'Update now' }).click({ timeout: 30_000 })
      },
      countOn: async () => {
        await scanAll(scans.slice(SCANNED_BEFORE))
        await untilSynced(counting, scans.length)
        expect(await totalsOf(ana, sessionId)).toEqual(totalsFor(scans))
      },
    })
  } finally {
    await context.close()
    await server.dispose()
    await rm(appFolder, { recursive: true, force: true })
  }
}
