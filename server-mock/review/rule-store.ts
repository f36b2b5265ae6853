// Tolerances between SQL rows and the rule ladder.
import { encodeQuantity } from '../../src/domain/quantity'
import type { Sql } from '../db/db'
import type { ToleranceRow } from '../rules/rule-ladder'
import { microOf, moneyOrNull, wireMoney } from './numbers'

/** Those of the facility and those of every facility. */
export async function readTolerances(
  sql: Sql,
  facilityId: string,
): Promise<readonly ToleranceRow[]> {
  const rows = await sql.query<{
    facility_id: string
    abc_class: string
    units: string
    percent: string
    money: string | null
  }>(
    `select facility_id, abc_class, units::text, percent::text, money::text from review_rule
     where facility_id in ($1, '*') order by facility_id, abc_class`,
    [facilityId],
  )
  return rows.map((it) => ({
    facilityId: it.facility_id,
    abcClass: it.abc_class,
    units: microOf(it.units),
    percent: Number(it.percent),
    money: moneyOrNull(it.money),
  }))
}

export async function putTolerance(
  sql: Sql,
  rule: ToleranceRow,
  { by, now }: { readonly by: string; readonly now: number },
): Promise<void> {
  await sql.query(
    `insert into review_rule (facility_id, abc_class, units, percent, money, changed_by, changed_at)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (facility_id, abc_class) do update set units = excluded.units, percent = excluded.percent,
       money = excluded.money, changed_by = excluded.changed_by, changed_at = excluded.changed_at`,
    [
      rule.facilityId,
      rule.abcClass,
      encodeQuantity(rule.units),
      rule.percent,
      wireMoney(rule.money),
      by,
      now,
    ],
  )
}
