// How often somebody may guess: counted per user and address, per address, and per user, in windows that end by themselves.
import type { Sql } from '../db/db'
import { HttpError } from '../http/errors'
import type { ServerLimits } from '../limits'

export interface Attempt {
  /** As typed. */
  readonly username: string
  readonly address: string
  readonly now: number
}

/**
 * Counts an attempt before the password is looked at, so that guesses sent at the same time do not slip through.
 *
 * The limit per user over all addresses does not count where the user has signed in before: who guesses from elsewhere
 * locks nobody out of their own place. Every window ends, however much is tried in it.
 *
 * @throws HttpError 429 with Retry-After
 */
export async function countAttempt(
  sql: Sql,
  attempt: Attempt,
  limits: ServerLimits,
): Promise<void> {
  const { now } = attempt
  await sql.query(
    `delete from sign_in_failure where window_ends_at <= $1
       or subject in (select subject from sign_in_failure order by window_ends_at desc offset $2::int)`,
    [now, limits.signInCountersMax],
  )
  const { byAddress, byUser, byBoth } = subjectsOf(attempt)
  // The address first: who is over that limit leaves no further rows behind.
  await count(sql, byAddress, limits.signInFailuresPerAddressMax, { now, limits })
  await count(sql, byBoth, limits.signInFailuresMax, { now, limits })
  if (!(await isKnownPlace(sql, attempt)))
    await count(sql, byUser, limits.signInFailuresPerUserMax, { now, limits })
}

/** The attempt was no failure: it is taken back, and the place is remembered. */
export async function forgiveAttempt(
  sql: Sql,
  attempt: Attempt & { readonly userId: string },
  limits: ServerLimits,
): Promise<void> {
  const { byAddress, byUser, byBoth } = subjectsOf(attempt)
  await sql.query('delete from sign_in_failure where subject = $1', [byBoth])
  await sql.query(
    'update sign_in_failure set failures = greatest(failures - 1, 0) where subject = any($1::text[])',
    [[byAddress, byUser]],
  )
  await sql.query(
    `insert into sign_in_place (user_id, place, last_at) values ($1, $2, $3)
     on conflict (user_id, place) do update set last_at = excluded.last_at`,
    [attempt.userId, placeOf(attempt.address), attempt.now],
  )
  await sql.query(
    `delete from sign_in_place where user_id = $1 and place in
       (select place from sign_in_place where user_id = $1 order by last_at desc, place offset $2::int)`,
    [attempt.userId, limits.signInPlacesMax],
  )
}

async function count(
  sql: Sql,
  subject: string,
  max: number,
  { now, limits }: { readonly now: number; readonly limits: ServerLimits },
): Promise<void> {
  const [row] = await sql.query<{ failures: number; window_ends_at: number }>(
    `insert into sign_in_failure as f (subject, failures, window_ends_at) values ($1, 1, $2)
     on conflict (subject) do update set failures = f.failures + 1
     returning failures, window_ends_at`,
    [subject, now + limits.signInWindowMs],
  )
  if (row === undefined || row.failures <= max) return
  const retryAfterSeconds = Math.max(1, Math.ceil((row.window_ends_at - now) / 1000))
  throw new HttpError(
    429,
    `Too many attempts: try again in ${retryAfterSeconds} seconds`,
    'THROTTLED',
    { retryAfterSeconds },
  )
}

async function isKnownPlace(sql: Sql, { username, address }: Attempt): Promise<boolean> {
  const rows = await sql.query(
    `select 1 from sign_in_place p join user_account u on u.user_id = p.user_id
     where lower(u.user_name) = lower($1) and p.place = $2`,
    [username.trim(), placeOf(address)],
  )
  return rows.length > 0
}

function subjectsOf({ username, address }: Attempt): {
  readonly byAddress: string
  readonly byUser: string
  readonly byBoth: string
} {
  const name = username.trim().toLowerCase()
  const place = placeOf(address)
  return { byAddress: `address|${place}`, byUser: `user|${name}`, byBoth: `both|${name}|${place}` }
}

/** An address as one place: an IPv6 network of 64 bits belongs to one customer, who has all its addresses. */
export function placeOf(address: string): string {
  const plain = address.replace(/%.*$/, '').toLowerCase()
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)?.[1]
  if (mapped !== undefined) return mapped
  if (!plain.includes(':')) return plain
  const [head = '', tail] = plain.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups =
    tail === undefined
      ? left
      : [
          ...left,
          ...Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0'),
          ...right,
        ]
  return `${groups
    .slice(0, 4)
    .map((it) => it.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}
