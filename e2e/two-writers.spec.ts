// A browser that dies while the page stores a scan and its worker folds the one before: the database has to open again.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launchOwnChromium } from './support/chromium'
import { openSession, readTally, signIn, untilCatalogueIsHere, untilReadyToScan, untilSaved, untilSynced } from './support/app'
import { barcodesFor, findDirectedSession, signInToRest } from './support/rest'
import { holdPageWrites, holdWorkerWrites, prepareHolding, untilHeld } from './support/storage-faults'
import { expect, test } from './support/test'
import { createWedge } from './support/wedge'

/** Longer than any append takes that is not held up. */
const SETTLED_MS = 1500

test.describe('a browser that dies in the middle of two writes', { tag: '@long' }, () => {
  test.setTimeout(180_000)

  test('[KP19] of the page and of its worker: everything that was acknowledged is there after the next start', async ({ server }) => {
    const profileFolder = await mkdtemp(join(tmpdir(), 'shelfcount-two-'))
    const ana = await signInToRest(server.origin, 'ana')
    const directed = await findDirectedSession(ana)
    const sessionId = directed.session.inventoryCountImportId
    const [one, two, ...more] = barcodesFor(directed.items).requested.slice(0, 6).map((it) => it.barcode)
    try {
      const first = await launchOwnChromium(profileFolder)
      await prepareHolding(first.page)
      await signIn(first.page, 'ana', server.origin)
      await openSession(first.page, sessionId, server.origin)
      await untilCatalogueIsHere(first.page)
      const before = (await readTally(first.page)).saved
      const wedge = await createWedge(first.page)
      await wedge.scanAll(more)
      await untilSynced(first.page, before + more.length)

      await holdWorkerWrites(first.page)
      await wedge.scanAll([one ?? ''])
      await untilHeld(first.page)
      const saved = before + more.length + 1
      await untilSaved(first.page, saved)
      await holdPageWrites(first.page)
      await wedge.type(two ?? '')
      await first.page.waitForTimeout(SETTLED_MS)
      await first.kill()

      const second = await launchOwnChromium(profileFolder)
      await second.page.goto(`${server.origin}/sessions/${sessionId}`)
      await untilReadyToScan(second.page)
      expect((await readTally(second.page)).saved).toBeGreaterThanOrEqual(saved)
      await second.close()
    } finally {
      await rm(profileFolder, { recursive: true, force: true })
    }
  })
})
