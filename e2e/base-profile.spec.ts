// The main path against a plain Moqui server: no capabilities, no verdicts, repeated item rows.
import { openSession, signIn, submit, tallyOf, untilCatalogueIsHere, untilInstalled, untilReadyToScan, untilSaved, untilSynced } from './support/app'
import { inTurn, totalsFor } from './support/expected'
import { barcodesFor, sessionOf, totalsOf } from './support/rest'
import { expect, test } from './support/test'
import { createWedge } from './support/wedge'

test.use({ profile: 'hotwax' })
test.setTimeout(180_000)

test('[S3.33] [S3.35] the main path on a server of the base profile', { tag: '@long' }, async ({ page, server, ana, directed }) => {
  const sessionId = directed.session.inventoryCountImportId
  const products = barcodesFor(directed.items).requested
  await signIn(page, 'ana')
  await untilInstalled(page)
  await openSession(page, sessionId)
  await untilCatalogueIsHere(page)
  const wedge = await createWedge(page)
  const online = inTurn(products.slice(0, 5), 15)
  await wedge.scanAll(online.map((it) => it.barcode), 4)
  await untilSynced(page, online.length)

  await server.stop()
  const offline = inTurn(products.slice(3, 8), 10)
  await wedge.scanAll(offline.map((it) => it.barcode), 4)
  await untilSaved(page, online.length + offline.length)
  await page.reload()
  await untilReadyToScan(page)

  await server.start()
  await page.evaluate(() => window.dispatchEvent(new Event('online')))
  // Nobody knows what became of the request that was under way, and this server takes the last one that arrives: newer
  // values wait a minute for it (decision 14).
  await expect(tallyOf(page)).toHaveAttribute('data-synced', String(online.length + offline.length), { timeout: 100_000 })
  await submit(page)
  await expect.poll(async () => (await sessionOf(ana, sessionId)).statusId, { timeout: 30_000 }).toBe('SESSION_SUBMITTED')
  expect(await totalsOf(ana, sessionId)).toEqual(totalsFor([...online, ...offline]))
})
