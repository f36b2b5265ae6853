// The server commits and its answers are lost, or it gets every request twice: totals stay right.
import { openSession, signIn, untilCatalogueIsHere, untilSynced } from './support/app'
import { inTurn, totalsFor } from './support/expected'
import { barcodesFor, totalsOf } from './support/rest'
import { expect, test } from './support/test'
import { createWedge } from './support/wedge'

test.setTimeout(90_000)

test('[S3.3] answers lost after the commit, requests that arrive twice: every scan is counted once', async ({ page, server, ana, directed }) => {
  const sessionId = directed.session.inventoryCountImportId
  const products = barcodesFor(directed.items).requested
  await signIn(page, 'ana')
  await openSession(page, sessionId)
  await untilCatalogueIsHere(page)
  const wedge = await createWedge(page)

  await server.faults({ dropAfterCommit: 3, only: '/items' })
  const lost = inTurn(products.slice(0, 6), 24)
  await wedge.scanAll(lost.map((it) => it.barcode), 4)
  await untilSynced(page, lost.length)

  await server.faults({ duplicate: true })
  const twice = inTurn(products.slice(3, 9), 12)
  await wedge.scanAll(twice.map((it) => it.barcode), 4)
  await untilSynced(page, lost.length + twice.length)

  expect(await totalsOf(ana, sessionId)).toEqual(totalsFor([...lost, ...twice]))
})
