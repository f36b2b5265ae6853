// Movements of the book as other systems report them, and the tolerances of the rule ladder.
import { COUNTS } from '../../src/contract/envelope'
import { MovementsAnswer, PutMovements, WireRule, WireRules } from '../../src/contract/review'
import { decodeMoney, encodeMoney } from '../../src/domain/money'
import { encodeQuantity } from '../../src/domain/quantity'
import { HttpError } from '../http/errors'
import type { Registrar } from '../http/route'
import { postMovements } from '../review/movement-store'
import { readQuantity } from '../review/numbers'
import { putTolerance, readTolerances } from '../review/rule-store'

/** Rules: docs/SPEC.md RV1, RL1. */
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
  registry.route({
    method: 'GET',
    path: `${COUNTS}reviewRules`,
    needs: ['INV_COUNT_SUBMIT'],
    isExtension: true,
    answer: WireRules,
    handler: async ({ sql, caller, query }) => {
      const facilityId = query.one('facilityId')
      caller.requireAt(facilityId)
      const rules = await readTolerances(sql, facilityId ?? '')
      return {
        rules: rules.map(({ units, money, ...it }) => ({
          ...it,
          units: encodeQuantity(units),
          money: money === null ? null : encodeMoney(money),
        })),
      }
    },
  })
  registry.route({
    method: 'PUT',
    path: `${COUNTS}reviewRules`,
    needs: ['INV_COUNT_ADMIN'],
    isExtension: true,
    body: WireRule,
    handler: async ({ caller, body, context: { db, clock } }) => {
      const money = body.money == null ? null : decodeMoney(body.money)
      const rule = { ...body, units: readQuantity(body.units), money }
      await putTolerance(db, rule, { by: caller.userName, now: clock.now() })
      return {}
    },
  })
}
