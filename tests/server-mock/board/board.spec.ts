// The board of a facility over the real routes: what it tells, what a change costs, who may look.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCaller } from '../../../server-mock/auth/callers'
import { readBoard } from '../../../server-mock/board/read-board'
import type { Sql } from '../../../server-mock/db/db'
import { ensureEpoch, writeMeta } from '../../../server-mock/db/meta'
import { sweep } from '../../../server-mock/db/housekeeping'
import { SERVER_LIMITS } from '../../../server-mock/limits'
import type { Board } from '../../../src/contract/board'
import type * as v from 'valibot'
import { tellDevices } from '../../../server-mock/plan/session-news'
import { startCountsServer, type CountsServer, type TestSession, type TestUser } from '../../support/counts-server'

type BoardAnswer = v.InferOutput<typeof Board>

const MINUTE = 60_000
let server: CountsServer
beforeAll(async () => {
  server = await startCountsServer()
  await ensureEpoch(server.db)
}, 120_000)
afterAll(() => server.close())

const SAM = createCaller({
  userId: 'sam',
  userName: 'sam',
  partyId: 'sam',
  permissions: ['INV_COUNT_SUBMIT'],
  facilityIds: ['north'],
})

async function board(query = ''): Promise<BoardAnswer> {
  const answer = await server.call('sam', 'GET', `board?facilityId=north${query}`)
  expect(answer.status).toBe(200)
  return answer.body as BoardAnswer
}

async function since(cursor: string, query = ''): Promise<BoardAnswer> {
  return board(`&after=${encodeURIComponent(cursor)}${query}`)
}

const rowOf = (answer: BoardAnswer, { sessionId }: TestSession) =>
  answer.sessions.find((it) => it.sessionId === sessionId)
const idsOf = (answer: BoardAnswer) => answer.sessions.map((it) => it.sessionId)

let serial = 0
/** One row, as a device sends it. */
async function count(user: TestUser, { path }: TestSession, over: object, unsentScans = 0) {
  const answer = await server.call(user, 'PUT', `${path}/items`, {
    deviceId: `pad-${user}`,
    unsentScans,
    items: [
      {
        uuid: `b-${(serial += 1)}`,
        logId: 'log',
        rev: 1,
        quantity: 3,
        standing: 3,
        lastScanAt: server.clock.at,
        createdDate: server.clock.at,
        ...over,
      },
    ],
  })
  expect(answer.body.items).toMatchObject([{ verdict: 'applied' }])
}

async function scan(user: TestUser, { path }: TestSession, times: readonly number[], over: object = {}) {
  const events = times.map((at) => ({
    eventId: `e-${(serial += 1)}`,
    logId: 'log',
    seq: serial,
    kind: 'scan',
    raw: 'x',
    itemKey: 'raw:x',
    quantity: 1,
    packSize: 1,
    at,
    userId: user,
    source: 'wedge',
    ...over,
  }))
  expect((await server.call(user, 'PUT', `${path}/scanEvents`, { events })).status).toBe(200)
  return events
}

/** Counts statements and the rows that they give. */
function counting(db: Sql): Sql & { statements: number; rows: number } {
  const counter = {
    statements: 0,
    rows: 0,
    async query<R extends object>(sql: string, params?: readonly unknown[]): Promise<R[]> {
      const rows = await db.query<R>(sql, params)
      counter.statements += 1
      counter.rows += rows.length
      return rows
    },
  }
  return counter
}

/** `many` sessions in one count, each with 20 wanted lines, half of them counted, a device and a pulse. */
async function aBusyCount(many: number): Promise<string> {
  const { countId } = await server.aSession()
  const minute = Math.floor(server.clock.at / MINUTE)
  const ids = [countId, many] as const
  await server.db.query(
    `insert into count_session (session_id, work_effort_id, name, area, status_id, created_by, created_at)
     select $1 || '-' || n, $1, 'Aisle ' || n || ' left side', 'floor_shelf', 'SESSION_ASSIGNED', 'ana', n from generate_series(1, $2::int) n`,
    ids,
  )
  await server.db.query(
    `insert into session_item (session_id, item_seq, uuid, product_identifier, is_requested, quantity, standing, created_at, last_updated_at)
     select $1 || '-' || n, i, $1 || n || 'i' || i, 'v' || n || '-' || i, true, case when i > 10 then 1 end, case when i > 10 then 1 end, 0, 0
     from generate_series(1, $2::int) n, generate_series(1, 20) i`,
    ids,
  )
  await server.db.query(
    `insert into session_device (session_id, device_id, user_id, unsent_scans, last_heard_at, device_name)
     select $1 || '-' || n, '0198-device-' || n, 'ana', n % 7, $3::bigint, 'iPad ' || n from generate_series(1, $2::int) n`,
    [...ids, server.clock.at],
  )
  await server.db.query(
    `insert into session_lock (session_id, from_date, thru_date, user_id, device_id, fence)
     select $1 || '-' || n, $3::bigint, $3::bigint + 120000, 'ana', '0198-device-' || n, 1 from generate_series(1, $2::int) n`,
    [...ids, server.clock.at],
  )
  await server.db.query(
    `insert into session_pulse (session_id, minute, scans, last_at)
     select $1 || '-' || n, $3::bigint - m, 11, ($3::bigint - m) * 60000 from generate_series(1, $2::int) n, generate_series(0, 9) m`,
    [...ids, minute],
  )
  return countId
}

