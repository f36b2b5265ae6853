// The page's composition root: builds clock, databases, worker, desk and screens; the only place on the page that knows them all.
import './styles/tokens.css'
import './styles/base.css'
import { createPinia } from 'pinia'
import { createApp, shallowRef } from 'vue'
import App from './App.vue'
import { createLocalSpill } from './composables/local-spill'
import { createLocalMarker } from './composables/local-marker'
import { createRecoverByReload } from './composables/recover-by-reload'
import { createScanTimings } from './composables/scan-timings'
import { accountKey, servicesKey, type AccountData, type Services } from './composables/services'
import { createSignIn, signInKey } from './composables/sign-in'
import { createLocalWedgeMemory } from './composables/wedge-memory'
import { deviceKind } from './composables/this-device'
import { createWindowRights } from './composables/window-right'
import { createDexieStore } from './db/dexie-store'
import { catalogueName, scansName } from './db/names'
import { may } from './domain/access'
import { itemKeyOf } from './domain/barcode/item-key'
import { asId, type DeviceId, type FacilityId, type SessionId } from './domain/ids'
import { LIMITS } from './domain/limits'
import { CATALOGUE_SCHEMA, CATALOGUE_VERSION, type CatalogueShape, type CatalogueStore } from './ports/catalogue-schema'
import { SCANS_SCHEMA, SCANS_VERSION, type ReportItem, type ScansShape, type ScansStore } from './ports/scans-schema'
import { createAppRouter } from './router'
import { useActivityStore } from './stores/activity'
import { useLoginStore } from './stores/login'
import { createCountingDesk, type OpenDesk } from './usecases/counting-desk'
import { ensureDevice } from './usecases/device'
import { readCatalogueProgress } from './usecases/catalogue-progress'
import { lookUp } from './usecases/identities'
import { inTime } from './usecases/in-time'
import { createScanWriter, type ScanWriter } from './usecases/scan-writer'
import { addToReport } from './usecases/start-report'
import { watchStorage } from './usecases/storage-watch'
import { onlyHere } from './usecases/unsent-lines'
import { connectSyncWorker, createPageBus } from './worker/connect'
import { systemClock, systemIds, systemTimers } from './worker/platform'
import type { WorkerConfig } from './worker/protocol'
import { createStoreLog } from './worker/store-log'

const LAST_ACCOUNT = 'shelfcount:account'
/** Opening the device's database takes milliseconds; a dead connection never answers. */
const OPENING_MS = 10_000

const connection = connectSyncWorker()
// A page that the browser keeps for "back" would go on holding its Web Locks, and nobody else could send: its worker
// ends, and what comes back is a fresh page.
window.addEventListener('pagehide', (event) => {
  if (event.persisted) connection.terminate()
})
window.addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload()
})
const app = createApp(App).use(createPinia())
const activity = useActivityStore()
const recovery = createRecoverByReload({
  storage: sessionStorage,
  clock: systemClock,
  timers: systemTimers,
  reload: () => location.reload(),
  hasKeysPending: () => activity.hasKeysPending(),
})
const timings = createScanTimings(performance)
// In production a query with a cursor must not stop a scan: it is noted, and loses its strict flush at worst.
const onCursor = import.meta.env.PROD ? () => performance.mark('cursor-on-scans') : 'throw'

function openScans(config: WorkerConfig): ScansStore {
  const name = scansName(config.serverOrigin, config.userName)
  return createDexieStore<ScansShape>(name, SCANS_SCHEMA, {
    strict: true,
    version: SCANS_VERSION,
    onCursor,
    onUpgrade: () => void recovery.reloadForUpgrade(),
  })
}

function openCatalogue(serverOrigin: string, facilityId: string): CatalogueStore {
  const name = catalogueName(serverOrigin, facilityId)
  return createDexieStore<CatalogueShape>(name, CATALOGUE_SCHEMA, {
    strict: false,
    version: CATALOGUE_VERSION,
    onCursor,
    onUpgrade: () => void recovery.reloadForUpgrade(),
  })
}

