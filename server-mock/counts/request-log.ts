// Requests that must happen once: a repetition gets the first answer.
import type { Sql } from '../db/db'

export interface RequestKey {
  readonly userId: string
  /** The caller's; undefined when the request may happen again. */
  readonly requestId: string | undefined
  readonly kind:
    | 'create-count'
    | 'create-session'
    | 'clone-session'
    | 'session-status'
    | 'lock'
    | 'review-decisions'
    | 'review-recounts'
    | 'review-approve'
    | 'review-correction'
    | 'plan'
    | 'plan-items'
  readonly now: number
}

/**
 * Runs `work` at most once per user, request id and kind, inside the caller's transaction; a copy that arrives while
 * the first is under way waits for it. When the transaction rolls back, nothing has happened and a copy may try again.
 */
export async function once<Answer extends object>(sql: Sql, key: RequestKey, work: () => Promise<Answer>): Promise<Answer> {
  if (key.requestId === undefined) return work()
  const isFirst = await sql.query(
    `insert into request_log (user_id, request_id, kind, answer, received_at) values ($1, $2, $3, '{}', $4)
     on conflict do nothing returning 1`,
    [key.userId, key.requestId, key.kind, key.now],
  )
  if (isFirst.length === 0) {
    const [known] = await sql.query<{ answer: Answer }>(
      'select answer from request_log where user_id = $1 and request_id = $2 and kind = $3',
      [key.userId, key.requestId, key.kind],
    )
    if (known === undefined) throw new Error(`Request ${key.requestId} vanished`)
    return known.answer
  }
  const answer = await work()
  await sql.query('update request_log set answer = $4 where user_id = $1 and request_id = $2 and kind = $3', [
    key.userId,
    key.requestId,
    key.kind,
    JSON.stringify(answer),
  ])
  return answer
}

/** The fence that a lock request was granted; null when it was never granted. */
export async function readGrantedFence(sql: Sql, userId: string, requestId: string | undefined): Promise<number | null> {
  if (requestId === undefined) return null
  const [row] = await sql.query<{ answer: { fence: number } }>(
    "select answer from request_log where user_id = $1 and request_id = $2 and kind = 'lock'",
    [userId, requestId],
  )
  return row?.answer.fence ?? null
}

/** Under the session's row lock: two copies cannot get here at the same time. */
export async function rememberGrantedFence(sql: Sql, key: Omit<RequestKey, 'kind'>, fence: number): Promise<void> {
  if (key.requestId === undefined) return
  await sql.query(
    `insert into request_log (user_id, request_id, kind, answer, received_at) values ($1, $2, 'lock', $3, $4)
     on conflict (user_id, request_id, kind) do update set answer = excluded.answer`,
    [key.userId, key.requestId, JSON.stringify({ fence }), key.now],
  )
}
