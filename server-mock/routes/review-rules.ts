// The tolerances of the rule ladder: read by those who settle counts, set and removed by administrators, each change kept.
import { COUNTS } from '../../src/contract/envelope'
import {
  DeleteRule,
  PutRecountRule,
  PutRule,
  WireRecountRule,
  WireRules,
  WireStoredRule,
} from '../../src/contract/review-rules'
import { decodeMoney, encodeMoney } from '../../src/domain/money'
import { encodeQuantity } from '../../src/domain/quantity'
import type { Registrar } from '../http/route'
import { readQuantity } from '../review/numbers'
import {
  putRecountRule,
  readRecountRule,
  readRecountRuleChanges,
} from '../review/recount-rule-store'
import { readCurrency } from '../review/review-store'
import {
  deleteTolerance,
  putTolerance,
  readRuleChanges,
  readTolerances,
  type StoredTolerance,
} from '../review/rule-store'

const PATH = `${COUNTS}reviewRules`
const administrating = { needs: ['INV_COUNT_ADMIN'], isExtension: true } as const

/** Rules: docs/SPEC.md RL1, RL10-RL12, RL22. */
export const registerReviewRules: Registrar = (registry) => {
  registry.route({
    method: 'GET',
    path: PATH,
    needs: ['INV_COUNT_SUBMIT'],
    isExtension: true,
    answer: WireRules,
    handler: async ({ sql, caller, query }) => {
      const facilityId = query.one('facilityId')
      caller.requireAt(facilityId)
      const place = facilityId ?? ''
      return {
        rules: (await readTolerances(sql, place)).map(encodeRule),
        changes: await readRuleChanges(sql, place),
        currency: await readCurrency(sql, place),
        recounts: (await readRecountRule(sql, place)) ?? { isOn: false },
        recountChanges: await readRecountRuleChanges(sql, place),
      }
    },
  })
  registry.route({
    ...administrating,
    method: 'PUT',
    path: PATH,
    body: PutRule,
    answer: WireStoredRule,
    handler: async ({ caller, body, context: { db, clock } }) => {
      const { seen, ...wire } = body
      const money = wire.money == null ? null : decodeMoney(wire.money)
      const rule = { ...wire, units: readQuantity(wire.units), money }
      const change = { by: caller.userName, now: clock.now(), seen }
      return encodeRule(await db.tx((sql) => putTolerance(sql, rule, change)))
    },
  })
  registry.route({
    ...administrating,
    method: 'DELETE',
    path: PATH,
    body: DeleteRule,
    handler: async ({ caller, body: { seen, ...key }, context: { db, clock } }) => {
      const change = { by: caller.userName, now: clock.now(), seen }
      await db.tx((sql) => deleteTolerance(sql, key, change))
      return {}
    },
  })
  registry.route({
    ...administrating,
    method: 'PUT',
    path: `${PATH}/recounts`,
    body: PutRecountRule,
    answer: WireRecountRule,
    handler: ({ caller, body: { seen, ...wanted }, context: { db, clock } }) => {
      const change = { by: caller.userName, now: clock.now(), seen }
      return db.tx((sql) => putRecountRule(sql, wanted, change))
    },
  })
}

function encodeRule({ units, money, ...it }: StoredTolerance) {
  return {
    ...it,
    units: encodeQuantity(units),
    money: money === null ? null : encodeMoney(money),
  }
}
