// Every screen of a counter on an iPad held upright and on a phone: it fits, and everything can be tapped.
import type { Page } from '@playwright/test'
import { bucket, openSession, scanField, signIn, untilCatalogueIsHere, untilSaved } from './support/app'
import { isOnScreen, layoutFaultsOf } from './support/layout'
import type { FoundSession } from './support/rest'
import { barcodesFor } from './support/rest'
import { expect, test } from './support/test'
import { createWedge } from './support/wedge'

const SIZES = { 'iPad upright': { width: 820, height: 1180 }, phone: { width: 390, height: 844 } } as const

test.setTimeout(180_000)

type Look = (screen: string) => Promise<void>

async function showAll(page: Page, directed: FoundSession, look: Look): Promise<void> {
  const sessionId = directed.session.inventoryCountImportId
  const { requested, others } = barcodesFor(directed.items)
  await page.goto('/login')
  await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible()
  await look('sign in')
  await signIn(page, 'ana')
  await expect(page.getByText(directed.cycleCount.workEffortName ?? '?').first()).toBeVisible()
  await look('counts')
  await page.getByRole('button', { name: 'New session' }).first().click()
  await look('new session')
  await page.keyboard.press('Escape')

  await openSession(page, sessionId)
  await untilCatalogueIsHere(page)
  await look('counting, nothing yet')
  const wedge = await createWedge(page)
  await wedge.scanAll([requested[0]?.barcode ?? '', others[0]?.barcode ?? '', '99999999999'], 4)
  await untilSaved(page, 3)
  await look('counting')
  for (const name of ['counted', 'uncounted', 'undirected', 'unmatched'] as const) {
    await bucket(page, name).click()
    await look(`list of ${name}`)
  }
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: /^12 ×/ }).click()
  await look('several at once')
  await page.keyboard.press('Escape')
  await page.getByTestId('scan-feed').getByRole('button', { name: /^Match / }).click()
  await page.getByRole('button', { name: /^Take its scans back/ }).click()
  await look('matching, why not')
  await page.getByRole('button', { name: 'Another reason' }).click()
  await expect(page.getByRole('button', { name: 'Count it again' })).toBeVisible()
  await look('a scan taken back')
  await page.getByRole('button', { name: 'Count it again' }).click()
  await page.getByTestId('scan-feed').getByRole('button', { name: /^Match / }).click()
  await page.getByLabel('Name or number of the product').fill(requested[1]?.barcode ?? '')
  const found = page.getByRole('dialog').getByRole('button', { name: /^Match to/ }).first()
  await expect(found).toBeVisible()
  await look('matching, search')
  await found.click()
  await look('matching, pack')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Submit', exact: true }).click()
  await expect(page.getByRole('dialog')).toBeVisible()
  await look('check before the submit')
  await page.keyboard.press('Escape')

  await page.goto(`/sessions/${sessionId}/hand-count`)
  await page.getByLabel('Name or number of the product').fill('milk')
  await expect(page.getByRole('button', { name: /^Count / }).first()).toBeVisible()
  await look('hand count')
  await page.goto('/sync')
  await expect(page.getByRole('heading', { name: 'Sync', exact: true })).toBeVisible()
  await look('sync')
}

for (const [device, viewport] of Object.entries(SIZES)) {
  test.describe(device, () => {
    test.use({ viewport })

    test('[UI46] [UI100] nothing is wider than the screen or too small to tap; scan field, Submit and the buttons of a dialog are in sight', { tag: '@long' }, async ({ page, directed }) => {
      const found: Record<string, readonly string[]> = {}
      await showAll(page, directed, async (screen) => {
        const faults = [...(await layoutFaultsOf(page))]
        if (screen.startsWith('counting')) {
          if (!(await isOnScreen(scanField(page)))) faults.push('The scan field is out of sight')
          if (!(await isOnScreen(page.getByRole('button', { name: 'Submit', exact: true })))) faults.push('Submit is out of sight')
        }
        for (const button of await page.getByRole('dialog').locator('.actions > button').all())
          if (!(await isOnScreen(button))) faults.push(`${await button.textContent()} is out of sight`)
        if (faults.length > 0) found[screen] = faults
      })
      expect(found).toEqual({})
    })
  })
}
