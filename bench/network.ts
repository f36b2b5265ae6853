// What goes over the wire: the download of a whole catalogue, and a thousand rows that wait to be sent.
import type { Request } from '@playwright/test'
import { expect } from '@playwright/test'
import { tallyOf } from '../e2e/support/app'
import type { TestServer } from '../e2e/support/server'
import type { BenchProduct } from './catalogue'
import type { Device } from './device'
import { addUnsent, openOnDevice, PATIENCE_MS, setUpDevice } from './device'
import type { Result } from './results'
import { resultOf } from './results'

const DIRTY_ROWS = 1000
const PUSHES = 3

interface Traffic {
  /** Forget what was seen so far. */
  readonly reset: () => void
  readonly stop: () => void
  readonly requests: () => number
  readonly bytes: () => number
}

/** Counts finished requests whose address fits, with their bodies and answers as sent. */
function countTraffic(device: Device, fits: RegExp, method: string): Traffic {
  const { context } = device.browser()
  let requests = 0
  let bytes = 0
  const onFinished = (request: Request): void => {
    if (request.method() !== method || !fits.test(request.url())) return
    requests += 1
    void request.sizes().then(
      (sizes) => {
        bytes += sizes.requestBodySize + sizes.responseBodySize
      },
      (problem: unknown) => console.log(`A request could not be measured: ${String(problem)}`),
    )
  }
  context.on('requestfinished', onFinished)
  return {
    reset: () => {
      requests = 0
      bytes = 0
    },
    stop: () => context.off('requestfinished', onFinished),
    requests: () => requests,
    bytes: () => bytes,
  }
}

/** A new device signs in and stays until it holds every product. */
export async function benchCatalogue(server: TestServer, size: number): Promise<{ result: Result; device: Device }> {
  const startedAt = performance.now()
  const device = await setUpDevice(server)
  const ms = performance.now() - startedAt
  const kept = await device.page().evaluate(async () => (await navigator.storage.estimate()).usage ?? 0)
  return {
    device,
    result: resultOf(`catalogue of ${size} products: sign-in to complete`, [ms], {
      bytes: kept,
      rows: size,
      note: 'bytes: storage used on the device afterwards; includes the start of the browser and the sign-in',
    }),
  }
}

/** Scans of 1,000 different items made without a network, then sent. */
export async function benchPush(device: Device, sessionId: string, products: readonly BenchProduct[]): Promise<Result> {
  await openOnDevice(device, sessionId)
  // Scanned into before: until the device has been read the tally says nothing.
  await expect(tallyOf(device.page())).not.toHaveAttribute('data-scanned', '0', { timeout: PATIENCE_MS })
  const values: number[] = []
  let total = Number(await tallyOf(device.page()).getAttribute('data-scanned'))
  const traffic = countTraffic(device, /\/items$/, 'PUT')
  try {
    for (let nth = 0; nth < PUSHES; nth += 1) {
      const past = {
        sessionId, products: products.slice(0, DIRTY_ROWS), events: DIRTY_ROWS, scansInARow: 1, eventsPerLog: DIRTY_ROWS,
      }
      await addUnsent(device, past)
      await device.server.stop()
      await openOnDevice(device, sessionId)
      total += DIRTY_ROWS
      await expect(tallyOf(device.page())).toHaveAttribute('data-saved', String(total), { timeout: PATIENCE_MS })
      // Folding is not what is measured here.
      await expect(device.page().getByTestId('sync-status')).toHaveAttribute('data-status', /^(offline|unsent)$/, { timeout: PATIENCE_MS })
      await device.server.start()
      traffic.reset()
      const startedAt = performance.now()
      await device.page().evaluate(() => window.dispatchEvent(new Event('online')))
      await expect(tallyOf(device.page())).toHaveAttribute('data-synced', String(total), { timeout: PATIENCE_MS })
      values.push(performance.now() - startedAt)
    }
    return resultOf(`push of ${DIRTY_ROWS} dirty rows`, values, {
      requests: traffic.requests(),
      bytes: traffic.bytes(),
      rows: DIRTY_ROWS,
      note: 'PUT items of the last run; from "online" until the tally says that all are on the server',
    })
  } finally {
    traffic.stop()
  }
}
