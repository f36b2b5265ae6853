// Scans that came after their count was settled go into another session, by who made them.
import { COUNTS } from '../../src/contract/envelope'
import { HeldMoved, PostHeldMove } from '../../src/contract/held'
import type { Registrar } from '../http/route'
import { moveHeld } from '../review/move-held'

/** Rules: docs/SPEC.md HR1-HR8. */
export const registerHeld: Registrar = (registry) => {
  registry.route({
    method: 'POST',
    path: `${COUNTS}cycleCounts/sessions/:sessionId/held`,
    needs: ['INVCOUNT_APP_VIEW'],
    isExtension: true,
    body: PostHeldMove,
    answer: HeldMoved,
    handler: ({ caller, param, body, context }) => moveHeld(caller, param('sessionId'), body, context),
  })
}
