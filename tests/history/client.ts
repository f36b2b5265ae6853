// One device with the real engine over real HTTP; everything that it does and is told goes into the history.
import { setTimeout as sleep } from 'node:timers/promises'
import { createAnonymousApi, createServerApi } from '../../src/api/create-server-api'
import { createMemoryStore } from '../../src/db/memory-store'
import { RemoteError } from '../../src/domain/errors'
import { asId, type DeviceId, type EventId, type SessionId } from '../../src/domain/ids'
import type { Limits } from '../../src/domain/limits'
import type { Lease } from '../../src/domain/lock'
import { encodeQuantity, unitsOf } from '../../src/domain/quantity'
import { SCANS_SCHEMA, type ScansStore } from '../../src/ports/scans-schema'
import type { ServerApi } from '../../src/ports/server'
import type { NetworkDeps } from '../../src/sync/network-deps'
import { openSession } from '../../src/sync/resume'
import { createScheduler, type Scheduler } from '../../src/sync/scheduler'
import { readSession as readSessionRow } from '../../src/sync/session-row'
import { queueSubmit, withdrawSubmit } from '../../src/sync/submit'
import { createCountingDesk, type OpenDesk } from '../../src/usecases/counting-desk'
import { createScanWriter, type ScanWriter } from '../../src/usecases/scan-writer'
import { systemClock, systemIds, systemTimers } from '../../src/worker/platform'
import { createFakeBus, createFakeMutex, SILENT_LOG } from '../support/test-engine'
import type { History, Operation, SeenRow } from './history'

const PAGES_MAX = 100
const SUBMIT_MS_MAX = 60_000
const LOOK_EVERY_MS = 100

export interface HistoryClient {
  readonly name: string
  readonly userName: string
  /** Opens the session for counting. @returns false when it could not: somebody has it, or the network is bad */
  open(session: string, takeOver: boolean): Promise<boolean>
  /** @returns the event, or null when the device refused */
  scan(session: string, raw: string): Promise<EventId | null>
  undo(session: string, raw: string, eventId: EventId): Promise<void>
  leave(session: string): Promise<void>
  read(session: string): Promise<void>
  /** Everything that was scanned is on the server. */
  isSynced(): Promise<boolean>
  /** Takes the session over and hands it in, as a supervisor does: again where it was refused. @returns whether it went through in time */
  submit(session: string): Promise<boolean>
  close(): void
}

export interface ClientConfig {
  readonly name: string
  readonly userName: string
  /** Through the bad network. */
  readonly origin: string
  /** Past it: signing in is not what is tried here. */
  readonly directOrigin: string
  readonly limits: Limits
  readonly random: () => number
  readonly history: History
}

export async function createHistoryClient(config: ClientConfig): Promise<HistoryClient> {
  const { name, userName, limits, history } = config
  const anonymous = createAnonymousApi({
    serverOrigin: config.directOrigin,
    limits,
    clock: systemClock,
  })
  const [abilities, access] = [
    await anonymous.capabilities(),
    await anonymous.signIn(userName, 'shelfcount'),
  ]
  const caller = { deviceId: asId<DeviceId>(`device-${name}`), userName }
  const scans: ScansStore = createMemoryStore(SCANS_SCHEMA, {
    turn: (check) => void setImmediate(check),
  })
  const deps: NetworkDeps = {
    scans,
    catalogue: null,
    clock: systemClock,
    ids: systemIds,
    timers: systemTimers,
    random: config.random,
    mutex: createFakeMutex(),
    bus: createFakeBus(),
    log: SILENT_LOG,
    limits,
    caller,
    abilities,
    storeName: `scans:${name}`,
    api: recorded(
      createServerApi({
        serverOrigin: config.origin,
        limits,
        clock: systemClock,
        caller,
        abilities,
        token: () => Promise.resolve(access.token),
      }),
      name,
      history,
    ),
    capabilities: createAnonymousApi({ serverOrigin: config.origin, limits, clock: systemClock })
      .capabilities,
  }
  const spill = { read: () => [], write: () => undefined, remove: () => undefined }
  const writer = createScanWriter({
    ...deps,
    store: scans,
    reopen: async () => scans,
    spill,
    userName,
  })
  return new Client(name, deps, createScheduler(deps, { isSignedIn: true }), { writer, history })
}

class Client implements HistoryClient {
  readonly userName: string
  private readonly desks = new Map<string, OpenDesk>()

  constructor(
    readonly name: string,
    private readonly deps: NetworkDeps,
    private readonly scheduler: Scheduler,
    private readonly own: { readonly writer: ScanWriter; readonly history: History },
  ) {
    this.userName = deps.caller.userName
  }

  async open(session: string, takeOver: boolean): Promise<boolean> {
    const { deps, scheduler } = this
    const parts = {
      deps,
      keeper: scheduler.keeper,
      memory: scheduler.pushMemory,
      aloneIfFree: scheduler.aloneIfFree.bind(scheduler),
      pullLater: scheduler.pullLater.bind(scheduler),
      onSent: scheduler.sent.bind(scheduler),
      runLater: scheduler.runLater.bind(scheduler),
    }
    try {
      await openSession(parts, asId<SessionId>(session), takeOver)
      return true
    } catch (error) {
      if (error instanceof RemoteError) return false
      throw error
    }
  }

