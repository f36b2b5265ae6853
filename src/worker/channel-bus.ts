// The bus between windows and workers of one user, on BroadcastChannel: hints only, the database is the truth.
import type { Bus, BusMessage } from '../ports/platform'
import type { WorkerConfig } from './protocol'

/** A sender does not hear itself. Messages of other users and servers go by other channels. */
export function createChannelBus(config: WorkerConfig): Bus & { readonly close: () => void } {
  const channel = new BroadcastChannel(`shelfcount:${config.serverOrigin}:${config.userName}`)
  return {
    post: (message) => channel.postMessage(message),
    listen(onMessage) {
      const onEvent = (event: MessageEvent<BusMessage>): void => onMessage(event.data)
      channel.addEventListener('message', onEvent)
      return () => channel.removeEventListener('message', onEvent)
    },
    close: () => channel.close(),
  }
}