/** @throws {Error} the device's storage does not open, and a reload did not help */
async function deviceOf(scans: ScansStore): Promise<DeviceId> {
  try {
    return await inTime(systemTimers, OPENING_MS, ensureDevice(scans, systemIds, deviceKind(navigator)))
  } catch (error) {
    // A lost connection fails in many ways, and only a reload brings it back. What could not be saved is in localStorage.
    recovery.reload()
    throw error
  }
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
  const deviceId = await deviceOf(scans)
  const rights = createWindowRights(
    'locks' in navigator ? () => navigator.locks.query() : undefined,
    (sessionId) => `count:${name}:${sessionId}`,
  )
  const bus = createPageBus(connection, config)
  // The handle that works now: the writer opens another one when the first has died.
  const live: ScansStore = {
    tx: (tables, mode, work) => writer.store().tx(tables, mode, work),
    cost: scans.cost,
    close: () => writer.store().close(),
  }
  const log = createStoreLog({ scans: live, clock: systemClock, timers: systemTimers, entriesMax: LIMITS.syncLogEntries })
  const spill = createLocalSpill(localStorage, name)
  const watch = await watchStorage(scans, deviceId, createLocalMarker(localStorage, name))
  /** Told until it was read, and for good in the log. It must hold nobody up. */
  function report(item: ReportItem): void {
    log.write('warn', item.kind, { scans: 'scans' in item ? item.scans : 0 })
    addToReport(live, item).catch((error: unknown) => log.write('error', 'report-failed', { error: String(error) }))
  }
  const writer = createScanWriter({
    store: scans,
    reopen: async () => openScans(config),
    spill,
    ids: systemIds,
    timers: systemTimers,
    log,
    limits: LIMITS,
    userName: config.userName,
    onCommitted: watch.committed,
    onSetBack: ({ logId }) => report({ kind: 'set-back', at: systemClock.now(), scans: watch.unsentOf(logId) }),
    onSaved: (sessionId) => {
      bus.post({ kind: 'appended', sessionId })
      connection.api.scanned().catch((error: unknown) => log.write('warn', 'worker-silent', { error: String(error) }))
    },
  })
  const stops = [recovery.watch(writer, () => spill.read().length), probeOnReturn(writer)]
  const { finding } = watch
  // Nothing was missing when everything had been sent.
  if (finding.kind === 'set-back' || (finding.kind === 'wiped' && finding.scansMissing > 0))
    report({ kind: finding.kind, at: systemClock.now(), scans: finding.scansMissing })
  void writer.drain().then((scans) => {
    if (scans > 0) report({ kind: 'spill-drained', at: systemClock.now(), scans })
  })
  stops.push(
    bus.listen((message) => {
      if (message.kind !== 'status') return
      // The worker's storage may have died, and this page's with it: better found out now than by the next scan (KP18).
      if (message.status.trouble === 'app') return void writer.probe()
      if (message.status.unsentRows > 0) return
      watch.looked().catch((error: unknown) => log.write('warn', 'marker-late', { error: String(error) }))
    }),
  )

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
      mayCountHere: () => rights.has(sessionId),
      log,
      limits: LIMITS,
      caller: { deviceId, userName: config.userName },
      bookFacility: () => {
        const { profile } = login
        return profile !== null && may(profile.permissions, 'INV_CNT_VIEW_QOH') ? asId<FacilityId>(profile.facilityId) : null
      },
      mark: (what, eventId, receivedAt) => {
        if (what === 'durable' && receivedAt !== null) timings.durable(eventId, receivedAt)
      },
    })
  }

  return {
    config,
    scans: live,
    bus,
    rights,
    desk: async (sessionId) => {
      await rights.recall(sessionId)
      const desk = desks.get(sessionId) ?? deskOf(sessionId)
      desks.set(sessionId, desk)
      return desk
    },
    isKnown: async (raw, symbology) => {
      const itemKey = itemKeyOf(raw, symbology)
      const { identities } = await lookUp(catalogueNow(), [{ itemKey, raw }])
      return identities.get(itemKey)?.kind === 'matched'
    },
    catalogue: () => readCatalogueProgress(catalogueNow()),
    note: (event, details) => log.write('info', event, details),
    waiting: writer.waiting,
    onlyHere: () => onlyHere(writer, spill),
    isCounted: async () =>
      'locks' in navigator && ((await navigator.locks.query()).held ?? []).some((it) => it.name?.startsWith(`count:${name}:`)),
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
  ids: systemIds,
  sync: connection.api,
  onWorkerFault: connection.onFault,
  // Loaded when somebody brings a file: who counts never does.
  openTable: async (file) => (await import('./worker/open-table')).openTableFile(file),
  timings,
  wedgeMemory: createLocalWedgeMemory(localStorage),
  origin: location.origin,
  openAccount,
  lastAccount,
  forgetTraces: (config) => {
    const spill = createLocalSpill(localStorage, scansName(config.serverOrigin, config.userName))
    spill.remove(spill.read().map((it) => it.eventId))
    createLocalMarker(localStorage, scansName(config.serverOrigin, config.userName)).forget()
  },
  rememberAccount: (config) => {
    if (config === null) localStorage.removeItem(LAST_ACCOUNT)
    else localStorage.setItem(LAST_ACCOUNT, `${config.serverOrigin} ${encodeURIComponent(config.userName)}`)
  },
}

const account = shallowRef<AccountData | null>(null)
const login = useLoginStore()
const signIn = createSignIn(services, account, login)

app
  .provide(servicesKey, services)
  .provide(accountKey, account)
  .provide(signInKey, signIn)
  .use(createAppRouter({ isSignedIn: signIn.resume }))
  .mount('#app')
