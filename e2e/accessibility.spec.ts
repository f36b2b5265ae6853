// Every screen as axe sees it: no violation of WCAG 2.2 A and AA. All of them in one theme at every run, with scans and in both by request.
import type { Page } from '@playwright/test'
import { bucket, openSession, scanField, signIn, untilCatalogueIsHere, untilSaved } from './support/app'
import { violationsOf } from './support/axe'
import { barcodesFor } from './support/rest'
import { showEverything } from './support/screens'
import { expect, test } from './support/test'
import { createWedge } from './support/wedge'

async function violationsEverywhere(page: Page, sessionId: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const found: Record<string, readonly string[]> = {}
  await showEverything(page, sessionId, async (screen) => {
    const violations = await violationsOf(page)
    if (violations.length > 0) found[screen] = violations
  })
  return found
}

test('[UI49] no screen has a violation that axe can see', async ({ page, directed }) => {
  test.setTimeout(240_000)
  expect(await violationsEverywhere(page, directed.session.inventoryCountImportId)).toEqual({})
})

for (const colorScheme of ['light', 'dark'] as const) {
  // What scans leave on a screen, and all screens once more: a minute and a half for both themes (docs/adr/0012).
  test.describe(`${colorScheme} theme`, { tag: '@long' }, () => {
    test.use({ colorScheme })

    test('[UI49] no screen has a violation that axe can see, with scans on it', async ({ page, directed }) => {
      const sessionId = directed.session.inventoryCountImportId
      const { requested, others } = barcodesFor(directed.items)
      const found: Record<string, readonly string[]> = {}
      const look = async (screen: string): Promise<void> => {
        const violations = await violationsOf(page)
        if (violations.length > 0) found[screen] = violations
      }

      await page.goto('/login')
      await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible()
      await look('sign in')
      await signIn(page, 'ana')
      await expect(page.getByText(directed.cycleCount.workEffortName ?? '?').first()).toBeVisible()
      await look('counts')
      await page.goto(`/counts/${directed.cycleCount.workEffortId}`)
      await expect(page.getByText(directed.session.countImportName ?? '?').first()).toBeVisible()
      await look('one count')

      await openSession(page, sessionId)
      await untilCatalogueIsHere(page)
      const wedge = await createWedge(page)
      await wedge.scanAll([requested[0]?.barcode ?? '', others[0]?.barcode ?? '', '99999999999'], 4)
      await untilSaved(page, 3)
      for (const name of ['counted', 'uncounted', 'undirected', 'unmatched'] as const) {
        await bucket(page, name).click()
        await look(`counting, ${name}`)
      }
      await page.getByRole('button', { name: 'Submit', exact: true }).first().click()
      await expect(page.getByRole('dialog')).toBeVisible()
      await look('check before the submit')
      await page.keyboard.press('Escape')
      await expect(scanField(page)).toBeVisible()

      await page.goto(`/sessions/${sessionId}/hand-count`)
      await expect(page.getByRole('heading').first()).toBeVisible()
      await look('hand count')
      await page.goto('/sync')
      await expect(page.getByRole('heading').first()).toBeVisible()
      await look('sync')

      expect(found).toEqual({})
    })

    test('[UI49] nor has one of those of an administrator', async ({ page, directed }) => {
      test.setTimeout(240_000)
      expect(await violationsEverywhere(page, directed.session.inventoryCountImportId)).toEqual({})
    })
  })
}
