// Keeps the catalogue fresh in the background: one window at a time, with backoff, never in the way of the sync.
import { backoffMs } from '../domain/backoff'
import { RemoteError } from '../domain/errors'
import { type CatalogueWish, downloadCatalogue } from './catalogue-download'
import type { NetworkDeps } from './network-deps'

/** A finished download is not asked for again before this, unless a person asks. */
const FRESH_MS = 300_000
const ATTEMPTS_MAX = 20

export interface CatalogueKeeper {
  /** Download if it is time; does nothing while one runs. */
  kick: (isManual?: boolean) => void
  stop: () => void
}

export function createCatalogueKeeper(deps: NetworkDeps, wish: CatalogueWish): CatalogueKeeper {
  const life = new AbortController()
  let isRunning = false
  let finishedAt = Number.NEGATIVE_INFINITY

  async function download(): Promise<void> {
    const name = `catalogue:${deps.storeName}:${wish.facilityId}`
    const result = await deps.mutex.run(
      name,
      { ifAvailable: true, signal: life.signal },
      async () => {
        await downloadCatalogue(deps, wish, life.signal)
        return 'done' as const
      },
    )
    // Another window downloads into the same database.
    if (result === 'done') finishedAt = deps.clock.mono()
  }

  async function downloadWithPatience(): Promise<void> {
    for (let attempt = 1; attempt <= ATTEMPTS_MAX && !life.signal.aborted; attempt++) {
      try {
        return await download()
      } catch (error) {
        if (life.signal.aborted) return
        deps.log.write('warn', 'catalogue-failed', { attempt, message: String(error) })
        if (!(error instanceof RemoteError) || !error.isRetryable) return
        await deps.timers.sleep(waitMs(error, attempt), life.signal)
      }
    }
  }

  function waitMs(error: RemoteError, attempt: number): number {
    return backoffMs({
      attempt,
      random: deps.random(),
      firstMs: deps.limits.backoffFirstMs,
      capMs: deps.limits.backoffCapMs,
      isThrottled: error.reason === 'server-down',
      retryAfterMs: error.details.retryAfterMs ?? null,
    })
  }

  return {
    kick(isManual = false) {
      if (isRunning || life.signal.aborted) return
      if (!isManual && deps.clock.mono() - finishedAt < FRESH_MS) return
      isRunning = true
      downloadWithPatience()
        .catch((error: unknown) => {
          if (!life.signal.aborted)
            deps.log.write('error', 'catalogue-failed', { message: String(error) })
        })
        .finally(() => {
          isRunning = false
        })
    },
    stop: () => life.abort(),
  }
}
