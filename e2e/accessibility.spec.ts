// Every screen, light and dark, as axe sees it: no violation of WCAG 2.2 A and AA.
import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { bucket, openSession, scanField, signIn, untilCatalogueIsHere, untilSaved } from './support/app'
import { barcodesFor } from './support/rest'
import { expect, test } from './support/test'
import { createWedge } from './support/wedge'

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

async function violationsOf(page: Page): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze()
  return violations.map((it) => `${it.id}: ${it.nodes.map((node) => node.target.join(' ')).join(', ')}`)
}

for (const colorScheme of ['light', 'dark'] as const) {
  // Every screen twice takes a minute and a half: docs/adr/0012
  test.describe(`${colorScheme} theme`, { tag: '@long' }, () => {
    test.use({ colorScheme })

    test('[UI20] no screen has a violation that axe can see', async ({ page, directed }) => {
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
  })
}
