// Faults at the IndexedDB boundary of a real browser, switched from outside; the product is not touched.
import type { Page } from '@playwright/test'

/**
 * - `lost`: WebKit's network process has died: old handles are dead, new ones do not open
 * - `open-hangs`: the handle is dead, and opening another one never answers
 * - `unknown`: every transaction fails with UnknownError, a new handle may help
 * - `quota-put`: the disk is full when a row is stored
 * - `quota-commit`: the disk is full at the commit: WebKit then aborts without a reason
 * - `commit-silent`: it is committed, and nobody is told
 */
export type StorageFault = 'lost' | 'open-hangs' | 'unknown' | 'quota-put' | 'quota-commit' | 'commit-silent'

const KEY = 'e2e:storage-fault'

interface Switch {
  /** How many more writes fail; null: all, until it is switched off. */
  readonly times: number | null
  /** It is still there after a reload of the page. */
  readonly survivesReload: boolean
}

/** Call before the first page of the context opens. */
export async function preparePage(page: Page): Promise<void> {
  await page.addInitScript(wrapStorage, KEY)
}

/** From now on the page's storage fails; the sync worker's does not, as the page is what must not lie. */
export async function breakStorage(page: Page, fault: StorageFault, options: Partial<Switch> = {}): Promise<void> {
  const { times = null, survivesReload = false } = options
  await page.evaluate(
    ([key, wanted]) => {
      Object.assign(window, { storageFault: { ...wanted } })
      if (wanted.survivesReload) sessionStorage.setItem(key, JSON.stringify(wanted))
    },
    [KEY, { fault, times, survivesReload }] as const,
  )
}

export async function mendStorage(page: Page): Promise<void> {
  await page.evaluate((key) => {
    Object.assign(window, { storageFault: null })
    sessionStorage.removeItem(key)
  }, KEY)
}

const CHANNEL = 'e2e:worker-storage'

/** Call before the first page of the context opens; service workers must be blocked, or the script does not come this way. */
export async function prepareWorker(page: Page): Promise<void> {
  await page.route(/sync\.worker-[^/]+\.js$/, async (route) => {
    const answer = await route.fetch()
    await route.fulfill({ response: answer, body: `(${wrapWorkerStorage.toString()})('${CHANNEL}');\n${await answer.text()}` })
  })
}

/** The sync worker's connections are dead, and it gets no others; the page's go on. */
export async function loseWorkerStorage(page: Page): Promise<void> {
  await tell(page, CHANNEL, 'lost')
}

export async function mendWorkerStorage(page: Page): Promise<void> {
  await tell(page, CHANNEL, 'well')
}

async function tell(page: Page, to: string, word: string): Promise<void> {
  await page.evaluate(
    ([channel, told]) => {
      const open = new BroadcastChannel(channel)
      open.postMessage(told)
      open.close()
    },
    [to, word] as const,
  )
}

/** Runs in the sync worker before its own code. */
function wrapWorkerStorage(channel: string): void {
  const dead = new WeakSet<IDBDatabase>()
  let isLost = false
  new BroadcastChannel(channel).addEventListener('message', (event: MessageEvent<string>) => (isLost = event.data === 'lost'))
  const open = IDBFactory.prototype.open
  IDBFactory.prototype.open = function (name, version) {
    if (isLost) throw new DOMException('Connection to Indexed Database server lost. Refresh the page to try again', 'UnknownError')
    return open.call(this, name, version)
  }
  const begin = IDBDatabase.prototype.transaction
  IDBDatabase.prototype.transaction = function (stores, mode, options) {
    if (isLost) dead.add(this)
    if (dead.has(this)) throw new DOMException('The database connection is closing.', 'InvalidStateError')
    return begin.call(this, stores, mode, options)
  }
}

const HOLDING = 'e2e:holding'

/**
 * Call before the first page of the context opens. No service worker is registered: the worker's script has to come
 * this way.
 */
export async function prepareHolding(page: Page): Promise<void> {
  await page.addInitScript(() => {
    ServiceWorkerContainer.prototype.register = () => new Promise(() => undefined)
  })
  await page.addInitScript(wrapHolding, { channel: HOLDING, who: 'page' } as const)
  await page.route(/sync\.worker-[^/]+\.js$/, async (route) => {
    const answer = await route.fetch()
    const asked = JSON.stringify({ channel: HOLDING, who: 'worker' })
    await route.fulfill({ response: answer, body: `globalThis.__name ??= (named) => named;\n(${wrapHolding.toString()})(${asked});\n${await answer.text()}` })
  })
}

