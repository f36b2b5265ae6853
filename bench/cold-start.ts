// From nothing to ready to scan without a network: the browser starts, the app comes from its cache, the lock is known.
import type { Device } from './device'
import type { Result } from './results'
import { resultOf } from './results'

const STARTS = 5
const READY_WITHIN_MS = 60_000

/** Ends with the server running again. */
export async function benchColdStart(device: Device, sessionId: string, situation: string): Promise<Result> {
  await device.server.stop()
  const values: number[] = []
  try {
    for (let nth = 0; nth < STARTS; nth += 1) {
      await device.restart()
      values.push(await readyAfter(device, sessionId))
    }
  } finally {
    await device.server.start()
  }
  return resultOf(`offline cold start to ready-to-scan, ${situation}`, values, {
    note: 'from the start of the navigation in a browser that was just started',
  })
}

/** Milliseconds from the start of the navigation, by the page's own clock. */
async function readyAfter(device: Device, sessionId: string): Promise<number> {
  const page = device.page()
  await page.addInitScript(() => {
    const isReady = (): boolean => {
      const state = document.querySelector<HTMLElement>('[data-testid="lock-status"]')?.dataset['state']
      const isLockKnown = state === 'held' || state === 'unverified'
      return isLockKnown && document.querySelector('[data-testid="scan-field"]') !== null
    }
    const observer = new MutationObserver(() => {
      if (!isReady()) return
      observer.disconnect()
      Object.assign(window, { readyToScanAt: performance.now() })
    })
    observer.observe(document, { subtree: true, childList: true, attributes: true })
  })
  await page.goto(`${device.server.origin}/sessions/${sessionId}`)
  const found = await page.waitForFunction(
    () => (window as unknown as { readyToScanAt?: number }).readyToScanAt,
    undefined,
    { timeout: READY_WITHIN_MS },
  )
  return (await found.jsonValue()) ?? Number.NaN
}
