// Answers as Moqui sends them: nulls left out, errors in one envelope.
import { constants, gzipSync } from 'node:zlib'
import type { HttpError } from './errors'

/** JSON without null and undefined fields. Nulls inside lists stay: their places count. */
export function toJson(value: unknown): string {
  return JSON.stringify(withoutNulls(value))
}

/** Beforehand: a replacer is asked for every single value, and takes JSON several times as long. What has no nulls is not copied. */
function withoutNulls(it: unknown): unknown {
  if (it === null || typeof it !== 'object') return it
  if (Array.isArray(it)) {
    const items: readonly unknown[] = it
    const cleaned = items.map(withoutNulls)
    return cleaned.some((item, at) => item !== items[at]) ? cleaned : items
  }
  // A date, say: it tells itself what it is in JSON.
  if ('toJSON' in it) return it
  return withoutNullFields(it as Readonly<Record<string, unknown>>)
}

function withoutNullFields(it: Readonly<Record<string, unknown>>): object {
  let changed: Map<string, unknown> | null = null
  for (const name of Object.keys(it)) {
    const cleaned = withoutNulls(it[name])
    if (cleaned !== null && cleaned === it[name]) continue
    changed ??= new Map()
    changed.set(name, cleaned)
  }
  if (changed === null) return it
  const fields = Object.entries(it).map(([name, field]) => [name, changed.has(name) ? changed.get(name) : field] as const)
  return Object.fromEntries(fields.filter(([, field]) => field !== null))
}

/** Below this, packing costs more than it saves. */
const PACKED_BYTES_MIN = 1024

/** @param acceptEncoding the caller's header: large answers are packed for those who can read them */
export function jsonAnswer(
  status: number,
  value: unknown,
  headers: Headers,
  acceptEncoding = '',
): Response {
  headers.set('Content-Type', 'application/json')
  const bytes = Buffer.from(toJson(value))
  const isPacked = bytes.byteLength >= PACKED_BYTES_MIN && readsGzip(acceptEncoding)
  if (bytes.byteLength >= PACKED_BYTES_MIN) headers.append('Vary', 'Accept-Encoding')
  if (isPacked) headers.set('Content-Encoding', 'gzip')
  // At once and lightly: streams and the last percent cost more than the answer itself.
  const body = isPacked ? gzipSync(bytes, { level: constants.Z_BEST_SPEED }) : bytes
  headers.set('Content-Length', String(body.byteLength))
  return new Response(new Uint8Array(body), { status, headers })
}

export function errorAnswer(error: HttpError, headers: Headers): Response {
  const { retryAfterSeconds } = error.extra
  if (retryAfterSeconds !== undefined) headers.set('Retry-After', String(retryAfterSeconds))
  return jsonAnswer(error.status, envelopeOf(error), headers)
}

/** What a caller sent may stand in a text: it is told back in full up to here. */
const ERROR_TEXT_MAX = 1000

export function envelopeOf({ status, message, code, extra }: HttpError): object {
  const { retryAfterSeconds: _asHeader, ...fields } = extra
  return { errorCode: status, errors: message.length > ERROR_TEXT_MAX ? `${message.slice(0, ERROR_TEXT_MAX)}…` : message, code, ...fields }
}

function readsGzip(acceptEncoding: string): boolean {
  return acceptEncoding
    .toLowerCase()
    .split(',')
    .some((it) => /^\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/.test(it))
}
