// `npm run load -- --devices 200 --rate 20 --seconds 120`: many devices against one server process on PostgreSQL.
// Asserts: no call failed, and every total on the server is what was scanned. Times are reported, never asserted.
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom } from '../../bench/random'
import { startPostgres } from '../../scripts/postgres.mjs'
import { createAnonymousApi, createServerApi } from '../../src/api/create-server-api'
import {
  asId,
  type CycleCountId,
  type DeviceId,
  type FacilityId,
  type SessionId,
  type UserName,
} from '../../src/domain/ids'
import { itemKeyOf } from '../../src/domain/barcode/item-key'
import { LIMITS } from '../../src/domain/limits'
import { encodeQuantity } from '../../src/domain/quantity'
import type { ServerApi } from '../../src/ports/server'
import { cpuMsOf, databaseCpuMs } from './cpu'
import { sendPauseMs, usualPushMs } from '../../src/sync/send-pause'
import { readCommandOrExit } from '../support/command-line'
import { tellProgress } from '../support/progress'
import { createLoadDevice, type LoadDevice } from './device'
import { startServerProcess } from './server-process'

const TICK_MS = 250
const PAGES_MAX = 100
const USERS = ['ana', 'ben', 'sam'] as const

const {
  devices,
  rate,
  seconds,
  'push-every': pushEvery,
  'beat-every': beatEvery,
  'begin-within': beginWithin,
  products,
  seed,
} = readCommandOrExit({
  name: 'npm run load',
  says: 'Many devices against one server process on PostgreSQL: no call fails, all totals are right; times are told.',
  options: {
    devices: { kind: 'whole', min: 1, max: 10_000, default: 200, says: 'devices' },
    rate: { kind: 'number', min: 0.1, max: 1000, default: 20, says: 'scans a second, of each' },
    seconds: { kind: 'number', min: 1, max: 86_400, default: 120, says: 'how long they scan' },
    'push-every': {
      kind: 'number',
      min: 0.1,
      max: 3600,
      says: 'seconds between two pushes of a device; left out: at the pace of the app',
    },
    'beat-every': {
      kind: 'number',
      min: 0.1,
      max: 3600,
      default: 40,
      says: 'seconds between its heartbeats',
    },
    'begin-within': {
      kind: 'number',
      min: 0,
      max: 3600,
      default: 10,
      says: 'seconds over which the devices begin, one after the other',
    },
    products: { kind: 'whole', min: 1, max: 100_000, default: 300, says: 'how many are scanned' },
    seed: {
      kind: 'whole',
      min: 0,
      max: 2 ** 31,
      default: 1,
      says: 'what is scanned is drawn from it',
    },
  },
})

const clock = { now: () => Date.now(), mono: () => performance.now() }

async function signIn(
  serverOrigin: string,
  userName: string,
): Promise<(deviceId: string) => ServerApi> {
  const anonymous = createAnonymousApi({ serverOrigin, limits: LIMITS, clock })
  const abilities = await anonymous.capabilities()
  const { token } = await anonymous.signIn(userName, 'shelfcount')
  return (deviceId) =>
    createServerApi({
      serverOrigin,
      limits: LIMITS,
      clock,
      abilities,
      caller: { deviceId: asId<DeviceId>(deviceId), userName },
      token: () => Promise.resolve(token),
    })
}

/** A count per twenty devices, a session and a lock for each device. */
async function prepare(
  origin: string,
): Promise<readonly { readonly device: LoadDevice; readonly api: ServerApi }[]> {
  const users = await Promise.all(USERS.map((it) => signIn(origin, it)))
  const planner = users[2]!('planner')
  const { products: found } = await planner.products(null, products)
  const values = found.flatMap((it) =>
    it.identifiers[0] === undefined
      ? []
      : [{ raw: it.identifiers[0].value, itemKey: itemKeyOf(it.identifiers[0].value) }],
  )
  const made: { device: LoadDevice; api: ServerApi }[] = []
  let countId = ''
  for (let nth = 0; nth < devices; nth += 1) {
    if (nth % 20 === 0) countId = await createCount(origin, nth)
    const deviceId = randomUUID()
    const api = users[nth % users.length]!(deviceId)
    const sessionId = await api.createSession({
      cycleCountId: asId<CycleCountId>(countId),
      name: `Load ${nth}`,
      area: '',
      requestId: randomUUID(),
    })
    const device = createLoadDevice({
      api,
      deviceId: asId<DeviceId>(deviceId),
      sessionId: asId<SessionId>(sessionId),
      userName: asId<UserName>(USERS[nth % users.length]!),
      values,
      random: createRandom(seed * 1000 + nth),
    })
    await device.open()
    made.push({ device, api })
  }
  return made
}

