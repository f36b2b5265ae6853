// Password hashes: scrypt, memory-hard, a few at a time.
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { HttpError } from '../http/errors'

export interface HashCost {
  /** Power of two; memory is 128 · N · r bytes. */
  readonly n: number
  readonly r: number
  readonly p: number
}

/** 32 MiB and three passes: OWASP's recommendation for scrypt. The cost stands in every hash, so it may grow. */
export const PASSWORD_COST: HashCost = { n: 32_768, r: 8, p: 3 }

const KEY_BYTES = 32
const SALT_BYTES = 16
const WAITING_MAX = 50

export interface Passwords {
  /** `scrypt$N$r$p$salt$hash`, base64url. */
  hash(password: string): Promise<string>
  /** Takes as long for a user who does not exist (null) as for a wrong password. @throws HttpError 503 when too many wait */
  verify(password: string, hash: string | null): Promise<boolean>
}

export function createPasswords(cost: HashCost = PASSWORD_COST, atOnceMax = 4): Passwords {
  const slots = createSlots(atOnceMax)
  const nobody = encode(cost, randomBytes(SALT_BYTES), randomBytes(KEY_BYTES))

  async function hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES)
    return encode(cost, salt, await slots.run(() => derive(password, salt, cost)))
  }

  async function verify(password: string, stored: string | null): Promise<boolean> {
    const { cost: storedCost, salt, key } = decode(stored ?? nobody)
    const given = await slots.run(() => derive(password, salt, storedCost))
    return timingSafeEqual(given, key) && stored !== null
  }

  return { hash, verify }
}

function derive(password: string, salt: Buffer, { n, r, p }: HashCost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(
      password.normalize('NFKC'),
      salt,
      KEY_BYTES,
      { N: n, r, p, maxmem: 256 * n * r },
      (error, key) => {
        if (error === null) resolve(key)
        else reject(error)
      },
    )
  })
}

function encode({ n, r, p }: HashCost, salt: Buffer, key: Buffer): string {
  return ['scrypt', n, r, p, salt.toString('base64url'), key.toString('base64url')].join('$')
}

function decode(text: string): { cost: HashCost; salt: Buffer; key: Buffer } {
  const [kind, n, r, p, salt, key] = text.split('$')
  if (kind !== 'scrypt' || salt === undefined || key === undefined)
    throw new Error('A stored password hash cannot be read')
  return {
    cost: { n: Number(n), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64url'),
    key: Buffer.from(key, 'base64url'),
  }
}

/** At most `max` at once, the others wait in line, and the line has an end. */
function createSlots(max: number): { run<R>(work: () => Promise<R>): Promise<R> } {
  let busy = 0
  const waiting: (() => void)[] = []

  async function run<R>(work: () => Promise<R>): Promise<R> {
    if (busy >= max) {
      if (waiting.length >= WAITING_MAX)
        throw new HttpError(503, 'Too many sign-ins at once', 'THROTTLED', { retryAfterSeconds: 5 })
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
    busy += 1
    try {
      return await work()
    } finally {
      busy -= 1
      waiting.shift()?.()
    }
  }

  return { run }
}
