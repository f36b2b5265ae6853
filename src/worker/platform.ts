// The browser behind the ports: clock, waiting, Web Locks between windows, bus.
import type { Clock, IdSource } from '../domain/time-and-ids'
import { createUuidV7Source } from '../domain/uuid-v7'
import type { Bus, BusMessage, Mutex, Timers } from '../ports/platform'
import type { WindowClaims } from '../sync/window-claims'
import { isPrivate, privateMessageOf } from './private-message'

export const systemClock: Clock = { now: () => Date.now(), mono: () => performance.now() }

export const systemIds: IdSource = createUuidV7Source(systemClock, (length) =>
  crypto.getRandomValues(new Uint8Array(length)),
)

export const systemTimers: Timers = {
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason)
        return
      }
      const onAbort = (): void => {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      }, ms)
      signal?.addEventListener('abort', onAbort, { once: true })
    }),
}

/** A holder says that it lives this often… */
const ALIVE_EVERY_MS = 5000
/** …and is taken for frozen after this (decision 31; w3c/web-locks#4): its lock is stolen. */
const SILENT_MS = 30_000

/**
 * Web Locks with a sign of life. A frozen window keeps its lock; whoever waits and hears nothing from the holder
 * takes it. No data depends on it: two leaders at once do the same work twice.
 */
export function createWebMutex(locks: LockManager): Mutex {
  return {
    async run(name, options, work) {
      const channel = openSigns(name)
      try {
        if (options.ifAvailable === true)
          return await locks.request(name, { ifAvailable: true }, async (lock) =>
            lock === null ? 'taken' : whileAlive(channel, work),
          )
        return await waitFor(locks, name, channel, options.signal, work)
      } finally {
        channel.close()
      }
    },
  }
}

/** Signs of life on one lock. Once closed it sends none: a holder whose lock was stolen may work on for long. */
interface Signs {
  readonly alive: () => void
  readonly onAlive: (listener: () => void) => void
  readonly close: () => void
}

function openSigns(name: string): Signs {
  const channel = new BroadcastChannel(`shelfcount-mutex:${name}`)
  let isOpen = true
  return {
    alive: () => {
      if (isOpen) channel.postMessage('alive')
    },
    onAlive: (listener) => channel.addEventListener('message', listener),
    close: () => {
      isOpen = false
      channel.close()
    },
  }
}

async function waitFor<R>(
  locks: LockManager,
  name: string,
  channel: Signs,
  signal: AbortSignal | undefined,
  work: () => Promise<R>,
): Promise<R> {
  const patience = new AbortController()
  let silence = setTimeout(() => patience.abort(), SILENT_MS)
  let hasBegun = false
  channel.onAlive(() => {
    clearTimeout(silence)
    if (!hasBegun) silence = setTimeout(() => patience.abort(), SILENT_MS)
  })
  const begin = async (): Promise<R> => {
    hasBegun = true
    clearTimeout(silence)
    return whileAlive(channel, work)
  }
  try {
    const either =
      signal === undefined ? patience.signal : AbortSignal.any([signal, patience.signal])
    return await locks.request(name, { signal: either }, begin)
  } catch (error) {
    if (hasBegun || !patience.signal.aborted || signal?.aborted === true) throw error
    return await locks.request(name, { steal: true }, begin)
  } finally {
    clearTimeout(silence)
  }
}

async function whileAlive<R>(channel: Signs, work: () => Promise<R>): Promise<R> {
  channel.alive()
  const timer = setInterval(channel.alive, ALIVE_EVERY_MS)
  try {
    return await work()
  } finally {
    clearInterval(timer)
  }
}

/** A page that is just reloading lets go within this: its own old worker must not look like another window. */
const CLAIM_PATIENCE_MS = 1000

export function createWebClaims(locks: LockManager): WindowClaims {
  return {
    claim: (name, { steal, onLost }) =>
      new Promise((resolve, reject) => {
        let letGo = (): void => undefined
        const held = new Promise<void>((done) => {
          letGo = done
        })
        let isOurs = false
        const options: LockOptions = steal
          ? { steal: true }
          : { signal: AbortSignal.timeout(CLAIM_PATIENCE_MS) }
        locks
          .request(name, options, () => {
            isOurs = true
            resolve({ release: letGo })
            return held
          })
          .catch((error: unknown) => {
            // Rejected after the grant: another window stole it. Before: another window has it.
            if (isOurs) onLost()
            else if (error instanceof DOMException) resolve(null)
            else reject(error instanceof Error ? error : new Error(String(error)))
          })
      }),
  }
}

/** What a worker posts goes to all windows, or to its own page only; its own listeners hear everything. */
export function createWorkerBus(
  channel: Bus & { readonly close: () => void },
  postToPage: (message: unknown) => void,
): Bus & { readonly close: () => void } {
  const own = new Set<(message: BusMessage) => void>()
  return {
    post(message) {
      if (isPrivate(message)) postToPage(privateMessageOf(message))
      else channel.post(message)
      for (const listener of own) listener(message)
    },
    listen(onMessage) {
      own.add(onMessage)
      const stopChannel = channel.listen(onMessage)
      return () => {
        own.delete(onMessage)
        stopChannel()
      }
    },
    close: channel.close,
  }
}

/**
 * Runs the work once for all windows of a browser, as long as the one that ran it lives: it keeps the lock for good.
 * Resolves when it is done, or at once where another window has it.
 */
export function oncePerBrowser(locks: LockManager, name: string): (work: () => Promise<void>) => Promise<void> {
  return (work) =>
    new Promise((resolve, reject) => {
      const asking = locks.request(name, { ifAvailable: true }, async (lock) => {
        if (lock === null) return
        await work()
        resolve()
        await new Promise<never>(() => undefined)
      })
      asking.then(() => resolve(), reject)
    })
}
