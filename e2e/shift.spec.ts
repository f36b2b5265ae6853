// A counter's shift, end to end: the hour without a network, the crash and the restart that every scan must survive.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  bucket, currentProduct, feedback, lockStatus, resumeFromList, signIn, submit, syncStatus, untilCatalogueIsHere,
  untilInstalled, untilReadyToScan, untilSaved, untilSynced,
} from './support/app'
import { launchOwnChromium } from './support/chromium'
import { inTurn, totalsFor } from './support/expected'
import { barcodesFor, sessionOf, totalsOf } from './support/rest'
import { expect, test } from './support/test'
import { createWedge } from './support/wedge'

test.setTimeout(120_000)

test('[S3.2] [S3.44] [S3.37] a shift with an hour offline, a crash and a restart: the server holds exactly what was scanned', async ({ server, ana, directed }) => {
  const profileFolder = await mkdtemp(join(tmpdir(), 'shelfcount-shift-'))
  const sessionId = directed.session.inventoryCountImportId
  const { requested, others } = barcodesFor(directed.items)
  const morning = [...inTurn(requested.slice(0, 10), 30), ...inTurn(others.slice(0, 2), 3)]
  const offline = inTurn(requested.slice(5, 15), 25)
  const afterCrash = inTurn(requested.slice(0, 4), 8)
  let browser = await launchOwnChromium(profileFolder)
  try {
    await test.step('the morning: sign in, resume, scan', async () => {
      const { page } = browser
      await signIn(page, 'ana', server.origin)
      await untilInstalled(page)
      await resumeFromList(page, directed)
      await untilCatalogueIsHere(page)
      const wedge = await createWedge(page)
      await wedge.scanAll(morning.map((it) => it.barcode), 4)
      await untilSynced(page, morning.length)
      await expect(lockStatus(page)).toHaveAttribute('data-state', 'held')
      await expect(bucket(page, 'counted')).toHaveAttribute('data-count', '10')
      await expect(bucket(page, 'undirected')).toHaveAttribute('data-count', '2')
      await expect(feedback(page)).toHaveAttribute('data-outcome', 'undirected')
    })

    await test.step('the cold room: no network, no server, and the scans go on', async () => {
      const { page, context } = browser
      await context.setOffline(true)
      await server.kill()
      const wedge = await createWedge(page)
      await wedge.scanAll(offline.map((it) => it.barcode), 4)
      await untilSaved(page, morning.length + offline.length)
      await expect(syncStatus(page)).toHaveAttribute('data-status', /^(offline|unsent)$/)
      const last = offline.at(-1)
      await expect(currentProduct(page)).toHaveAttribute('data-product-id', last?.productId ?? '')
    })

    await test.step('the battery dies, the browser starts again, still without a network', async () => {
      await browser.kill()
      browser = await launchOwnChromium(profileFolder)
      const { page } = browser
      await page.goto(`${server.origin}/sessions/${sessionId}`)
      await untilReadyToScan(page)
      await untilSaved(page, morning.length + offline.length)
      const wedge = await createWedge(page)
      await wedge.scanAll(afterCrash.map((it) => it.barcode), 4)
      await untilSaved(page, morning.length + offline.length + afterCrash.length)
    })

    await test.step('back online: everything arrives, and the session is submitted', async () => {
      const { page } = browser
      await server.start()
      await page.evaluate(() => window.dispatchEvent(new Event('online')))
      await untilSynced(page, morning.length + offline.length + afterCrash.length)
      await submit(page)
      await expect.poll(async () => (await sessionOf(ana, sessionId)).statusId, { timeout: 30_000 }).toBe('SESSION_SUBMITTED')
    })

    expect(await totalsOf(ana, sessionId)).toEqual(totalsFor([...morning, ...offline, ...afterCrash]))
  } finally {
    await browser.kill()
    await rm(profileFolder, { recursive: true, force: true, maxRetries: 5 })
  }
})
