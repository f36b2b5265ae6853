// Fires hostile requests at one route and judges every answer.
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import * as v from 'valibot'
import type { RouteFacts } from '../../server-mock/http/registry'
import { ERROR_CODES, ErrorEnvelope, REST } from '../../src/contract/envelope'
import { FUZZ_DEFINITIONS, type FuzzDefinition } from './definitions'
import { hostileBody, hostileHeaders, hostilePart, hostileQuery, type HostileBody } from './hostile'
import type { FuzzTarget } from './target'

/** Of one call; far more than any needs, on a busy machine too. */
const ANSWER_MS_MAX = 10_000
const ERROR_TEXT_MAX = 2000
/** Statuses that say whose fault it is: the caller's. */
const REFUSALS = new Set([400, 401, 403, 404, 405, 409, 413, 415, 426, 429])
const METHODS = ['PATCH', 'HEAD', 'OPTIONS', 'PROPFIND', 'get', 'GET', 'POST', 'PUT', 'DELETE']
/** What an internal error would give away. */
const LEAK = /\bat .+\.ts:\d|node_modules|select .+ from |syntax error|violates|relation "/i

export interface HostileRequest {
  readonly method: string
  /** Below /rest/s1/, with its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly token: string | null
  readonly body: HostileBody | null
}

export const routeName = ({ method, path }: Pick<RouteFacts, 'method' | 'path'>): string =>
  `${method} ${path}`

function requestsFor(
  route: RouteFacts,
  definition: FuzzDefinition,
  target: FuzzTarget,
): fc.Arbitrary<HostileRequest> {
  const { alex, sam, zoe, max } = target.tokens
  const path = fc
    .tuple(
      ...route.path
        .split('/')
        .map((part) =>
          part.startsWith(':')
            ? hostilePart(target.params[part.slice(1)] ?? part)
            : fc.constant(part),
        ),
    )
    .map((parts) => parts.join('/'))
  const token = fc.oneof(
    { weight: 10, arbitrary: fc.constant(alex) },
    { weight: 5, arbitrary: fc.constant(sam) },
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        zoe,
        max,
        null,
        '',
        'x'.repeat(43),
        `${alex}x`,
        'null',
        '%00',
        "' or 1=1 --",
      ),
    },
  )
  return fc.record({
    method: fc.oneof(
      { weight: 12, arbitrary: fc.constant<string>(route.method) },
      { weight: 1, arbitrary: fc.constantFrom(...METHODS) },
    ),
    path: fc
      .tuple(path, hostileQuery(definition.query ?? {}))
      .map(([it, query]) => (query === '' ? it : `${it}?${query}`)),
    headers: hostileHeaders,
    token,
    body:
      definition.body === undefined
        ? fc.constant(null)
        : fc.option(hostileBody(definition.body), { freq: 20 }),
  })
}

export interface FuzzOptions {
  readonly runs: number
  readonly seed: number
  readonly definitions?: Readonly<Record<string, FuzzDefinition>>
}

/**
 * @returns what was answered how often
 * @throws fast-check's report with seed and the smallest request that broke a rule
 */
export async function fuzzRoute(
  target: FuzzTarget,
  route: RouteFacts,
  { runs, seed, definitions = FUZZ_DEFINITIONS }: FuzzOptions,
): Promise<ReadonlyMap<number, number>> {
  const definition = definitions[routeName(route)]
  if (definition === undefined) throw new Error(`No fuzz definition for ${routeName(route)}`)
  const before = await target.db.digests()
  const statuses = new Map<number, number>()
  await fc.assert(
    fc.asyncProperty(requestsFor(route, definition, target), (request) =>
      target.db.forgetting(async () => {
        const status = await fire(target, request, async () =>
          changedTables(before, await target.db.digests(), definition.mayStillWrite ?? []),
        )
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }),
    ),
    { numRuns: runs, seed },
  )
  return statuses
}

function changedTables(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  but: readonly string[],
): readonly string[] {
  return [...before]
    .filter(([name, digest]) => after.get(name) !== digest && !but.includes(name))
    .map(([name]) => name)
}

async function fire(
  target: FuzzTarget,
  request: HostileRequest,
  changed: () => Promise<readonly string[]>,
): Promise<number> {
  target.logged.length = 0
  const answer = await inTime(send(target, request))
  const text = await textOf(answer)
  const problem = judge(answer, text)
  if (problem !== null)
    throw new Error(
      `${problem}\n${answer.status} ${text.slice(0, 500)}\n${target.logged.join('\n').slice(0, 1500)}`,
    )
  if (answer.status >= 400) {
    const tables = await changed()
    if (tables.length > 0)
      throw new Error(`refused with ${answer.status}, and yet changed ${tables.join(', ')}`)
  }
  return answer.status
}

async function send(
  { app }: FuzzTarget,
  { method, path, headers, token, body }: HostileRequest,
): Promise<Response> {
  const bare = ['GET', 'HEAD', 'get'].includes(method)
  return app.request(`http://server.test${REST}${path}`, {
    method,
    headers: {
      ...headers,
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body?.encoding == null ? {} : { 'content-encoding': body.encoding }),
    },
    ...(body === null || bare ? {} : { body: body.bytes }),
  })
}

/** Nobody unpacks for us when there is no network between. */
async function textOf(answer: Response): Promise<string> {
  // A stream of events has no end.
  if (answer.headers.get('content-type') === 'text/event-stream') {
    await answer.body?.cancel()
    return ''
  }
  const bytes = Buffer.from(await answer.arrayBuffer())
  return (
    answer.headers.get('content-encoding') === 'gzip' && bytes.byteLength > 0
      ? gunzipSync(bytes)
      : bytes
  ).toString()
}

async function inTime<R>(work: Promise<R>): Promise<R> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no answer within ${ANSWER_MS_MAX} ms`)),
      ANSWER_MS_MAX,
    )
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** null when the answer is one that a hostile caller may get. */
export function judge(answer: Pick<Response, 'status' | 'headers'>, text: string): string | null {
  const { status } = answer
  if (status === 200 || status === 204)
    return text === '' || parses(text) ? null : 'a success that is not JSON'
  if (!REFUSALS.has(status)) return `status ${status}`
  // HEAD has no body; all other refusals come in the envelope.
  if (text === '' && answer.headers.get('content-type')?.includes('json') === true) return null
  const envelope = v.safeParse(v.pipe(v.string(), v.parseJson(), ErrorEnvelope), text)
  if (!envelope.success) return 'a refusal outside the envelope'
  const { errorCode, errors, code } = envelope.output
  if (errorCode !== status) return `status ${status} with errorCode ${errorCode}`
  if (code !== undefined && !(ERROR_CODES as readonly string[]).includes(code))
    return `unknown code ${code}`
  if (errors.length > ERROR_TEXT_MAX) return `an error text of ${errors.length} characters`
  return LEAK.test(errors) ? 'an error text that shows the inside' : null
}

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}
