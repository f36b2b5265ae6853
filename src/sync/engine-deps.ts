// What the sync engine is handed: two stores, the time, identities, waiting, messages. One plain object, made by the worker or a test.
import type { Limits } from '../domain/limits'
import type { Clock, IdSource, Random } from '../domain/time-and-ids'
import type { CatalogueStore } from '../ports/catalogue-schema'
import type { Bus, Log, Mutex, Timers } from '../ports/platform'
import type { ScansStore } from '../ports/scans-schema'
import type { Caller } from '../ports/server'

export interface EngineDeps {
  readonly scans: ScansStore
  /** null while no facility is known: then every new value is unmatched until it is. */
  readonly catalogue: CatalogueStore | null
  readonly clock: Clock
  readonly ids: IdSource
  readonly random: Random
  readonly timers: Timers
  readonly mutex: Mutex
  readonly bus: Bus
  readonly log: Log
  readonly limits: Limits
  readonly caller: Caller
}
