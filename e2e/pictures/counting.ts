// Pictures of what an associate sees: signing in, counting, by hand, the list, what is unsent.
import type { BrowserContext, Page, Route } from '@playwright/test'
import { bucket, openSession, signIn, submit, untilCatalogueIsHere, untilSynced } from '../support/app'
import type { FoundSession, RestUser, Scannable } from '../support/rest'
import { barcodesFor } from '../support/rest'
import { createWedge } from '../support/wedge'
import { take } from './camera'

/** Nobody's barcode. */
const UNKNOWN = '99999999999'
/** Names that anybody can read in a picture. */
const PLAIN = /^[A-Z][A-Za-z, &'-]{5,36}$/
/** How often each product is scanned, in the order of the list. */
const AMOUNTS = [3, 6, 2, 9, 1, 4, 2, 1, 5, 2, 3, 1]

/** @returns how many scans were made */
async function count(page: Page, { items }: FoundSession): Promise<number> {
  const { requested, others } = barcodesFor(items)
  const isPlain = (it: Scannable): boolean => PLAIN.test(it.name)
  const listed = requested.filter(isPlain)
  const scans = AMOUNTS.flatMap((times, nth) => Array.from({ length: times }, () => listed[nth]?.barcode ?? UNKNOWN))
  const other = others.find(isPlain)?.barcode ?? UNKNOWN
  const last = [other, ...scans.slice(-5), UNKNOWN, ...scans.slice(0, 2)]
  const wedge = await createWedge(page)
  await wedge.scanAll([...scans, ...last], 4)
  return scans.length + last.length
}

export async function takeCounting(page: Page, origin: string, directed: FoundSession): Promise<void> {
  await page.goto(`${origin}/login`)
  await page.getByRole('button', { name: /ana/i }).first().waitFor()
  await take(page, 'sign-in')

  await signIn(page, 'ana', origin)
  await openSession(page, directed.session.inventoryCountImportId, origin)
  await untilCatalogueIsHere(page)
  const scans = await count(page, directed)
  await bucket(page, 'counted').click()
  await untilSynced(page, scans)
  await take(page, 'counting', { isDarkToo: true })

  await page.getByRole('button', { name: 'Submit', exact: true }).first().click()
  await page.getByRole('dialog').waitFor()
  await take(page, 'submit')
  await page.keyboard.press('Escape')

  await page.getByRole('button', { name: 'Hand count' }).click()
  await page.getByLabel('Name or number of the product').fill('green')
  await page.getByRole('button', { name: /^Count / }).first().waitFor()
  await take(page, 'hand-count')
  await page.getByRole('button', { name: 'Back to scanning' }).click()

  await page.getByRole('button', { name: 'Counts' }).click()
  await page.getByText(directed.cycleCount.workEffortName ?? '?').first().waitFor()
  await page.getByRole('button', { name: 'Refresh' }).click()
  await page.getByRole('button', { name: 'Resume' }).first().waitFor()
  await page.waitForLoadState('networkidle')
  await take(page, 'counts', { isDarkToo: true })
  await page.getByRole('link', { name: 'Sync page' }).or(page.getByTitle('Sync page')).first().click()
  await page.getByText('Room left').waitFor()
  await take(page, 'sync')
}

/** The answer to a submit is lost, and before the device asks again somebody has opened the session anew. */
export async function takeReopened(page: Page, supervisor: RestUser, { session, cycleCount, origin }: FoundSession & { readonly origin: string }): Promise<void> {
  const sessionId = session.inventoryCountImportId
  await openSession(page, sessionId, origin)
  await loseFirstSubmit(page.context(), sessionId, async () => {
    const path = `inventory-cycle-count/cycleCounts/workEfforts/${cycleCount.workEffortId}/review/sessions`
    await supervisor.send('POST', path, { sessionId, action: 'reopen', reason: 'The top shelf was left out' })
  })
  await submit(page)
  await page.getByText('somebody has opened it again since').waitFor({ timeout: 120_000 })
  await take(page, 'reopened')
}

async function loseFirstSubmit(context: BrowserContext, sessionId: string, meanwhile: () => Promise<void>): Promise<void> {
  let isLost = false
  await context.route(`**/cycleCounts/sessions/${sessionId}`, async (route: Route) => {
    if (route.request().method() !== 'PUT' || isLost) return route.continue()
    isLost = true
    await route.fetch()
    await meanwhile()
    return route.abort()
  })
}
