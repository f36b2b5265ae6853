// Signing in: throttled per user and address, the same answer and the same time for every kind of wrong.
import type { ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import type { Passwords } from './passwords'
import { countAttempt, forgiveAttempt } from './throttle'
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
  const attempt = { username, address, now }
  await countAttempt(db, attempt, limits)
  const [user] = await db.query<{ user_id: string; password_hash: string; disabled: boolean }>(
    'select user_id, password_hash, disabled from user_account where lower(user_name) = lower($1)',
    [username.trim()],
  )
  const isRight = await passwords.verify(password, user?.password_hash ?? null)
  if (!isRight || user === undefined || user.disabled)
    throw new HttpError(401, 'User name or password is not right', 'UNAUTHORIZED')
  return db.tx(async (sql) => {
    await forgiveAttempt(sql, { ...attempt, userId: user.user_id }, limits)
    return issueToken(sql, {
      userId: user.user_id,
      now,
      lifeMs: limits.tokenLifeMs,
      perUserMax: limits.tokensPerUserMax,
    })
  })
}
