// Ids of new counts and sessions: short, growing with time, unique over server processes.
import { randomBytes } from 'node:crypto'

const TIME_DIGITS = 9
const RANDOM_DIGITS = 10
const BASE = 36

/** `M`, nine digits of milliseconds, ten of chance (51 bits), all of [0-9A-Z]: twenty characters, as Moqui's ids may have. */
export function createIds(now: () => number): { next(): string } {
  return {
    next: () => {
      const chance = randomBytes(8).readBigUInt64BE() % BigInt(BASE) ** BigInt(RANDOM_DIGITS)
      return `M${digits(now(), TIME_DIGITS)}${digits(chance, RANDOM_DIGITS)}`.toUpperCase()
    },
  }
}

function digits(value: number | bigint, length: number): string {
  return value.toString(BASE).padStart(length, '0')
}
