import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPasswords } from '../../../server-mock/auth/passwords'
import { SERVER_START_MS, startTestServer, type TestServer } from '../../support/server'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ limits: { signInFailuresMax: 3, signInWindowMs: 60_000 } })
}, SERVER_START_MS)
afterAll(() => server.close())

const login = (username: string, password = 'shelfcount') =>
  server.anonymous.call('POST', 'admin/login', { username, password })

describe('sign-in', () => {
  it('[SP1] gives a token with an end, and the token opens the profile', async () => {
    const { status, body } = await login('Ana')
    expect(status).toBe(200)
    expect(body.expirationTime).toBeGreaterThan(Date.now() + 23 * 3_600_000)
    const profile = await server.fetch('http://server.test/rest/s1/admin/user/profile', {
      headers: { authorization: `Bearer ${body.token}` },
    })
    expect(await profile.json()).toMatchObject({ username: 'ana', userFullName: 'Ana Ruiz' })
  })

  it('[SP1] keep only a hash of the token and of the password', async () => {
    const { body } = await login('ben')
    const tokens = await server.db.query<{ token_hash: string }>('select token_hash from token')
    expect(tokens.map((it) => it.token_hash)).not.toContain(body.token)
    const users = await server.db.query<{ password_hash: string }>(
      'select password_hash from user_account',
    )
    expect(
      users.every((it) => /^scrypt\$\d+\$\d+\$\d+\$[\w-]{20,}\$[\w-]{40,}$/.test(it.password_hash)),
    ).toBe(true)
    expect(new Set(users.map((it) => it.password_hash)).size).toBe(users.length)
  })

  it('[SP1] answer an unknown user, a wrong password and a disabled user alike', async () => {
    await server.db.query("update user_account set disabled = true where user_name = 'alex'")
    const answers = [await login('nobody'), await login('ana', 'wrong'), await login('alex')]
    await server.db.query("update user_account set disabled = false where user_name = 'alex'")
    expect(answers.map((it) => it.status)).toEqual([401, 401, 401])
    expect(new Set(answers.map((it) => JSON.stringify(it.body))).size).toBe(1)
  })

  it('[SP2] refuse further attempts with Retry-After until the window is over', async () => {
    for (let attempt = 0; attempt < 3; attempt += 1)
      expect((await login('sam', 'guess')).status).toBe(401)
    const refused = await login('sam')
    expect(refused.status).toBe(429)
    expect(refused.body).toMatchObject({ errorCode: 429, code: 'THROTTLED' })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await login('ana')).status).toBe(200)
    server.clock.offsetMs += 61_000
    expect((await login('sam')).status).toBe(200)
  })

  it('[SP2] let no guess through that is sent at the same time as others', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => login('ghost', 'guess')))
    expect(answers.filter((it) => it.status === 401)).toHaveLength(3)
    expect(answers.filter((it) => it.status === 429)).toHaveLength(9)
  })

  it('[SP3] end a sign-in by its time and by signing out', async () => {
    const { body } = await login('ana')
    const call = (method: string, path: string) =>
      server.fetch(`http://server.test/rest/s1/${path}`, {
        method,
        headers: { authorization: `Bearer ${body.token}` },
      })
    expect((await call('POST', 'admin/logout')).status).toBe(200)
    expect((await call('GET', 'admin/user/profile')).status).toBe(401)

    const ben = await server.as('ben')
    server.clock.offsetMs += 25 * 3_600_000
    const over = await ben.call('GET', 'admin/user/profile')
    expect([over.status, over.body.code]).toEqual([401, 'UNAUTHORIZED'])
  })

  it('[SP3] take a permission away at once', async () => {
    const { body } = await login('sam')
    const stock = () =>
      server.fetch('http://server.test/rest/s1/inventory-cycle-count/stock?facilityId=HARBOR', {
        headers: { authorization: `Bearer ${body.token}` },
      })
    expect((await stock()).status).toBe(200)
    await server.db.query(
      "delete from user_permission where user_id = 'USER_SAM' and permission_id = 'INV_CNT_VIEW_QOH'",
    )
    expect((await stock()).status).toBe(403)
  })
})

describe('passwords', () => {
  it('[SP1] verify what was hashed and nothing else, also for a user who does not exist', async () => {
    const passwords = createPasswords({ n: 1024, r: 8, p: 1 })
    const hash = await passwords.hash('pässword')
    expect(await passwords.verify('pa\u0308ssword', hash)).toBe(true)
    expect(await passwords.verify('password', hash)).toBe(false)
    expect(await passwords.verify('pässword', null)).toBe(false)
  })
})
