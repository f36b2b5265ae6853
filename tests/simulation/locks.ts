// Web Locks of one device on virtual time: mutex with theft from the silent, window claims, broadcast channels.
import type { Bus, BusMessage, Mutex } from '../../src/ports/platform'
import type { WindowClaim, WindowClaims } from '../../src/sync/window-claims'
import type { Marks } from './marks'
import type { Life, Scheduler } from './scheduler'

/** As src/worker/platform.ts has them. */
const SILENT_MS = 30_000
const CLAIM_PATIENCE_MS = 1000

interface Holder {
  readonly life: Life
  readonly lose: () => void
}

interface Waiter {
  readonly life: Life
  readonly grant: () => void
}

export interface DeviceLocks {
  readonly mutexOf: (life: Life) => Mutex
  readonly claimsOf: (life: Life) => WindowClaims
  readonly heldClaims: () => readonly string[]
  readonly channelOf: (name: string, life: Life) => Bus & { readonly close: () => void }
  /** Runs once, with whoever holds a lock now or is the next to get one. */
  readonly onceHeld: (run: (holder: Life) => void) => void
  /** A window's life is over: the browser frees what it held. */
  readonly free: (life: Life) => void
}

export function createDeviceLocks(scheduler: Scheduler, marks: Marks): DeviceLocks {
  const held = new Map<string, Holder>()
  const queues = new Map<string, Waiter[]>()
  const claims = new Map<string, { readonly life: Life; readonly onLost: () => void }>()
  const claimWaiters: { readonly life: Life; readonly name: string; readonly take: () => void }[] = []
  const curious: ((holder: Life) => void)[] = []
  const channels = new Map<string, { readonly life: Life; readonly hear: Set<(message: BusMessage) => void> }[]>()

  function release(name: string, holder: Holder): void {
    if (held.get(name) !== holder) return
    held.delete(name)
    passOn(name)
  }

  function passOn(name: string): void {
    const queue = queues.get(name) ?? []
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (next.life.isOver) continue
      next.grant()
      return
    }
  }

  function hold<R>(name: string, life: Life, work: () => Promise<R>): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      const holder: Holder = { life, lose: () => reject(new DOMException('stolen', 'AbortError')) }
      held.set(name, holder)
      scheduler.after(0.05, life, 'lock', () => {
        for (const run of curious.splice(0)) run(life)
        work()
          .then(resolve, reject)
          .finally(() => release(name, holder))
      })
    })
  }

  function wait(name: string, life: Life, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const queue = queues.get(name) ?? []
      queues.set(name, queue)
      const onAbort = (): void => {
        if (leave()) reject(signal?.reason)
      }
      const waiter: Waiter = {
        life,
        grant: () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        },
      }
      queue.push(waiter)
      const leave = (): boolean => {
        const at = queue.indexOf(waiter)
        if (at >= 0) queue.splice(at, 1)
        return at >= 0
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      const lookForSilence = (): void => {
        const holder = held.get(name)
        if (holder === undefined || !queue.includes(waiter)) return
        if (holder.life.frozenUntil <= scheduler.now()) {
          scheduler.after(SILENT_MS, life, 'lock-patience', lookForSilence)
          return
        }
        marks.note('lock-stolen-from-silent')
        held.delete(name)
        scheduler.after(0, holder.life, 'lock-lost', holder.lose)
        leave()
        waiter.grant()
      }
      scheduler.after(SILENT_MS, life, 'lock-patience', lookForSilence)
    })
  }

  function takeClaim(name: string, life: Life, onLost: () => void): WindowClaim {
    const claim = { life, onLost }
    claims.set(name, claim)
    return {
      release() {
        if (claims.get(name) === claim) freeClaim(name)
      },
    }
  }

  function freeClaim(name: string): void {
    claims.delete(name)
    const at = claimWaiters.findIndex((it) => it.name === name && !it.life.isOver)
    const [next] = at < 0 ? [] : claimWaiters.splice(at, 1)
    next?.take()
  }

  return {
    onceHeld(run) {
      const [holder] = held.values()
      if (holder === undefined) curious.push(run)
      else run(holder.life)
    },
    heldClaims: () => [...claims.keys()],
    mutexOf: (life) => ({
      async run(name, { ifAvailable, signal }, work) {
        if (signal?.aborted === true) throw signal.reason
        if (held.has(name)) {
          if (ifAvailable === true) return 'taken'
          marks.note('lock-waited')
          await wait(name, life, signal)
          // Granted in the moment of its death: nobody would ever free it.
          if (life.isOver) {
            passOn(name)
            return await new Promise<never>(() => undefined)
          }
        }
        return await hold(name, life, work)
      },
    }),
    claimsOf: (life) => ({
      claim: (name, { steal, onLost }) =>
        new Promise((resolve) => {
          scheduler.after(0.1, life, 'claim', () => {
            const holder = claims.get(name)
            if (holder === undefined) return resolve(takeClaim(name, life, onLost))
            if (steal) {
              marks.note('claim-stolen')
              scheduler.after(0.1, holder.life, 'claim-lost', holder.onLost)
              return resolve(takeClaim(name, life, onLost))
            }
            let isSettled = false
            const waiter = {
              life,
              name,
              take: () => {
                isSettled = true
                resolve(takeClaim(name, life, onLost))
              },
            }
            claimWaiters.push(waiter)
            scheduler.after(CLAIM_PATIENCE_MS, life, 'claim-patience', () => {
              if (isSettled) return
              claimWaiters.splice(claimWaiters.indexOf(waiter), 1)
              marks.note('claim-elsewhere')
              resolve(null)
            })
          })
        }),
    }),
    channelOf(name, life) {
      const ends = channels.get(name) ?? []
      channels.set(name, ends)
      const mine = { life, hear: new Set<(message: BusMessage) => void>() }
      ends.push(mine)
      return {
        post(message) {
          for (const end of [...ends])
            if (end !== mine && !end.life.isOver && end.hear.size > 0)
              scheduler.after(0.2, end.life, `bus ${message.kind}`, () => {
                for (const hear of end.hear) hear(message)
              })
        },
        listen(hear) {
          mine.hear.add(hear)
          return () => mine.hear.delete(hear)
        },
        close: () => void ends.splice(ends.indexOf(mine), 1),
      }
    },
    free(life) {
      for (const [name, holder] of [...held]) if (holder.life === life) release(name, holder)
      for (const [name, claim] of [...claims]) if (claim.life === life) freeClaim(name)
      for (const ends of channels.values())
        for (const end of ends.filter((it) => it.life === life)) ends.splice(ends.indexOf(end), 1)
    },
  }
}
