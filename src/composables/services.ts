// What main.ts builds and hands to every screen: the worker, the databases, the desk. Tests hand in fakes.
import { inject, type InjectionKey, type ShallowRef } from 'vue'
import type { SessionId } from '../domain/ids'
import type { Clock, IdSource } from '../domain/time-and-ids'
import type { CatalogueProgress } from '../ports/catalogue-schema'
import type { CountingDesk } from '../ports/counting'
import type { Bus } from '../ports/platform'
import type { ScansStore } from '../ports/scans-schema'
import type { OpenTableFile } from '../ports/tables'
import type { ScanTimings } from './scan-timings'
import type { WedgeMemoryStore } from './wedge-memory'
import type { WindowRights } from './window-right'
import type { SyncWorkerApi, WorkerConfig } from '../worker/protocol'

/** The databases of one signed-in user on this device. */
export interface AccountData {
  readonly config: WorkerConfig
  readonly scans: ScansStore
  /** Hints of the worker and of other windows about this user's data. */
  readonly bus: Bus
  /** One desk per session and page life: the same log for the counting and the hand-count screen. */
  readonly desk: (sessionId: SessionId) => Promise<CountingDesk>
  /** Whether this window, of all on this device, counts in a session. */
  readonly rights: WindowRights
  /** Does the device's catalogue know this value? Nothing is guessed: false while there is no catalogue. */
  readonly isKnown: (raw: string, symbology: string | null) => Promise<boolean>
  /** How much of the product list of the chosen facility is here. */
  readonly catalogue: () => Promise<CatalogueProgress>
  /** Into the log that the Sync page shows. */
  readonly note: (event: string, details: Readonly<Record<string, string | number>>) => void
  /** Scans that wait for the disk: the window must not be reloaded. */
  readonly waiting: () => number
  /** Lines of this user that exist on this device alone, whichever window they are from. */
  readonly onlyHere: () => Promise<number>
  /** Some window of this device has a session of this user open. */
  readonly isCounted: () => Promise<boolean>
  /** Only after signing out; unsent work stays on the device. */
  readonly close: () => void
}

export interface Services {
  readonly clock: Clock
  readonly ids: IdSource
  readonly sync: SyncWorkerApi
  /** The worker failed, or could not start. @returns how to stop listening */
  readonly onWorkerFault: (listener: (message: string) => void) => () => void
  /** A file that somebody brings, read off this thread. */
  readonly openTable: OpenTableFile
  readonly timings: ScanTimings
  readonly wedgeMemory: WedgeMemoryStore
  /** Where the app came from: the server unless somebody says otherwise. */
  readonly origin: string
  readonly openAccount: (config: WorkerConfig) => Promise<AccountData>
  /** The user to go on with after a start; null after signing out. */
  readonly lastAccount: () => WorkerConfig | null
  readonly rememberAccount: (config: WorkerConfig | null) => void
  /** What is kept beside the databases of a user whose data was removed: spilled scans, marker. */
  readonly forgetTraces: (config: WorkerConfig) => void
}

export const servicesKey: InjectionKey<Services> = Symbol('services')

/** @throws {Error} outside the app, a mistake of the programmer */
export function useServices(): Services {
  const services = inject(servicesKey)
  if (services === undefined) throw new Error('No services: main.ts provides them')
  return services
}

export const accountKey: InjectionKey<ShallowRef<AccountData | null>> = Symbol('account')

/** The signed-in user's data. @throws {Error} when nobody is signed in: the router lets no screen in then */
export function useAccount(): AccountData {
  const account = inject(accountKey)?.value
  if (account === undefined || account === null) throw new Error('Nobody is signed in')
  return account
}
