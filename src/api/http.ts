// The HTTP client of one server: base path, bearer token, time-outs, gzip. No retries: the scheduler owns them.
import ky, { TimeoutError, type Options } from 'ky'
import type * as v from 'valibot'
import { REST } from '../contract/envelope'
import { RemoteError } from '../domain/errors'
import type { Limits } from '../domain/limits'
import type { Clock } from '../domain/time-and-ids'
import { call, EMPTY, readAnswer, type Expected } from './call'

export interface HttpConfig {
  readonly serverOrigin: string
  /** null: the call goes out without a sign-in. Asked for each call, so that a new sign-in works at once. */
  readonly token: () => Promise<string | null>
  readonly limits: Pick<Limits, 'requestTimeoutMs' | 'gzipMinBytes'>
  readonly clock: Clock
  readonly canGzip: boolean
  /** Tests hand in their own. */
  readonly fetch?: typeof fetch
}

/** A list is sent as the parameter repeated. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>
type Method = 'get' | 'post' | 'put' | 'delete'
type AnySchema = v.GenericSchema<unknown, unknown>

export interface Request<Schema extends AnySchema> {
  readonly method: Method
  /** Below /rest/s1/, each part already encoded. */
  readonly path: string
  readonly schema: Expected<Schema>
  readonly query?: Query
  /** Sent as JSON, or as it is when it is a form or a file. */
  readonly body?: unknown
  /** A large file on a slow line: headers may come as late as everything else. */
  readonly isLong?: boolean
  readonly signal?: AbortSignal | undefined
}

export interface Http {
  /** @throws {RemoteError} `captive-portal` also for an empty answer: a body was promised */
  json: <Schema extends AnySchema>(request: Request<Schema>) => Promise<v.InferOutput<Schema>>
  /** null for Moqui's empty 200: no such row. */
  jsonOrNull: <Schema extends AnySchema>(
    request: Request<Schema>,
  ) => Promise<v.InferOutput<Schema> | null>
  /** An answer of ours, content of no interest. */
  run: (request: Omit<Request<AnySchema>, 'schema'>) => Promise<void>
  /** Remember the server's clock from an answer that tells it; `sentAt` is the device time of the request. */
  noteServerTime: (serverTime: number, sentAt: number) => void
  readonly clockOffset: () => { offsetMs: number; measuredAt: number } | null
  readonly clock: Clock
}

/** What is no JSON, or does not end with an answer, too. */
export interface StreamingHttp extends Http {
  /**
   * A file of ours.
   * @param request `type`: how its content type must begin
   * @throws {RemoteError} when it is refused, or of another type
   */
  file: (request: Pick<Request<AnySchema>, 'path'> & { readonly type: string }) => Promise<Blob>
  /**
   * The body as it comes, for as long as it comes. Only its beginning has a time limit: the reader keeps watch.
   * @throws {RemoteError} when it is refused, or no stream of events
   */
  stream: (
    request: Pick<Request<AnySchema>, 'path' | 'query'> & { readonly signal: AbortSignal },
  ) => Promise<ReadableStream<Uint8Array>>
}

/** Headers come within `requestTimeoutMs`, the body within four times that: a catalogue page on a slow line is no failure. */
const TOTAL_TIMEOUT_FACTOR = 4
/** Sixteen megabytes at half a megabyte a second. */
const LONG_TIMEOUT_FACTOR = 8

