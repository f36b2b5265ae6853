// A new version appears while somebody counts: it waits until the user is not counting and agrees.
import { appendFile, cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect } from '@playwright/test'
import { openSession, signIn, untilCatalogueIsHere, untilInstalled, untilSynced } from './support/app'
import { inTurn } from './support/expected'
import { barcodesFor, findDirectedSession, signInToRest } from './support/rest'
import { APP_FOLDER, startServer } from './support/server'
import { createWedge } from './support/wedge'

base.setTimeout(90_000)

base('[PW2] an update waits while somebody counts, and comes in when the user agrees', { tag: '@long' }, async ({ browser }) => {
  const appFolder = await mkdtemp(join(tmpdir(), 'shelfcount-app-'))
  await cp(APP_FOLDER, appFolder, { recursive: true })
  const server = await startServer({ appFolder })
  const context = await browser.newContext({ baseURL: server.origin })
  try {
    const ana = await signInToRest(server.origin, 'ana')
    const directed = await findDirectedSession(ana)
    const scans = inTurn(barcodesFor(directed.items).requested.slice(0, 4), 8)
    const page = await context.newPage()
    await signIn(page, 'ana')
    await untilInstalled(page)
    await page.reload()
    await openSession(page, directed.session.inventoryCountImportId)
    await untilCatalogueIsHere(page)
    const wedge = await createWedge(page)
    await wedge.scanAll(scans.slice(0, 4).map((it) => it.barcode), 4)
    await page.evaluate(() => Object.assign(window, { isSamePage: true }))

    await appendFile(join(appFolder, 'sw.js'), '\n// the next version\n')
    await page.evaluate(async () => (await navigator.serviceWorker.ready).update().then(() => undefined))
    await expect.poll(() => page.evaluate(async () => (await navigator.serviceWorker.ready).waiting !== null)).toBe(true)
    await wedge.scanAll(scans.slice(4).map((it) => it.barcode), 4)
    await untilSynced(page, scans.length)
    expect(await page.evaluate(() => 'isSamePage' in window)).toBe(true)

    await expect(page.getByRole('button', { name: 'Update now' })).toBeHidden()
    await page.getByRole('button', { name: 'Counts', exact: true }).click()
    await expect(page).toHaveURL(/\/counts/)
    await page.getByRole('button', { name: 'Update now' }).click()
    await page.waitForFunction(() => !('isSamePage' in window))
    await expect.poll(() => page.evaluate(async () => (await navigator.serviceWorker.ready).waiting === null)).toBe(true)
  } finally {
    await context.close()
    await server.dispose()
    await rm(appFolder, { recursive: true, force: true })
  }
})