/** From now on every transaction of that one that has written to the scans database goes on until its process dies. */
export const holdPageWrites = (page: Page): Promise<void> => tell(page, HOLDING, 'page')
export const holdWorkerWrites = (page: Page): Promise<void> => tell(page, HOLDING, 'worker')

/** A transaction of the worker is held. */
export async function untilHeld(page: Page): Promise<void> {
  await page.waitForFunction(() => 'isWorkerHeld' in window)
}

/** Runs in the page, and in the sync worker, before their own code. */
function wrapHolding({ channel, who }: { readonly channel: string; readonly who: 'page' | 'worker' }): void {
  const told = new BroadcastChannel(channel)
  let isHolding = false
  told.addEventListener('message', (event: MessageEvent<string>) => {
    if (event.data === who) isHolding = true
    if (event.data === 'held' && who === 'page') Object.assign(globalThis, { isWorkerHeld: true })
  })
  const hold = (store: IDBObjectStore): void => {
    if (!isHolding || !store.transaction.db.name.startsWith('scans:')) return
    const goOn = (): void => void (store.get(-1).onsuccess = goOn)
    goOn()
    if (who === 'worker') told.postMessage('held')
  }
  for (const name of ['add', 'put'] as const) {
    const real = IDBObjectStore.prototype[name]
    IDBObjectStore.prototype[name] = function (value: unknown, id?: IDBValidKey) {
      const request = id === undefined ? real.call(this, value) : real.call(this, value, id)
      hold(this)
      return request
    }
  }
}

/** Runs in the page before the app. */
function wrapStorage(key: string): void {
  type Broken = { fault: StorageFault; times: number | null }
  const page = window as unknown as { storageFault: Broken | null }
  const kept = sessionStorage.getItem(key)
  page.storageFault = kept === null ? null : (JSON.parse(kept) as Broken)

  const isWrite = (stores: string | Iterable<string>, mode: string | undefined): boolean =>
    mode === 'readwrite' && [stores].flat().includes('scanEvents')
  /** The fault of this write, used up by it. */
  const take = (): StorageFault | null => {
    const broken = page.storageFault
    if (broken === null || broken.times === 0) return null
    if (broken.times !== null) broken.times -= 1
    return broken.fault
  }
  const lost = (): DOMException =>
    new DOMException('Connection to Indexed Database server lost. Refresh the page to try again', 'UnknownError')

  const open = IDBFactory.prototype.open
  IDBFactory.prototype.open = function (name, version) {
    const fault = page.storageFault?.fault
    if (!name.startsWith('scans:') || (fault !== 'lost' && fault !== 'open-hangs')) return open.call(this, name, version)
    // No browser makes such a request fail on demand: this one has what is asked of a request, and no more.
    const request = { error: lost(), onerror: null as ((event: object) => void) | null, addEventListener: () => undefined }
    if (fault === 'lost')
      setTimeout(() => request.onerror?.({ target: request, preventDefault: () => undefined, stopPropagation: () => undefined }))
    return request as unknown as IDBOpenDBRequest
  }

  const begin = IDBDatabase.prototype.transaction
  IDBDatabase.prototype.transaction = function (stores, mode, options) {
    const state = page.storageFault?.fault
    if (state === 'lost' || state === 'open-hangs')
      throw new DOMException('The database connection is closing.', 'InvalidStateError')
    const fault = isWrite(stores, mode) ? take() : null
    if (fault === 'unknown') throw new DOMException('An internal error was encountered', 'UnknownError')
    const transaction = begin.call(this, stores, mode, options)
    if (fault === 'commit-silent') Object.defineProperty(transaction, 'oncomplete', { get: () => null, set: () => undefined })
    if (fault === 'quota-put') Object.assign(transaction, { isFull: 'put' })
    if (fault === 'quota-commit') Object.assign(transaction, { isFull: 'commit' })
    return transaction
  }

  const add = IDBObjectStore.prototype.add
  IDBObjectStore.prototype.add = function (value, id) {
    const { isFull } = this.transaction as unknown as { isFull?: 'put' | 'commit' }
    if (isFull === 'put') throw new DOMException('The quota has been exceeded.', 'QuotaExceededError')
    return id === undefined ? add.call(this, value) : add.call(this, value, id)
  }
  const put = IDBObjectStore.prototype.put
  IDBObjectStore.prototype.put = function (value, id) {
    const request = id === undefined ? put.call(this, value) : put.call(this, value, id)
    const { isFull } = this.transaction as unknown as { isFull?: 'put' | 'commit' }
    // The last request of the append: all of them succeeded, and still nothing is stored.
    if (isFull === 'commit' && this.name === 'logs') request.addEventListener('success', () => this.transaction.abort())
    return request
  }
}
