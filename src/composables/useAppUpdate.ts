// Registers the service worker and lets a new version in only when nobody counts.
import type { Ref } from 'vue'
import { onScopeDispose, readonly, ref } from 'vue'

/** Look for a new version at least this often while the app is open. */
const CHECK_EVERY_MS = 60 * 60 * 1000

/** What the browser must provide; handed in so that tests can play it. */
export interface AppUpdatePlatform {
  /** undefined where the browser has none (a private window, plain http): the app then never updates by itself. */
  readonly serviceWorkers: ServiceWorkerContainer | undefined
  readonly document: Pick<Document, 'visibilityState' | 'addEventListener' | 'removeEventListener'>
  readonly every: (ms: number, work: () => void) => () => void
  readonly reload: () => void
}

export interface AppUpdateOptions {
  readonly scriptUrl?: string
  /**
   * May this window be reloaded now? False while a count is open, a scan is being written or spilled, or keys
   * wait in the buffer. Asked again each time; never remembered.
   */
  readonly canReload: () => boolean
  readonly onProblem: (problem: unknown) => void
  readonly platform: AppUpdatePlatform
}

export interface AppUpdate {
  /** A new version is there: waiting for us, or already active because another window let it in. */
  readonly isUpdateReady: Readonly<Ref<boolean>>
  /**
   * The user agreed: let the new version in and reload. While `canReload` says no, nothing happens and
   * `'busy'` comes back; no other window is ever reloaded by it.
   */
  readonly applyUpdate: () => 'reloading' | 'busy' | 'nothing'
  /** Look for a new version now. */
  readonly checkForUpdate: () => Promise<void>
}

/**
 * Watch for new versions from now until the scope ends. Needs an effect scope.
 * A new version never activates by itself, and a window reloads only after its own `applyUpdate`.
 * Rules: docs/SPEC.md PW1-PW4.
 */
export function useAppUpdate(options: AppUpdateOptions): AppUpdate {
  const { platform, canReload, onProblem, scriptUrl = '/sw.js' } = options
  const container = platform.serviceWorkers
  const isUpdateReady = ref(false)
  let registration: ServiceWorkerRegistration | undefined
  let isReloadWanted = false
  // The first controller of a page is its installation, not an update. Library heuristics get the session
  // after an installation wrong: it would never reload, and stay on the old version.
  let wasControlled = container?.controller != null

  function onControllerChange(): void {
    if (!wasControlled) {
      wasControlled = true
      return
    }
    isUpdateReady.value = true
    if (isReloadWanted && canReload()) platform.reload()
    isReloadWanted = false
  }

  function watchInstalling(worker: ServiceWorker): void {
    worker.addEventListener('statechange', () => {
      if (worker.state === 'installed' && container?.controller != null) isUpdateReady.value = true
    })
  }

  function onUpdateFound(): void {
    if (registration?.installing) watchInstalling(registration.installing)
  }

  async function register(): Promise<void> {
    if (!container) return
    registration = await container.register(scriptUrl, { scope: '/' })
    registration.addEventListener('updatefound', onUpdateFound)
    // Both may have happened before anybody listened.
    onUpdateFound()
    if (registration.waiting && container.controller) isUpdateReady.value = true
  }

  async function checkForUpdate(): Promise<void> {
    try {
      await registration?.update()
    } catch (problem) {
      // Offline most of the time; the next look comes by itself.
      onProblem(problem)
    }
  }

  function applyUpdate(): 'reloading' | 'busy' | 'nothing' {
    if (!isUpdateReady.value) return 'nothing'
    if (!canReload()) return 'busy'
    const waiting = registration?.waiting
    if (waiting) {
      isReloadWanted = true
      waiting.postMessage({ type: 'SKIP_WAITING' })
    } else {
      // Another window has let it in already: this one is only behind.
      platform.reload()
    }
    return 'reloading'
  }

  function onVisibilityChange(): void {
    if (platform.document.visibilityState === 'visible') void checkForUpdate()
  }

  container?.addEventListener('controllerchange', onControllerChange)
  platform.document.addEventListener('visibilitychange', onVisibilityChange)
  const stopChecking = platform.every(CHECK_EVERY_MS, () => void checkForUpdate())
  onScopeDispose(() => {
    container?.removeEventListener('controllerchange', onControllerChange)
    platform.document.removeEventListener('visibilitychange', onVisibilityChange)
    stopChecking()
  })
  register().catch(onProblem)

  return { isUpdateReady: readonly(isUpdateReady), applyUpdate, checkForUpdate }
}

/** The real browser. Without a service worker in development: it would answer with an old build. */
export function browserUpdatePlatform(isProduction: boolean): AppUpdatePlatform {
  return {
    serviceWorkers:
      isProduction && 'serviceWorker' in navigator ? navigator.serviceWorker : undefined,
    document,
    every: (ms, work) => {
      const timer = setInterval(work, ms)
      return () => {
        clearInterval(timer)
      }
    },
    reload: () => {
      location.reload()
    },
  }
}
