// The power test's Chromium.
import { openSession, signIn, untilCatalogueIsHere, untilInstalled, untilSynced } from '../support/app'
import { launchOwnChromium } from '../support/chromium'
import { dumpDatabase } from '../support/device-database'
import { createWedge } from '../support/wedge'
import { watchContext } from '../kill/watch'
import { shownHere, type Engine, type Life, type Place } from './engine'

export const CHROMIUM: Engine = {
  name: 'chromium',
  missing: () => null,
  start: startChromium,
}

async function startChromium({ profileFolder, origin }: Place): Promise<Life> {
  const browser = await launchOwnChromium(profileFolder)
  const { page, context } = browser
  const acknowledged = new Set<string>()
  await watchContext(context, acknowledged)
  const wedge = await createWedge(page)
  return {
    setUp: async (sessionId) => {
      await signIn(page, 'ana', origin)
      await untilInstalled(page)
      await openSession(page, sessionId, origin)
      await untilCatalogueIsHere(page)
    },
    openSession: (sessionId) => openSession(page, sessionId, origin),
    shown: () => page.evaluate(shownHere),
    scan: (barcode) => wedge.type(barcode),
    acknowledged: async () => [...acknowledged],
    dump: (prefix, tables) => dumpDatabase(page, prefix, tables),
    dumpWithoutApp: async (address) => {
      await page.goto(address)
      return dumpDatabase(page, 'scans:')
    },
    untilSynced: (scans) => untilSynced(page, scans),
    kill: browser.kill,
    close: browser.close,
  }
}
