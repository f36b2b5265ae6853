// Scan to durable and scan to paint: the app's own User Timing measures, at three paces, in small and large sessions.
import { setTimeout as sleep } from 'node:timers/promises'
import { tallyOf, untilSaved } from '../e2e/support/app'
import { createWedge } from '../e2e/support/wedge'
import type { BenchProduct } from './catalogue'
import type { Device } from './device'
import { openOnDevice } from './device'
import { createRandom } from './random'
import type { Result } from './results'
import { resultOf } from './results'

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
  const wedge = await createWedge(page)
  const random = createRandom(7)
  const pick = (): string => products[Math.floor(random() * products.length)]?.gtin ?? ''
  let total = Number(await tallyOf(page).getAttribute('data-scanned'))
  const results: Result[] = []

  for (let nth = 0; nth < WARM_UP; nth += 1) await wedge.scan(pick())
  total += WARM_UP
  await untilSaved(page, total)

  for (const { perSecond, scans } of PACES) {
    const since = await page.evaluate(() => performance.now())
    for (let nth = 0, next = Date.now(); nth < scans; nth += 1, next += 1000 / perSecond) {
      await wedge.scan(pick())
      await sleep(Math.max(0, next + 1000 / perSecond - Date.now()))
    }
    total += scans
    await untilSaved(page, total)
    await sleep(500)
    for (const measure of ['scan-to-durable', 'scan-to-paint']) {
      const values = await page.evaluate(
        ({ name, from }) =>
          performance.getEntriesByName(name, 'measure').flatMap((it) => (it.startTime >= from ? [it.duration] : [])),
        { name: measure, from: since },
      )
      results.push(resultOf(`${measure}, ${perSecond}/s, ${situation}`, values))
    }
  }
  return results
}
