// The bus between windows and workers of one user, on BroadcastChannel: hints only, the database is the truth.
import type { Bus, BusMessage } from '../ports/platform'
import type { WorkerConfig } from './protocol'

/**
 * A sender does not hear itself. Messages of other users and servers go by other channels. After `close` posting does
 * nothing: what is still under way then, such as a scan that is just committed, must not fail for want of a hint.
 */
export function createChannelBus(config: WorkerConfig): Bus & { readonly close: () => void } {
  const channel = new BroadcastChannel(`shelfcount:${config.serverOrigin}:${config.userName}`)
  let isClosed = false
  return {
    post: (message) => {
      if (!isClosed) channel.postMessage(message)
    },
    listen(onMessage) {
      const onEvent = (event: MessageEvent<BusMessage>): void => onMessage(event.data)
      channel.addEventListener('message', onEvent)
      return () => channel.removeEventListener('message', onEvent)
    },
    close: () => {
      isClosed = true
      channel.close()
    },
  }
}
