// The page's composition root: builds clock, databases, worker, desk and screens; the only place on the page that knows them all.
import './styles/tokens.css'
import './styles/base.css'
import { createPinia } from 'pinia'
import { createApp, shallowRef } from 'vue'
import App from './App.vue'
import { createLocalSpill } from './composables/local-spill'
import { createScanTimings } from './composables/scan-timings'
import { accountKey, servicesKey, type AccountData, type Services } from './composables/services'
import { createSignIn, signInKey } from './composables/sign-in'
import { createLocalWedgeMemory } from './composables/wedge-memory'
import { createDexieStore } from './db/dexie-store'
import { catalogueName, scansName } from './db/names'
import { itemKeyOf } from './domain/barcode/item-key'
import type { SessionId } from './domain/ids'
import { LIMITS } from './domain/limits'
import { CATALOGUE_SCHEMA, type CatalogueShape, type CatalogueStore } from './ports/catalogue-schema'
import { SCANS_SCHEMA, type ScansShape, type ScansStore } from './ports/scans-schema'
import { createAppRouter } from './router'
import { useLoginStore } from './stores/login'
import { createCountingDesk, type OpenDesk } from './usecases/counting-desk'
import { ensureDevice } from './usecases/device'
import { lookUp } from './usecases/identities'
import { createScanWriter, type ScanWriter } from './usecases/scan-writer'
import { connectSyncWorker, createPageBus } from './worker/connect'
import { systemClock, systemIds, systemTimers } from './worker/platform'
import type { WorkerConfig } from './worker/protocol'
import { createStoreLog } from './worker/store-log'

const SCHEMA_VERSION = 1
const LAST_ACCOUNT = 'shelfcount:account'
const LAST_RELOAD = 'shelfcount:reloaded'
/** A dead database connection comes back only with a reload; if it does not, reloading again and again helps nobody. */
const RELOAD_AGAIN_MS = 60_000

const connection = connectSyncWorker()
const timings = createScanTimings(performance)
// In production a query with a cursor must not stop a scan: it is noted, and loses its strict flush at worst.
const onCursor = import.meta.env.PROD ? () => performance.mark('cursor-on-scans') : 'throw'

function openScans(config: WorkerConfig): ScansStore {
  const name = scansName(config.serverOrigin, config.userName)
  return createDexieStore<ScansShape>(name, SCANS_SCHEMA, { strict: true, version: SCHEMA_VERSION, onCursor })
}

function openCatalogue(serverOrigin: string, facilityId: string): CatalogueStore {
  const name = catalogueName(serverOrigin, facilityId)
  return createDexieStore<CatalogueShape>(name, CATALOGUE_SCHEMA, { strict: false, version: SCHEMA_VERSION, onCursor })
}

function deviceNameNow(): string {
  return matchMedia('(display-mode: standalone)').matches ? 'App on this device' : 'Browser on this device'
}

/** A dead connection: once everything is spilled, a reload is the only thing that helps. */
function reloadWhenDead(writer: ScanWriter, spilled: () => number): () => void {
  return writer.onHealth((health) => {
    if (health.state !== 'dead' || spilled() < health.waiting) return
    const last = Number(sessionStorage.getItem(LAST_RELOAD) ?? 0)
    if (systemClock.now() - last < RELOAD_AGAIN_MS) return
    sessionStorage.setItem(LAST_RELOAD, String(systemClock.now()))
    location.reload()
  })
}

function probeOnReturn(writer: ScanWriter): () => void {
  const probe = (): void => {
    if (document.visibilityState === 'visible') void writer.probe()
  }
  document.addEventListener('visibilitychange', probe)
  window.addEventListener('pageshow', probe)
  window.addEventListener('online', probe)
  return () => {
    document.removeEventListener('visibilitychange', probe)
    window.removeEventListener('pageshow', probe)
    window.removeEventListener('online', probe)
  }
}

async function openAccount(config: WorkerConfig): Promise<AccountData> {
  const name = scansName(config.serverOrigin, config.userName)
  const scans = openScans(config)
  const deviceId = await ensureDevice(scans, systemIds, deviceNameNow())
  const bus = createPageBus(connection, config)
  const log = createStoreLog({ scans, clock: systemClock, timers: systemTimers, entriesMax: LIMITS.syncLogEntries })
  const spill = createLocalSpill(localStorage, name)
  const writer = createScanWriter({
    store: scans,
    reopen: async () => openScans(config),
    spill,
    ids: systemIds,
    timers: systemTimers,
    log,
    limits: LIMITS,
    userName: config.userName,
  })
  const stops = [reloadWhenDead(writer, () => spill.read().length), probeOnReturn(writer)]
  void writer.drain()

  const catalogues = new Map<string, CatalogueStore>()
  function catalogueNow(): CatalogueStore | null {
    const facilityId = login.profile?.facilityId
    if (facilityId === undefined) return null
    const known = catalogues.get(facilityId) ?? openCatalogue(config.serverOrigin, facilityId)
    catalogues.set(facilityId, known)
    return known
  }

  const desks = new Map<SessionId, OpenDesk>()
  function deskOf(sessionId: SessionId): OpenDesk {
    return createCountingDesk({
      sessionId,
      writer,
      // Read anew at each use: another facility has another catalogue.
      get catalogue() {
        return catalogueNow()
      },
      clock: systemClock,
      ids: systemIds,
      timers: systemTimers,
      bus,
      log,
      limits: LIMITS,
      caller: { deviceId, userName: config.userName },
      mark: (what, eventId, receivedAt) => {
        if (what === 'durable' && receivedAt !== null) timings.durable(eventId, receivedAt)
      },
    })
  }

  return {
    config,
    // The handle that works now: the writer opens another one when the first has died.
    scans: { tx: (tables, mode, work) => writer.store().tx(tables, mode, work), cost: scans.cost, close: () => writer.store().close() },
    bus,
    desk: async (sessionId) => {
      const desk = desks.get(sessionId) ?? deskOf(sessionId)
      desks.set(sessionId, desk)
      return desk
    },
    isKnown: async (raw, symbology) => {
      const itemKey = itemKeyOf(raw, symbology)
      const { identities } = await lookUp(catalogueNow(), [{ itemKey, raw }])
      return identities.get(itemKey)?.kind === 'matched'
    },
    waiting: writer.waiting,
    close: () => {
      for (const stop of stops) stop()
      for (const desk of desks.values()) desk.close()
      for (const catalogue of catalogues.values()) catalogue.close()
      bus.close()
      void log.flush().finally(() => writer.store().close())
    },
  }
}

function lastAccount(): WorkerConfig | null {
  const [serverOrigin, userName] = (localStorage.getItem(LAST_ACCOUNT) ?? '').split(' ', 2)
  return serverOrigin && userName ? { serverOrigin, userName: decodeURIComponent(userName) } : null
}

const services: Services = {
  clock: systemClock,
  sync: connection.api,
  timings,
  wedgeMemory: createLocalWedgeMemory(localStorage),
  origin: location.origin,
  openAccount,
  lastAccount,
  rememberAccount: (config) => {
    if (config === null) localStorage.removeItem(LAST_ACCOUNT)
    else localStorage.setItem(LAST_ACCOUNT, `${config.serverOrigin} ${encodeURIComponent(config.userName)}`)
  },
}

const app = createApp(App).use(createPinia())
const account = shallowRef<AccountData | null>(null)
const login = useLoginStore()
const signIn = createSignIn(services, account, login)

app
  .provide(servicesKey, services)
  .provide(accountKey, account)
  .provide(signInKey, signIn)
  .use(createAppRouter({ isSignedIn: signIn.resume }))
  .mount('#app')
