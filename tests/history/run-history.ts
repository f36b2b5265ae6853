// A recorded history: real engines count against the real server over a bad network; in the middle the server is killed.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom } from '../../bench/random'
import { createAnonymousApi, createServerApi } from '../../src/api/create-server-api'
import { asId, type DeviceId, type EventId } from '../../src/domain/ids'
import { LIMITS, type Limits } from '../../src/domain/limits'
import { REST } from '../../src/contract/envelope'
import { systemClock } from '../../src/worker/platform'
import { startServerProcess, type ServerProcess } from '../load/server-process'
import { tellProgress } from '../support/progress'
import { checkHistory } from './check-history'
import { createHistoryClient, readSession, type HistoryClient } from './client'
import { startFaultProxy, type Fault } from './fault-proxy'
import { createHistory, type Entry, type History } from './history'

/** Impatient, so that a short run sees leases end, requests time out and everything tried again. */
const HISTORY_LIMITS: Limits = {
  ...LIMITS,
  leaseSeconds: 10,
  backoffFirstMs: 100,
  backoffCapMs: 1500,
  requestTimeoutMs: 8000,
  pushBatch: 10,
}
const FAULT_RATE = 0.35
/** After the last scan: until everything is on the server. */
const SETTLE_MS_MAX = 120_000
/** Per client. */
const SCANS_MIN = 5
const VALUES = Array.from({ length: 25 }, (_, at) => `H-${at}`)
/** The first may take over from anybody; the others count where nobody else does. */
const USERS = ['sam', 'ana', 'ben'] as const
const SUPERVISOR = USERS[0]

export interface HistoryOptions {
  readonly clients: number
  readonly seconds: number
  readonly seed: number
  readonly databaseUrl?: string
  /** Told from time to time how far it is. */
  readonly say?: (text: string) => void
}

export interface HistoryResult {
  readonly entries: readonly Entry[]
  readonly problems: readonly string[]
  readonly faults: ReadonlyMap<Fault, number>
  readonly kills: number
}

export async function runHistory(options: HistoryOptions): Promise<HistoryResult> {
  const folder = await mkdtemp(join(tmpdir(), 'shelfcount-history-'))
  const start = (port: number): Promise<ServerProcess> =>
    startServerProcess(
      ['--port', String(port), '--host', '127.0.0.1', '--data', folder, '--demo'],
      { DATABASE_URL: options.databaseUrl ?? '' },
    )
  let server = await start(0)
  const { origin: directOrigin, port } = server
  const proxy = await startFaultProxy(port, createRandom(options.seed))
  const history = createHistory()
  const clients: HistoryClient[] = []
  let kills = 0
  try {
    const sessions = await openSessions(directOrigin, Math.max(1, Math.ceil(options.clients / 2)))
    for (let nth = 0; nth < options.clients; nth += 1)
      clients.push(
        await createHistoryClient({
          name: `c${nth + 1}`,
          userName: USERS[nth % USERS.length] ?? SUPERVISOR,
          origin: proxy.origin,
          directOrigin,
          limits: HISTORY_LIMITS,
          random: createRandom(options.seed * 100 + nth),
          history,
        }),
      )
    // Each has opened a session once: from then on it counts without a network too.
    for (const [nth, client] of clients.entries())
      await client.open(sessions[nth % sessions.length]!, true)
    proxy.setRate(FAULT_RATE)
    const life = { isOver: false }
    const working = clients.map((it, nth) =>
      work(it, sessions, createRandom(options.seed * 1000 + nth), life),
    )
    const half = (options.seconds * 1000) / 2
    const endTelling = tellProgress(options.seconds, () => `${acknowledgedScans(history)} scans`, options.say)
    await sleep(half)
    await server.kill()
    kills += 1
    server = await start(port)
    await sleep(half)
    life.isOver = true
    await Promise.all(working)
    endTelling()
    options.say?.('now everything is handed in and sent')
    const problems = await handIn(clients, sessions)
    proxy.setRate(0)
    await proxy.settle()
    problems.push(...(await settle(clients)))
    await readFinally(directOrigin, sessions, history)
    // Late copies and devices that come late change nothing of it.
    await readFinally(directOrigin, sessions, history)
    const scans = acknowledgedScans(history)
    if (scans < options.clients * SCANS_MIN)
      problems.push(`only ${scans} scans: such a history proves nothing`)
    return {
      entries: history.entries,
      problems: [...problems, ...checkHistory(history.entries)],
      faults: proxy.happened,
      kills,
    }
  } finally {
    for (const client of clients) client.close()
    await proxy.close()
    await server.kill()
    await rm(folder, { recursive: true, force: true })
  }
}

