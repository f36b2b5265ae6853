// A device for tests of the worker's body: databases that outlive the worker, windows, and a network that can be cut and is listened to.
import { serve } from '@hono/node-server'
import { expose, wrap } from 'comlink'
import type { AddressInfo } from 'node:net'
import { createAnonymousApi, createReviewApi, createServerApi } from '../../src/api/create-server-api'
import { createMemoryStore } from '../../src/db/memory-store'
import { scansName } from '../../src/db/names'
import { asId } from '../../src/domain/ids'
import type { LogId, SessionId } from '../../src/domain/ids'
import { LIMITS } from '../../src/domain/limits'
import type { Limits } from '../../src/domain/limits'
import { createHandoverFile } from '../../src/files/handover-file'
import { CATALOGUE_SCHEMA } from '../../src/ports/catalogue-schema'
import type { CatalogueStore } from '../../src/ports/catalogue-schema'
import type { BusMessage } from '../../src/ports/platform'
import { SCANS_SCHEMA } from '../../src/ports/scans-schema'
import type { ScansStore } from '../../src/ports/scans-schema'
import { appendScans } from '../../src/usecases/append-scans'
import { ensureDevice } from '../../src/usecases/device'
import type { World } from '../../src/worker/account'
import { createSyncWorkerApi } from '../../src/worker/create-sync-worker-api'
import { systemClock, systemIds, systemTimers } from '../../src/worker/platform'
import { createStoreLog } from '../../src/worker/store-log'
import type { SyncWorkerApi, WorkerConfig } from '../../src/worker/protocol'
import { aScan } from './builders'
import type { CountsServer } from './counts-server'
import { startCountsServer } from './counts-server'
import { createFakeBus, createFakeMutex } from './test-engine'

export type Profile = 'extended' | 'hotwax'
const cleanUps: (() => Promise<void>)[] = []

/** After each test: stop the workers that it started. */
export async function cleanUp(): Promise<void> {
  for (const clean of cleanUps.splice(0).toReversed()) await clean()
}

/** A request as it left the device. */
export interface Sent {
  readonly method: string
  readonly path: string
  /** Whose token it carried; null for none. */
  readonly as: string | null
  readonly body: string
}

export async function startListening(
  profile: Profile,
): Promise<{ server: CountsServer; origin: string; close: () => Promise<void> }> {
  const server = await startCountsServer(profile, { isLive: true })
  const http = serve({ fetch: server.app.fetch, port: 0, hostname: '127.0.0.1' })
  await new Promise((resolve) => http.once('listening', resolve))
  const close = async (): Promise<void> => {
    if ('closeAllConnections' in http) http.closeAllConnections()
    await new Promise((resolve) => http.close(resolve))
    await server.close()
  }
  return { server, origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, close }
}

/** What is wrong with a device's disk. */
export interface FakeDisk {
  opensThatFail: number
  refusesWrites?: boolean
  hides?: string | null
  /** Transactions that it says yes to are not answered, until somebody lets them go on. */
  swallows?: ((mode: 'r' | 'rw', tables: readonly string[], userName: string) => boolean) | null
  readonly swallowed?: (() => void)[]
}

