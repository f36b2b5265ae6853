// The world of a screen, faked: a worker that answers, a signed-in user on a memory store, one desk.
import { unsentLines } from '../../src/usecases/unsent-lines'
import type { ScanEventDraft } from '../../src/domain/scan-event'
import { shallowRef } from 'vue'
import type { Profile } from '../../src/domain/access'
import type { CycleCount } from '../../src/domain/session'
import { createMemoryStore } from '../../src/db/memory-store'
import { SCANS_SCHEMA, type ScansShape, type ScansStore, type SessionRow } from '../../src/ports/scans-schema'
import type { Bus, SyncState } from '../../src/ports/platform'
import type { CountingDesk } from '../../src/ports/counting'
import { createScanTimings } from '../../src/composables/scan-timings'
import { accountKey, servicesKey, type AccountData, type Services } from '../../src/composables/services'
import { createSignIn, signInKey } from '../../src/composables/sign-in'
import { createWindowRights } from '../../src/composables/window-right'
import type { useLoginStore } from '../../src/stores/login'
import type { SyncWorkerApi } from '../../src/worker/protocol'

export const SYNCED: SyncState = {
  status: 'synced',
  unsentRows: 0,
  quarantinedRows: 0,
  heldRows: 0,
  trouble: null,
  lastSyncedAt: null,
  nextTryAt: null,
  problem: null,
}

export function aProfile(overrides: Partial<Profile> = {}): Profile {
  return {
    userId: 'U1',
    userName: 'ana',
    fullName: 'Ana',
    partyId: 'P1',
    timeZone: 'Europe/Berlin',
    permissions: ['INVCOUNT_APP_VIEW'],
    facilities: [{ facilityId: 'F1', name: 'Town', timeZone: 'Europe/Berlin' }],
    facilityId: 'F1',
    identifierPreference: { primary: 'SKU', secondary: 'UPCA', barcode: 'UPCA' },
    server: { profile: 'extended', gzip: false, fencing: true, epoch: null, protocol: null },
    ...overrides,
  }
}

/** Answers as a server would that is there and agrees. Override what the test is about. */
export function createFakeWorker(overrides: Partial<SyncWorkerApi> = {}): SyncWorkerApi {
  return acrossTheBoundary({
    accounts: async () => [],
    lookAtServer: async () => ({ ok: true, demoUsers: [] }),
    signIn: async () => ({ ok: true, profile: aProfile() }),
    resumeUser: async () => aProfile(),
    signOut: async () => undefined,
    selectFacility: async () => ({ ok: true, profile: aProfile() }),
    refreshCounts: async () => ({ ok: true, fetchedAt: 0 }),
    startCycleCount: async () => ({ ok: true }),
    newSession: async () => ({ ok: true, sessionId: 'S9' }),
    openSession: async () => ({ ok: true, lock: 'held', pendingElsewhere: [] }),
    lookAtSession: async () => ({ ok: true, holder: null, pendingElsewhere: [] }),
    leaveSession: async () => undefined,
    submitSession: async () => ({ ok: true, done: true }),
    withdrawSubmit: async () => undefined,
    reopenSession: async () => ({ ok: true }),
    review: async () => ({ ok: false, reason: 'unsupported', message: '' }),
    baseReview: async () => ({ ok: false, reason: 'unsupported', message: '' }),
    board: async () => ({ ok: false, reason: 'unsupported', message: '' }),
    watchBoard: async () => undefined,
    reports: async () => ({ ok: false, reason: 'unsupported', message: '' }),
    people: async () => ({ ok: false, reason: 'unsupported', message: '' }),
    plan: async () => ({ ok: false, reason: 'unsupported', message: '' }),
    matchItem: async () => undefined,
    searchProducts: async () => [],
    searchLines: async () => [],
    scanned: async () => undefined,
    syncNow: async () => SYNCED,
    status: async () => SYNCED,
    rebuild: async () => ({ changedLines: 0 }),
    retryQuarantined: async () => undefined,
    moveHeld: async () => ({ ok: true, fate: { kind: 'gone' } }),
    dismissHeld: async () => undefined,
    saveScans: async () => ({ ok: true, saved: null }),
    lookIntoFile: async () => ({ ok: false, problem: 'foreign' }),
    takeOverScans: async () => ({ ok: false, problem: 'foreign' }),
    removeUserData: async () => undefined,
    quietDevices: async () => ({ ok: true, devices: [] }),
    dismissQuietDevice: async () => undefined,
    stop: async () => undefined,
    ...overrides,
  })
}

