// One device without a platform: stores, time, ids, messages, and the deps that the engine takes.
import Dexie from 'dexie'
import { createDexieStore } from '../../src/db/dexie-store'
import { createMemoryStore } from '../../src/db/memory-store'
import type { MemoryStoreOptions } from '../../src/db/memory-store'
import type { CountRecord } from '../../src/domain/count-record'
import type { CountedItem } from '../../src/domain/counted-item'
import { asId } from '../../src/domain/ids'
import type { LogId, SessionId } from '../../src/domain/ids'
import { LIMITS } from '../../src/domain/limits'
import type { Limits } from '../../src/domain/limits'
import type { ScanEventDraft } from '../../src/domain/scan-event'
import { CATALOGUE_SCHEMA } from '../../src/ports/catalogue-schema'
import type { CatalogueStore } from '../../src/ports/catalogue-schema'
import type { BusMessage, Log, Mutex } from '../../src/ports/platform'
import { SCANS_SCHEMA } from '../../src/ports/scans-schema'
import type { ScansShape, ScansStore } from '../../src/ports/scans-schema'
import type { EngineDeps } from '../../src/sync/engine-deps'
import { appendScans } from '../../src/usecases/append-scans'
import type { AppendVerdict } from '../../src/usecases/append-scans'
import { ANA, aSession, DEVICE, LOG, SESSION } from './builders'
import { createFakeTime } from './fake-time'
import type { FakeTime } from './fake-time'

export interface TestEngine {
  readonly deps: EngineDeps
  readonly scans: ScansStore
  readonly catalogue: CatalogueStore
  readonly time: FakeTime
  /** Everything posted on the bus. */
  readonly messages: BusMessage[]
  /** Append drafts to a log of the given session. */
  readonly append: (drafts: readonly ScanEventDraft[], log?: LogId) => Promise<readonly AppendVerdict[]>
  readonly close: () => Promise<void>
}

export interface TestEngineOptions {
  readonly kind?: 'memory' | 'dexie'
  readonly limits?: Partial<Limits>
  readonly memory?: MemoryStoreOptions
  /** Stored before the test starts; null = none. */
  readonly session?: ReturnType<typeof aSession> | null
}

let opened = 0

export async function openTestEngine(options: TestEngineOptions = {}): Promise<TestEngine> {
  opened += 1
  const names = [`scans:test-${opened}`, `catalogue:test-${opened}`] as const
  const memory: MemoryStoreOptions = { turn: (check) => void setImmediate(check), ...options.memory }
  const isDexie = options.kind === 'dexie'
  const scans: ScansStore = isDexie
    ? createDexieStore(names[0], SCANS_SCHEMA, { strict: true, version: 1 })
    : createMemoryStore(SCANS_SCHEMA, memory)
  const catalogue: CatalogueStore = isDexie
    ? createDexieStore(names[1], CATALOGUE_SCHEMA, { strict: false, version: 1 })
    : createMemoryStore(CATALOGUE_SCHEMA, { turn: (check) => void setImmediate(check) })
  const time = createFakeTime()
  const bus = createFakeBus()
  const deps: EngineDeps = {
    scans,
    catalogue,
    clock: time.clock,
    timers: time.timers,
    ids: createFakeIds(`engine-${opened}`),
    random: () => 0.5,
    mutex: createFakeMutex(),
    bus,
    log: SILENT_LOG,
    // Pauses of a scanner are waited for where a test says so.
    limits: { ...LIMITS, scanQuietMs: 0, ...options.limits },
    caller: { deviceId: DEVICE, userName: ANA },
  }
  const session = options.session === undefined ? aSession() : options.session
  if (session !== null) await scans.tx(['sessions'], 'rw', (tx) => tx.put('sessions', session))

  return {
    deps,
    scans,
    catalogue,
    time,
    messages: bus.messages,
    append: (drafts, log) => appendTo(scans, drafts, log ?? LOG),
    close: async () => {
      scans.close()
      catalogue.close()
      if (isDexie) for (const name of names) await Dexie.delete(name)
    },
  }
}

async function appendTo(scans: ScansStore, drafts: readonly ScanEventDraft[], logId: LogId) {
  const sessionId = drafts[0]?.sessionId ?? SESSION
  const mintLog = (): LogId => asId<LogId>(`${logId}-again`)
  const { verdicts } = await appendScans(scans, { sessionId, userName: ANA, logId, knownHead: 0, mintLog, drafts })
  return verdicts
}

/** Ids that tell where they came from and sort by age. */
export function createFakeIds(prefix: string): { next: () => string } {
  let last = 0
  return { next: () => `${prefix}-${String((last += 1)).padStart(8, '0')}` }
}

export function createFakeBus() {
  const messages: BusMessage[] = []
  const listeners = new Set<(message: BusMessage) => void>()
  return {
    messages,
    post: (message: BusMessage): void => {
      messages.push(message)
      for (const listener of listeners) listener(message)
    },
    listen: (listener: (message: BusMessage) => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

export const SILENT_LOG: Log = { write: () => undefined }

/** First come, first served, within one test. */
export function createFakeMutex(): Mutex {
  const tails = new Map<string, Promise<unknown>>()
  return {
    run: async (name, { ifAvailable, signal }, work) => {
      const before = tails.get(name)
      if (ifAvailable === true && before !== undefined) return 'taken'
      const mine = (async () => {
        await before?.catch(() => undefined)
        signal?.throwIfAborted()
        return await work()
      })()
      tails.set(name, mine)
      try {
        return await mine
      } finally {
        if (tails.get(name) === mine) tails.delete(name)
      }
    },
  }
}

/** Everything derived of a session, in one order, as text: equal texts are equal bytes. */
export async function dump(scans: ScansStore, sessionId: SessionId = SESSION): Promise<string> {
  const tables = ['inventoryCountRecords', 'items', 'matches', 'counters'] as const satisfies readonly (keyof ScansShape)[]
  const rows = await scans.tx(tables, 'r', async (tx) => {
    const found: object[] = []
    for (const table of tables) found.push(...(await tx.range(table, ':id', { limit: 1_000_000 })))
    return found
  })
  return rows.map((row) => JSON.stringify(row, Object.keys(row).toSorted())).filter((row) => row.includes(sessionId)).join('\n')
}

export async function allRows(scans: ScansStore): Promise<CountRecord[]> {
  return await scans.tx(['inventoryCountRecords'], 'r', (tx) => tx.range('inventoryCountRecords', ':id', { limit: 100_000 }))
}

export async function allLines(scans: ScansStore): Promise<CountedItem[]> {
  return await scans.tx(['items'], 'r', (tx) => tx.range('items', ':id', { limit: 100_000 }))
}

export async function outboxOf(scans: ScansStore): Promise<string[]> {
  return await scans.tx(['outbox'], 'r', async (tx) => (await tx.range('outbox', ':id', { limit: 100_000 })).map((it) => it.uuid))
}

export async function countsIn(scans: ScansStore, sessionId: SessionId = SESSION) {
  return await scans.tx(['counters'], 'r', (tx) => tx.get('counters', [sessionId, 'buckets']))
}