function acknowledgedScans({ entries }: History): number {
  return entries.filter((it) => it.op === 'scan' && it.kind === 'ok').length
}

/** Bursts of scans with an undo now and then, taking over, leaving, reading: what people and devices do. */
async function work(
  client: HistoryClient,
  sessions: readonly string[],
  random: () => number,
  life: { readonly isOver: boolean },
): Promise<void> {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const isOn = (): boolean => !life.isOver
  while (isOn()) {
    const session = pick(sessions)
    if (!(await client.open(session, random() < 0.5))) {
      await sleep(100 + random() * 300)
      continue
    }
    const scanned: { raw: string; eventId: EventId }[] = []
    for (let left = 10 + Math.floor(random() * 30); left > 0 && isOn(); left -= 1) {
      const raw = pick(VALUES)
      const eventId = await client.scan(session, raw)
      // Somebody else has it now.
      if (eventId === null) break
      scanned.push({ raw, eventId })
      if (random() < 0.15) {
        const { raw: back, eventId: which } = pick(scanned)
        await client.undo(session, back, which)
      }
      if (random() < 0.05) void client.read(session)
      await sleep(10 + random() * 60)
    }
    await client.read(session)
    if (random() < 0.4) await client.leave(session)
  }
}

/** Every session is submitted over the same bad network, by a supervisor who takes it over: all that anybody scanned is in it then. */
async function handIn(clients: readonly HistoryClient[], sessions: readonly string[]): Promise<string[]> {
  const problems = await settle(clients)
  const supervisors = clients.filter((it) => it.userName === SUPERVISOR)
  for (const [nth, session] of sessions.entries()) {
    const client = supervisors[nth % supervisors.length]!
    if (!(await client.submit(session))) problems.push(`${client.name} could not hand ${session} in`)
    else if ((await client.scan(session, 'H-late')) !== null) problems.push(`${client.name} scanned into ${session}, which it had handed in`)
  }
  return problems
}

/** I13: everything is sent within a bound, and nobody has to ask for it. */
async function settle(clients: readonly HistoryClient[]): Promise<string[]> {
  const until = performance.now() + SETTLE_MS_MAX
  const isLeft = async (): Promise<readonly HistoryClient[]> => {
    const states = await Promise.all(clients.map((it) => it.isSynced()))
    return clients.filter((_, at) => states[at] !== true)
  }
  let left = await isLeft()
  while (left.length > 0 && performance.now() < until) {
    await sleep(100)
    left = await isLeft()
  }
  return left.map((it) => `${it.name} was not synced within ${SETTLE_MS_MAX / 1000} s`)
}

async function readFinally(
  serverOrigin: string,
  sessions: readonly string[],
  history: History,
): Promise<void> {
  const anonymous = createAnonymousApi({ serverOrigin, limits: LIMITS, clock: systemClock })
  const [abilities, access] = [
    await anonymous.capabilities(),
    await anonymous.signIn(SUPERVISOR, 'shelfcount'),
  ]
  const api = createServerApi({
    serverOrigin,
    limits: LIMITS,
    clock: systemClock,
    abilities,
    caller: { deviceId: asId<DeviceId>('judge'), userName: SUPERVISOR },
    token: () => Promise.resolve(access.token),
  })
  for (const session of sessions) await readSession(api, { process: 'judge', session, history })
}

async function openSessions(origin: string, number: number): Promise<readonly string[]> {
  const anonymous = createAnonymousApi({ serverOrigin: origin, limits: LIMITS, clock: systemClock })
  const { token } = await anonymous.signIn(SUPERVISOR, 'shelfcount')
  const post = async (
    path: string,
    method: string,
    body: object,
  ): Promise<Record<string, string>> => {
    const answer = await fetch(
      `${origin}${REST}inventory-cycle-count/cycleCounts/workEfforts${path}`,
      {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      },
    )
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as Record<string, string>
  }
  const { workEffortId } = await post('', 'POST', {
    workEffortName: 'History',
    facilityId: 'NORTHSIDE',
  })
  await post(`/${workEffortId}`, 'PUT', { statusId: 'CYCLE_CNT_IN_PRGS' })
  const sessions: string[] = []
  for (let nth = 0; nth < number; nth += 1)
    sessions.push(
      (await post(`/${workEffortId}/sessions`, 'POST', { countImportName: `History ${nth}` }))[
        'inventoryCountImportId'
      ] ?? '',
    )
  return sessions
}