describe('what the board tells', () => {
  it('[BD1] each session: who holds it with which device, how far it is, what is unknown', async () => {
    const session = await server.aSession()
    await server.call('ana', 'POST', `${session.path}/lock`, {
      deviceId: 'pad-ana',
      deviceName: 'iPad-2',
      unsentScans: 4,
    })
    await count('ana', session, { productId: 'TEE' }, 2)
    await count('ana', session, { productIdentifier: 'nobody-knows' }, 1)

    const row = rowOf(await board(), session)

    expect(row).toMatchObject({
      workEffortId: session.countId,
      name: 'Aisle 4 left',
      statusId: 'SESSION_ASSIGNED',
      wanted: 2,
      counted: 1,
      unmatched: 1,
      lastScanAt: server.clock.at,
      lock: { userId: 'ana', deviceId: 'pad-ana', isReleased: false },
      devices: [
        { deviceId: 'pad-ana', deviceName: 'iPad-2', userId: 'ana', unsentScans: 1, lastHeardAt: server.clock.at },
      ],
    })
  })

  it('[BD7] the planning desk is no device: who changed the list of a session does not count in it', async () => {
    const session = await server.aSession()
    await tellDevices(server.db, session.sessionId, 'sam', server.clock.at)

    expect(rowOf(await board(), session)?.devices).toEqual([])
  })

  it('[BD1] a scan that was taken back is not counted, and a clock that is ahead has scanned nothing in the future', async () => {
    const session = await server.aSession()
    await count('ana', session, { productId: 'TEE', lastScanAt: server.clock.at + 9 * MINUTE })
    await count('ana', session, { productId: 'CAP', quantity: 0, standing: 0 })

    const row = rowOf(await board(), session)

    expect(row).toMatchObject({ counted: 1, lastScanAt: server.clock.at })
  })

  it('[BD1] the lock says that it was given back', async () => {
    const session = await server.aSession()
    const lock = await server.call('ana', 'POST', `${session.path}/lock`, { deviceId: 'pad-ana' })
    await server.call('ana', 'PUT', `${session.path}/release`, {
      deviceId: 'pad-ana',
      fence: lock.body.fence,
    })

    expect(rowOf(await board(), session)?.lock).toMatchObject({ userId: 'ana', isReleased: true })
  })

  it('[BD5] a count: a product once, however many sessions ask for it, and what was counted lately', async () => {
    const session = await server.aSession()
    const clone = await server.call('ana', 'POST', `${session.path}/cloneDirectedCount`, { countImportName: 'Again' })
    const second = { ...session, path: `cycleCounts/sessions/${clone.body.inventoryCountImportId}` }
    const at = server.clock.at
    await count('ana', session, { productId: 'TEE', createdDate: at - 20 * MINUTE })
    await count('ben', second, { productId: 'TEE', createdDate: at - 5 * MINUTE })
    await count('ben', second, { productId: 'CAP', createdDate: at - 5 * MINUTE })
    const progressOf = (answer: BoardAnswer) =>
      answer.counts.find((it) => it.workEffortId === session.countId)?.progress

    expect(progressOf(await board('&progress=true'))).toEqual({
      wanted: 2,
      counted: 2,
      inLast10: 1,
      inLast30: 2,
      firstAt: at - 20 * MINUTE,
    })
    expect(progressOf(await board())).toBeUndefined()
  })
})

