// The page's end of the sync worker: starts it, and gives the page a bus that hears its own worker and the other windows.
import { wrap } from 'comlink'
import type { Bus } from '../ports/platform'
import { createChannelBus } from './channel-bus'
import { listenForFaults } from './faults'
import type { SyncWorkerApi, WorkerConfig } from './protocol'
import { readPrivateMessage } from './private-message'

export interface SyncWorkerConnection {
  /** Never rejects for network trouble: failures are data. Do not `await` the object itself. */
  readonly api: SyncWorkerApi
  /** What concerns this window alone: `lock` and `status`. Use `createPageBus` instead of this. */
  readonly listen: Bus['listen']
  /** The worker failed, or could not start: calls may stay without an answer. Told in words. Returns how to stop. */
  readonly onFault: (listener: (message: string) => void) => () => void
  /** Kills the worker at once. Ask `api.stop()` first where there is time. */
  readonly terminate: () => void
}

export interface PageBus extends Bus {
  readonly close: () => void
}

/**
 * Start this window's sync worker. One per page life; it holds no truth, so it may die at any time.
 *
 * After this: `api.signIn` or `api.resumeUser`, then `createPageBus(connection, config)` for the same user.
 */
export function connectSyncWorker(): SyncWorkerConnection {
  const worker = new Worker(new URL('./sync.worker.ts', import.meta.url), {
    type: 'module',
    name: 'sync',
  })
  return {
    // Every method of SyncWorkerApi is asynchronous already, so the remote is the interface itself; its own type cannot
    // carry the type parameter of `review`.
    api: wrap<SyncWorkerApi>(worker) as unknown as SyncWorkerApi,
    listen(onMessage) {
      const onEvent = (event: MessageEvent<unknown>): void => {
        const message = readPrivateMessage(event.data)
        if (message !== null) onMessage(message)
      }
      worker.addEventListener('message', onEvent)
      return () => worker.removeEventListener('message', onEvent)
    },
    onFault: (listener) => listenForFaults(worker, listener),
    terminate: () => worker.terminate(),
  }
}

/**
 * The bus of one signed-in user on the page.
 *
 * Hears `lines`, `appended` and `catalogue` from every window and worker of this user, and `lock` and `status`
 * from this window's own worker only: another window's lock state is not ours. A sender does not hear itself.
 */
export function createPageBus(
  connection: Pick<SyncWorkerConnection, 'listen'>,
  config: WorkerConfig,
): PageBus {
  const channel = createChannelBus(config)
  return {
    post: channel.post,
    listen(onMessage) {
      const stopChannel = channel.listen(onMessage)
      const stopWorker = connection.listen(onMessage)
      return () => {
        stopChannel()
        stopWorker()
      }
    },
    close: channel.close,
  }
}
