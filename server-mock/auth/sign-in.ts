// Signing in: throttled per user and address, the same answer and the same time for every kind of wrong.
import type { Sql } from '../db/db'
import type { ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import type { Passwords } from './passwords'
import { issueToken } from './tokens'

export interface SignInRequest {
  readonly username: string
  readonly password: string
  readonly address: string
}

/**
 * @throws HttpError 401 (wrong name, wrong password, disabled user: one text for all) or 429 with Retry-After.
 * Rules: docs/SPEC.md SP1-SP3
 */
export async function signIn(
  context: ServerContext,
  passwords: Passwords,
  { username, password, address }: SignInRequest,
): Promise<{ token: string; expirationTime: number }> {
  const { db, clock, limits } = context
  const now = clock.now()
  const subject = `${username.trim().toLowerCase()}|${address}`
  // Counted before the password is looked at, so that guesses sent at the same time do not slip through.
  await countAttempt(db, {
    subject,
    now,
    max: limits.signInFailuresMax,
    windowMs: limits.signInWindowMs,
  })
  const [user] = await db.query<{ user_id: string; password_hash: string; disabled: boolean }>(
    'select user_id, password_hash, disabled from user_account where lower(user_name) = lower($1)',
    [username.trim()],
  )
  const isRight = await passwords.verify(password, user?.password_hash ?? null)
  if (!isRight || user === undefined || user.disabled)
    throw new HttpError(401, 'User name or password is not right', 'UNAUTHORIZED')
  return db.tx(async (sql) => {
    await sql.query('delete from sign_in_failure where subject = $1', [subject])
    return issueToken(sql, {
      userId: user.user_id,
      now,
      lifeMs: limits.tokenLifeMs,
      perUserMax: limits.tokensPerUserMax,
    })
  })
}

interface Attempt {
  readonly subject: string
  readonly now: number
  readonly max: number
  readonly windowMs: number
}

async function countAttempt(sql: Sql, { subject, now, max, windowMs }: Attempt): Promise<void> {
  await sql.query('delete from sign_in_failure where window_ends_at <= $1', [now])
  const [row] = await sql.query<{ failures: number; window_ends_at: number }>(
    `insert into sign_in_failure as f (subject, failures, window_ends_at) values ($1, 1, $2)
     on conflict (subject) do update set failures = f.failures + 1
     returning failures, window_ends_at`,
    [subject, now + windowMs],
  )
  if (row === undefined || row.failures <= max) return
  const retryAfterSeconds = Math.max(1, Math.ceil((row.window_ends_at - now) / 1000))
  throw new HttpError(
    429,
    `Too many attempts: try again in ${retryAfterSeconds} seconds`,
    'THROTTLED',
    {
      retryAfterSeconds,
    },
  )
}