async function createCount(origin: string, nth: number): Promise<string> {
  const anonymous = createAnonymousApi({ serverOrigin: origin, limits: LIMITS, clock })
  planToken ??= (await anonymous.signIn('sam', 'shelfcount')).token
  const call = (method: string, path: string, body: unknown) =>
    fetch(`${origin}/rest/s1/inventory-cycle-count/cycleCounts/workEfforts${path}`, {
      method,
      headers: { authorization: `Bearer ${planToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const answer = await call('POST', '', {
    workEffortName: `Load ${nth}`,
    facilityId: 'NORTHSIDE' satisfies string as FacilityId,
  })
  const { workEffortId } = (await answer.json()) as { workEffortId: string }
  await call('PUT', `/${workEffortId}`, { statusId: 'CYCLE_CNT_IN_PRGS' })
  return workEffortId
}
let planToken: string | undefined

interface Outcome {
  readonly pushes: number[]
  readonly evidence: number[]
  readonly beats: number[]
  readonly errors: string[]
  lateTicks: number
}

/** From its turn on for so long: scans by the clock, pushes and heartbeats in between; then what is left, until nothing is. */
async function runDevice(
  { device }: { readonly device: LoadDevice },
  nth: number,
  outcome: Outcome,
): Promise<void> {
  await sleep((nth / devices) * beginWithin * 1000)
  const startedAt = performance.now()
  const endAt = startedAt + seconds * 1000
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      outcome.errors.push(String(error))
    }
  }
  let pushMs = 0
  const push = () =>
    attempt(async () => {
      const times = await device.push()
      if (times.length > 0)
        pushMs = usualPushMs(
          pushMs,
          times.reduce((sum, it) => sum + it, 0),
        )
      outcome.pushes.push(...times)
      outcome.evidence.push(...(await device.sendEvidence()))
    })
  /** As the scheduler of the app: behind the end of a run, and there behind a pause of scans, which never comes here. */
  const pushAtPace = async (): Promise<void> => {
    await sleep(LIMITS.sendEveryMs)
    while (performance.now() < endAt) {
      await push()
      const pause = sendPauseMs(LIMITS, pushMs, Math.random) + LIMITS.foldEveryMs
      await sleep(pause)
    }
  }
  const scanning = (async () => {
    for (let done = 0, tick = 1; performance.now() < endAt; tick += 1) {
      const due = startedAt + tick * TICK_MS
      const wait = due - performance.now()
      if (wait > 0) await sleep(wait)
      else outcome.lateTicks += 1
      const wanted = Math.floor(((Math.min(performance.now(), endAt) - startedAt) / 1000) * rate)
      device.scan(wanted - done)
      done = wanted
    }
  })()
  const working = async (
    everyMs: number,
    firstMs: number,
    work: () => Promise<void>,
  ): Promise<void> => {
    await sleep(firstMs)
    while (performance.now() < endAt) {
      const startedAt = performance.now()
      await work()
      await sleep(
        Math.max(0, Math.min(everyMs - (performance.now() - startedAt), endAt - performance.now())),
      )
    }
  }
  await Promise.all([
    scanning,
    pushEvery === undefined
      ? pushAtPace()
      : working(pushEvery * 1000, (nth / devices) * pushEvery * 1000, push),
    working(beatEvery * 1000, (nth / devices) * beatEvery * 1000, () =>
      attempt(async () => {
        const startedAt = performance.now()
        await device.beat()
        outcome.beats.push(performance.now() - startedAt)
      }),
    ),
  ])
  for (let turn = 0; turn < 5 && device.unsent() + device.unsentEvents() > 0; turn += 1)
    await push()
}

/** Every line of every session, read back and compared with what was scanned. @returns what is wrong */
async function check({
  device,
  api,
}: {
  readonly device: LoadDevice
  readonly api: ServerApi
}): Promise<readonly string[]> {
  const found = new Map<string, number>()
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const { items, more } = await api.itemsPage(device.sessionId, page, LIMITS.pullPage)
    for (const it of items)
      found.set(
        it.productIdentifier ?? '',
        (found.get(it.productIdentifier ?? '') ?? 0) + encodeQuantity(it.quantity ?? unsaid()),
      )
    if (!more) break
  }
  const keys = new Set([...found.keys(), ...device.scanned.keys()])
  return [...keys].flatMap((key) =>
    found.get(key) === device.scanned.get(key)
      ? []
      : [
          `${device.sessionId} ${key}: ${found.get(key)} on the server, ${device.scanned.get(key)} scanned`,
        ],
  )
}

/** Every scan is on the server as evidence, once. The API lists none: the database is asked. @returns what is wrong */
async function checkEvidence(
  databaseUrl: string,
  all: readonly { readonly device: LoadDevice }[],
): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const { rows } = await client.query<{ session_id: string; found: string }>(
    'select session_id, count(*) as found from scan_event group by 1',
  )
  await client.end()
  const found = new Map(rows.map((it) => [it.session_id, Number(it.found)]))
  return all.flatMap(({ device: { sessionId, scanned } }) => {
    const wanted = [...scanned.values()].reduce((sum, it) => sum + it, 0)
    const there = found.get(sessionId) ?? 0
    return there === wanted ? [] : [`${sessionId}: ${there} scans as evidence, ${wanted} scanned`]
  })
}

function unsaid(): never {
  throw new Error('the server has a row without a quantity')
}

function percentile(sorted: readonly number[], share: number): string {
  return `${(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(0)} ms`
}

async function main(): Promise<void> {
  const given = process.env['DATABASE_URL']
  const cluster = given === undefined || given === '' ? await startPostgres() : null
  try {
    const server = await startServerProcess(['--port', '0', '--demo'], {
      DATABASE_URL: cluster?.databaseUrl ?? given,
    })
    try {
      console.log(
        `${devices} devices, ${rate} scans a second each, ${seconds} s, ${pushEvery === undefined ? 'pushes at the pace of the app' : `a push every ${pushEvery} s`}`,
      )
      const all = await prepare(server.origin)
      const outcome: Outcome = { pushes: [], evidence: [], beats: [], errors: [], lateTicks: 0 }
      const url = cluster?.databaseUrl ?? given ?? ''
      const cpu = async () => ({
        server: await cpuMsOf(server.pid),
        database: await databaseCpuMs(url),
        clients: (process.cpuUsage().user + process.cpuUsage().system) / 1000,
      })
      const before = await cpu()
      const startedAt = performance.now()
      const endTelling = tellProgress(
        seconds + beginWithin,
        () => `${outcome.pushes.length} pushes`,
      )
      await Promise.all(all.map((it, nth) => runDevice(it, nth, outcome)))
      endTelling()
      const tookMs = performance.now() - startedAt
      const after = await cpu()
      const memory = await server.memory()
      const perPush = (['clients', 'server', 'database'] as const).map(
        (it) => `${it} ${((after[it] - before[it]) / outcome.pushes.length).toFixed(1)} ms`,
      )
      const spentMs = (['clients', 'server', 'database'] as const).reduce(
        (sum, it) => sum + after[it] - before[it],
        0,
      )
      console.log(
        `processor time per push: ${perPush.join(', ')}; of all three ${(spentMs / tookMs).toFixed(2)} cores over ${(tookMs / 1000).toFixed(0)} s`,
      )
      const wrong: string[] = []
      for (const it of all) wrong.push(...(await check(it)))
      wrong.push(...(await checkEvidence(url, all)))
      report(all, outcome, { tookMs, memory, wrong })
    } finally {
      await server.kill('SIGTERM')
    }
  } finally {
    await cluster?.stop()
  }
}

function report(
  all: readonly { readonly device: LoadDevice }[],
  { pushes, evidence, beats, errors, lateTicks }: Outcome,
  {
    tookMs,
    memory,
    wrong,
  }: {
    readonly tookMs: number
    readonly memory: { now: number; peak: number } | null
    readonly wrong: readonly string[]
  },
): void {
  const scans = all.reduce(
    (sum, { device }) => sum + [...device.scanned.values()].reduce((a, b) => a + b, 0),
    0,
  )
  const unsent = all.reduce((sum, { device }) => sum + device.unsent() + device.unsentEvents(), 0)
  const line = (name: string, times: number[]): string => {
    const sorted = times.toSorted((a, b) => a - b)
    return `${name}: ${times.length}, p50 ${percentile(sorted, 0.5)}, p95 ${percentile(sorted, 0.95)}, p99 ${percentile(sorted, 0.99)}, max ${percentile(sorted, 1)}`
  }
  console.log(
    `scans ${scans}, ${((pushes.length + evidence.length + beats.length) / (tookMs / 1000)).toFixed(1)} requests/s over ${(tookMs / 1000).toFixed(1)} s`,
  )
  console.log(line('pushes', pushes))
  console.log(line('evidence', evidence))
  console.log(line('heartbeats', beats))
  console.log(
    `server memory: ${memory === null ? 'unknown' : `${memory.now} MiB, at most ${memory.peak} MiB`}; late ticks of the clients ${lateTicks}`,
  )
  for (const text of [...new Set(errors)].slice(0, 10)) console.error(`error: ${text}`)
  for (const text of wrong.slice(0, 10)) console.error(`wrong total: ${text}`)
  const isRight = errors.length === 0 && wrong.length === 0 && unsent === 0 && scans > 0
  console.log(
    isRight
      ? `no error, all ${all.length} sessions add up`
      : `${errors.length} errors, ${wrong.length} wrong totals, ${unsent} rows and scans unsent`,
  )
  process.exitCode = isRight ? 0 : 1
}

await main()
