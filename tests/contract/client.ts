// A small HTTP client for the contract suite: nothing of the app's own, so that a fault in one is not hidden by the other.
import * as v from 'valibot'
import { COUNTS, ErrorEnvelope, REST } from '../../src/contract/envelope'

export interface Target {
  /** Origin, or the address up to and including /rest/s1/. */
  readonly baseUrl: string
  readonly username: string
  readonly password: string
  readonly profile: 'extended' | 'hotwax'
  /** Where the app is served from, for a server that lets only some origins in. Left out: any. */
  readonly appOrigin?: string
  /** For servers in the same process; else the global one. */
  readonly fetch?: (url: string, init?: RequestInit) => Promise<Response>
}

export interface Answer {
  readonly status: number
  readonly text: string
  readonly headers: Headers
}

const TIMEOUT_MS = 30_000

/** What a server did that the contract does not allow. */
export class ContractError extends Error {
  override readonly name = 'ContractError'
}

export function ensure(condition: boolean, says: string): asserts condition {
  if (!condition) throw new ContractError(says)
}

export class Client {
  token: string | null = null
  private readonly root: string

  constructor(readonly target: Target) {
    const base = target.baseUrl.endsWith('/') ? target.baseUrl : `${target.baseUrl}/`
    this.root = base.endsWith(REST) ? base : base.replace(/\/$/, '') + REST
  }

  /** `path` below /rest/s1/. Never throws on a status. */
  async send(method: string, path: string, body?: BodyInit, headers: Record<string, string> = {}): Promise<Answer> {
    const send = this.target.fetch ?? fetch
    const answer = await send(this.root + path, {
      method,
      headers: {
        ...(this.token === null ? {} : { Authorization: `Bearer ${this.token}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    return { status: answer.status, text: await answer.text(), headers: answer.headers }
  }

  async json(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.send(method, path, body === undefined ? undefined : JSON.stringify(body))
  }

  /** A call that succeeds with an answer of the given shape. `path` below inventory-cycle-count/. */
  async ok<Schema extends v.GenericSchema>(schema: Schema, method: string, path: string, body?: unknown): Promise<v.InferOutput<Schema>> {
    return this.okRest(schema, method, COUNTS + path, body)
  }

  async okRest<Schema extends v.GenericSchema>(schema: Schema, method: string, path: string, body?: unknown): Promise<v.InferOutput<Schema>> {
    const answer = await this.json(method, path, body)
    ensure(answer.status === 200, `${method} ${path}: expected 200, got ${answer.status}: ${answer.text.slice(0, 300)}`)
    return parse(schema, answer, `${method} ${path}`)
  }

  /** A call that is refused with one of the given statuses, in Moqui's envelope. */
  async refused(statuses: readonly number[], method: string, path: string, body?: unknown): Promise<v.InferOutput<typeof ErrorEnvelope>> {
    const answer = await this.json(method, COUNTS + path, body)
    return envelopeOf(statuses, answer, `${method} ${path}`)
  }
}

export function envelopeOf(statuses: readonly number[], answer: Answer, what: string): v.InferOutput<typeof ErrorEnvelope> {
  ensure(statuses.includes(answer.status), `${what}: expected ${statuses.join(' or ')}, got ${answer.status}: ${answer.text.slice(0, 300)}`)
  const envelope = parse(ErrorEnvelope, answer, what)
  ensure(envelope.errorCode === answer.status, `${what}: errorCode ${envelope.errorCode} with status ${answer.status}`)
  return envelope
}

export function parse<Schema extends v.GenericSchema>(schema: Schema, { text }: Answer, what: string): v.InferOutput<Schema> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new ContractError(`${what}: the answer is not JSON: ${text.slice(0, 100)}`, { cause: error })
  }
  const parsed = v.safeParse(schema, json)
  if (parsed.success) return parsed.output
  const issues = parsed.issues.slice(0, 3).map((it) => `${v.getDotPath(it) ?? 'answer'}: ${it.message}`)
  throw new ContractError(`${what}: the answer does not fit: ${issues.join('; ')}`)
}
