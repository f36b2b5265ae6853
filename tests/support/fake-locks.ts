// Web Locks of one origin in memory: exclusive locks, `ifAvailable`, `steal`, `signal`, as the specification says.
interface Request {
  readonly grant: () => void
  readonly abort: (reason: unknown) => void
}

interface Held {
  readonly lose: () => void
}

export function createFakeLocks(): LockManager {
  const held = new Map<string, Held>()
  const queues = new Map<string, Request[]>()

  function hold<R>(name: string, work: (lock: Lock | null) => R | PromiseLike<R>): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      const mine: Held = { lose: () => reject(new DOMException('stolen', 'AbortError')) }
      held.set(name, mine)
      const free = (): void => {
        if (held.get(name) !== mine) return
        held.delete(name)
        queues.get(name)?.shift()?.grant()
      }
      void Promise.resolve()
        .then(() => work({ name, mode: 'exclusive' }))
        .then(resolve, reject)
        .finally(free)
    })
  }

  async function request<R>(
    name: string,
    options: LockOptions,
    work: (lock: Lock | null) => R | PromiseLike<R>,
  ): Promise<R> {
    if (options.steal === true) {
      held.get(name)?.lose()
      return hold(name, work)
    }
    if (!held.has(name)) return hold(name, work)
    if (options.ifAvailable === true) return work(null)
    await new Promise<void>((grant, abort) => {
      const queue = queues.get(name) ?? []
      queues.set(name, queue)
      const waiting: Request = { grant, abort }
      queue.push(waiting)
      options.signal?.addEventListener('abort', () => {
        queue.splice(queue.indexOf(waiting), 1)
        abort(options.signal?.reason)
      })
    })
    return hold(name, work)
  }
  return { request, query: () => Promise.resolve({}) } as unknown as LockManager
}
