// Who has what: read, changed and recorded over the real routes; nobody locks everybody out.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { issueToken } from '../../../server-mock/auth/tokens'
import { startCountsServer, type Answered, type CountsServer } from '../../support/counts-server'

const PEOPLE = 'http://server.test/rest/s1/inventory-cycle-count/people'
const ADMIN = { permissions: ['INV_COUNT_ADMIN'], facilityIds: [], isDisabled: false }
let server: CountsServer
const tokens = new Map<string, string>()

/** Signed in as anybody, also those that the test has made. */
async function call(user: string, method: string, path = '', body?: unknown): Promise<Answered> {
  const answer = await server.app.request(`${PEOPLE}${path}`, {
    method,
    headers: { authorization: `Bearer ${tokens.get(user)}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: answer.status, body: await answer.json(), headers: answer.headers }
}

const change = (by: string, userId: string, body: object) =>
  call(by, 'PUT', `/${userId}`, { revision: 0, reason: 'because', ...body })

async function addUser(userId: string, permissions: readonly string[]): Promise<void> {
  await server.db.query(
    'insert into user_account (user_id, user_name, full_name, party_id, password_hash) values ($1, $1, $1, $1, $2)',
    [userId, 'scrypt$2$1$1$AA$AA'],
  )
  for (const it of permissions)
    await server.db.query('insert into user_permission (user_id, permission_id) values ($1, $2)', [userId, it])
  const { token } = await issueToken(server.db, { userId, now: server.clock.at, lifeMs: 1e12, perUserMax: 5 })
  tokens.set(userId, token)
}

beforeAll(async () => {
  server = await startCountsServer()
}, 120_000)
beforeEach(async () => {
  for (const user of ['ana', 'sam'] as const) tokens.set(user, server.tokenOf(user))
  await addUser('alex', ['INV_COUNT_ADMIN', 'COMMERCEUSER_VIEW'])
})
afterEach(async () => {
  await server.db.query('delete from person_change')
  await server.db.query("delete from user_account where user_id in ('alex', 'root', 'bea')")
  await server.db.query("delete from user_permission where user_id = 'ana' and permission_id like '%ADMIN'")
})
afterAll(() => server.close())

describe('reading', () => {
  it('[PE1] is for administrators: everybody once over all pages, with what they may and where', async () => {
    const seen: string[] = []
    for (let after = ''; ; ) {
      const { status, body } = await call('alex', 'GET', `?limit=2&after=${after}`)
      expect(status).toBe(200)
      seen.push(...body.people.map((it: { userId: string }) => it.userId))
      if (body.next === undefined) break
      after = body.next
    }
    const { body } = await call('alex', 'GET')

    expect(seen).toEqual(['alex', 'ana', 'ben', 'max', 'sam', 'zoe'])
    expect(body.people.find((it: { userId: string }) => it.userId === 'zoe')).toEqual({
      userId: 'zoe',
      userName: 'zoe',
      fullName: 'Zoe Ames',
      permissions: ['INVCOUNT_APP_VIEW', 'INV_COUNT_VAR_LOG'],
      facilityIds: ['south'],
      isDisabled: false,
      revision: 0,
    })
    expect(body.facilities.map((it: { facilityId: string }) => it.facilityId)).toEqual(['north', 'south'])
    for (const path of ['', '/ana/history']) expect((await call('sam', 'GET', path)).status).toBe(403)
    expect((await change('sam', 'sam', ADMIN)).status).toBe(403)
  })
})

describe('changing', () => {
  it('[PE2] replaces all of it together and keeps who, when, why, before and after', async () => {
    const wanted = { permissions: ['INVCOUNT_APP_VIEW', 'INV_COUNT_CREATE'], facilityIds: ['south', 'north'], isDisabled: false }
    const { status, body } = await change('alex', 'ana', { ...wanted, reason: 'plans now' })
    const again = await change('alex', 'ana', { ...wanted, revision: body.revision })
    const { body: history } = await call('alex', 'GET', '/ana/history')

    expect(status).toBe(200)
    expect(body).toMatchObject({ permissions: ['INVCOUNT_APP_VIEW', 'INV_COUNT_CREATE'], facilityIds: ['north', 'south'], revision: 1 })
    expect(again.body.revision).toBe(1)
    expect(history.changes).toEqual([
      {
        at: server.clock.at,
        by: 'alex',
        reason: 'plans now',
        before: { permissions: ['INVCOUNT_APP_VIEW', 'INV_COUNT_VAR_LOG'], facilityIds: ['north'], isDisabled: false },
        after: { permissions: ['INVCOUNT_APP_VIEW', 'INV_COUNT_CREATE'], facilityIds: ['north', 'south'], isDisabled: false },
      },
    ])
    await change('alex', 'ana', { permissions: ['INVCOUNT_APP_VIEW', 'INV_COUNT_VAR_LOG'], facilityIds: ['north'], isDisabled: false, revision: 1 })
  })

  it('[PE2] needs a reason, and a person', async () => {
    expect((await change('alex', 'ana', { ...ADMIN, reason: '  ' })).status).toBe(400)
    expect((await change('alex', 'nobody', ADMIN)).status).toBe(404)
    expect((await call('alex', 'GET', '/nobody/history')).status).toBe(404)
  })

  it.each([
    ['their own right', { permissions: [], facilityIds: [], isDisabled: false }],
    ['their own sign-in', { ...ADMIN, isDisabled: true }],
  ] as const)('[PE3] the last administrator keeps %s', async (_what, wanted) => {
    const { status, body } = await change('alex', 'alex', wanted)

    expect([status, body.code]).toEqual([409, 'LAST_ADMIN'])
    expect((await call('alex', 'GET')).status).toBe(200)
  })

  it('[PE3] an administrator who may not sign in does not count as one', async () => {
    await addUser('bea', ['INV_COUNT_ADMIN'])
    await change('alex', 'bea', { ...ADMIN, isDisabled: true })

    expect((await change('alex', 'alex', { ...ADMIN, permissions: [] })).body.code).toBe('LAST_ADMIN')
  })

  it('[PE3] of two who take each other’s right at the same time one keeps it', async () => {
    await addUser('bea', ['INV_COUNT_ADMIN'])
    const none = { permissions: [], facilityIds: [], isDisabled: false }

    const answers = await Promise.all([change('alex', 'bea', none), change('bea', 'alex', none)])

    expect(answers.map((it) => it.status).toSorted()).toEqual([200, 409])
    const [left] = await server.db.query<{ admins: number }>(
      "select count(*)::int as admins from user_permission where permission_id = 'INV_COUNT_ADMIN'",
    )
    expect(left?.admins).toBe(1)
  })

  it('[PE4] of somebody whom another one has changed meanwhile is refused', async () => {
    await change('alex', 'ana', { permissions: ['INVCOUNT_APP_VIEW', 'INV_COUNT_VAR_LOG'], facilityIds: ['south'], isDisabled: false })

    const { status, body } = await change('alex', 'ana', { permissions: [], facilityIds: [], isDisabled: true })

    expect([status, body.code]).toEqual([409, 'PERSON_CHANGED'])
    await change('alex', 'ana', { permissions: ['INVCOUNT_APP_VIEW', 'INV_COUNT_VAR_LOG'], facilityIds: ['north'], isDisabled: false, revision: 1 })
  })

  it('[PE5] the whole system is administrated by those whom such a one has named', async () => {
    const all = { permissions: ['COMMON_ADMIN', 'INV_COUNT_ADMIN'], facilityIds: [], isDisabled: false }
    await addUser('root', ['COMMON_ADMIN'])

    expect((await change('alex', 'alex', all)).status).toBe(403)
    expect((await change('root', 'alex', all)).status).toBe(200)
    expect((await change('alex', 'root', { ...ADMIN, revision: 0 })).status).toBe(200)
  })

  it('[PE5] a facility must exist; permissions of other apps stay as they are', async () => {
    await addUser('bea', ['INV_COUNT_ADMIN'])
    expect((await change('bea', 'alex', { ...ADMIN, facilityIds: ['nowhere'] })).status).toBe(400)
    expect((await change('bea', 'alex', { permissions: [], facilityIds: ['north'], isDisabled: false })).status).toBe(200)

    const rows = await server.db.query("select permission_id from user_permission where user_id = 'alex'")
    expect(rows).toEqual([{ permission_id: 'COMMERCEUSER_VIEW' }])
  })

  it('[PE6] what was taken is gone with the next call', async () => {
    await addUser('bea', ['INV_COUNT_ADMIN'])
    expect((await call('bea', 'GET')).status).toBe(200)
    await change('alex', 'bea', { permissions: ['INVCOUNT_APP_VIEW'], facilityIds: [], isDisabled: false })
    expect((await call('bea', 'GET')).status).toBe(403)
    await change('alex', 'bea', { permissions: ['INVCOUNT_APP_VIEW'], facilityIds: [], isDisabled: true, revision: 1 })
    expect((await call('bea', 'GET')).status).toBe(401)
  })
})
