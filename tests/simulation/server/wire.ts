// A request and an answer of the simulated server, as they cross the network: text both ways, so that a network may break it.
import type { AnswerHead } from '../../../src/api/call'
import type { Query } from '../../../src/api/http'
import { HttpError } from '../../../server-mock/http/errors'
import { envelopeOf, toJson } from '../../../server-mock/http/answers'

export interface SimRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below /rest/s1/, each part encoded. */
  readonly path: string
  readonly query?: Query
  readonly body?: string | undefined
  readonly token: string | null
}

export interface SimAnswer {
  readonly status: number
  readonly text: string
  readonly contentType: string | null
  readonly retryAfterSeconds?: number | undefined
}

export function okAnswer(value: unknown): SimAnswer {
  return value === undefined
    ? { status: 200, text: '', contentType: null }
    : { status: 200, text: toJson(value), contentType: 'application/json' }
}

/** Everything but a refusal is a bug of ours, and goes on. */
export function refusedAnswer(error: unknown): SimAnswer {
  if (!(error instanceof HttpError)) throw error
  return {
    status: error.status,
    text: toJson(envelopeOf(error)),
    contentType: 'application/json',
    retryAfterSeconds: error.extra.retryAfterSeconds,
  }
}

/** As the product's own reader of answers wants it. */
export function headOf(answer: SimAnswer): AnswerHead {
  const headers: Readonly<Record<string, string | null>> = {
    'content-type': answer.contentType,
    'retry-after': answer.retryAfterSeconds === undefined ? null : String(answer.retryAfterSeconds),
  }
  return {
    ok: answer.status >= 200 && answer.status < 300,
    status: answer.status,
    headers: { get: (name) => headers[name.toLowerCase()] ?? null },
  }
}
