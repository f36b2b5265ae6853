// Keeps a stream of hints open for the one board that this window shows, and says when there is none.
import { backoffMs } from '../domain/backoff'
import { RemoteError } from '../domain/errors'
import type { FacilityId } from '../domain/ids'
import type { BoardStream } from '../ports/platform'
import type { WatchApi } from '../ports/watch'
import type { Account, World } from './account'

/** The board asks by itself meanwhile: nobody waits for the stream. */
const RETRY_CAP_MS = 30_000
/** Asking again would change nothing. */
const FINAL: readonly string[] = ['forbidden', 'unsupported', 'not-found', 'unauthorized']

/** @returns starts watching a facility in place of the one before; null only stops */
export function createBoardWatch(
  world: Pick<World, 'timers' | 'random' | 'limits'>,
  current: () => Promise<Account>,
  watchApi: () => Promise<WatchApi>,
): (facilityId: FacilityId | null) => void {
  let running: AbortController | null = null

  async function keepOpen(facilityId: FacilityId, signal: AbortSignal): Promise<void> {
    let attempt = 0
    while (!signal.aborted) {
      const { deps } = await current()
      const tell = (stream: BoardStream): void => {
        if (!signal.aborted) deps.bus.post({ kind: 'board', facilityId, stream })
      }
      attempt += 1
      try {
        const api = await watchApi()
        await api.listen(facilityId, () => ((attempt = 0), tell('hint')), signal)
        tell('dead')
      } catch (error) {
        if (signal.aborted) return
        if (!(error instanceof RemoteError)) throw error
        deps.log.write('info', 'board-stream', { reason: error.reason })
        const isFinal = FINAL.includes(error.reason)
        tell(isFinal ? 'refused' : 'dead')
        if (isFinal) return
      }
      const wait = { firstMs: world.limits.backoffFirstMs, capMs: RETRY_CAP_MS }
      await pause({ ...wait, attempt: attempt + 1, random: world.random() }, signal)
    }
  }

  async function pause(
    wait: Pick<Parameters<typeof backoffMs>[0], 'attempt' | 'random' | 'firstMs' | 'capMs'>,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      // A server that ends every stream at once must not be asked at once.
      await world.timers.sleep(backoffMs({ ...wait, isThrottled: true, retryAfterMs: null }), signal)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  return (facilityId) => {
    running?.abort()
    running = facilityId === null ? null : new AbortController()
    if (facilityId === null || running === null) return
    const { signal } = running
    keepOpen(facilityId, signal).catch(async (error: unknown) => {
      const { deps } = await current()
      deps.log.write('error', 'board-stream', { error: String(error) })
    })
  }
}
