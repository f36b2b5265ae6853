// Runs one call of one route: faults, token, permission, body, handler, answer.
import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context } from 'hono'
import * as v from 'valibot'
import { findCaller, NOBODY } from '../auth/callers'
import { hashToken } from '../auth/tokens'
import { errorAnswer, jsonAnswer } from './answers'
import { BodyLeft, readBody, readJson } from './body'
import type { Caller, ServerContext } from './context'
import { HttpError } from './errors'
import type { Gate } from './gate'
import { Query } from './query'
import { RawAnswer } from './raw-answer'
import type { Needs, Route, RouteInput } from './route'

type AppContext = Context<{ Bindings: HttpBindings }>

const ISSUES_SHOWN = 5
/** PostgreSQL: class 22 is a value that cannot be stored (such as a NUL character); 40 a transaction to repeat, 0A000 a plan of an older schema. */
const BAD_VALUE = /^22/
const REPEATABLE = /^40|^0A000$/
/** No connection (08), no room (53), stopped by somebody or by its time limit (57); and what sockets say. */
const UNAVAILABLE = /^(?:08|53|57)|^E(?:CONN(?:REFUSED|RESET)|PIPE|TIMEDOUT|HOSTUNREACH|NOTFOUND)$/
/** The pool has no word of its own for it. */
const NO_CONNECTION = /timeout exceeded when trying to connect|Connection terminated/

/** Answers every failure too; never throws. */
export async function serve<Body, Answer>(
  c: AppContext,
  route: Route<Body, Answer>,
  { context, gate }: { readonly context: ServerContext; readonly gate: Gate },
): Promise<Response> {
  const isWrite = route.method !== 'GET'
  const headers = new Headers({
    Date: new Date(context.clock.now()).toUTCString(),
    'Cache-Control': 'no-store',
  })
  const isHit = context.faults.hits(c.req.path)
  try {
    if (isHit) await applyFaults(context)
    const { caller, tokenHash } = await readCaller(c, route.needs, context)
    requireNeeds(caller, route.needs)
    const input: RouteInput<Body> = {
      caller,
      param: (name) => paramOf(c, name),
      query: Query.fromUrl(new URL(c.req.url).searchParams),
      body: await readInput(c.req.raw, route, { context, headers }),
      context,
      sql: context.db,
      header: (name, value) => headers.set(name, value),
      address: addressOf(c),
      tokenHash,
    }
    const answer = await gate.run(async () => {
      if (isHit && isWrite && context.faults.takeDuplicate()) await runOnce(route, input)
      return runOnce(route, input)
    })
    if (isHit && isWrite && context.faults.takeDrop()) return cutConnection(c)
    if (answer instanceof RawAnswer) return answer.toResponse(headers)
    return answer === undefined
      ? new Response(null, { status: 200, headers })
      : jsonAnswer(200, answer, headers, c.req.header('accept-encoding'))
  } catch (error) {
    return errorAnswer(httpErrorOf(error, context), headers)
  }
}

async function applyFaults({ faults, random }: ServerContext): Promise<void> {
  const { latencyMs, errorRate, errorStatus } = faults.now
  if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs))
  if (errorRate > 0 && random() < errorRate)
    throw new HttpError(errorStatus as HttpError['status'], 'A fault was asked for')
}

async function readCaller(
  c: Context,
  needs: Needs,
  { db, clock }: ServerContext,
): Promise<{ caller: Caller; tokenHash: string }> {
  if (needs === 'anonymous') return { caller: NOBODY, tokenHash: '' }
  const token = /^Bearer ([\w-]{20,100})$/i.exec(c.req.header('authorization') ?? '')?.[1]
  if (token === undefined) throw new HttpError(401, 'Sign in first', 'UNAUTHORIZED')
  const tokenHash = hashToken(token)
  const caller = await findCaller(db, tokenHash, clock.now())
  if (caller === null)
    throw new HttpError(401, 'The sign-in is over: sign in again', 'UNAUTHORIZED')
  return { caller, tokenHash }
}

