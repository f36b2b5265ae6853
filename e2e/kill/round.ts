// One round: look at what survived, scan, and die as planned.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from '@playwright/test'
import { expect } from '@playwright/test'
import { openSession, untilReadyToScan } from '../support/app'
import type { Wedge } from '../support/wedge'
import { createWedge } from '../support/wedge'
import { oneOff } from './checks'
import type { Bench, Device } from './bench'
import { deviceOf, isDeviceGone, keepDatabases, keepProfile, lookAtDevice, publishSchema, publishVersion } from './bench'
import type { Moment, Plan } from './plan'
import { BY_NEW_VERSION } from './plan'
import type { Watch } from './watch'
import { terminateWorkers } from './watch'

const SCAN_EVERY_MS = 50
const BEHIND_MAX = 4
/** The moment that is aimed at may not come: nothing to fold, nothing to send. Then the death comes anyway. */
const MOMENT_WITHIN_MS = 5000
/** A page without its worker goes on scanning for so long. */
const WORKERLESS_MS = 700
const HELD_BACK_MS = 300
const ROUND_MS_MAX = 120_000
/** Chromium lets the old service worker finish what it has begun, the reload does not wait for that for ever. */
const NEW_VERSION_WITHIN_MS = 4000
/** From the reload to the upgrade of the database. */
const SCHEMA_WITHIN_MS = 15_000
const INSTALLED_WITHIN_MS = 60_000
const GO_BACK_TRIES_MAX = 10
const GO_BACK_AGAIN_MS = 200

export interface Round {
  readonly typed: number
  /** The moment came before the death. */
  readonly hasMet: boolean
  readonly problems: readonly string[]
  /** The device's database is gone: nothing more can be learnt of it. */
  readonly isGone: boolean
}

/** @param typedBefore scans of the rounds before */
export async function runRound(bench: Bench, plan: Plan, typedBefore: number): Promise<Round> {
  const progress = { typed: 0 }
  try {
    if (plan.isOffline) await bench.server.kill()
    const device = await deviceOf(bench)
    const page = await newPage(device)
    for (const old of device.browser.context.pages()) if (old !== page) await old.close()
    await openSession(page, bench.sessionId, bench.server.origin)
    const problems = await lookAtDevice(bench, page, typedBefore)
    if (BY_NEW_VERSION.has(plan.death)) await bringNewVersion(bench, page, plan.death === 'schema')
    const hasMet = await Promise.race([scanAndDie(bench, device, page, { plan, typedBefore, progress }), tooLong()])
    return { typed: progress.typed, hasMet, problems, isGone: false }
  } catch (problem) {
    const shown = (await bench.device?.browser.describe()) ?? 'no browser'
    const isGone = isDeviceGone(bench)
    await bench.device?.browser.kill()
    bench.device = null
    const problems = [String(problem), shown]
    if (isGone) problems.push(`the device's database is gone, with ${bench.acknowledged.size} acknowledged scans; kept: ${await keepProfile(bench)}`)
    return { typed: progress.typed, hasMet: false, problems, isGone }
  } finally {
    if (plan.isOffline) await bench.server.start()
    else await bench.server.faults({})
  }
}

/** Right after the death of a renderer Chromium may give the new page to a process that is just dying. */
async function newPage({ browser }: Device): Promise<Page> {
  try {
    return await browser.context.newPage()
  } catch (problem) {
    if (!String(problem).includes('Target crashed')) throw problem
  }
  return browser.context.newPage()
}

async function tooLong(): Promise<never> {
  await sleep(ROUND_MS_MAX, undefined, { ref: false })
  throw new Error(`The round did not end within ${ROUND_MS_MAX} ms`)
}

interface Life {
  readonly plan: Plan
  /** Scans of the rounds before. */
  readonly typedBefore: number
  /** Told while it happens: an error must not forget what was typed. */
  readonly progress: { typed: number }
}

