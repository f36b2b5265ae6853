// A count is approved while a device is out of reach: what it still had goes into another session, once.
import { COUNTS } from '../src/contract/envelope'
import { bucket, newDevice, openSession, signIn, untilCatalogueIsHere, untilReadyToScan, untilSaved, untilSynced } from './support/app'
import { violationsOf } from './support/axe'
import { barcodesFor, signInToRest, totalsOf, type RestUser } from './support/rest'
import { FACILITY, times } from './support/supervisor'
import { expect, test } from './support/test'
import { createWedge } from './support/wedge'

test.setTimeout(120_000)

test('[HR1] [HR9] [HR10] [HR11] [UI49] scans held for a closed count are moved, and count there once', { tag: '@long' }, async ({ browser, server, directed }) => {
  const sam = await signInToRest(server.origin, 'sam')
  const [product] = barcodesFor(directed.items).requested
  const { barcode, productId } = product ?? { barcode: '', productId: '' }
  const closing = await aHardCount(sam, 'Closing count')
  const open = await aHardCount(sam, 'Open count')
  const page = await newDevice(browser, server.origin)

  await test.step('two scans count, three are made out of reach', async () => {
    await signIn(page, 'ana')
    await openSession(page, closing.sessionId)
    await untilCatalogueIsHere(page)
    const wedge = await createWedge(page)
    await wedge.scanAll(times(barcode, 2))
    await untilSynced(page, 2)
    await page.context().setOffline(true)
    await wedge.scanAll(times(barcode, 3))
    await untilSaved(page, 5)
  })

  await test.step('the count is approved', () => approve(sam, closing, productId))

  await test.step('back again its scans are held, and offered for a move', async () => {
    await page.context().setOffline(false)
    await page.evaluate(() => window.dispatchEvent(new Event('online')))
    await page.goto('/sync')
    await expect(page.getByRole('heading', { name: 'Not taken by the server' })).toBeVisible({ timeout: 40_000 })
    expect(await violationsOf(page)).toEqual([])
    await page.getByRole('button', { name: /^Move to another session/ }).click()
    await page.getByRole('radio', { name: /^Open count/ }).check()
    await expect(page.getByRole('dialog')).toContainText('count in “Open count”')
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await violationsOf(page)).toEqual([])
    }
  })

  await test.step('the answer is lost, and the second tap moves nothing twice', async () => {
    // All answers: a browser repeats by itself what a kept connection lost.
    await server.faults({ dropAfterCommit: true, only: '/held' })
    const move = page.getByRole('dialog').getByRole('button', { name: 'Move', exact: true })
    await move.click()
    await expect(page.getByRole('dialog').getByRole('alert')).toBeVisible()
    await server.faults({})
    await move.click()
    await expect(page.getByText('moved to “Open count”')).toBeVisible()
    await expect(page.getByRole('heading', { name: 'Not taken by the server' })).toBeHidden()
  })

  expect(await totalsOf(sam, closing.sessionId)).toEqual({ [productId]: 2 })
  expect(await totalsOf(sam, open.sessionId)).toEqual({ [productId]: 3 })
  await openSession(page, open.sessionId)
  await untilReadyToScan(page)
  await expect(bucket(page, 'counted')).toHaveAttribute('data-count', '1')
  await page.context().close()
})

/** No aisle: nobody expects anything else there. */
const CORNER = 'The corner by the door'

interface HardCount {
  readonly countId: string
  readonly sessionId: string
}

/** Under way, with one session of the same name. */
async function aHardCount(sam: RestUser, name: string): Promise<HardCount> {
  const base = `${COUNTS}cycleCounts/workEfforts`
  const count = await sam.send<{ workEffortId: string }>('POST', base, {
    workEffortName: name,
    facilityId: FACILITY.id,
    workEffortPurposeTypeId: 'HARD_COUNT',
  })
  await sam.send('PUT', `${base}/${count.workEffortId}`, { statusId: 'CYCLE_CNT_IN_PRGS' })
  const session = await sam.send<{ inventoryCountImportId: string }>('POST', `${base}/${count.workEffortId}/sessions`, { countImportName: name, facilityAreaId: CORNER })
  return { countId: count.workEffortId, sessionId: session.inventoryCountImportId }
}

/** Takes the session from whoever has it, submits it, books nothing of it and closes the count. */
async function approve(sam: RestUser, { countId, sessionId }: HardCount, productId: string): Promise<void> {
  const session = `${COUNTS}cycleCounts/sessions/${sessionId}`
  const review = `${COUNTS}cycleCounts/workEfforts/${countId}/review`
  const { fence } = await sam.send<{ fence: number }>('POST', `${session}/lock`, { deviceId: 'desk', mode: 'force' })
  await sam.send('PUT', session, { statusId: 'SESSION_SUBMITTED', fence })
  await sam.send('POST', `${review}/decisions`, {
    requestId: 'decide',
    decisions: [{ productId, action: 'skip', reason: 'not booked here' }],
  })
  const { revision } = await sam.get<{ revision: number }>(review)
  await sam.send('POST', `${review}/approve`, { requestId: 'approve', revision })
}