  async scan(session: string, raw: string): Promise<EventId | null> {
    const end = this.own.history.invoke(this.name, { op: 'scan', session, key: raw })
    const outcome = await this.desk(session).scan({
      raw,
      symbology: null,
      source: 'scanner',
      times: unitsOf(1),
      receivedAt: null,
    })
    if (outcome.kind === 'refused') {
      // What waits in memory may be stored yet.
      end(outcome.reason === 'storage' ? 'unknown' : 'fail')
      return null
    }
    end('ok')
    void this.scheduler.scanned()
    return outcome.eventId
  }

  async undo(session: string, raw: string, eventId: EventId): Promise<void> {
    const end = this.own.history.invoke(this.name, { op: 'undo', session, key: raw })
    const outcome = await this.desk(session).undo(eventId)
    end(outcome === 'undone' ? 'ok' : 'fail')
    void this.scheduler.scanned()
  }

  leave(session: string): Promise<void> {
    return this.scheduler.keeper.leave(asId<SessionId>(session))
  }

  async read(session: string): Promise<void> {
    try {
      await readSession(this.deps.api, { process: this.name, session, history: this.own.history })
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error
    }
  }

  async isSynced(): Promise<boolean> {
    const status = await this.scheduler.status()
    return status.unsentRows === 0 && status.status === 'synced'
  }

  async submit(session: string): Promise<boolean> {
    const { deps, scheduler } = this
    const end = this.own.history.invoke(this.name, { op: 'submit', session })
    const sessionId = asId<SessionId>(session)
    const until = performance.now() + SUBMIT_MS_MAX
    while (performance.now() < until) {
      const row = await readSessionRow(deps, sessionId)
      if (row?.session.status === 'submitted' && row.submitQueuedAt === null) {
        end('ok')
        return true
      }
      // Opened without an answer, it may turn out that somebody else has it: taken over again.
      if (row?.submitProblem != null) await withdrawSubmit(deps, sessionId)
      if (row?.submitQueuedAt == null || row.submitProblem !== null) {
        await this.open(session, true)
        await queueSubmit(deps, sessionId)
        scheduler.ask('manual')
      }
      await sleep(LOOK_EVERY_MS)
    }
    end('unknown')
    return false
  }

  close(): void {
    for (const desk of this.desks.values()) desk.close()
    this.scheduler.stop()
    this.deps.scans.close()
  }

  private desk(session: string): OpenDesk {
    const known = this.desks.get(session)
    if (known !== undefined) return known
    const { writer } = this.own
    const desk = createCountingDesk({
      ...this.deps,
      sessionId: asId<SessionId>(session),
      writer,
      mayCountHere: () => true,
    })
    this.desks.set(session, desk)
    return desk
  }
}

/** The rows that devices wrote, as the server has them. @throws RemoteError; the reading is unknown then */
export async function readSession(
  api: Pick<ServerApi, 'itemsPage'>,
  {
    process,
    session,
    history,
  }: { readonly process: string; readonly session: string; readonly history: History },
): Promise<void> {
  const end = history.invoke(process, { op: 'read', session })
  try {
    const rows: SeenRow[] = []
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const { items, more } = await api.itemsPage(asId<SessionId>(session), page, 500)
      for (const it of items)
        if (it.logId !== null && it.uuid !== null)
          rows.push({
            uuid: it.uuid,
            key: it.productIdentifier ?? '',
            quantity: it.quantity === null ? 0 : encodeQuantity(it.quantity),
            rev: it.rev ?? 0,
          })
      if (!more) break
    }
    end('ok', { op: 'read', session, rows })
  } catch (error) {
    end('unknown')
    throw error
  }
}

/** The server's answers on locks and pushes, written down as they come. */
function recorded(api: ServerApi, process: string, history: History): ServerApi {
  async function write<R>(
    operation: Operation,
    work: () => Promise<R>,
    outcomeOf: (result: R) => Operation,
  ): Promise<R> {
    const end = history.invoke(process, operation)
    try {
      const result = await work()
      end('ok', outcomeOf(result))
      return result
    } catch (error) {
      const isAnswered = error instanceof RemoteError && !error.isRetryable
      end(isAnswered ? 'fail' : 'unknown')
      throw error
    }
  }
  const granted = ({ sessionId, fence, holder }: Lease): Operation => ({
    op: 'lock',
    session: sessionId,
    holder: `${holder.userName}@${holder.deviceId}`,
    ...(fence === null ? {} : { fence }),
  })
  return {
    ...api,
    lockSession: (input) =>
      write({ op: 'lock', session: input.sessionId }, () => api.lockSession(input), granted),
    extendLock: (lease, unsent) =>
      write({ op: 'lock', session: lease.sessionId }, () => api.extendLock(lease, unsent), granted),
    putItems: (request, signal) =>
      write(
        { op: 'push', session: request.sessionId },
        () => api.putItems(request, signal),
        ({ verdicts }) => ({
          op: 'push',
          session: request.sessionId,
          acked: verdicts.flatMap((it) =>
            it.verdict === 'rejected' || it.verdict === 'held'
              ? []
              : [{ uuid: it.uuid, rev: it.rev }],
          ),
        }),
      ),
  }
}