async function scanAndDie(bench: Bench, device: Device, page: Page, { plan, typedBefore, progress }: Life): Promise<boolean> {
  if (plan.moment === 'push')
    await bench.server.faults(
      plan.losesAnswer ? { dropAfterCommit: true, only: '/items' } : { latencyMs: HELD_BACK_MS, only: '/items' },
    )
  // A scanner of its own before the clock runs: on a busy machine a short life would be over before its first scan.
  const wedge = await createWedge(page)
  const death = new AbortController()
  const dying = async (): Promise<boolean> => {
    await sleep(plan.lifeMs)
    const moment = await untilMoment(page, device.watch, plan.moment)
    await sleep(plan.aimMs)
    const hasMet = moment.isThere()
    const isAsPlanned = await die(bench, device, page, { plan, onDeath: () => death.abort() })
    return hasMet && isAsPlanned
  }
  const [hasMet] = await Promise.all([
    dying().finally(() => death.abort()),
    scanUntil(death.signal, wedge, { bench, plan, typedBefore, progress }),
  ])
  return hasMet
}

interface Reached {
  /** Asked when the death comes: the moment has come, and as far as one can see from outside it is not over. */
  readonly isThere: () => boolean
}

async function untilMoment(page: Page, watch: Watch, moment: Moment): Promise<Reached> {
  if (moment === 'any') return { isThere: () => true }
  const signal = Promise.race([
    watch.next(moment).then(() => true),
    sleep(MOMENT_WITHIN_MS, false, { ref: false }),
  ])
  if (moment === 'opening') return untilOpening(page, signal)
  // A transaction is shorter than the way to here: whether this one or the next is under way at the death, nobody can see.
  const hasCome = await signal
  return { isThere: () => hasCome }
}

/** Loads the page anew: the app opens its database, and is not ready to scan yet. */
async function untilOpening(page: Page, signal: Promise<boolean>): Promise<Reached> {
  await page.reload(COMMITTED)
  const hasBegun = await signal
  let isOpen = false
  // A page that dies before it is ready rejects: then it never was.
  void untilReadyToScan(page, ROUND_MS_MAX).then(
    () => (isOpen = true),
    () => undefined,
  )
  return { isThere: () => hasBegun && !isOpen }
}

/** As soon as the new page begins. */
const COMMITTED = { waitUntil: 'commit' } as const

interface End {
  readonly plan: Plan
  /** From now on keys may go nowhere. */
  readonly onDeath: () => void
}

/** @returns false when the death came, and not in the middle of what it was to interrupt */
async function die(bench: Bench, device: Device, page: Page, { plan, onDeath }: End): Promise<boolean> {
  switch (plan.death) {
    case 'browser':
      onDeath()
      await killBrowser(bench, device)
      return true
    case 'activation': {
      const isActivating = await letNewVersionIn(page, 'activating')
      return killWithin(bench, device, { plan, onDeath, isAsPlanned: isActivating })
    }
    case 'schema': {
      await letNewVersionIn(page, 'in control')
      const hasBegun = Promise.race([device.watch.next('schema').then(() => true), sleep(SCHEMA_WITHIN_MS, false, { ref: false })])
      await page.reload(COMMITTED)
      return killWithin(bench, device, { plan, onDeath, isAsPlanned: await hasBegun })
    }
    case 'renderer': {
      const hasCrashed = page.waitForEvent('crash')
      onDeath()
      device.browser.killRenderers()
      // The next page must not be given to a process that is just dying.
      await hasCrashed
      return true
    }
    case 'tab':
      onDeath()
      await page.close()
      return true
    case 'navigation':
      onDeath()
      await page.goto('about:blank', COMMITTED)
      await goBack(page)
      return true
    case 'worker':
      await terminateWorkers(page)
      await sleep(WORKERLESS_MS)
      onDeath()
      await page.reload(COMMITTED)
      return true
    case 'update': {
      const isInControl = await letNewVersionIn(page, 'in control')
      onDeath()
      await page.reload(COMMITTED)
      return isInControl
    }
  }
}

