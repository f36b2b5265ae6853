// Scan to durable and scan to paint: the app's own User Timing measures, at three paces, in small and large sessions.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from '@playwright/test'
import { expect } from '@playwright/test'
import type { Tally } from '../e2e/support/app'
import { readTally } from '../e2e/support/app'
import type { BenchProduct } from './catalogue'
import type { Device } from './device'
import { openOnDevice, PATIENCE_MS } from './device'
import { createRandom } from './random'
import type { Result } from './results'
import { resultOf } from './results'
import { pairScanner } from './scanner'

/** Scans per second, and how many are measured: enough for a p99 where the pace allows it. */
const PACES = [
  { perSecond: 1, scans: 20 },
  { perSecond: 5, scans: 60 },
  { perSecond: 20, scans: 300 },
] as const

/** First scans of a page life compile code and open the log: they are made, and not measured. */
const WARM_UP = 5

export async function benchScanning(
  device: Device,
  sessionId: string,
  products: readonly BenchProduct[],
  situation: string,
): Promise<readonly Result[]> {
  await openOnDevice(device, sessionId)
  const page = device.page()
  const scanner = await pairScanner(device.browser())
  const random = createRandom(7)
  const pick = (): string => products[Math.floor(random() * products.length)]?.gtin ?? ''
  const results: Result[] = []

  for (let nth = 0; nth < WARM_UP; nth += 1) await scanner.scan(pick())
  await untilAllSaved(page)

  for (const { perSecond, scans } of PACES) {
    const since = await page.evaluate(() => performance.now())
    for (let nth = 0, next = Date.now(); nth < scans; nth += 1, next += 1000 / perSecond) {
      await scanner.scan(pick())
      await sleep(Math.max(0, next + 1000 / perSecond - Date.now()))
    }
    await untilAllSaved(page)
    for (const measure of ['scan-to-durable', 'scan-to-paint']) {
      const values = await page.evaluate(
        ({ name, from }) =>
          performance.getEntriesByName(name, 'measure').flatMap((it) => (it.startTime >= from ? [it.duration] : [])),
        { name: measure, from: since },
      )
      results.push(resultOf(`${measure}, ${perSecond}/s, ${situation}`, values))
    }
  }
  scanner.close()
  return results
}

/** Nothing is on its way any more. A burst that a busy machine tore apart is shown as partial and not measured. */
async function untilAllSaved(page: Page): Promise<void> {
  // The last scan may still be on its way to the page.
  await sleep(500)
  await expect.poll(async () => isSettled(await readTally(page)), { timeout: PATIENCE_MS }).toBe(true)
}

function isSettled({ scanned, saved }: Tally): boolean {
  return scanned === saved
}