/** One device: its databases outlive the worker, as on disk. */
export function aDevice(
  isCut: { now: boolean },
  disk: FakeDisk = { opensThatFail: 0 },
  limits: Partial<Limits> = {},
) {
  const scans = new Map<string, ScansStore>()
  const catalogues = new Map<string, CatalogueStore>()
  const claims = new Map<string, () => void>()
  const mutex = createFakeMutex()
  const keepOpen = <S extends { close: () => void }>(store: S): S => ({
    ...store,
    close: () => undefined,
  })
  const openScans = (config: WorkerConfig): ScansStore => {
    const name = scansName(config.serverOrigin, config.userName)
    const known =
      scans.get(name) ?? refusable(keepOpen(createMemoryStore(SCANS_SCHEMA)), config.userName)
    scans.set(name, known)
    return known
  }
  const refusable = (store: ScansStore, userName: string): ScansStore => ({
    ...store,
    tx: (tables, mode, work) => {
      if (disk.swallows?.(mode, tables, userName) === true)
        return new Promise(
          (resolve, reject) =>
            void disk.swallowed?.push(
              () => void store.tx(tables, mode, work).then(resolve, reject),
            ),
        )
      return mode === 'rw' && disk.refusesWrites === true
        ? Promise.reject(new DOMException('Commit failed', 'UnknownError'))
        : store.tx(tables, mode, work)
    },
  })
  const openCatalogue = (facilityId: string): CatalogueStore => {
    const known = catalogues.get(facilityId) ?? keepOpen(createMemoryStore(CATALOGUE_SCHEMA))
    catalogues.set(facilityId, known)
    return known
  }
  const sent: Sent[] = []
  const owners = new Map<string, string>()
  /** Runs before a request goes out. */
  const hooks: { before: (request: Sent) => Promise<void> } = { before: () => Promise.resolve() }
  const network: typeof fetch = async (input, init) => {
    if (isCut.now) throw new TypeError('cut')
    const request = new Request(input, init)
    const token = request.headers.get('authorization')?.replace('Bearer ', '') ?? null
    const body = await textOf(request.clone())
    const path = new URL(request.url).pathname.replace(/^.*inventory-cycle-count\//, '')
    const note = { method: request.method, path, as: token === null ? null : (owners.get(token) ?? 'nobody'), body }
    sent.push(note)
    await hooks.before(note)
    if (isCut.now) throw new TypeError('cut')
    const answer = await fetch(request)
    if (path.endsWith('admin/login') && answer.ok) {
      const told = (await answer.clone().json()) as { token: string }
      owners.set(told.token, (JSON.parse(body) as { username: string }).username)
    }
    return answer
  }

  function aWindow() {
    const bus = createFakeBus()
    const world: World = {
      clock: systemClock,
      ids: systemIds,
      random: () => 0.5,
      timers: systemTimers,
      mutex,
      claims: {
        claim: (name, { steal, onLost }) => {
          const other = claims.get(name)
          if (other !== undefined && !steal) return Promise.resolve(null)
          other?.()
          claims.set(name, onLost)
          return Promise.resolve({
            release: () => {
              if (claims.get(name) === onLost) claims.delete(name)
            },
          })
        },
      },
      // No request is late here: a base server need not be waited for.
      limits: { ...LIMITS, inFlightGraceMs: 0, backoffFirstMs: 10, ...limits },
      anonymousApi: (serverOrigin) =>
        createAnonymousApi({ serverOrigin, limits: LIMITS, clock: systemClock, fetch: network }),
      serverApi: (ask) =>
        createServerApi({ ...ask, limits: LIMITS, clock: systemClock, fetch: network }),
      reviewApi: (ask) =>
        createReviewApi({ ...ask, limits: LIMITS, clock: systemClock, fetch: network }),
      openScans: (config) => {
        const store = openScans(config)
        if (disk.opensThatFail === 0 && disk.hides !== config.userName) return store
        disk.opensThatFail = Math.max(0, disk.opensThatFail - 1)
        return { ...store, tx: () => Promise.reject(new Error('The database did not open')) }
      },
      openCatalogue: (_origin, facilityId) => openCatalogue(facilityId),
      createBus: () => ({ ...bus, close: () => undefined }),
      createLog: (store) =>
        createStoreLog({ scans: store, clock: systemClock, timers: systemTimers, entriesMax: 100 }),
      databaseNames: () => Promise.resolve(['catalogue:x:y', ...scans.keys()]),
      deleteDatabase: (name) => {
        scans.delete(name)
        return Promise.resolve()
      },
      handoverFile: createHandoverFile({ crypto: globalThis.crypto }),
    }
    const { port1, port2 } = new MessageChannel()
    expose(createSyncWorkerApi(world), port1)
    // As in connect.ts: the remote's own type cannot carry the type parameter of `review`.
    const api = wrap<SyncWorkerApi>(port2) as unknown as SyncWorkerApi
    cleanUps.push(async () => {
      await api.stop()
      port1.close()
      port2.close()
    })
    const locks = (): string[] =>
      bus.messages.flatMap((it: BusMessage) => (it.kind === 'lock' ? [it.state] : []))
    return { api, locks }
  }

  async function scan(
    config: WorkerConfig,
    sessionId: string,
    raw: string,
    times: number,
  ): Promise<void> {
    const id = asId<SessionId>(sessionId)
    const deviceId = await ensureDevice(openScans(config), systemIds, 'test')
    const drafts = Array.from({ length: times }, () =>
      aScan(raw, { sessionId: id, at: Date.now(), deviceId, userName: asId(config.userName) }),
    )
    const logId = asId<LogId>(systemIds.next())
    await appendScans(openScans(config), {
      sessionId: id,
      userName: asId(config.userName),
      logId,
      knownHead: 0,
      mintLog: () => logId,
      drafts,
    })
  }
  return { aWindow, scan, openScans, openCatalogue, sent, hooks, databases: () => [...scans.keys()], catalogues: () => [...catalogues.keys()] }
}

/** Gzipped or plain. */
async function textOf(request: Request): Promise<string> {
  if (request.body === null) return ''
  if (request.headers.get('content-encoding') !== 'gzip') return request.text()
  return new Response(request.body.pipeThrough(new DecompressionStream('gzip'))).text()
}
