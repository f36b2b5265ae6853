// The product's own server adapter over the simulated server: every round trip crosses the network that is handed in.
import { readAnswer, EMPTY, type Expected } from '../../../src/api/call'
import { serverApiOver } from '../../../src/api/create-server-api'
import { createAnonymousCalls } from '../../../src/api/startup-api'
import { createServerClock, type Http, type Request } from '../../../src/api/http'
import { PROTOCOL } from '../../../src/contract/envelope'
import type { ServerAbilities } from '../../../src/domain/access'
import { RemoteError } from '../../../src/domain/errors'
import type { Limits } from '../../../src/domain/limits'
import type { Clock } from '../../../src/domain/time-and-ids'
import type { AnonymousApi, Caller, ServerApi } from '../../../src/ports/server'
import { headOf, type SimAnswer, type SimRequest } from './wire'

/**
 * Carries one request to the server and its answer back, in its own time. A request or an answer that does not arrive
 * rejects with RemoteError `offline`, an aborted one with the signal's reason; the request may be handed to the server
 * never, once or several times.
 */
export type Carry = (request: SimRequest, signal?: AbortSignal) => Promise<SimAnswer>

export interface SimApiConfig {
  readonly carry: Carry
  /** The device's. */
  readonly clock: Clock
  readonly caller: Caller
  readonly abilities: ServerAbilities
  readonly limits: Limits
  readonly token: () => Promise<string | null>
  /** Version that this device speaks. */
  readonly protocol?: number
}

export function createSimApi(config: SimApiConfig): ServerApi {
  return serverApiOver(createSimHttp(config), config)
}

export function createSimAnonymousApi(config: Pick<SimApiConfig, 'carry' | 'clock' | 'protocol'>): AnonymousApi {
  const http = createSimHttp({ ...config, token: () => Promise.resolve(null) })
  return createAnonymousCalls(http, config.protocol)
}

function createSimHttp(config: Pick<SimApiConfig, 'carry' | 'clock' | 'token' | 'protocol'>): Http {
  async function exchange<Schema extends Parameters<typeof readAnswer>[1]>(request: Request<never>, schema: Schema) {
    const token = await config.token()
    const answer = await config.carry(wireOf(request, token, config.protocol ?? PROTOCOL), request.signal)
    return readAnswer(nameOf(request), schema, headOf(answer), answer.text)
  }

  return {
    json: async (request) => {
      const body = await exchange(request as Request<never>, request.schema as Expected<never>)
      if (body === EMPTY) throw new RemoteError('captive-portal', `${nameOf(request)}: empty answer`)
      return body
    },
    jsonOrNull: async (request) => {
      const body = await exchange(request as Request<never>, request.schema as Expected<never>)
      return body === EMPTY ? null : body
    },
    run: async (request) => {
      await exchange({ ...request, schema: 'anything' }, 'anything')
    },
    ...createServerClock(config.clock),
    clock: config.clock,
  }
}

function nameOf({ method, path }: { readonly method: string; readonly path: string }): string {
  return `${method.toUpperCase()} ${path}`
}

const METHODS = { get: 'GET', post: 'POST', put: 'PUT', delete: 'DELETE' } as const

function wireOf({ method, path, query, body }: Omit<Request<never>, 'schema'>, token: string | null, protocol: number): SimRequest {
  return {
    method: METHODS[method],
    path,
    ...(query === undefined ? {} : { query }),
    body: body === undefined ? undefined : JSON.stringify(spoken(body, protocol)),
    token,
  }
}

/** What names a protocol names this device's. */
function spoken(body: unknown, protocol: number): unknown {
  return typeof body === 'object' && body !== null && 'protocol' in body ? { ...body, protocol } : body
}
