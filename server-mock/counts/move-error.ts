// What a refused status change says.
import { CYCLE_COUNT_STATUS_IDS, SESSION_STATUS_IDS } from '../../src/contract/counts'
import { HttpError } from '../http/errors'
import type { Move } from '../rules/transitions'

const STATUS_IDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'cycle count': CYCLE_COUNT_STATUS_IDS,
  session: SESSION_STATUS_IDS,
}

export function moveError(
  what: 'cycle count' | 'session',
  move: Exclude<Move, { kind: 'move' | 'same' }>,
  from: string,
  to: string,
): HttpError {
  switch (move.kind) {
    case 'forbidden':
      return new HttpError(403, `Permission ${move.permission} is needed`, 'FORBIDDEN')
    case 'stale-fence':
      return new HttpError(409, 'The lock has changed hands: nothing was changed', 'STALE_FENCE')
    case 'not-allowed': {
      const ids = STATUS_IDS[what]
      const text = `Status change from ${ids?.[from] ?? from} to ${ids?.[to] ?? to} is not allowed`
      return new HttpError(400, text, 'TRANSITION_NOT_ALLOWED')
    }
  }
}