export function createHttp(config: HttpConfig): StreamingHttp {
  const client = ky.create({
    prefixUrl: new URL(REST, config.serverOrigin).href,
    timeout: config.limits.requestTimeoutMs,
    retry: 0,
    throwHttpErrors: false,
    redirect: 'manual',
    credentials: 'omit',
    cache: 'no-store',
    headers: { accept: 'application/json' },
    ...(config.fetch === undefined ? {} : { fetch: config.fetch }),
  })
  let gzipWorks = config.canGzip && typeof CompressionStream !== 'undefined'
  const serverClock = createServerClock(config.clock)

  async function attempt<Schema extends AnySchema>(
    request: Request<Schema>,
    gzip: boolean,
  ): Promise<v.InferOutput<Schema> | typeof EMPTY> {
    const options = await optionsOf(config, request, gzip)
    const name = `${request.method.toUpperCase()} ${request.path}`
    return call(name, request.schema, () => client(request.path, options), request.signal)
  }

  async function exchange<Schema extends AnySchema>(
    request: Request<Schema>,
  ): Promise<v.InferOutput<Schema> | typeof EMPTY> {
    try {
      return await attempt(request, gzipWorks)
    } catch (error) {
      if (!gzipWorks || !(error instanceof RemoteError) || error.reason !== 'unsupported')
        throw error
      gzipWorks = false
      return attempt(request, false)
    }
  }

  return {
    async json(request) {
      const body = await exchange(request)
      if (body === EMPTY)
        throw new RemoteError(
          'captive-portal',
          `${request.method.toUpperCase()} ${request.path}: empty answer`,
        )
      return body
    },
    async jsonOrNull(request) {
      const body = await exchange(request)
      return body === EMPTY ? null : body
    },
    async run(request) {
      await exchange({ ...request, schema: 'anything' })
    },
    async file({ path, type }) {
      const name = `GET ${path}`
      const options = await optionsOf(config, { method: 'get', path, schema: 'anything' }, false)
      const response = await client(path, options).catch(asOffline(name))
      const isFile = response.headers.get('content-type')?.startsWith(type) === true
      if (response.ok && isFile) return response.blob().catch(asOffline(name))
      readAnswer(name, 'anything', response, await response.text())
      throw new RemoteError('captive-portal', `${name}: no file of this type`)
    },
    async stream({ path, query, signal }) {
      const name = `GET ${path}`
      const token = await config.token()
      const headers: Record<string, string> = { accept: 'text/event-stream' }
      if (token !== null) headers['authorization'] = `Bearer ${token}`
      const searchParams = searchParamsOf(query ?? {})
      const response = await client(path, { headers, searchParams, signal }).catch(asOffline(name))
      const isStream = response.headers.get('content-type')?.includes('event-stream') === true
      if (response.ok && isStream && response.body !== null) return response.body
      readAnswer(name, 'anything', response, await response.text())
      throw new RemoteError('captive-portal', `${name}: no stream of events`)
    },
    ...serverClock,
    clock: config.clock,
  }
}

function asOffline(name: string) {
  return (cause: unknown): never => {
    if (cause instanceof TimeoutError || cause instanceof TypeError)
      throw new RemoteError('offline', `${name}: no answer`, {}, { cause })
    throw cause
  }
}

/** What is known of the server's clock on this device. */
export function createServerClock(clock: Clock): Pick<Http, 'noteServerTime' | 'clockOffset'> {
  let offset: { offsetMs: number; measuredAt: number } | null = null
  return {
    noteServerTime(serverTime, sentAt) {
      const now = clock.now()
      // Half of the round trip is the best guess at when the server looked at its clock.
      offset = { offsetMs: Math.round(serverTime - (sentAt + now) / 2), measuredAt: now }
    },
    clockOffset: () => offset,
  }
}

async function optionsOf(
  config: HttpConfig,
  request: Request<AnySchema>,
  gzip: boolean,
): Promise<Options> {
  const headers: Record<string, string> = {}
  const token = await config.token()
  if (token !== null) headers['authorization'] = `Bearer ${token}`
  const factor = request.isLong === true ? LONG_TIMEOUT_FACTOR : TOTAL_TIMEOUT_FACTOR
  const total = AbortSignal.timeout(config.limits.requestTimeoutMs * factor)
  const options: Options = {
    method: request.method,
    headers,
    signal: request.signal === undefined ? total : AbortSignal.any([request.signal, total]),
    searchParams: searchParamsOf(request.query ?? {}),
  }
  if (request.isLong === true) options.timeout = config.limits.requestTimeoutMs * LONG_TIMEOUT_FACTOR
  if (request.body === undefined) return options
  if (request.body instanceof Blob) {
    headers['content-type'] = request.body.type
    return { ...options, body: request.body }
  }
  if (request.body instanceof FormData) return { ...options, body: request.body }
  headers['content-type'] = 'application/json'
  const text = JSON.stringify(request.body)
  if (!gzip || text.length <= config.limits.gzipMinBytes) return { ...options, body: text }
  headers['content-encoding'] = 'gzip'
  return { ...options, body: await gzipOf(text) }
}

function searchParamsOf(query: Query): URLSearchParams {
  const params = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined) continue
    if (typeof value === 'object') for (const it of value) params.append(key, it)
    else params.set(key, String(value))
  }
  return params
}

/** Written straight into the packer: a stream of the text before it costs more than the packing. */
async function gzipOf(text: string): Promise<ArrayBuffer> {
  const packer = new CompressionStream('gzip')
  const packed = new Response(packer.readable).arrayBuffer()
  const writer = packer.writable.getWriter()
  await Promise.all([writer.write(new TextEncoder().encode(text)), writer.close()])
  return packed
}

/** One part of a path from data. */
export function part(id: string): string {
  return encodeURIComponent(id)
}
