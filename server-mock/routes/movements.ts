// Movements of the book as other systems report them.
import { COUNTS } from '../../src/contract/envelope'
import { MovementsAnswer, PutMovements } from '../../src/contract/movements'
import { HttpError } from '../http/errors'
import type { Registrar } from '../http/route'
import { postMovements } from '../review/movement-store'
import { readQuantity } from '../review/numbers'

/** Rules: docs/SPEC.md RV1. */
export const registerMovements: Registrar = (registry) => {
  registry.route({
    method: 'PUT',
    path: `${COUNTS}movements`,
    needs: ['INV_COUNT_ADMIN'],
    isExtension: true,
    body: PutMovements,
    answer: MovementsAnswer,
    handler: async ({ caller, body, context: { db, clock, limits } }) => {
      if (body.items.length > limits.itemsMax)
        throw new HttpError(413, `At most ${limits.itemsMax} movements in one request`, 'TOO_LARGE')
      for (const { facilityId } of body.items) caller.requireAt(facilityId)
      const movements = body.items.map((it) => ({
        ...it,
        quantity: readQuantity(it.quantity),
        reference: it.reference ?? null,
        reason: null,
        workEffortId: null,
      }))
      const stored = await db.tx((sql) =>
        postMovements(sql, movements, { by: caller.userName, now: clock.now() }),
      )
      return { stored, known: body.items.length - stored }
    },
  })
}
