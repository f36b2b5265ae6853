// An iPad that opened the app in a browser tab: its storage may be thrown away, so nothing is counted there.
import { openSession, scanField, signIn, tallyOf } from './support/app'
import { barcodesFor, locksOf } from './support/rest'
import { expect, test } from './support/test'
import { createWedge } from './support/wedge'

test('[UI32] in a tab of an iPad the session says how to install, takes no lock and counts nothing', { tag: '@long' }, async ({ page, ana, directed }) => {
  await page.addInitScript(() => Object.defineProperty(navigator, 'standalone', { value: false }))
  const sessionId = directed.session.inventoryCountImportId
  await signIn(page, 'ana')
  await page.goto(`/sessions/${sessionId}`)
  await expect(page.getByText(/Add to Home Screen/)).toBeVisible()
  await expect(scanField(page)).toBeVisible()

  await (await createWedge(page)).scan(barcodesFor(directed.items).requested[0]?.barcode ?? '', 4)

  await expect(page.getByTestId('feedback')).toHaveAttribute('data-outcome', 'refused')
  await expect(tallyOf(page)).toHaveAttribute('data-scanned', '0')
  expect((await locksOf(ana, sessionId)).filter((it) => it.userId === 'ana')).toEqual([])
})

test('[UI32] lasting storage is asked for when the first session is opened', { tag: '@long' }, async ({ page, directed }) => {
  await page.addInitScript(() => {
    const asked: number[] = []
    Object.assign(window, { asked })
    navigator.storage.persist = () => {
      asked.push(Date.now())
      return Promise.resolve(false)
    }
  })
  await signIn(page, 'ana')
  const askedTimes = (): Promise<number> => page.evaluate(() => (window as unknown as { asked: number[] }).asked.length)
  expect(await askedTimes()).toBe(0)

  await openSession(page, directed.session.inventoryCountImportId)

  await expect.poll(askedTimes).toBe(1)
})
