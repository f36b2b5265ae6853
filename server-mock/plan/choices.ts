// What can be chosen in a plan for a facility: the values of its filters with how many products each finds, and its tolerances.
import type * as v from 'valibot'
import type { FacetValues, PlanChoices } from '../../src/contract/plan-again'
import { SCHEDULED_CLASSES } from '../../src/domain/plan'
import { encodeQuantity } from '../../src/domain/quantity'
import type { Sql } from '../db/db'
import { wireMoney } from '../review/numbers'
import { readTolerances } from '../review/rule-store'
import { toleranceFor } from '../rules/rule-ladder'

/** Values of one list, for a screen that searches in them: more suppliers or aisles than a facility has. */
const VALUES_MAX = 5000

/** `from … where …` over `value` and the products that the facility keeps; `$1` is the facility. */
const KEPT = 'product_facility s join product p on p.product_id = s.product_id and not p.deleted'
const SOURCES = {
  categories: `p.category as value, p.product_id from ${KEPT} where s.facility_id = $1 and p.category is not null`,
  tags: `t.tag as value, p.product_id from ${KEPT} join product_tag t on t.product_id = p.product_id where s.facility_id = $1`,
  suppliers: `u.supplier as value, p.product_id from ${KEPT} join product_supplier u on u.product_id = p.product_id
    where s.facility_id = $1`,
  aisles: `distinct l.aisle as value, p.product_id from product_place l
    join product p on p.product_id = l.product_id and not p.deleted where l.facility_id = $1`,
  abcClasses: `w.abc_class as value, p.product_id from product_valuation w
    join product p on p.product_id = w.product_id and not p.deleted
    where w.facility_id = $1 and w.abc_class is not null`,
} as const

/** Rules: docs/SPEC.md PL26. */
export async function readChoices(sql: Sql, facilityId: string): Promise<v.InferInput<typeof PlanChoices>> {
  return {
    categories: await readValues(sql, facilityId, 'categories'),
    tags: await readValues(sql, facilityId, 'tags'),
    suppliers: await readValues(sql, facilityId, 'suppliers'),
    aisles: await readValues(sql, facilityId, 'aisles'),
    abcClasses: await readValues(sql, facilityId, 'abcClasses'),
    ...(await readLimits(sql, facilityId)),
  }
}

async function readValues(sql: Sql, facilityId: string, list: keyof typeof SOURCES): Promise<FacetValues> {
  return sql.query(
    `select value, count(*)::int as products from (select ${SOURCES[list]}) found
     group by value order by value limit ${VALUES_MAX}`,
    [facilityId],
  )
}

async function readLimits(
  sql: Sql,
  facilityId: string,
): Promise<Pick<v.InferInput<typeof PlanChoices>, 'tolerances' | 'currency'>> {
  const rows = await readTolerances(sql, facilityId)
  const [valued] = await sql.query<{ currency: string }>(
    'select currency from product_valuation where facility_id = $1 limit 1',
    [facilityId],
  )
  const tolerances = [...SCHEDULED_CLASSES, null].map((abcClass) => {
    const { units, percent, money } = toleranceFor(rows, { facilityId, abcClass })
    return { abcClass: abcClass ?? '*', units: encodeQuantity(units), percent, money: wireMoney(money) }
  })
  return { tolerances, currency: valued?.currency ?? null }
}
