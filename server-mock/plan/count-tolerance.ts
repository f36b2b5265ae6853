// A count's own tolerance between SQL and the rule ladder: set when it is planned, instead of the facility's rules.
import type { Tolerance as WireTolerance } from '../../src/contract/plan'
import type { Sql } from '../db/db'
import { microOf, moneyOrNull } from '../review/numbers'
import type { Tolerance } from '../rules/rule-ladder'

/** Rules: docs/SPEC.md PL40 */
export async function insertCountTolerance(
  sql: Sql,
  workEffortId: string,
  { units, percent, money }: WireTolerance,
): Promise<void> {
  await sql.query('insert into count_tolerance (work_effort_id, units, percent, money) values ($1, $2, $3, $4)', [
    workEffortId,
    units,
    percent,
    money ?? null,
  ])
}

/** null: the facility's rules hold. */
export async function readCountTolerance(sql: Sql, workEffortId: string): Promise<Tolerance | null> {
  const [row] = await sql.query<{ units: string; percent: string; money: string | null }>(
    'select units::text, percent::text, money::text from count_tolerance where work_effort_id = $1',
    [workEffortId],
  )
  if (row === undefined) return null
  return { units: microOf(row.units), percent: Number(row.percent), money: moneyOrNull(row.money) }
}
