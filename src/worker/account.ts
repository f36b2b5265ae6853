// One signed-in user in the worker: databases, api, scheduler, catalogue and search, opened and closed together.
import { may, type Profile } from '../domain/access'
import { asId, type DeviceId, type FacilityId, type SessionId } from '../domain/ids'
import type { Limits } from '../domain/limits'
import type { Clock, IdSource, Random } from '../domain/time-and-ids'
import type { CatalogueStore } from '../ports/catalogue-schema'
import type { Bus, Log, Mutex, Timers } from '../ports/platform'
import type { ScansStore } from '../ports/scans-schema'
import type { BaseReviewApi } from '../ports/base-review'
import type { PeopleApi } from '../ports/people'
import type { ReportApi } from '../ports/report'
import type { PlanApi } from '../ports/plan'
import type { ReviewApi } from '../ports/review'
import type { WatchApi } from '../ports/watch'
import type { AnonymousApi, Caller, ServerApi } from '../ports/server'
import { scansName } from '../db/names'
import type { HandoverFile } from '../files/handover-file'
import { type CatalogueKeeper, createCatalogueKeeper } from '../sync/catalogue-keeper'
import type { NetworkDeps } from '../sync/network-deps'
import { createScheduler, type Scheduler } from '../sync/scheduler'
import {
  createLineSearch,
  createProductSearch,
  type LineSearch,
  type ProductSearch,
} from '../sync/search'
import type { WindowClaims } from '../sync/window-claims'
import { inTime, TimeoutError } from '../usecases/in-time'
import { timedStore } from '../usecases/timed-store'
import { claimSession, type OwnClaim } from './open-session'
import type { WorkerConfig } from './protocol'

/** Where, for whom and under which sign-in a server is called. */
export interface ApiAsk {
  readonly serverOrigin: string
  readonly caller: Caller
  readonly abilities: Profile['server']
  readonly token: () => Promise<string | null>
}

/** All that the worker body needs of the outside: real in sync.worker.ts, fakes in tests. */
export interface World {
  readonly clock: Clock
  readonly ids: IdSource
  readonly random: Random
  readonly timers: Timers
  readonly mutex: Mutex
  readonly claims: WindowClaims
  readonly limits: Limits
  readonly anonymousApi: (serverOrigin: string) => AnonymousApi
  readonly serverApi: (ask: ApiAsk) => ServerApi
  /** Left out: this device reviews nothing. */
  readonly reviewApi?: (ask: ApiAsk) => ReviewApi
  /** Where the browser needs it: makes the databases' log begin anew behind a crash. */
  readonly beginNewLog?: (deps: Pick<NetworkDeps, 'log' | 'timers'>) => Promise<void>
  /** The same for servers of the base profile. */
  readonly baseReviewApi?: (ask: ApiAsk) => BaseReviewApi
  /** Left out: this device watches nothing. */
  readonly watchApi?: (ask: ApiAsk) => WatchApi
  /** Left out: this device administrates nobody. */
  readonly peopleApi?: (ask: ApiAsk) => PeopleApi
  /** Left out: this device reports nothing. */
  readonly reportApi?: (ask: ApiAsk) => ReportApi
  /** Left out: this device plans nothing. */
  readonly planApi?: (ask: ApiAsk) => PlanApi
  readonly openScans: (config: WorkerConfig) => ScansStore
  readonly openCatalogue: (serverOrigin: string, facilityId: FacilityId) => CatalogueStore
  readonly createBus: (config: WorkerConfig) => Bus & { readonly close: () => void }
  readonly createLog: (scans: ScansStore) => Log & { readonly flush: () => Promise<void> }
  /** Names of all databases on this device. */
  readonly databaseNames: () => Promise<readonly string[]>
  /** For good; rejects when another window keeps it open. */
  readonly deleteDatabase: (name: string) => Promise<void>
  readonly handoverFile: HandoverFile
}

export type TimedScans = Pick<ScansStore, 'tx'>

export interface Account {
  readonly config: WorkerConfig
  readonly deps: NetworkDeps
  /** For what a person asks of the storage alone, and waits for: each transaction has its limit. */
  readonly asked: NetworkDeps
  /** The storage for what a person waits for: no transaction is waited for without end. */
  readonly timed: TimedScans
  readonly scheduler: Scheduler
  readonly lines: LineSearch
  readonly claims: Map<SessionId, OwnClaim>
  readonly profile: () => Profile
  readonly products: () => ProductSearch
  readonly catalogueKeeper: () => CatalogueKeeper
  /** After a sign-in or a change of facility: another catalogue, other permissions. */
  readonly useProfile: (profile: Profile) => void
  readonly close: () => Promise<void>
}

