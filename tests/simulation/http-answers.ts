// Answers that no server of ours gave: every line of the HTTP table (sync.md 2.11), a portal's page, broken halves.
import type { SimAnswer } from './server/wire'

export interface InjectedAnswer extends SimAnswer {
  readonly name: string
}

function refusal(status: number, errors: string, more: object = {}): InjectedAnswer {
  return { name: String(status), status, text: JSON.stringify({ errorCode: status, errors, ...more }), contentType: 'application/json' }
}

function page(name: string, status: number, text: string): InjectedAnswer {
  return { name, status, text: `<html>${text}</html>`, contentType: 'text/html' }
}

export const PORTAL: InjectedAnswer = page('200-html', 200, 'Welcome to the hotel')
/** What a server says to a row that it does not take. */
export function poisoned(status: number): InjectedAnswer {
  return refusal(status, 'Row refused')
}

/** Too many requests, each of them: when to come again is said. */
export const BUSY: InjectedAnswer = { ...refusal(429, 'Too many requests'), retryAfterSeconds: 20 }

/** Protocol errors of proxies, portals and tired servers. A lock's loss is not among them: that is the server's word alone. */
export const INJECTED: readonly InjectedAnswer[] = [
  PORTAL,
  { name: '200-other-json', status: 200, text: '[[["portal"]]]', contentType: 'application/json' },
  { name: '200-broken-json', status: 200, text: '{"items": [', contentType: 'application/json' },
  { name: '200-text', status: 200, text: 'OK', contentType: 'text/plain' },
  { name: '302', status: 302, text: '', contentType: null },
  refusal(400, 'Field may not be empty'),
  refusal(401, 'User must be logged in'),
  refusal(403, 'User is not authorized'),
  page('403-html', 403, 'Blocked'),
  refusal(404, 'Not found'),
  refusal(405, 'Method not supported'),
  refusal(406, 'Not acceptable'),
  refusal(408, 'Timeout'),
  refusal(409, 'Conflict'),
  refusal(410, 'Gone'),
  refusal(413, 'Too large'),
  refusal(415, 'Unsupported media type'),
  refusal(422, 'Unprocessable'),
  refusal(425, 'Too early'),
  refusal(426, 'Upgrade required', { code: 'OUTDATED_CLIENT' }),
  refusal(428, 'Precondition required'),
  BUSY,
  { ...refusal(429, 'Too many requests', { retryAfterMs: 9000 }), name: '429-body' },
  refusal(500, 'Internal error'),
  page('502', 502, 'Bad gateway'),
  { ...refusal(503, 'Unavailable'), retryAfterSeconds: 7 },
  page('504', 504, 'Gateway timeout'),
  refusal(507, 'Insufficient storage'),
  page('511', 511, 'Sign in to the network'),
]

/** Drawn apart, as the later faults are. */
export const LATER_INJECTED: readonly InjectedAnswer[] = [
  refusal(412, 'Precondition failed'),
  { name: '200-empty', status: 200, text: '', contentType: 'application/json' },
]

/** A proxy that says so to these alone would turn an extended server into a base one, and a person into nobody. */
export const NOT_WHEN_ASKING_WHO_IT_IS: ReadonlySet<string> = new Set(['401', '403', '404', '405', '406', '410', '415'])

/** The answer of this name, for a scene that wants it. */
export function injectedAnswer(name: string): InjectedAnswer {
  const found = INJECTED.find((it) => it.name === name)
  if (found === undefined) throw new RangeError(`Nobody answers ${name}`)
  return found
}
