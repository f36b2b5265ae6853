// A device with the network half of the engine, against the fake server.
import { appendScans } from '../../src/usecases/append-scans'
import { asId } from '../../src/domain/ids'
import type { DeviceId, LogId, SessionId } from '../../src/domain/ids'
import type { Limits } from '../../src/domain/limits'
import type { Log } from '../../src/ports/platform'
import type { ScanEventDraft } from '../../src/domain/scan-event'
import type { ScansStore, SessionRow } from '../../src/ports/scans-schema'
import type { NetworkDeps } from '../../src/sync/network-deps'
import { createPushMemory } from '../../src/sync/push'
import type { PushMemory } from '../../src/sync/push'
import { aSession, SESSION } from './builders'
import type { FakeServer } from './fake-server'
import { createFakeServer } from './fake-server'
import type { FakeTime } from './fake-time'
import { openTestEngine } from './test-engine'
import type { TestEngine } from './test-engine'

export interface TestDevice {
  readonly engine: TestEngine
  readonly deps: NetworkDeps
  readonly server: FakeServer
  readonly memory: PushMemory
  readonly time: FakeTime
  /** Append scans of these barcodes to the device's log. */
  readonly scans: (...drafts: readonly ScanEventDraft[]) => Promise<void>
  readonly session: (sessionId?: SessionId) => Promise<SessionRow>
  readonly logged: string[]
}

export interface DeviceOptions {
  readonly profile?: 'extended' | 'hotwax'
  readonly server?: FakeServer
  /** Second device: another engine on the first one's clock. */
  readonly time?: FakeTime
  readonly deviceId?: string
  readonly userName?: string
  readonly limits?: Partial<Limits>
  readonly session?: SessionRow | null
}

let devices = 0

export async function openDevice(options: DeviceOptions = {}): Promise<TestDevice> {
  devices += 1
  const engine = await openTestEngine({
    session: options.session === undefined ? aSession() : options.session,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  })
  const time = options.time ?? engine.time
  const server = options.server ?? createFakeServer(time.clock, options.profile)
  if (!server.sessions.has(SESSION)) server.addSession(SESSION)
  const caller = {
    deviceId: asId<DeviceId>(options.deviceId ?? 'device-1'),
    userName: options.userName ?? 'ana',
  }
  const logged: string[] = []
  const log: Log = { write: (_level, event) => void logged.push(event) }
  const deps: NetworkDeps = {
    ...engine.deps,
    clock: time.clock,
    timers: time.timers,
    caller,
    log,
    api: server.api(caller),
    capabilities: server.anonymous.capabilities,
    abilities: server.abilities,
    storeName: `scans:test:${devices}`,
  }
  const logId = asId<LogId>(`log-${devices}`)
  return {
    engine,
    deps,
    server,
    time,
    logged,
    memory: createPushMemory(deps),
    scans: (...drafts) => append(engine.scans, logId, drafts),
    session: async (sessionId = SESSION) => {
      const row = await engine.scans.tx(['sessions'], 'r', (tx) => tx.get('sessions', sessionId))
      if (row === undefined) throw new Error(`no session ${sessionId} on this device`)
      return row
    },
  }
}

async function append(
  scans: ScansStore,
  logId: LogId,
  drafts: readonly ScanEventDraft[],
): Promise<void> {
  const [first] = drafts
  if (first === undefined) return
  const { sessionId, userName } = first
  await appendScans(scans, {
    sessionId,
    userName,
    logId,
    knownHead: 0,
    mintLog: () => asId<LogId>(`${logId}-again`),
    drafts,
  })
}