export interface AccountStart {
  readonly scans: ScansStore
  readonly deviceId: DeviceId
  readonly profile: Profile
  readonly isSignedIn: boolean
}

/** Wires an account and starts nothing but its watchdog: the caller triggers the first run. */
export function openAccount(world: World, config: WorkerConfig, start: AccountStart): Account {
  const { scans } = start
  const bus = world.createBus(config)
  const log = world.createLog(scans)
  const caller: Caller = { deviceId: start.deviceId, userName: start.profile.userName }
  const timed = timedScans(world, scans)
  const opening: Opening = { world, config, caller, scans }
  let place = openPlace(opening, start.profile)

  const depsOver = (store: ScansStore): NetworkDeps => ({
    scans: store,
    // Read anew at each use: a change of facility changes the catalogue under a running engine.
    get catalogue() {
      return place.catalogue
    },
    get api() {
      return place.api
    },
    get abilities() {
      return place.profile.server
    },
    clock: world.clock,
    ids: world.ids,
    random: world.random,
    timers: world.timers,
    mutex: world.mutex,
    bus,
    log,
    limits: world.limits,
    caller,
    capabilities: (signal) => world.anonymousApi(config.serverOrigin).capabilities(signal),
    storeName: scansName(config.serverOrigin, config.userName),
  })
  const deps = depsOver(scans)
  const asked = depsOver({ ...scans, tx: timed.tx })

  let keeper = keeperFor(deps, place)
  const scheduler = createScheduler(deps, {
    isSignedIn: start.isSignedIn,
    claim: (sessionId) => claimSession(world, deps.storeName, sessionId),
  })
  const lines = createLineSearch(scans)
  const claims = new Map<SessionId, OwnClaim>()
  const stopListening = bus.listen((message) => {
    if (message.kind === 'lines') lines.note(message.sessionId, message.changed)
  })

  return {
    config,
    deps,
    asked,
    timed,
    scheduler,
    lines,
    claims,
    profile: () => place.profile,
    products: () => place.search,
    catalogueKeeper: () => keeper,
    useProfile(profile) {
      keeper.stop()
      const before = place
      place = openPlace(opening, profile, before)
      if (before.catalogue !== place.catalogue) before.catalogue.close()
      keeper = keeperFor(deps, place)
    },
    async close() {
      stopListening()
      keeper.stop()
      scheduler.stop()
      for (const { granted } of claims.values())
        void granted.then(
          (claim) => claim?.release(),
          (error: unknown) => log.write('warn', 'claim-failed', { message: String(error) }),
        )
      claims.clear()
      await flushInTime(world, log)
      bus.close()
      place.catalogue.close()
      scans.close()
    },
  }
}

export function timedScans(
  { timers, limits }: Pick<World, 'timers' | 'limits'>,
  scans: ScansStore,
): TimedScans {
  return timedStore(scans, timers, limits.storageTimeoutMs)
}

/** Whoever closes waits for nothing that is not answered: it costs the last lines of the log, and nothing else. */
async function flushInTime(
  { timers, limits }: World,
  log: { readonly flush: () => Promise<void> },
): Promise<void> {
  try {
    await inTime(timers, limits.storageTimeoutMs, log.flush())
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error
  }
}

interface Place {
  readonly profile: Profile
  readonly api: ServerApi
  readonly catalogue: CatalogueStore
  readonly search: ProductSearch
}

interface Opening {
  readonly world: World
  readonly config: WorkerConfig
  readonly caller: Caller
  readonly scans: ScansStore
}

/** @param before its catalogue is kept while the facility is the same */
function openPlace(
  { world, config, caller, scans }: Opening,
  profile: Profile,
  before?: Place,
): Place {
  const api = world.serverApi({
    serverOrigin: config.serverOrigin,
    caller,
    abilities: profile.server,
    token: () => readToken(scans),
  })
  if (before?.profile.facilityId === profile.facilityId) return { ...before, profile, api }
  const catalogue = world.openCatalogue(config.serverOrigin, asId<FacilityId>(profile.facilityId))
  return { profile, api, catalogue, search: createProductSearch(catalogue) }
}

function keeperFor(deps: NetworkDeps, { profile, search }: Place): CatalogueKeeper {
  return createCatalogueKeeper(deps, {
    facilityId: asId<FacilityId>(profile.facilityId),
    maySeeStock: may(profile.permissions, 'INV_CNT_VIEW_QOH'),
    onProducts: (products) => search.note(products),
  })
}

/** The token lives in the database alone (decision 19); an expired one is sent too, the server's 401 says so. */
export async function readToken(scans: TimedScans): Promise<string | null> {
  const login = await scans.tx(['meta'], 'r', (tx) => tx.get('meta', 'login'))
  return login?.k === 'login' ? login.access.token : null
}