async function killBrowser(bench: Bench, { browser }: Device): Promise<void> {
  bench.device = null
  await browser.kill()
  await keepDatabases(bench)
}

async function killWithin(bench: Bench, device: Device, { plan, onDeath, isAsPlanned }: End & { readonly isAsPlanned: boolean }): Promise<boolean> {
  await sleep(plan.withinMs)
  onDeath()
  await killBrowser(bench, device)
  return isAsPlanned
}

/** While one page takes the place of the other, Chromium's debugger has neither of them for a moment. */
async function goBack(page: Page): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await page.goBack(COMMITTED)
      return
    } catch (problem) {
      if (tries === GO_BACK_TRIES_MAX || !String(problem).includes('Not attached to an active page')) throw problem
    }
    await sleep(GO_BACK_AGAIN_MS)
  }
}

/** The new version is installed and waits. Before the scanning: under twenty scans a second the download takes a minute. */
async function bringNewVersion(bench: Bench, page: Page, hasNewSchema: boolean): Promise<void> {
  await (hasNewSchema ? publishSchema(bench) : publishVersion(bench))
  await page.evaluate(async () => (await navigator.serviceWorker.ready).update().then(() => undefined))
  // Asked from here: a predicate in the page that returns a promise counts as true at once, and nothing is waited for.
  const isWaiting = (): Promise<boolean> => page.evaluate(async () => (await navigator.serviceWorker.ready).waiting !== null)
  await expect.poll(isWaiting, { timeout: INSTALLED_WITHIN_MS, message: 'The new version is installed' }).toBe(true)
}

/**
 * As when another window agreed to the update: the new service worker takes over while this one counts.
 * @returns whether it came so far in time
 */
async function letNewVersionIn(page: Page, until: 'activating' | 'in control'): Promise<boolean> {
  return page.evaluate(
    async ({ withinMs, target }) => {
      const { waiting } = await navigator.serviceWorker.ready
      if (waiting === null) throw new Error('No new version waits')
      const hasCome = new Promise<boolean>((resolve) => {
        if (target === 'activating') waiting.addEventListener('statechange', () => resolve(waiting.state === 'activating'), { once: true })
        else navigator.serviceWorker.addEventListener('controllerchange', () => resolve(true), { once: true })
      })
      waiting.postMessage({ type: 'SKIP_WAITING' })
      return Promise.race([hasCome, new Promise<boolean>((resolve) => setTimeout(() => resolve(false), withinMs))])
    },
    { withinMs: NEW_VERSION_WITHIN_MS, target: until },
  )
}

interface Work {
  readonly bench: Bench
  readonly plan: Plan
  readonly typedBefore: number
  readonly progress: { typed: number }
}

/** Twenty scans a second; a page that does not keep up is left behind by a few of them. */
async function scanUntil(death: AbortSignal, wedge: Wedge, { bench, plan, typedBefore, progress }: Work): Promise<void> {
  const underWay: Promise<void>[] = []
  const isDead = new Promise<void>((resolve) => death.addEventListener('abort', () => resolve(), { once: true }))
  for (let next = Date.now(); !death.aborted; next += SCAN_EVERY_MS) {
    const product = bench.products[Math.floor(plan.random() * bench.products.length)]
    if (product === undefined) throw new Error('There is nothing to scan')
    progress.typed += 1
    const scan = wedge.type(oneOff(typedBefore + progress.typed) ?? product.barcode).catch((problem: unknown) => {
      // The keys that the death cut off are not a failure; any other is.
      if (!death.aborted) throw problem
    })
    underWay.push(scan)
    // A dead page answers nothing, not even that it is dead.
    if (underWay.length > BEHIND_MAX) await Promise.race([underWay.shift(), isDead])
    await sleep(Math.max(0, next + SCAN_EVERY_MS - Date.now()))
  }
  await Promise.race([Promise.all(underWay), isDead])
}
