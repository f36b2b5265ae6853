// What the driver sees of a page that may die at any moment: acknowledged scans, and transactions and requests under way.
import type { BrowserContext, Page } from '@playwright/test'

export type Signal = 'append' | 'fold' | 'push' | 'schema' | 'opening'

export interface Watch {
  /** Told from outside the browser, so that it survives the death. */
  readonly acknowledged: Set<string>
  /** Resolves at the next signal of this kind. */
  readonly next: (signal: Signal) => Promise<void>
}

/** Watch every page of a context. The product is not touched: only what the browser offers is wrapped. */
export async function watchContext(context: BrowserContext, acknowledged: Set<string>): Promise<Watch> {
  const waiting = new Map<Signal, (() => void)[]>()
  const tell = (signal: Signal): void => {
    for (const go of waiting.get(signal) ?? []) go()
    waiting.delete(signal)
  }
  await context.exposeBinding('reportDurable', (_source, eventId: string) => void acknowledged.add(eventId))
  await context.exposeBinding('reportSignal', (_source, signal: Signal) => tell(signal))
  await context.addInitScript(watchPage)
  const watchRequests = (page: Page): void => {
    page.on('worker', (worker) => {
      // A worker that ends before it is wrapped is not missed: the moment then comes with the next one.
      worker.evaluate(wrapWorker).catch(() => undefined)
    })
    page.on('request', (request) => {
      if (request.method() === 'PUT' && new URL(request.url()).pathname.endsWith('/items')) tell('push')
    })
  }
  for (const page of context.pages()) watchRequests(page)
  context.on('page', watchRequests)
  return {
    acknowledged,
    next: (signal) =>
      new Promise((resolve) => {
        waiting.set(signal, [...(waiting.get(signal) ?? []), resolve])
      }),
  }
}

/** Runs in the page before the app. */
function watchPage(): void {
  const driver = window as unknown as {
    reportDurable: (eventId: string) => Promise<void>
    reportSignal: (signal: string) => Promise<void>
    appWorkers: Worker[]
  }
  new PerformanceObserver((list) => {
    for (const entry of list.getEntriesByName('scan:durable', 'mark')) {
      const { eventId } = (entry as PerformanceMark).detail as { eventId: string }
      void driver.reportDurable(eventId)
    }
  }).observe({ type: 'mark' })
  const begin = IDBDatabase.prototype.transaction
  IDBDatabase.prototype.transaction = function (stores, mode, options) {
    if (mode === 'readwrite' && [stores].flat().includes('scanEvents')) void driver.reportSignal('append')
    return begin.call(this, stores, mode, options)
  }
  const open = IDBFactory.prototype.open
  IDBFactory.prototype.open = function (name, version) {
    const opening = open.call(this, name, version)
    if (name.startsWith('scans:')) void driver.reportSignal('opening')
    opening.addEventListener('upgradeneeded', () => {
      if (name.startsWith('scans:')) void driver.reportSignal('schema')
    })
    return opening
  }
  new BroadcastChannel('watch').addEventListener('message', () => void driver.reportSignal('fold'))
  driver.appWorkers = []
  window.Worker = class extends Worker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options)
      driver.appWorkers.push(this)
    }
  }
}

/**
 * Runs in the sync worker, often when its database is open already: Dexie keeps the `transaction` that it found then, and
 * one that is put in its place is never called. Each use of a table asks the transaction anew.
 */
function wrapWorker(): void {
  const channel = new BroadcastChannel('watch')
  const told = new WeakSet<IDBTransaction>()
  const use = IDBTransaction.prototype.objectStore
  IDBTransaction.prototype.objectStore = function (name) {
    if (this.mode === 'readwrite' && name === 'inventoryCountRecords' && !told.has(this)) {
      told.add(this)
      channel.postMessage('fold')
    }
    return use.call(this, name)
  }
}

/** `Worker.terminate()` for every worker of the page: their scripts stop in the middle of a line. */
export async function terminateWorkers(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const worker of (window as unknown as { appWorkers: Worker[] }).appWorkers) worker.terminate()
  })
}
