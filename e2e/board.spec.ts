// The live board while two people count: both are seen, then one of them falls silent with scans that are not sent.
import type { Page } from '@playwright/test'
import { newDevice, openSession, signIn, untilCatalogueIsHere, untilSaved, untilSynced } from './support/app'
import { violationsOf } from './support/axe'
import { inTurn } from './support/expected'
import { barcodesFor, itemsOf } from './support/rest'
import { expect, test } from './support/test'
import { createWedge } from './support/wedge'

const SETTLED = { timeout: 60_000 }
const FOUR_MINUTES_MS = 240_000

const rowOf = (desk: Page, sessionId: string) => desk.locator(`tr[data-session="${sessionId}"]`)

test('[BD15] two people count, one loses the network: the board shows both, the silence and what is not sent', { tag: '@long' }, async ({
  page,
  browser,
  server,
  ana,
  directed,
}) => {
  test.setTimeout(300_000)
  const [first = '', second = ''] = (directed.cycleCount.sessions ?? []).map((it) => it.inventoryCountImportId)
  const anas = inTurn(barcodesFor(await itemsOf(ana, first)).requested.slice(0, 6), 12)
  const bens = inTurn(barcodesFor(await itemsOf(ana, second)).requested.slice(0, 6), 12)

  const desk = await newDevice(browser, server.origin)
  await signIn(desk, 'sam')
  await desk.locator('select').selectOption({ label: 'Northside Store' })
  await desk.getByRole('link', { name: 'Board' }).click()
  await expect(desk.getByTestId('board-mode')).toHaveAttribute('data-mode', 'live', SETTLED)

  // Both count; nobody loads the board again.
  await signIn(page, 'ana')
  await openSession(page, first)
  await untilCatalogueIsHere(page)
  const anasWedge = await createWedge(page)
  await anasWedge.scanAll(anas.map((it) => it.barcode))
  await untilSynced(page, anas.length)
  const bensPad = await newDevice(browser, server.origin)
  await signIn(bensPad, 'ben')
  await bensPad.locator('select').selectOption({ label: 'Northside Store' })
  await openSession(bensPad, second)
  await untilCatalogueIsHere(bensPad)
  const bensWedge = await createWedge(bensPad)
  await bensWedge.scanAll(bens.map((it) => it.barcode))
  await untilSynced(bensPad, bens.length)
  for (const [sessionId, who] of [[first, 'Ana'], [second, 'Ben']] as const) {
    const row = rowOf(desk, sessionId)
    await expect(row).toHaveAttribute('data-activity', 'counting', SETTLED)
    await expect(row).toContainText(who)
    await expect(row).toContainText('6 of 200', SETTLED)
    await expect(row).toContainText('a minute', SETTLED)
  }
  expect(await violationsOf(desk)).toEqual([])
  await desk.emulateMedia({ colorScheme: 'dark' })
  expect(await violationsOf(desk)).toEqual([])

  // Ben's scans do not get through any more: his heartbeat still says how many there are.
  await server.faults({ errorRate: 1, errorStatus: 503, only: '/items' })
  await bensWedge.scanAll(bens.slice(0, 3).map((it) => it.barcode))
  await untilSaved(bensPad, bens.length + 3)
  await expect(rowOf(desk, second)).toHaveAttribute('data-unsent', '3', SETTLED)

  // Then his pad is out of reach. Time passes, and Ana goes on.
  await bensPad.context().setOffline(true)
  await server.faults({ clockOffsetMs: FOUR_MINUTES_MS })
  await anasWedge.scanAll(anas.slice(0, 6).map((it) => it.barcode))
  await untilSynced(page, anas.length + 6)
  await expect(rowOf(desk, second)).toHaveAttribute('data-activity', 'unheard', SETTLED)
  await expect(rowOf(desk, second)).toContainText('3 scans not sent')
  await expect(rowOf(desk, first)).toHaveAttribute('data-activity', 'counting', SETTLED)
  await desk.getByRole('combobox', { name: /^Show/ }).selectOption('unheard')
  await expect(rowOf(desk, first)).toHaveCount(0)
  await expect(rowOf(desk, second)).toBeVisible()

  // The network is back, and so is everything.
  await bensPad.context().setOffline(false)
  await untilSynced(bensPad, bens.length + 3)
  await desk.getByRole('combobox', { name: /^Show/ }).selectOption('all')
  await expect(rowOf(desk, second)).toHaveAttribute('data-unsent', '0', SETTLED)
  await bensPad.context().close()
  await desk.context().close()
})

test('[BD11] a board without its stream says so, and keeps up by asking', { tag: '@long' }, async ({ browser, server, ana, directed }) => {
  const sessionId = directed.session.inventoryCountImportId
  const desk = await newDevice(browser, server.origin)
  await desk.context().route(/\/events\?/, (route) => route.abort())
  await signIn(desk, 'sam')
  await desk.locator('select').selectOption({ label: 'Northside Store' })
  await desk.getByRole('link', { name: 'Board' }).click()

  await expect(desk.getByTestId('board-mode')).toHaveText(/asked every 10 seconds/, SETTLED)
  await expect(rowOf(desk, sessionId)).not.toContainText('Ana')
  await ana.send('POST', `inventory-cycle-count/cycleCounts/sessions/${sessionId}/lock`, { deviceId: 'pad', unsentScans: 5 })
  await expect(rowOf(desk, sessionId)).toContainText('5 scans not sent', SETTLED)
  await desk.context().close()
})
