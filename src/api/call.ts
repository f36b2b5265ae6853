// Send a request, read its answer, name the failure: the only file that knows HTTP status codes and which answers are ours.
import { TimeoutError } from 'ky'
import * as v from 'valibot'
import { ErrorEnvelope } from '../contract/envelope'
import { RemoteError, type RemoteErrorDetails, type RemoteErrorReason } from '../domain/errors'

/** Schema of an answer that must be JSON, or `'anything'` of ours where the content does not matter. */
export type Expected<Schema> = Schema | 'anything'
type AnySchema = v.GenericSchema<unknown, unknown>

/** Moqui's "there is no such row": 200 with an empty body (contract 0.5). */
export const EMPTY = Symbol('empty')

/**
 * Send and decode.
 *
 * @param name method and path, for messages; never a query or a body
 * @param send gives the whole answer; a body that breaks halfway counts as no answer
 * @returns the decoded body, or EMPTY for an empty 200
 * @throws {RemoteError} for every failure but an abort by `signal`, which is passed on as it is
 */
export async function call<Schema extends AnySchema>(
  name: string,
  schema: Expected<Schema>,
  send: () => Promise<Response>,
  signal?: AbortSignal,
): Promise<v.InferOutput<Schema> | typeof EMPTY> {
  const { response, text } = await receive(name, send, signal)
  return readAnswer(name, schema, response, text)
}

/** What an answer's meaning hangs on, apart from its text. */
export type AnswerHead = Pick<Response, 'ok' | 'status'> & { readonly headers: Pick<Headers, 'get'> }

/**
 * The decoded body, or EMPTY for an empty 200.
 *
 * @throws {RemoteError} for every other answer
 */
export function readAnswer<Schema extends AnySchema>(
  name: string,
  schema: Expected<Schema>,
  response: AnswerHead,
  text: string,
): v.InferOutput<Schema> | typeof EMPTY {
  if (!response.ok) throw remoteErrorOf(name, response, text)
  if (text === '') {
    if (isHtml(response) || response.status !== 200) throw captive(name, 'an empty page')
    return EMPTY
  }
  const body = parse(name, response, text)
  if (schema === 'anything') return body
  const result = v.safeParse(schema, body)
  // JSON of another shape is not our server's: a proxy, a portal, or a server that we do not understand.
  if (!result.success)
    throw captive(name, `unexpected answer: ${v.summarize(result.issues).slice(0, 200)}`)
  return result.output
}

async function receive(
  name: string,
  send: () => Promise<Response>,
  signal: AbortSignal | undefined,
): Promise<{ response: Response; text: string }> {
  try {
    const response = await send()
    return { response, text: await response.text() }
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason ?? error
    if (isNoAnswer(error))
      throw new RemoteError('offline', `${name}: no answer`, {}, { cause: error })
    throw error
  }
}

/** fetch reports every network failure as a TypeError; our own total time-out is a DOMException. */
function isNoAnswer(error: unknown): boolean {
  if (error instanceof TimeoutError || error instanceof TypeError) return true
  return (
    error instanceof DOMException &&
    (error.name === 'TimeoutError' || error.name === 'AbortError' || error.name === 'NetworkError')
  )
}

function parse(name: string, response: AnswerHead, text: string): unknown {
  const isJson = (response.headers.get('content-type') ?? '').includes('json')
  if (!isJson) throw captive(name, 'an answer that is not JSON')
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new RemoteError(
      'captive-portal',
      `${name}: broken JSON`,
      { status: response.status },
      { cause },
    )
  }
}

function captive(name: string, what: string): RemoteError {
  return new RemoteError('captive-portal', `${name}: ${what}`)
}

function isHtml(response: AnswerHead): boolean {
  return (response.headers.get('content-type') ?? '').includes('html')
}

function remoteErrorOf(name: string, response: AnswerHead, text: string): RemoteError {
  const envelope = envelopeOf(text)
  const reason = reasonOf(response, envelope)
  const words = envelope?.errors ?? `status ${response.status}`
  return new RemoteError(reason, `${name}: ${words}`, detailsOf(response, text, envelope))
}

function envelopeOf(text: string): ErrorEnvelope | null {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), ErrorEnvelope), text)
  return result.success ? result.output : null
}

/** Codes that say more than their status does. */
const REASON_OF_CODE: Readonly<Record<string, RemoteErrorReason>> = {
  SESSION_LOCKED: 'locked',
  STALE_FENCE: 'stale-fence',
  OUTDATED_CLIENT: 'outdated',
}

const REASON_OF_STATUS: Readonly<Record<number, RemoteErrorReason>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  405: 'unsupported',
  406: 'unsupported',
  408: 'server-down',
  410: 'not-found',
  413: 'too-large',
  415: 'unsupported',
  425: 'server-down',
  426: 'outdated',
  429: 'server-down',
  511: 'captive-portal',
}

function reasonOf(response: AnswerHead, envelope: ErrorEnvelope | null): RemoteErrorReason {
  const { status } = response
  // A redirect is never our server's (`redirect: 'manual'` makes it status 0 in browsers, 3xx in Node).
  if (status < 400) return 'captive-portal'
  const byCode = envelope?.code === undefined ? undefined : REASON_OF_CODE[envelope.code]
  if (byCode !== undefined) return byCode
  // A refusal in HTML comes from a portal or proxy. 401 stays a question for a sign-in: it clears nothing.
  if (status !== 401 && status < 500 && envelope === null && isHtml(response))
    return 'captive-portal'
  return REASON_OF_STATUS[status] ?? (status >= 500 ? 'server-down' : 'rejected')
}

function detailsOf(
  response: AnswerHead,
  text: string,
  envelope: ErrorEnvelope | null,
): RemoteErrorDetails {
  const retryAfterMs = retryAfterOf(response, text)
  const holder = envelope?.holder
  return {
    status: response.status,
    ...(envelope?.code === undefined ? {} : { code: envelope.code }),
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
    ...(holder === undefined
      ? {}
      : { holder: { userName: holder.userId, deviceId: holder.deviceId ?? null } }),
  }
}

const RetryHint = v.object({
  retryAfterMs: v.optional(v.number()),
  retryAfter: v.optional(v.number()),
})

/** Header in seconds, or as a date beside the server's own; in the body too, because the header is hidden from other origins. */
function retryAfterOf(response: AnswerHead, text: string): number | null {
  const header = response.headers.get('retry-after')
  if (header !== null) {
    const seconds = Number(header)
    if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000)
    const waitMs = Date.parse(header) - Date.parse(response.headers.get('date') ?? '')
    if (Number.isFinite(waitMs)) return Math.max(0, waitMs)
  }
  const hint = v.safeParse(v.pipe(v.string(), v.parseJson(), RetryHint), text)
  if (!hint.success) return null
  if (hint.output.retryAfterMs !== undefined) return Math.max(0, hint.output.retryAfterMs)
  return hint.output.retryAfter === undefined ? null : Math.max(0, hint.output.retryAfter * 1000)
}