describe('the pulse', () => {
  it('[BD6] counts each scan once, in the minute in which it was made by the server’s clock', async () => {
    const session = await server.aSession()
    const at = server.clock.at
    const minute = Math.floor(at / MINUTE)
    const [first] = await scan('ana', session, [at - 2 * MINUTE, at - 2 * MINUTE, at])
    await scan('ana', session, [at - 62 * MINUTE], { serverOffsetMs: 60 * MINUTE })
    await server.call('ana', 'PUT', `${session.path}/scanEvents`, { events: [first] })
    await scan('ana', session, [at], { kind: 'negation', negates: first?.eventId })

    expect(rowOf(await board(), session)?.pulse).toEqual([
      { minute: minute - 2, scans: 3 },
      { minute, scans: 1 },
    ])
  })

  it('[BD6] scans of an hour without a network are not a pace of now, and no clock is ahead of the server', async () => {
    const session = await server.aSession()
    const at = server.clock.at
    await scan('ana', session, Array.from({ length: 50 }, (_, index) => at - 60 * MINUTE + index))
    await scan('ana', session, [at + 3 * 3_600_000])
    await scan('ana', session, [at - 10 * 86_400_000, -9e15])

    expect(rowOf(await board(), session)?.pulse).toEqual([
      { minute: Math.floor(at / MINUTE), scans: 1 },
    ])
    const [kept] = await server.db.query<{ scans: number }>(
      'select sum(scans)::int as scans from session_pulse where session_id = $1',
      [session.sessionId],
    )
    expect(kept?.scans).toBe(51)
  })

  it('[BD6] the last scan is told by the server’s clock, where the device’s clock is wrong', async () => {
    const session = await server.aSession()
    const at = server.clock.at
    await count('ana', session, { productId: 'TEE', lastScanAt: at - 40 * MINUTE })
    expect(rowOf(await board(), session)?.lastScanAt).toBe(at - 40 * MINUTE)
    await scan('ana', session, [at - 40 * MINUTE], { serverOffsetMs: 39 * MINUTE })

    expect(rowOf(await board(), session)?.lastScanAt).toBe(at - MINUTE)
  })

  it('[BD6] is swept away after a day', async () => {
    const session = await server.aSession()
    await scan('ana', session, [server.clock.at])
    const ofSession = async () =>
      (await server.db.query('select 1 from session_pulse where session_id = $1', [session.sessionId])).length

    await sweep(server.db, server.clock.at + 23 * 3_600_000, SERVER_LIMITS)
    const before = await ofSession()
    await sweep(server.db, server.clock.at + 25 * 3_600_000, SERVER_LIMITS)

    expect([before, await ofSession()]).toEqual([1, 0])
  })
})

describe('with a cursor', () => {
  it.each([
    ['a scanned row', (it: TestSession) => count('ana', it, { productId: 'TEE' })],
    ['a heartbeat', (it: TestSession) => server.call('ana', 'POST', `${it.path}/lock`, { deviceId: 'pad-x', unsentScans: 0 })],
    ['a scan event', (it: TestSession) => scan('ana', it, [server.clock.at])],
    ['a status', (it: TestSession) => server.call('sam', 'PUT', it.path, { statusId: 'SESSION_ASSIGNED' })],
    ['a name', (it: TestSession) => server.call('sam', 'PUT', it.path, { countImportName: 'Renamed' })],
  ] as const)('[BD2] %s brings its session, and no other', async (_what, change) => {
    const session = await server.aSession()
    await server.aSession()
    const { cursor } = await board()
    const still = await since(cursor)

    await change(session)
    const answer = await since(still.cursor)

    expect(idsOf(still)).toEqual([])
    expect([answer.isWhole, idsOf(answer)]).toEqual([false, [session.sessionId]])
  })

  it('[BD2] a discarded session is told, and then is no more on the whole board', async () => {
    const session = await server.aSession()
    const { cursor } = await board()
    await server.call('sam', 'PUT', session.path, { statusId: 'SESSION_VOIDED' })

    expect(rowOf(await since(cursor), session)?.statusId).toBe('SESSION_VOIDED')
    expect(rowOf(await board(), session)).toBeUndefined()
  })

  it('[BD2] a count that begins brings the sessions that it had; one that is closed is no more among the counts', async () => {
    const made = await server.call('sam', 'POST', 'cycleCounts/workEfforts', { workEffortName: 'Later', facilityId: 'north' })
    const path = `cycleCounts/workEfforts/${made.body.workEffortId}`
    const opened = await server.call('sam', 'POST', `${path}/sessions`, { countImportName: 'Early' })
    const { cursor } = await board()
    await server.call('sam', 'PUT', path, { statusId: 'CYCLE_CNT_IN_PRGS' })
    const begun = await since(cursor)
    await server.call('sam', 'PUT', path, { statusId: 'CYCLE_CNT_CNCL' })
    const over = await since(begun.cursor)

    expect(idsOf(begun)).toContain(opened.body.inventoryCountImportId)
    expect(begun.counts.map((it) => it.name)).toContain('Later')
    expect(over.counts.map((it) => it.workEffortId)).not.toContain(made.body.workEffortId)
  })

  it('[BD2] a cursor of other data, from the future or of no kind gives everything', async () => {
    const whole = await board()
    const [number = '', epoch = ''] = whole.cursor.split('.')

    for (const cursor of [`${number}.other`, `${Number(number) + 1000}.${epoch}`, 'x', `-1.${epoch}`, `.${epoch}`])
      expect((await since(cursor)).isWhole).toBe(true)
    await writeMeta(server.db, 'epoch', 'restored')
    expect((await since(whole.cursor)).isWhole).toBe(true)
  })
})

