// Out of reach for longer than the lease: counting goes on within the offline grace, and all of it arrives, once.
import type { BrowserContext } from '@playwright/test'
import {
  feedback,
  lockStatus,
  openSession,
  signIn,
  syncStatus,
  untilCatalogueIsHere,
  untilSaved,
  untilSynced,
} from './support/app'
import { inTurn, totalsFor } from './support/expected'
import type { RestUser, Scannable } from './support/rest'
import { barcodesFor, locksOf, signInToRest, totalsOf } from './support/rest'
import { expect, test } from './support/test'
import { createWedge } from './support/wedge'

test.setTimeout(120_000)

/** Instead of two minutes: the device asks for its lease, and keeps to the one that the server grants. */
const LEASE_SECONDS = 8

test.describe('a device that is offline for longer than its lease', () => {
  for (const { title, ids, meanwhile } of [
    {
      title: 'counts on and takes its lock up again where nobody took it',
      ids: '[LK3] [LK4] [LK9]',
      meanwhile: nothing,
    },
    {
      title: 'counts on and finds its lock free behind somebody who had it meanwhile',
      ids: '[LK3] [LK4] [LK5]',
      meanwhile: countForAWhile,
    },
  ])
    test(
      `${ids} [S3.37] [S3.42] ${title}: every scan is on the server once`,
      { tag: '@long' },
      async ({ page, context, server, ana, directed }) => {
        const sessionId = directed.session.inventoryCountImportId
        const { requested, others } = barcodesFor(directed.items)
        const early = inTurn(requested.slice(0, 4), 6)
        const offline = [...inTurn(requested.slice(2, 8), 12), ...inTurn(others.slice(0, 2), 3)]
        const later = inTurn(requested.slice(0, 3), 3)
        await askForShortLease(context)
        await signIn(page, 'ana')
        await openSession(page, sessionId)
        await untilCatalogueIsHere(page)
        const wedge = await createWedge(page)
        await wedge.scanAll(
          early.map((it) => it.barcode),
          4,
        )
        await untilSynced(page, early.length)
        await expect(lockStatus(page)).toHaveAttribute('data-state', 'held')
        const before = await lockOf(ana, sessionId)
        expect(before).toMatchObject({ leaseSeconds: LEASE_SECONDS })

        await context.setOffline(true)
        await wedge.scanAll(
          offline.map((it) => it.barcode),
          4,
        )
        await expect(lockStatus(page)).toHaveAttribute('data-state', 'unverified', {
          timeout: 30_000,
        })
        await expect
          .poll(async () => (await lockOf(ana, sessionId)).isOver, { timeout: 30_000 })
          .toBe(true)
        const theirs = await meanwhile(
          await signInToRest(server.origin, 'ben'),
          sessionId,
          requested,
        )

        // The lease is over for everybody, and the device counts on.
        await wedge.scanAll(
          later.map((it) => it.barcode),
          4,
        )
        await expect(feedback(page)).toHaveAttribute('data-outcome', 'counted')
        const all = [...early, ...offline, ...later]
        await untilSaved(page, all.length)
        await expect(lockStatus(page)).toHaveAttribute('data-state', 'unverified')
        await expect(syncStatus(page)).toHaveAttribute('data-status', /^(offline|unsent)$/)

        await context.setOffline(false)
        await page.evaluate(() => window.dispatchEvent(new Event('online')))
        await untilSynced(page, all.length)
        await expect(lockStatus(page)).toHaveAttribute('data-state', 'held', { timeout: 30_000 })
        expect((await lockOf(ana, sessionId)).fence).toBeGreaterThan(before.fence)
        await wedge.scan(requested[0]?.barcode ?? '', 4)
        await untilSynced(page, all.length + 1)

        const last = requested[0] === undefined ? [] : [requested[0]]
        expect(await totalsOf(ana, sessionId)).toEqual(totalsFor([...all, ...last, ...theirs]))
      },
    )
})

async function nothing(): Promise<readonly Scannable[]> {
  return []
}

/** Somebody without the right to force: the lease was over by the server's word. */
async function countForAWhile(
  ben: RestUser,
  sessionId: string,
  products: readonly Scannable[],
): Promise<readonly Scannable[]> {
  const path = `inventory-cycle-count/cycleCounts/sessions/${sessionId}`
  const [product] = products
  if (product === undefined) throw new Error('Nothing to count')
  const lock = await ben.send<{ fromDate: number; fence: number }>('POST', `${path}/lock`, {
    deviceId: 'bens-device',
    userId: ben.userName,
  })
  const row = {
    uuid: 'bens-row',
    logId: 'bens-log',
    rev: 1,
    quantity: 1,
    standing: 1,
    productId: product.productId,
  }
  await ben.send('PUT', `${path}/items`, { items: [row], fence: lock.fence })
  await ben.send('PUT', `${path}/release`, {
    fromDate: lock.fromDate,
    deviceId: 'bens-device',
    fence: lock.fence,
  })
  return [product]
}

/** The worker's requests pass here, too. */
async function askForShortLease(context: BrowserContext): Promise<void> {
  await context.route(/\/lock$/, async (route) => {
    const body: unknown = route.request().postDataJSON()
    if (typeof body !== 'object' || body === null) return route.continue()
    await route.continue({ postData: { ...body, leaseSeconds: LEASE_SECONDS } })
  })
}

async function lockOf(
  user: RestUser,
  sessionId: string,
): Promise<{ readonly fence: number; readonly leaseSeconds: number; readonly isOver: boolean }> {
  const [lock] = await locksOf(user, sessionId)
  return {
    fence: lock?.fence ?? 0,
    leaseSeconds: lock?.leaseSeconds ?? 0,
    isOver: (lock?.thruDate ?? Infinity) < Date.now(),
  }
}
