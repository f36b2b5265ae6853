// Tokens: 256 random bits for the device, only their hash in the database.
import { createHash, randomBytes } from 'node:crypto'
import type { Sql } from '../db/db'

const TOKEN_BYTES = 32

export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

export interface IssueOptions {
  readonly userId: string
  readonly now: number
  readonly lifeMs: number
  readonly perUserMax: number
}

/** A new token; tokens that are over, and the user's oldest above `perUserMax`, are removed. */
export async function issueToken(
  sql: Sql,
  options: IssueOptions,
): Promise<{ token: string; expirationTime: number }> {
  const { userId, now, lifeMs, perUserMax } = options
  const token = randomBytes(TOKEN_BYTES).toString('base64url')
  const expirationTime = now + lifeMs
  await sql.query('delete from token where expires_at <= $1', [now])
  await sql.query(
    'insert into token (token_hash, user_id, created_at, expires_at) values ($1, $2, $3, $4)',
    [hashToken(token), userId, now, expirationTime],
  )
  await sql.query(
    `delete from token where token_hash in (
       select token_hash from token where user_id = $1 order by created_at desc, token_hash offset $2::int)`,
    [userId, perUserMax],
  )
  return { token, expirationTime }
}

export async function revokeToken(sql: Sql, tokenHash: string): Promise<void> {
  await sql.query('delete from token where token_hash = $1', [tokenHash])
}

export async function revokeAllTokens(sql: Sql): Promise<void> {
  await sql.query('delete from token')
}
