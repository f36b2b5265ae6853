// What the rules have yet to judge, in the database: asked for with what made it necessary, worked off step by step.
import type { SessionStatus } from '../../src/domain/session'
import type { Sql } from '../db/db'
import type { ServerContext } from '../http/context'

/** After so many failures it is left alone: what it would have written is written with the decision at the latest. */
const ATTEMPTS_MAX = 5
const PUT_OFF_MS = 5000

export interface Judging {
  readonly judgingId: number
  readonly workEffortId: string
  /** null: all sessions of the count. */
  readonly sessionId: string | null
  /** null: all products of the session. */
  readonly productIds: readonly string[] | null
  /** The last product that is done; empty: none is. */
  readonly after: string
}

/** Does this move of a session change what its products are judged by? Booked ones are judged no more. */
export function movesJudgement(from: SessionStatus, to: SessionStatus): boolean {
  if (from === to || to === 'approved') return false
  return [from, to].some((it) => it === 'submitted' || it === 'voided')
}

interface Asked {
  readonly workEffortId: string
  readonly sessionId: string | null
  readonly productIds?: readonly string[]
}

/** In the transaction that changes what there is to judge: neither is kept without the other. @returns its id */
export async function askJudging(
  sql: Sql,
  { workEffortId, sessionId, productIds }: Asked,
  { clock }: Pick<ServerContext, 'clock'>,
): Promise<number> {
  const [row] = await sql.query<{ id: number }>(
    `insert into judging (work_effort_id, session_id, product_ids, asked_at, due_at)
     values ($1, $2, $3::text[], $4, $4) returning judging_id as id`,
    [workEffortId, sessionId, productIds ?? null, clock.now()],
  )
  if (row === undefined) throw new Error('What is to be judged was not written')
  return row.id
}

/** The oldest that may be tried now; null: there is none. */
export async function findDueJudging(sql: Sql, now: number): Promise<number | null> {
  const [row] = await sql.query<{ id: number }>(
    `select judging_id as id from judging where due_at <= $1 and attempts < ${ATTEMPTS_MAX}
     order by asked_at, judging_id limit 1`,
    [now],
  )
  return row?.id ?? null
}

export interface JudgingPlace {
  readonly workEffortId: string
  /** null: a count without a facility has no book, and nothing to judge. */
  readonly facilityId: string | null
}

/** null: it is done. */
export async function findJudgingPlace(sql: Sql, judgingId: number): Promise<JudgingPlace | null> {
  const [row] = await sql.query<JudgingPlace>(
    `select j.work_effort_id as "workEffortId", c.facility_id as "facilityId" from judging j
       join cycle_count c on c.work_effort_id = j.work_effort_id where j.judging_id = $1`,
    [judgingId],
  )
  return row ?? null
}

/** Held until the transaction ends; after the review, which is held before it. null: somebody else has done it. */
export async function holdJudging(sql: Sql, judgingId: number): Promise<Judging | null> {
  const [row] = await sql.query<Judging>(
    `select judging_id as "judgingId", work_effort_id as "workEffortId", session_id as "sessionId",
       product_ids as "productIds", after from judging where judging_id = $1 for update`,
    [judgingId],
  )
  return row ?? null
}

/** The next products of it in the order of their ids, each once. */
export async function readNextProducts(
  sql: Sql,
  { workEffortId, sessionId, productIds, after }: Judging,
  limit: number,
): Promise<readonly string[]> {
  const rows = await (productIds === null
    ? sql.query<{ id: string }>(
        `select distinct i.product_id as id from count_session s join session_item i on i.session_id = s.session_id
         where s.work_effort_id = $1 and ($2::text is null and s.status_id <> 'SESSION_VOIDED' or s.session_id = $2)
           and i.product_id > $3 and not i.is_deleted
         order by i.product_id limit $4::int`,
        [workEffortId, sessionId, after, limit],
      )
    : sql.query<{ id: string }>(
        'select distinct id from unnest($1::text[]) as given(id) where id > $2 order by id limit $3::int',
        [productIds, after, limit],
      ))
  return rows.map((it) => it.id)
}

export async function moveJudgingOn(sql: Sql, judgingId: number, after: string): Promise<void> {
  await sql.query('update judging set after = $2, attempts = 0 where judging_id = $1', [
    judgingId,
    after,
  ])
}

export async function endJudging(sql: Sql, judgingId: number): Promise<void> {
  await sql.query('delete from judging where judging_id = $1', [judgingId])
}

/** Tried again later, and each time later than that. */
export async function putJudgingOff(sql: Sql, judgingId: number, now: number): Promise<void> {
  await sql.query(
    `update judging set attempts = attempts + 1, due_at = $2::bigint + ${PUT_OFF_MS} * (1 << attempts)
     where judging_id = $1`,
    [judgingId, now],
  )
}
