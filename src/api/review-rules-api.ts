// The tolerances of the rule ladder over HTTP (extended profile).
import type * as v from 'valibot'
import { COUNTS } from '../contract/envelope'
import { WireRecountRule, WireRules, WireStoredRule } from '../contract/review-rules'
import { encodeMoney } from '../domain/money'
import { encodeQuantity } from '../domain/quantity'
import type { RecountRule, RuleChange, StoredRule } from '../domain/review'
import type { ReviewApi } from '../ports/review'
import { microOf, moneyOrNull } from './decode-review'
import type { Http } from './http'

const PATH = `${COUNTS}reviewRules`

export function createRuleCalls(http: Http): Pick<ReviewApi, 'rules' | 'putRule' | 'removeRule' | 'putRecountRule'> {
  return {
    async rules(facilityId) {
      const wire = await http.json({
        method: 'get',
        path: PATH,
        schema: WireRules,
        query: { facilityId },
      })
      return {
        rules: wire.rules.map(decodeRule),
        changes: wire.changes.map(decodeChange),
        currency: wire.currency ?? null,
        recounts: wire.recounts == null ? null : decodeRecountRule(wire.recounts),
        recountChanges: wire.recountChanges,
      }
    },
    async putRule({ units, money, ...rule }, seen) {
      const body = {
        ...rule,
        units: encodeQuantity(units),
        money: money === null ? null : encodeMoney(money),
        seen,
      }
      return decodeRule(await http.json({ method: 'put', path: PATH, schema: WireStoredRule, body }))
    },
    async removeRule({ facilityId, abcClass }, seen) {
      await http.run({ method: 'delete', path: PATH, body: { facilityId, abcClass, seen } })
    },
    async putRecountRule(facilityId, isOn, seen) {
      const body = { facilityId, isOn, seen }
      await http.json({ method: 'put', path: `${PATH}/recounts`, schema: WireRecountRule, body })
    },
  }
}

function decodeRule({ units, money, ...it }: v.InferOutput<typeof WireStoredRule>): StoredRule {
  return { ...it, units: microOf(units), money: moneyOrNull(money) }
}

function decodeRecountRule({ isOn, changedBy, changedAt }: v.InferOutput<typeof WireRecountRule>): RecountRule {
  return { isOn, changed: changedBy == null || changedAt == null ? null : { by: changedBy, at: changedAt } }
}

type WireChange = v.InferOutput<typeof WireRules>['changes'][number]

function decodeChange({ before, after, ...it }: WireChange): RuleChange {
  return { ...it, before: decodeValues(before), after: decodeValues(after) }
}

function decodeValues(wire: WireChange['before']): RuleChange['before'] {
  if (wire == null) return null
  return { units: microOf(wire.units), percent: wire.percent, money: moneyOrNull(wire.money) }
}
