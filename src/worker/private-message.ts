// What a worker tells its own page only, beside comlink's messages on the same port (comlink skips what has no id).
import type { BusMessage } from '../ports/platform'

interface PrivateMessage {
  readonly private: BusMessage
}

/** Kinds that mean something else in every window. */
export function isPrivate(message: BusMessage): boolean {
  return message.kind === 'lock' || message.kind === 'status' || message.kind === 'board'
}

export function privateMessageOf(message: BusMessage): PrivateMessage {
  return { private: message }
}

/** null for comlink's own messages. */
export function readPrivateMessage(data: unknown): BusMessage | null {
  if (typeof data !== 'object' || data === null || !('private' in data)) return null
  return (data as PrivateMessage).private
}