describe('two hundred sessions', () => {
  it('[BD3] cost as many statements as two, and their answer fits into 200 KB, packed into 20', { timeout: 60_000 }, async () => {
    const ask = { facilityId: 'north', after: null, withProgress: true, now: server.clock.at }
    await server.aSession()
    const few = counting(server.db)
    await readBoard(few, SAM, ask)
    const countId = await aBusyCount(200)
    const many = counting(server.db)

    const answer = await readBoard(many, SAM, ask)
    const response = await server.app.request(
      'http://server.test/rest/s1/inventory-cycle-count/board?facilityId=north&progress=true',
      { headers: { authorization: `Bearer ${server.tokenOf('sam')}`, 'accept-encoding': 'gzip' } },
    )
    const packed = (await response.arrayBuffer()).byteLength

    const own = answer.sessions.filter((it) => it.workEffortId === countId)
    expect(own.filter((it) => it.counted === 10 && it.wanted === 20 && it.pulse.length === 10)).toHaveLength(200)
    expect(answer.counts.find((it) => it.workEffortId === countId)?.progress).toMatchObject({ wanted: 4002, counted: 2000 })
    expect([few.statements, many.statements]).toEqual([8, 8])
    expect(JSON.stringify(own).length).toBeLessThan(200_000)
    expect(packed).toBeLessThan(20_000)
  })

  it('[BD3] of which one changed cost the rows of one', { timeout: 60_000 }, async () => {
    const countId = await aBusyCount(200)
    const first = await readBoard(server.db, SAM, { facilityId: 'north', after: null, withProgress: false, now: server.clock.at })
    await server.db.query('update session_device set unsent_scans = 0 where session_id = $1', [`${countId}-7`])
    const sql = counting(server.db)

    const answer = await readBoard(sql, SAM, { facilityId: 'north', after: first.cursor, withProgress: false, now: server.clock.at })

    expect(idsOf(answer)).toEqual([`${countId}-7`])
    // Epoch, place, session, its progress, its devices, its pulse; and the counts that go on.
    expect([sql.statements, sql.rows - answer.counts.length]).toEqual([7, 6])
    expect(JSON.stringify(answer.sessions).length).toBeLessThan(1500)
  })
})

describe('who may look', () => {
  it.each([
    ['ana', 'north', 403],
    ['max', 'north', 403],
    ['sam', 'south', 403],
    ['sam', 'north', 200],
  ] as const)('[BD4] %s at %s: %i', async (user, facilityId, status) => {
    expect((await server.call(user, 'GET', `board?facilityId=${facilityId}`)).status).toBe(status)
  })

  it('[BD4] a facility has to be named', async () => {
    expect((await server.call('sam', 'GET', 'board')).status).toBe(400)
  })

  it('[BD4] sessions of other facilities are not on it', async () => {
    await server.db.query("insert into cycle_count (work_effort_id, name, purpose_id, status_id, facility_id, created_at) values ('SOUTH', 'South', 'HARD_COUNT', 'CYCLE_CNT_IN_PRGS', 'south', 0)")
    await server.db.query("insert into count_session (session_id, work_effort_id, name, status_id, created_at) values ('S-SOUTH', 'SOUTH', 'South', 'SESSION_ASSIGNED', 0)")

    const answer = await board('&progress=true')

    expect(idsOf(answer)).not.toContain('S-SOUTH')
    expect(answer.counts.map((it) => it.workEffortId)).not.toContain('SOUTH')
  })

  it('[BD4] a base server has no board', { timeout: 60_000 }, async () => {
    const base = await startCountsServer('hotwax')
    const statuses = [
      (await base.call('sam', 'GET', 'board?facilityId=north')).status,
      (await base.call('sam', 'GET', 'events?scope=board:north')).status,
    ]
    await base.close()
    expect(statuses).toEqual([404, 404])
  })
})
