// Storage that was cleared behind the app's back: the next start says so, with how many scans may be missing.
import { openSession, signIn, untilCatalogueIsHere, untilSaved } from './support/app'
import { barcodesFor } from './support/rest'
import { expect, test } from './support/test'
import { createWedge } from './support/wedge'

test('[SR4] [SR5] a database that was cleared with unsent scans in it is told at the next start, and once', { tag: '@long' }, async ({ page, server, directed }) => {
  test.setTimeout(120_000)
  await signIn(page, 'ana')
  await openSession(page, directed.session.inventoryCountImportId)
  await untilCatalogueIsHere(page)
  await server.faults({ errorRate: 1, errorStatus: 503, only: '/items' })
  const products = barcodesFor(directed.items).requested.slice(0, 3)
  await (await createWedge(page)).scanAll(products.map((it) => it.barcode), 4)
  await untilSaved(page, 3)

  await page.goto(`${server.origin}/rest/s1/admin/checkLoginOptions`)
  await page.evaluate(async () => {
    const names = (await indexedDB.databases()).flatMap(({ name }) => (name?.startsWith('scans:') === true ? [name] : []))
    await Promise.all(
      names.map(
        (name) =>
          new Promise<void>((resolve, reject) => {
            const deleting = indexedDB.deleteDatabase(name)
            deleting.onsuccess = () => resolve()
            deleting.onerror = () => reject(new Error(`${name} is not deleted`))
          }),
      ),
    )
  })
  await server.faults({})
  await signIn(page, 'ana')

  const report = page.getByLabel('What happened on this device')
  await expect(report).toContainText('3 scans', { timeout: 30_000 })
  await report.getByRole('button', { name: 'I see' }).click()
  await page.reload()
  await expect(page.getByRole('heading', { name: 'Counts' })).toBeVisible()
  await expect(page.getByLabel('What happened on this device')).toHaveCount(0)
})
