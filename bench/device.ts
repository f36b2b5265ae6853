// A signed-in device with a session open, and the steps that all benchmarks of the running app share.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { expect } from '@playwright/test'
import { signIn, tallyOf, untilCatalogueIsHere, untilInstalled, untilReadyToScan } from '../e2e/support/app'
import type { OwnChromium } from '../e2e/support/chromium'
import { launchOwnChromium } from '../e2e/support/chromium'
import type { TestServer } from '../e2e/support/server'
import type { Past } from './device-events'
import { isEvidenceSent, isPulled, writePast } from './device-events'

/** A catalogue of 100,000 products and a session of 20,000 lines take their time on two busy cores. */
export const PATIENCE_MS = 600_000
/** On the app's origin, and not the app. */
const QUIET_PAGE = '/rest/s1/admin/checkLoginOptions'

export interface Device {
  readonly server: TestServer
  readonly profileFolder: string
  browser: () => OwnChromium
  page: () => Page
  /** End the browser in order and start it again on the same profile. */
  restart: () => Promise<void>
  dispose: () => Promise<void>
}

/** Ana's device: installed, signed in, the catalogue complete. */
export async function setUpDevice(server: TestServer): Promise<Device> {
  const profileFolder = await mkdtemp(join(tmpdir(), 'shelfcount-bench-'))
  let browser = await launchOwnChromium(profileFolder)
  await signIn(browser.page, 'ana', server.origin)
  await untilInstalled(browser.page)
  await untilCatalogueIsHere(browser.page, PATIENCE_MS)
  return {
    server,
    profileFolder,
    browser: () => browser,
    page: () => browser.page,
    restart: async () => {
      await browser.close()
      browser = await launchOwnChromium(profileFolder)
    },
    dispose: async () => {
      await browser.kill()
      await rm(profileFolder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Open a session and wait until all its lines are here. @returns ms until then */
export async function openOnDevice(device: Device, sessionId: string): Promise<number> {
  const startedAt = performance.now()
  await device.page().goto(`${device.server.origin}/sessions/${sessionId}`)
  await untilReadyToScan(device.page(), PATIENCE_MS)
  // Scans are taken before: what is measured then would be the download beside them.
  await expect
    .poll(() => device.page().evaluate(isPulled, sessionId), { timeout: PATIENCE_MS, intervals: [500] })
    .toBe(true)
  return performance.now() - startedAt
}

/** Give the device a past in this session, let it fold and send everything. @returns ms that took */
export async function liveThrough(device: Device, past: Past): Promise<number> {
  await device.page().goto(device.server.origin + QUIET_PAGE)
  await writePast(device.page(), past)
  const startedAt = performance.now()
  await openOnDevice(device, past.sessionId)
  await expect(tallyOf(device.page())).toHaveAttribute('data-synced', String(past.events), { timeout: PATIENCE_MS })
  const ms = performance.now() - startedAt
  // The events themselves follow the rows as evidence: a past lies behind, it is not still being sent.
  const { sessionId } = past
  await expect
    .poll(() => device.page().evaluate(isEvidenceSent, sessionId), { timeout: PATIENCE_MS, intervals: [2000] })
    .toBe(true)
  return ms
}

/** Write scans that nobody has folded or sent yet, with the app away. */
export async function addUnsent(device: Device, past: Past): Promise<void> {
  await device.page().goto(device.server.origin + QUIET_PAGE)
  await writePast(device.page(), past)
}
