// What the network half of the engine is handed on top of the engine's own parts.
import type { ServerAbilities } from '../domain/access'
import type { AnonymousApi, ServerApi } from '../ports/server'
import type { EngineDeps } from './engine-deps'

export interface NetworkDeps extends EngineDeps {
  readonly api: ServerApi
  readonly capabilities: AnonymousApi['capabilities']
  /** As known at sign-in: which profile, gzip, fencing. */
  readonly abilities: ServerAbilities
  /** Name of this user's `scans` database: locks over all windows carry it. */
  readonly storeName: string
}