/** Another thread gets copies: what cannot be copied, a reactive list for one, breaks the call here as it does there. */
function acrossTheBoundary(api: SyncWorkerApi): SyncWorkerApi {
  const calls = Object.entries(api).map(([name, call]: [string, (...args: never[]) => unknown]) => [
    name,
    async (...args: never[]) => call(...structuredClone(args)),
  ])
  return Object.fromEntries(calls) as SyncWorkerApi
}

export interface FakeWorldOptions {
  readonly sync?: Partial<SyncWorkerApi>
  readonly openTable?: Services['openTable']
  readonly bus: Bus
  readonly catalogue?: AccountData['catalogue']
  readonly desk: CountingDesk
  readonly now?: number
  /** Scans that a window left beside the database. */
  readonly spilled?: readonly ScanEventDraft[]
  /** Claims that other windows of this device hold: `count:<session>`. */
  readonly claims?: readonly string[]
  readonly counts?: readonly CycleCount[]
  readonly sessions?: readonly SessionRow[]
  /** Anything else that is on the device already. */
  readonly fill?: (scans: ScansStore) => Promise<void>
}

/** Everything that `provide` needs. `login` must come from the same Pinia that the screen uses. */
export async function createFakeWorld(login: ReturnType<typeof useLoginStore>, options: FakeWorldOptions) {
  const scans = createMemoryStore<ScansShape>(SCANS_SCHEMA)
  const now = options.now ?? 0
  await scans.tx(['cycleCounts', 'sessions', 'meta'], 'rw', async (tx) => {
    await tx.bulkPut('cycleCounts', (options.counts ?? []).map((it) => ({ cycleCountId: it.cycleCountId, cycleCount: it, fetchedAt: now })))
    await tx.bulkPut('sessions', options.sessions ?? [])
    await tx.put('meta', { k: 'device', deviceId: 'D1', name: 'Test device' })
  })
  await options.fill?.(scans)
  const rights = createWindowRights(
    async () => ({ held: (options.claims ?? []).map((name) => ({ name, mode: 'exclusive' })), pending: [] }),
    (sessionId) => `count:${sessionId}`,
  )
  const noted: Readonly<Record<string, string | number>>[] = []
  const config = { serverOrigin: 'https://server.test', userName: 'ana' }
  const account: AccountData = {
    config,
    scans,
    bus: options.bus,
    desk: async (sessionId) => {
      await rights.recall(sessionId)
      return options.desk
    },
    rights,
    isKnown: async () => false,
    catalogue: options.catalogue ?? (async () => ({ done: 3, isComplete: true })),
    note: (event, details) => void noted.push({ event, ...details }),
    waiting: () => 0,
    onlyHere: () => unsentLines(scans, options.spilled ?? []),
    isCounted: async () => (options.claims ?? []).length > 0,
    close: () => undefined,
  }
  let serial = 0
  const remembered: (typeof config | null)[] = []
  const forgotten: string[] = []
  const services: Services = {
    clock: { now: () => now, mono: () => 0 },
    ids: { next: () => `id-${(serial += 1)}` },
    sync: createFakeWorker(options.sync),
    onWorkerFault: () => () => undefined,
    openTable: options.openTable ?? (async () => ({ ok: false, problem: 'unreadable' })),
    timings: createScanTimings(performance),
    wedgeMemory: { load: () => ({ terminatedScans: 0, terminator: null, layout: null }), save: () => undefined },
    origin: config.serverOrigin,
    openAccount: async () => account,
    lastAccount: () => null,
    forgetTraces: (it) => void forgotten.push(it.userName),
    rememberAccount: (it) => remembered.push(it === null ? null : { ...it }),
  }
  const current = shallowRef<AccountData | null>(account)
  login.enter(config, aProfile())
  const signIn = createSignIn(services, current, login)
  return { services, account, noted, remembered, forgotten, provide: { [servicesKey]: services, [accountKey]: current, [signInKey]: signIn } }
}
