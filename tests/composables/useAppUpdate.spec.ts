// Proves that a new version waits for the user, and that no window is reloaded while somebody counts.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'
import { isServerPath } from '../../src/sw/is-server-path'
import { useAppUpdate } from '../../src/composables/useAppUpdate'

class FakeWorker extends EventTarget {
  state: ServiceWorkerState = 'installing'
  readonly messages: unknown[] = []

  postMessage(message: unknown): void {
    this.messages.push(message)
  }

  becomes(state: ServiceWorkerState): void {
    this.state = state
    this.dispatchEvent(new Event('statechange'))
  }
}

class FakeRegistration extends EventTarget {
  installing: FakeWorker | null = null
  waiting: FakeWorker | null = null
  updateCount = 0

  update(): Promise<void> {
    this.updateCount += 1
    return Promise.resolve()
  }

  /** The browser finds a new version and installs it; it waits then, as ours always does. */
  finds(worker: FakeWorker): void {
    this.installing = worker
    this.dispatchEvent(new Event('updatefound'))
    this.installing = null
    this.waiting = worker
    worker.becomes('installed')
  }
}

class FakeContainer extends EventTarget {
  controller: FakeWorker | null = null
  readonly registration = new FakeRegistration()

  register(): Promise<FakeRegistration> {
    return Promise.resolve(this.registration)
  }

  /** The worker takes this window over, asked for here or in another window. */
  isControlledBy(worker: FakeWorker): void {
    this.controller = worker
    this.dispatchEvent(new Event('controllerchange'))
  }
}

class FakeDocument extends EventTarget {
  visibilityState: DocumentVisibilityState = 'visible'
}

let scope = effectScope()

/** A window with the app open, controlled by `controller` from before. */
async function openWindow({ controller = null as FakeWorker | null } = {}) {
  const container = new FakeContainer()
  container.controller = controller
  const page = new FakeDocument()
  const reload = vi.fn()
  const problems: unknown[] = []
  const hourly: (() => void)[] = []
  const state = { isCounting: false }
  const update = scope.run(() =>
    useAppUpdate({
      canReload: () => !state.isCounting,
      onProblem: (problem) => problems.push(problem),
      platform: {
        serviceWorkers: container as unknown as ServiceWorkerContainer,
        document: page,
        every: (_ms, work) => {
          hourly.push(work)
          return () => {
            hourly.length = 0
          }
        },
        reload,
      },
    }),
  )
  if (update === undefined) throw new Error('the scope has ended')
  await Promise.resolve()
  return {
    container,
    registration: container.registration,
    page,
    reload,
    problems,
    hourly,
    state,
    update,
  }
}

beforeEach(() => {
  scope = effectScope()
})
afterEach(() => {
  scope.stop()
})

describe('a new version', () => {
  it('[PW1] is announced, and nothing else happens', async () => {
    const { registration, reload, update } = await openWindow({ controller: new FakeWorker() })
    const next = new FakeWorker()

    registration.finds(next)

    expect(update.isUpdateReady.value).toBe(true)
    expect(next.messages).toEqual([])
    expect(reload).not.toHaveBeenCalled()
  })

  it('[PW1] is announced when it was waiting before the window was opened', async () => {
    const container = new FakeContainer()
    container.controller = new FakeWorker()
    container.registration.waiting = new FakeWorker()
    const update = scope.run(() =>
      useAppUpdate({
        canReload: () => true,
        onProblem: () => undefined,
        platform: {
          serviceWorkers: container as unknown as ServiceWorkerContainer,
          document: new FakeDocument(),
          every: () => () => undefined,
          reload: () => undefined,
        },
      }),
    )
    await Promise.resolve()

    expect(update?.isUpdateReady.value).toBe(true)
  })

  it('[PW1] is not what the first installation is', async () => {
    const { container, registration, reload, update } = await openWindow()
    const first = new FakeWorker()

    registration.finds(first)
    container.isControlledBy(first)

    expect(update.isUpdateReady.value).toBe(false)
    expect(reload).not.toHaveBeenCalled()
  })

  it('[PW2] is let in when the user agrees, and the window reloads once it is active', async () => {
    const { container, registration, reload, update } = await openWindow({
      controller: new FakeWorker(),
    })
    const next = new FakeWorker()
    registration.finds(next)

    const answer = update.applyUpdate()
    const reloadsBefore = reload.mock.calls.length
    container.isControlledBy(next)

    expect(answer).toBe('reloading')
    expect(next.messages).toEqual([{ type: 'SKIP_WAITING' }])
    expect(reloadsBefore).toBe(0)
    expect(reload).toHaveBeenCalledTimes(1)
  })

  it('[PW2] also reloads a window that was installed in this very session', async () => {
    const { container, registration, reload, update } = await openWindow()
    const first = new FakeWorker()
    const next = new FakeWorker()
    registration.finds(first)
    container.isControlledBy(first)
    registration.finds(next)

    update.applyUpdate()
    container.isControlledBy(next)

    expect(reload).toHaveBeenCalledTimes(1)
  })

  it('[PW3] is refused while somebody counts in this window', async () => {
    const { registration, state, update } = await openWindow({ controller: new FakeWorker() })
    const next = new FakeWorker()
    registration.finds(next)
    state.isCounting = true

    expect(update.applyUpdate()).toBe('busy')
    expect(next.messages).toEqual([])
  })

  it('[PW3] does not reload a window where counting has begun since the user agreed', async () => {
    const { container, registration, reload, state, update } = await openWindow({
      controller: new FakeWorker(),
    })
    const next = new FakeWorker()
    registration.finds(next)
    update.applyUpdate()

    state.isCounting = true
    container.isControlledBy(next)

    expect(reload).not.toHaveBeenCalled()
    expect(update.isUpdateReady.value).toBe(true)
  })

  it('[PW3] that another window let in does not reload this one, but is offered', async () => {
    const { container, reload, update } = await openWindow({ controller: new FakeWorker() })

    container.isControlledBy(new FakeWorker())

    expect(reload).not.toHaveBeenCalled()
    expect(update.isUpdateReady.value).toBe(true)
    expect(update.applyUpdate()).toBe('reloading')
    expect(reload).toHaveBeenCalledTimes(1)
  })

  it('[PW4] is looked for when the app comes back to the front, and hourly', async () => {
    const { registration, page, hourly } = await openWindow({ controller: new FakeWorker() })

    page.visibilityState = 'hidden'
    page.dispatchEvent(new Event('visibilitychange'))
    const whileHidden = registration.updateCount
    page.visibilityState = 'visible'
    page.dispatchEvent(new Event('visibilitychange'))
    hourly[0]?.()

    expect(whileHidden).toBe(0)
    expect(registration.updateCount).toBe(2)
  })

  it('[PW4] that cannot be looked for offline is told, not thrown', async () => {
    const { registration, problems, update } = await openWindow({ controller: new FakeWorker() })
    registration.update = () => Promise.reject(new TypeError('offline'))

    await update.checkForUpdate()

    expect(problems).toHaveLength(1)
  })
})

describe('the service worker', () => {
  it.each(['/rest/s1/login', '/rest', '/__faults', '/__faults?x=1'])(
    '[PW6] leaves %s to the server',
    (path) => {
      expect(isServerPath.test(path)).toBe(true)
    },
  )

  it.each(['/counts', '/sessions/100001', '/restock', '/'])(
    '[PW6] answers %s with the app',
    (path) => {
      expect(isServerPath.test(path)).toBe(false)
    },
  )
})
