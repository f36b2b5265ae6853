// A release with a newer schema comes in while another window counts with the old one: that one is told, and no scan is lost.
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { expect, test } from './support/test'
import { openSession, signIn, untilCatalogueIsHere, untilInstalled, untilReadyToScan, untilSaved, untilSynced } from './support/app'
import { inTurn, totalsFor } from './support/expected'
import { publishNextSchema } from './support/next-schema'
import type { Scannable } from './support/rest'
import { barcodesFor, findDirectedSession, signInToRest, totalsOf } from './support/rest'
import { APP_FOLDER, startServer } from './support/server'
import { createWedge } from './support/wedge'

const KEY_GAP_MS = 4

async function scanAll(page: Page, scans: readonly Scannable[]): Promise<void> {
  await (await createWedge(page)).scanAll(scans.map((it) => it.barcode), KEY_GAP_MS)
}

/** The version of the scans database as it lies there, over all of the app's code. */
function versionOf(page: Page): Promise<number> {
  return page.evaluate(async () => (await indexedDB.databases()).find((it) => it.name?.startsWith('scans:') === true)?.version ?? 0)
}

test.describe('a newer schema', { tag: '@long' }, () => {
  test.setTimeout(180_000)

  test('[KX2] another window takes it in while this one counts: it loads the new version by itself, and every scan that beeped is there once', async ({ browser, template }) => {
    const appFolder = await mkdtemp(join(tmpdir(), 'shelfcount-app-'))
    await cp(APP_FOLDER, appFolder, { recursive: true })
    const server = await startServer({ appFolder, template })
    const context = await browser.newContext({ baseURL: server.origin })
    try {
      const ana = await signInToRest(server.origin, 'ana')
      const directed = await findDirectedSession(ana)
      const sessionId = directed.session.inventoryCountImportId
      const scans = inTurn(barcodesFor(directed.items).requested.slice(0, 3), 9)
      const counting = await context.newPage()
      await signIn(counting, 'ana')
      await untilInstalled(counting)
      await openSession(counting, sessionId)
      await untilCatalogueIsHere(counting)
      const idle = await context.newPage()
      await idle.goto('/counts')
      await scanAll(counting, scans.slice(0, 3))
      await untilSaved(counting, 3)
      const before = await versionOf(counting)
      await counting.evaluate(() => Object.assign(window, { isSamePage: true }))

      await publishNextSchema(appFolder, 1)
      await idle.evaluate(async () => (await navigator.serviceWorker.ready).update().then(() => undefined))
      await idle.getByRole('button', { name: 'Update now' }).click({ timeout: 30_000 })
      await expect.poll(() => versionOf(idle).catch(() => 0), { timeout: 40_000 }).toBeGreaterThan(before)

      await expect.poll(() => counting.evaluate(() => 'isSamePage' in window).catch(() => true), { timeout: 40_000 }).toBe(false)
      await untilReadyToScan(counting)
      await untilSaved(counting, 3)
      await scanAll(counting, scans.slice(3))
      await untilSynced(counting, scans.length)
      expect(await totalsOf(ana, sessionId)).toEqual(totalsFor(scans))
    } finally {
      await context.close()
      await server.dispose()
      await rm(appFolder, { recursive: true, force: true })
    }
  })
})