/** @throws HttpError 403 unless the caller has one of the needed permissions */
export function requireNeeds(caller: Caller, needs: Needs): void {
  if (needs === 'anonymous' || needs === 'signed-in') return
  if (!needs.some((it) => caller.may(it)))
    throw new HttpError(403, `Permission ${needs.join(' or ')} is needed`, 'FORBIDDEN')
}

function paramOf(c: Context, name: string): string {
  const value = c.req.param(name)
  if (value === undefined) throw new Error(`The path has no parameter ${name}`)
  return value
}

async function readInput<Body, Answer>(
  request: Request,
  route: Route<Body, Answer>,
  { context, headers }: { context: ServerContext; headers: Headers },
): Promise<Body> {
  if (route.read !== undefined) return route.read(request)
  // A route without a schema has Body = undefined, see Registry.route.
  if (route.body === undefined) return undefined as Body
  const text = await readBody(request, route.bodyBytesMax ?? context.limits.bodyBytesMax).catch(
    (error: unknown) => {
      // The caller must not send the next call down a blocked connection.
      if (error instanceof BodyLeft) headers.set('Connection', 'close')
      throw error
    },
  )
  return parseBody(route.body, readJson(text))
}

/** @throws HttpError 400 that names the first fields that do not fit, one a line */
export function parseBody<Body>(schema: v.GenericSchema<unknown, Body>, json: unknown): Body {
  const parsed = v.safeParse(schema, json)
  if (parsed.success) return parsed.output
  throw new HttpError(400, describeIssues(parsed.issues), 'BAD_REQUEST')
}

function describeIssues(issues: readonly v.BaseIssue<unknown>[]): string {
  return issues
    .slice(0, ISSUES_SHOWN)
    .map((it) => `${v.getDotPath(it) ?? 'body'}: ${it.message.slice(0, 200)}`)
    .join('\n')
}

async function runOnce<Body, Answer>(
  route: Route<Body, Answer>,
  input: RouteInput<Body>,
): Promise<Answer | RawAnswer | undefined> {
  const answer = await route.handler(input)
  if (answer === undefined || answer instanceof RawAnswer || route.answer === undefined)
    return answer
  const parsed = v.safeParse(route.answer, answer)
  if (parsed.success) return answer
  const problem = `${route.method} ${route.path} answers against its contract: ${describeIssues(parsed.issues)}`
  if (input.context.isStrict) throw new Error(problem)
  input.context.log(problem)
  return answer
}

/** What a failure is to the caller; what is nobody's fault but ours is logged and says nothing. */
export function httpErrorOf(error: unknown, context: ServerContext): HttpError {
  if (error instanceof HttpError) return error
  const sqlState = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (BAD_VALUE.test(sqlState)) return new HttpError(400, 'A value cannot be stored', 'BAD_REQUEST')
  if (REPEATABLE.test(sqlState))
    return new HttpError(503, 'Two changes met: try again', undefined, { retryAfterSeconds: 1 })
  if (UNAVAILABLE.test(sqlState) || (error instanceof Error && NO_CONNECTION.test(error.message))) {
    context.log(`database not available: ${error instanceof Error ? error.message : sqlState}`)
    return new HttpError(503, 'The database is not available: try again', undefined, {
      retryAfterSeconds: 5,
    })
  }
  context.log(error instanceof Error ? (error.stack ?? error.message) : String(error))
  const detail = context.isStrict && error instanceof Error ? `: ${error.message}` : ''
  return new HttpError(500, `Internal error${detail}`)
}

function addressOf(c: AppContext): string {
  return socketOf(c)?.remoteAddress ?? 'local'
}

/** Undefined in tests that call the app without a network. */
function socketOf(c: AppContext): HttpBindings['incoming']['socket'] | undefined {
  const bindings: Partial<HttpBindings> | undefined = c.env
  return bindings?.incoming?.socket
}

/** What a cut connection looks like to a test that calls the app without a network. */
export const CUT_STATUS = 599

/** The work is done, nobody hears of it. */
function cutConnection(c: AppContext): Response {
  const socket = socketOf(c)
  if (socket === undefined) return new Response(null, { status: CUT_STATUS })
  socket.destroy()
  return RESPONSE_ALREADY_SENT
}
