// The sync worker's composition root: real adapters into the body, nothing else.
import { expose } from 'comlink'
import {
  createAnonymousApi,
  createBaseReviewApi,
  createPeopleApi,
  createReportApi,
  createReviewApi,
  createServerApi,
  createPlanApi,
  createWatchApi,
} from '../api/create-server-api'
import { beginNewLog, FILLER_NAME, FILLER_SCHEMA, type FillerShape } from '../db/begin-new-log'
import { createDexieStore, deleteDatabase } from '../db/dexie-store'
import { catalogueName, scansName } from '../db/names'
import { LIMITS } from '../domain/limits'
import { createHandoverFile } from '../files/handover-file'
import { CATALOGUE_SCHEMA, CATALOGUE_VERSION } from '../ports/catalogue-schema'
import { SCANS_SCHEMA, SCANS_VERSION } from '../ports/scans-schema'
import { createChannelBus } from './channel-bus'
import { createSyncWorkerApi } from './create-sync-worker-api'
import {
  createWebClaims,
  createWebMutex,
  createWorkerBus,
  oncePerBrowser,
  systemClock,
  systemIds,
  systemTimers,
} from './platform'
import { reportFaults } from './faults'
import { createStoreLog } from './store-log'

/** WebKit and Firefox keep their databases in SQLite, which does not go on behind what was torn. */
const isChromium = 'userAgentData' in navigator

reportFaults(self, (message) => self.postMessage(message))

expose(
  createSyncWorkerApi({
    clock: systemClock,
    ids: systemIds,
    random: () => Math.random(),
    timers: systemTimers,
    mutex: createWebMutex(navigator.locks),
    claims: createWebClaims(navigator.locks),
    limits: LIMITS,
    anonymousApi: (serverOrigin) =>
      createAnonymousApi({ serverOrigin, limits: LIMITS, clock: systemClock }),
    reviewApi: (ask) => createReviewApi({ ...ask, limits: LIMITS, clock: systemClock }),
    baseReviewApi: (ask) => createBaseReviewApi({ ...ask, limits: LIMITS, clock: systemClock }),
    peopleApi: (ask) => createPeopleApi({ ...ask, limits: LIMITS, clock: systemClock }),
    reportApi: (ask) => createReportApi({ ...ask, limits: LIMITS, clock: systemClock }),
    watchApi: (ask) => createWatchApi({ ...ask, limits: LIMITS, clock: systemClock }),
    planApi: (ask) => createPlanApi({ ...ask, limits: LIMITS, clock: systemClock }),
    serverApi: (ask) => createServerApi({ ...ask, limits: LIMITS, clock: systemClock }),
    openScans: ({ serverOrigin, userName }) =>
      createDexieStore(scansName(serverOrigin, userName), SCANS_SCHEMA, {
        strict: true,
        version: SCANS_VERSION,
      }),
    openCatalogue: (serverOrigin, facilityId) =>
      createDexieStore(catalogueName(serverOrigin, facilityId), CATALOGUE_SCHEMA, {
        strict: false,
        version: CATALOGUE_VERSION,
      }),
    createBus: (config) =>
      createWorkerBus(createChannelBus(config), (message) => self.postMessage(message)),
    createLog: (scans) =>
      createStoreLog({
        scans,
        clock: systemClock,
        timers: systemTimers,
        entriesMax: LIMITS.syncLogEntries,
      }),
    ...(isChromium && {
      beginNewLog: ({ log, timers }) =>
        beginNewLog({
          open: () => createDexieStore<FillerShape>(FILLER_NAME, FILLER_SCHEMA, { strict: false, version: 1 }),
          remove: () => deleteDatabase(FILLER_NAME),
          once: oncePerBrowser(navigator.locks, FILLER_NAME),
          timers,
          log,
        }),
    }),
    // Its `subtle` is missing over plain http.
    handoverFile: createHandoverFile({ crypto }),
    deleteDatabase,
    databaseNames: async () =>
      (await indexedDB.databases()).flatMap((it) => (it.name === undefined ? [] : [it.name])),
  }),
)
