// Answers as Moqui sends them: nulls left out, errors in one envelope.
import type { HttpError } from './errors'

/** JSON without null and undefined fields. Nulls inside lists stay: their places count. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, it: unknown) =>
    it !== null && typeof it === 'object' && !Array.isArray(it)
      ? Object.fromEntries(Object.entries(it).filter(([, field]) => field !== null))
      : it,
  )
}

export function jsonAnswer(status: number, value: unknown, headers: Headers): Response {
  const text = toJson(value)
  headers.set('Content-Type', 'application/json')
  // Told, so that small answers are not packed: that costs more than it saves.
  headers.set('Content-Length', String(Buffer.byteLength(text)))
  return new Response(text, { status, headers })
}

export function errorAnswer(error: HttpError, headers: Headers): Response {
  const { retryAfterSeconds } = error.extra
  if (retryAfterSeconds !== undefined) headers.set('Retry-After', String(retryAfterSeconds))
  return jsonAnswer(error.status, envelopeOf(error), headers)
}

export function envelopeOf({ status, message, code, extra }: HttpError): object {
  const { retryAfterSeconds: _asHeader, ...fields } = extra
  return { errorCode: status, errors: message, code, ...fields }
}
