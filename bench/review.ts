// A review of many products as a supervisor meets it: opened until it is whole, scrolled, all of it decided at once.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page, Request } from '@playwright/test'
import { expect } from '@playwright/test'
import { signIn, untilCatalogueIsHere, untilInstalled } from '../e2e/support/app'
import { launchOwnChromium } from '../e2e/support/chromium'
import { signInToRest, type RestUser } from '../e2e/support/rest'
import { startServer } from '../e2e/support/server'
import { writeCatalogue, type BenchProduct } from './catalogue'
import { PATIENCE_MS } from './device'
import type { Report } from './results'
import { resultOf } from './results'
import { countAll, countOf, handIn, makeSession } from './sessions'

const OPENINGS = 3
const WHEEL_TURNS = 60
const STOCK_QUIET_MS = 4000
/** One notch of a mouse's wheel, or a finger's quick push; and 25 rows at each turn, so that all of them are new. */
const WHEELS = [
  ['by 120 px', 120],
  ['by 1,200 px', 1200],
] as const

export async function benchReview(products: readonly BenchProduct[], report: Report): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'shelfcount-bench-review-'))
  const catalogue = join(folder, 'catalogue.csv')
  writeCatalogue(catalogue, products)
  const server = await startServer({ catalogue, healthyWithinMs: PATIENCE_MS })
  const browser = await launchOwnChromium(join(folder, 'profile'))
  try {
    const sam = await signInToRest(server.origin, 'sam')
    const countId = await aCountedCount(sam, products)
    const { page } = browser
    await signIn(page, 'sam', server.origin)
    // A supervisor's own device, not one that is downloading its catalogue beside what is measured.
    await untilInstalled(page)
    await untilCatalogueIsHere(page, PATIENCE_MS)
    await untilStockIsHere(page)
    const name = `${products.length} products`
    report(...(await benchOpening(page, `${server.origin}/supervisor/review/${countId}`, name)))
    for (const [how, pixels] of WHEELS) report(resultOf(`review of ${name}: a frame while scrolling, ${how}`, await framesWhileScrolling(page, pixels)))
    report(await benchBulk(page, name))
  } finally {
    await browser.kill()
    await server.dispose()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** @returns the id of a count whose only session is counted and submitted */
async function aCountedCount(sam: RestUser, products: readonly BenchProduct[]): Promise<string> {
  const sessionId = await makeSession(sam, 'Bench review', products)
  await countAll(sam, sessionId, products)
  await handIn(sam, sessionId)
  return countOf(sam, sessionId)
}

/** The stock follows the catalogue page by page, and nothing on screen tells when it is here. */
async function untilStockIsHere(page: Page): Promise<void> {
  let lastAt = performance.now()
  const onFinished = (request: Request): void => {
    if (/\/(?:stock|products)\?/.test(request.url())) lastAt = performance.now()
  }
  page.context().on('requestfinished', onFinished)
  while (performance.now() - lastAt < STOCK_QUIET_MS) await page.waitForTimeout(STOCK_QUIET_MS / 4)
  page.context().off('requestfinished', onFinished)
}

const loadOf = (page: Page) => page.getByTestId('review-load')

/** From the address to all rows provably there: with every counter and filter right. */
async function benchOpening(page: Page, address: string, name: string) {
  const whole: number[] = []
  const first: number[] = []
  let requests = 0
  let bytes = 0
  const onFinished = (request: Request): void => {
    if (!request.url().includes('/review')) return
    requests += 1
    void request.sizes().then(
      (sizes) => (bytes += sizes.responseBodySize),
      (problem: unknown) => console.log(`A request could not be measured: ${String(problem)}`),
    )
  }
  for (let opening = 0; opening < OPENINGS; opening += 1) {
    await page.goto(new URL('/supervisor/review', address).href)
    await page.getByRole('heading', { level: 1 }).waitFor()
    page.context().on('requestfinished', onFinished)
    requests = 0
    bytes = 0
    const startedAt = performance.now()
    await page.evaluate((path) => {
      history.pushState({}, '', path)
      dispatchEvent(new PopStateEvent('popstate', { state: {} }))
    }, new URL(address).pathname)
    await page.getByRole('row').nth(1).waitFor({ timeout: PATIENCE_MS })
    first.push(performance.now() - startedAt)
    await expect(loadOf(page)).toHaveAttribute('data-complete', 'true', { timeout: PATIENCE_MS })
    whole.push(performance.now() - startedAt)
    page.context().off('requestfinished', onFinished)
  }
  return [
    resultOf(`review of ${name}: opened, first rows`, first),
    resultOf(`review of ${name}: opened, whole`, whole, { requests, bytes }),
  ]
}

async function framesWhileScrolling(page: Page, pixels: number): Promise<readonly number[]> {
  await page.getByRole('combobox', { name: /^Show/ }).selectOption('all')
  await page.getByRole('row').nth(5).hover()
  await page.evaluate(() => {
    const frames: number[] = []
    let last = performance.now()
    const tick = (now: number): void => {
      frames.push(now - last)
      last = now
      requestAnimationFrame(tick)
    }
    requestAnimationFrame(tick)
    Object.assign(globalThis, { benchFrames: frames })
  })
  for (let turn = 0; turn < WHEEL_TURNS; turn += 1) await page.mouse.wheel(0, pixels)
  return page.evaluate(() => (globalThis as unknown as { benchFrames: readonly number[] }).benchFrames.slice(2))
}

/** Everything chosen and skipped in one go, until the last chunk is taken. */
async function benchBulk(page: Page, name: string) {
  await page.getByRole('heading', { level: 1 }).click()
  await page.keyboard.press('*')
  const startedAt = performance.now()
  await page.keyboard.press('s')
  await expect(page.getByText(/products skipped/)).toBeVisible({ timeout: PATIENCE_MS })
  return resultOf(`review of ${name}: all decided at once`, [performance.now() - startedAt])
}
