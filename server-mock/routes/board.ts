// Watching a facility: the board, and a stream of hints when to look at it again.
import { Board } from '../../src/contract/board'
import { COUNTS } from '../../src/contract/envelope'
import { findCaller } from '../auth/callers'
import { createHints } from '../board/hints'
import { readBoard } from '../board/read-board'
import type { Caller } from '../http/context'
import { HttpError } from '../http/errors'
import { RawAnswer } from '../http/raw-answer'
import type { Registrar } from '../http/route'
import { MAY_REVIEW } from './review-base'

/** Rules: docs/SPEC.md BD1-BD11. */
export const registerBoard: Registrar = (registry, context) => {
  const hints = createHints(context)
  registry.route({
    method: 'GET',
    path: `${COUNTS}board`,
    needs: MAY_REVIEW,
    isExtension: true,
    answer: Board,
    handler: ({ sql, caller, query, context: { clock } }) =>
      readBoard(sql, caller, {
        facilityId: facilityOf(query.one('facilityId')),
        after: query.one('after'),
        withProgress: query.flag('progress'),
        now: clock.now(),
      }),
  })
  registry.route({
    method: 'GET',
    path: `${COUNTS}events`,
    needs: MAY_REVIEW,
    isExtension: true,
    handler: async ({ sql, caller, query, tokenHash, context: { clock } }) => {
      const facilityId = facilityOf(/^board:(.*)$/.exec(query.one('scope') ?? '')?.[1] ?? null)
      caller.requireAt(facilityId)
      const body = hints.open({
        facilityId,
        userId: caller.userId,
        isStillAllowed: async () =>
          mayWatch(await findCaller(sql, tokenHash, clock.now()), facilityId),
      })
      // Proxies that collect answers before they pass them on are asked not to.
      return new RawAnswer(body, {
        'Content-Type': 'text/event-stream',
        'X-Accel-Buffering': 'no',
      })
    },
  })
}

function facilityOf(id: string | null): string {
  if (id === null || id === '')
    throw new HttpError(400, 'Name the facility to watch', 'BAD_REQUEST')
  return id
}

function mayWatch(caller: Caller | null, facilityId: string): boolean {
  return caller !== null && caller.mayAt(facilityId) && MAY_REVIEW.some((it) => caller.may(it))
}
