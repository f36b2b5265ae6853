// A release with a newer schema comes in while another window counts with the old one: that one is told, and no scan is lost.
import type { Page } from '@playwright/test'
import { expect, test } from './support/test'
import { untilReadyToScan, untilSaved } from './support/app'
import type { UpgradedDatabase } from './support/next-schema'
import { publishNextSchema } from './support/next-schema'
import { withTwoWindows } from './support/two-versions'

const UPGRADED_WITHIN_MS = 40_000

/** The version of a database as it lies there, over all of the app's code. */
function versionOf(page: Page, database: UpgradedDatabase): Promise<number> {
  return page.evaluate(
    async (prefix) => (await indexedDB.databases()).find((it) => it.name?.startsWith(prefix) === true)?.version ?? 0,
    `${database}:`,
  )
}

test.describe('a newer schema', { tag: '@long' }, () => {
  test.setTimeout(180_000)

  for (const database of ['scans', 'catalogue'] as const)
    test(`[KX2] another window takes one of the ${database} in while this one counts: it loads the new version by itself, and every scan that beeped is there once`, async ({ browser, template }) => {
      await withTwoWindows({ browser, template }, 9, async ({ counting, idle, appFolder, ...windows }) => {
        const before = await versionOf(counting, database)

        await publishNextSchema(appFolder, 1, database)
        await windows.takeIn()
        await expect.poll(() => versionOf(idle, database).catch(() => 0), { timeout: UPGRADED_WITHIN_MS }).toBeGreaterThan(before)

        await expect.poll(windows.isSamePage, { timeout: UPGRADED_WITHIN_MS }).toBe(false)
        await untilReadyToScan(counting)
        await untilSaved(counting, 3)
        await windows.countOn()
      })
    })
})
