// UUIDv7: unique for ever, roughly ordered by time (RFC 9562).
import type { Clock, IdSource } from './time-and-ids'

const BYTES = 16

/** @param randomBytes as strong as the platform has: identities must not meet across devices */
export function createUuidV7Source(
  clock: Pick<Clock, 'now'>,
  randomBytes: (length: number) => Uint8Array,
): IdSource {
  return {
    next() {
      const bytes = randomBytes(BYTES)
      let ms = Math.max(0, Math.floor(clock.now()))
      for (let at = 5; at >= 0; at--) {
        bytes[at] = ms % 256
        ms = Math.floor(ms / 256)
      }
      bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f)
      bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
      const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
      return [
        hex.slice(0, 8),
        hex.slice(8, 12),
        hex.slice(12, 16),
        hex.slice(16, 20),
        hex.slice(20),
      ].join('-')
    },
  }
}
