// At most so many calls at work; the others are sent away with a time to come back, not kept in a line without end.
import { HttpError } from './errors'

export interface Gate {
  /** @throws HttpError 503 with Retry-After when all places are taken; nothing was done then */
  run<R>(work: () => Promise<R>): Promise<R>
}

export function createGate(max: number): Gate {
  let busy = 0
  return {
    async run(work) {
      if (busy >= max)
        throw new HttpError(503, 'Too many calls at once', 'THROTTLED', { retryAfterSeconds: 1 })
      busy += 1
      try {
        return await work()
      } finally {
        busy -= 1
      }
    },
  }
}
