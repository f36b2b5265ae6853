import { openSession, signIn, untilCatalogueIsHere, readTally } from './support/app'
import { inTurn } from './support/expected'
import { barcodesFor } from './support/rest'
import { test } from './support/test'
import { createWedge } from './support/wedge'
test.setTimeout(120_000)
test('debug', async ({ page, directed, server }) => {
  await server.faults({ dropAfterCommit: 3, only: '/items' })
  const sessionId = directed.session.inventoryCountImportId
  const products = barcodesFor(directed.items).requested
  await signIn(page, 'ana')
  await openSession(page, sessionId)
  await untilCatalogueIsHere(page)
  await page.evaluate(() => { const t: any[] = (window as any).t = []
    window.addEventListener('keydown', e => t.push([e.key, Math.round(e.timeStamp), Math.round(performance.now())]), true)
    for (const n of ['blur','focus']) window.addEventListener(n, () => t.push([n, Math.round(performance.now())]))
    new MutationObserver(() => { const f = document.querySelector('[data-testid=feedback]') as any; if (f?.dataset.outcome === 'partial') t.push(['PARTIAL', f.textContent, Math.round(performance.now())]) }).observe(document.body, {subtree:true, childList:true, attributes:true, attributeFilter:['data-outcome']}) })
  const wedge = await createWedge(page)
  const lost = inTurn(products.slice(0, 6), 60)
  await wedge.scanAll(lost.map((it) => it.barcode), 4)
  await page.waitForTimeout(2000)
  console.log(await readTally(page))
  const t = await page.evaluate(() => (window as any).t)
  for (let at = 0; at < t.length; at++) if (t[at][0] === 'PARTIAL' || t[at][0] === 'blur') console.log(at, JSON.stringify(t.slice(Math.max(0, at - 6), at + 4)))
})
