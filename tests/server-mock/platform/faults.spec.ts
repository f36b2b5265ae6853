import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { SERVER_START_MS, startTestServer, type TestServer } from '../../support/server'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ isListening: true })
  await server.as('ana')
}, SERVER_START_MS)
afterAll(() => server.close())
afterEach(() => faults({}))

const faults = (body: object) =>
  fetch(`${server.origin}/__faults`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })

async function put(value: string): Promise<Response> {
  const ana = await server.as('ana')
  return fetch(`${server.origin}/rest/s1/admin/user/preferences`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${ana.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ userId: 'USER_ANA', preferenceKey: 'F', preferenceValue: value }),
  })
}

async function stored(): Promise<string | undefined> {
  const [row] = await server.db.query<{ preference_value: string }>(
    "select preference_value from preference where preference_key = 'F'",
  )
  return row?.preference_value
}

describe('faults', () => {
  it('[SP14] cut the connection after the commit, as often as asked for, and no more', async () => {
    await faults({ dropAfterCommit: 1 })
    await expect(put('one')).rejects.toThrow(TypeError)
    expect(await stored()).toBe('one')
    expect((await put('two')).status).toBe(200)
    await faults({ dropAfterCommit: true })
    await expect(put('three')).rejects.toThrow(TypeError)
    await expect(put('four')).rejects.toThrow(TypeError)
    expect(await stored()).toBe('four')
  })

  it('[SP14] leave reads alone when writes are cut', async () => {
    const ana = await server.as('ana')
    await faults({ dropAfterCommit: true })
    expect((await ana.call('GET', 'admin/user/profile')).status).toBe(200)
  })

  it('[SP14] execute a request twice', async () => {
    await server.db.query('create table tally (at serial)')
    await server.db.query(
      'create function tally() returns trigger language plpgsql as $$ begin insert into tally default values; return new; end $$',
    )
    await server.db.query(
      'create trigger tally before insert on preference for each row execute function tally()',
    )
    await faults({ duplicate: 1 })
    expect((await put('once')).status).toBe(200)
    expect((await put('again')).status).toBe(200)
    expect(await server.db.query('select * from tally')).toHaveLength(3)
  })

  it('[SP15] fail with the status asked for, before anything is done', async () => {
    const before = await stored()
    await faults({ errorRate: 1, errorStatus: 502 })
    const answer = await put('lost')
    expect(answer.status).toBe(502)
    expect(await answer.json()).toMatchObject({ errorCode: 502 })
    await faults({})
    expect(await stored()).toBe(before)
  })

  it('[SP15] move the clock and end every sign-in, once', async () => {
    const offset = 3_600_000
    await faults({ clockOffsetMs: offset })
    const { body } = await server.anonymous.count('GET', 'capabilities')
    expect(body.serverTime - Date.now()).toBeGreaterThan(offset - 60_000)
    await faults({ expireTokens: true })
    expect((await put('late')).status).toBe(401)
    expect(
      (
        await server.anonymous.call('POST', 'admin/login', {
          username: 'ben',
          password: 'shelfcount',
        })
      ).status,
    ).toBe(200)
    const ben = await server.as('ben')
    expect((await ben.call('GET', 'admin/user/profile')).status).toBe(200)
    const shown = await (await fetch(`${server.origin}/__faults`)).json()
    expect(shown).toMatchObject({ expireTokens: false })
  })

  it('[SP15] hit only the paths asked for', async () => {
    await faults({ errorRate: 1, errorStatus: 500, only: '/products' })
    const ben = await server.as('ben')
    expect((await ben.count('GET', 'products')).status).toBe(500)
    expect((await ben.call('GET', 'admin/user/profile')).status).toBe(200)
  })

  it('[SP16] refuse what is no fault, and exist only where they were opened', async () => {
    expect((await faults({ latency: 5 })).status).toBe(400)
    expect((await faults({ errorRate: 2 })).status).toBe(400)
    const closed = await startTestServer({ hasFaults: false })
    expect((await closed.app.request('/__faults')).status).toBe(404)
    expect((await closed.app.request('/__faults', { method: 'POST', body: '{}' })).status).toBe(404)
    await closed.close()
  })
})
