// One way to declare a route: who may call it, what goes in, what comes out.
import type * as v from 'valibot'
import type { Permission } from '../../src/domain/access'
import type { Sql } from '../db/db'
import type { Caller, ServerContext } from './context'
import type { Query } from './query'
import type { RawAnswer } from './raw-answer'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** `anonymous`, `signed-in` (any valid token), or permissions of which the caller needs one. */
export type Needs = 'anonymous' | 'signed-in' | readonly Permission[]

export interface RouteInput<Body> {
  /** For anonymous routes a caller without permissions. */
  readonly caller: Caller
  /** A path parameter, decoded. @throws when the path declares none of this name: a bug. */
  readonly param: (name: string) => string
  readonly query: Query
  readonly body: Body
  readonly context: ServerContext
  /** For reads outside a transaction; writes go through `context.db.tx`. */
  readonly sql: Sql
  /** Sets a header of the answer, such as X-Total-Count. */
  readonly header: (name: string, value: string) => void
  /** The caller's network address, for throttling; `local` without a socket. */
  readonly address: string
  /** The token's hash, for signing out; empty on anonymous calls. */
  readonly tokenHash: string
}

export interface Route<Body, Answer> {
  readonly method: Method
  /** Below /rest/s1/, without a leading slash; parameters as `:name`. */
  readonly path: string
  readonly needs: Needs
  /** Ours alone: answers 404 in the base profile, as Moqui would. */
  readonly isExtension?: boolean
  /** Parses the JSON body; 400 with the path of the first issues. Without it the body is ignored. */
  readonly body?: v.GenericSchema<unknown, Body>
  /** Reads a body that is no JSON, bounded by itself; then `body` is left out. @throws HttpError 400, 413 */
  readonly read?: (request: Request) => Promise<Body>
  /** Less than what all bodies may have. */
  readonly bodyBytesMax?: number
  /** Checked before sending; an answer that does not fit is our bug. */
  readonly answer?: v.GenericSchema<Answer, unknown>
  /** The JSON to answer with 200; nulls and undefined are left out of it. `undefined` alone: an empty 200 (a missing `one`). A RawAnswer is sent as it is. */
  readonly handler: (input: RouteInput<NoInfer<Body>>) => Promise<NoInfer<Answer> | RawAnswer | undefined>
}

/** One data document of `oms/dataDocumentView`. */
export interface DocumentView {
  readonly id: string
  readonly needs: Needs
  readonly rows: (input: DocumentInput) => Promise<readonly object[]>
}

export interface DocumentInput {
  readonly caller: Caller
  readonly context: ServerContext
  readonly sql: Sql
  /** customParametersMap over the outer parameters, in the grammar of list resources. */
  readonly query: Query
  readonly limit: number
  readonly offset: number
  /** Only rows active now by fromDate and thruDate. */
  readonly filterByDate: boolean
}

/** Collects routes and documents before the server starts (Hono's router freezes at the first request). */
export interface Registry {
  route<Body = undefined, Answer = unknown>(route: Route<Body, Answer>): void
  document(view: DocumentView): void
}

export type Registrar = (registry: Registry, context: ServerContext) => void
