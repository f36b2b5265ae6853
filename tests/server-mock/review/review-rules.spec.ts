// The tolerances over the real routes: who may change them, what is kept of each change, and that reviews follow.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startCountsServer, type CountsServer } from '../../support/counts-server'
import { aReview } from '../../support/review-server'

vi.setConfig({ testTimeout: 60_000 })

let server: CountsServer
beforeAll(async () => {
  server = await startCountsServer()
  // max signs in and may nothing else; here he administrates.
  await server.db.query("insert into user_permission (user_id, permission_id) values ('max', 'INV_COUNT_ADMIN')")
}, 120_000)
afterAll(() => server.close())

const read = async () => (await server.call('sam', 'GET', 'reviewRules?facilityId=north')).body
const RULE = { facilityId: 'north', abcClass: 'B', units: 3, percent: 2.5, money: 40 }

describe('the rules of the ladder', () => {
  it('[RL10] are read by those who settle counts, set and removed by administrators alone', async () => {
    expect((await read()).rules).toHaveLength(3)
    expect((await server.call('ana', 'GET', 'reviewRules?facilityId=north')).status).toBe(403)
    for (const method of ['PUT', 'DELETE']) expect((await server.call('sam', method, 'reviewRules', RULE)).status).toBe(403)
    expect((await read()).changes).toEqual([])
    expect((await server.call('max', 'PUT', 'reviewRules', { ...RULE, facilityId: 'nowhere' })).status).toBe(404)
    expect((await server.call('max', 'PUT', 'reviewRules', { ...RULE, percent: 1001 })).status).toBe(400)
    expect((await server.call('max', 'PUT', 'reviewRules', { ...RULE, units: -1 })).status).toBe(400)
  })

  it('[RL11] each change is kept with who, when, before and after; what somebody else changed meanwhile is refused', async () => {
    server.clock.at += 1000
    const first = await server.call('max', 'PUT', 'reviewRules', { ...RULE, seen: null })
    expect(first.body).toEqual({ ...RULE, changedBy: 'max', changedAt: server.clock.at })
    const seen = server.clock.at
    server.clock.at += 1000
    expect((await server.call('max', 'PUT', 'reviewRules', { ...RULE, units: 4, seen: null })).body.code).toBe('REVIEW_CHANGED')
    expect((await server.call('max', 'PUT', 'reviewRules', { ...RULE, units: 4, seen })).status).toBe(200)
    for (const method of ['PUT', 'DELETE'])
      expect((await server.call('max', method, 'reviewRules', { ...RULE, seen })).status).toBe(409)
    server.clock.at += 1000
    expect((await server.call('max', 'DELETE', 'reviewRules', { ...RULE, seen: seen + 1000 })).status).toBe(200)
    expect((await server.call('max', 'DELETE', 'reviewRules', { facilityId: 'north', abcClass: 'B' })).status).toBe(404)

    const { rules, changes } = await read()
    expect(rules).toHaveLength(3)
    const values = (units: number) => ({ units, percent: 2.5, money: 40 })
    const place = { facilityId: 'north', abcClass: 'B', by: 'max' }
    expect(changes).toEqual([
      { ...place, at: seen + 2000, before: values(4) },
      { ...place, at: seen + 1000, before: values(3), after: values(4) },
      { ...place, at: seen, after: values(3) },
    ])
  })

  it('[RL11] a review goes by the rules of now', async () => {
    const review = await aReview(server)
    await review.count('ana', review.session.path, 'TEE', 7)
    await review.submit('ana', review.session.path)
    expect((await review.row('TEE')).state).toBe('recount')

    await server.call('max', 'PUT', 'reviewRules', { facilityId: 'north', abcClass: '*', units: 3, percent: 0 })

    expect(await review.row('TEE')).toMatchObject({ state: 'accepted', why: 'within-tolerance' })
  })
})

describe('whether the rules ask for recounts', () => {
  const put = (body: object, user: 'max' | 'sam' = 'max') =>
    server.call(user, 'PUT', 'reviewRules/recounts', { facilityId: 'north', isOn: true, ...body })

  it('[RL22] [RL16] is off until an administrator says so, for that facility', async () => {
    expect((await read()).recounts).toEqual({ isOn: false })
    expect((await put({}, 'sam')).status).toBe(403)
    expect((await put({ facilityId: 'nowhere' })).status).toBe(404)
    expect((await put({ facilityId: 'south' })).status).toBe(200)
    expect((await read()).recounts).toEqual({ isOn: false })
  })

  it('[RL22] is kept with who and when, and what somebody else changed meanwhile is refused', async () => {
    server.clock.at += 1000
    const first = await put({ seen: null })
    const at = server.clock.at
    expect(first.body).toEqual({ isOn: true, changedBy: 'max', changedAt: at })
    server.clock.at += 1000
    expect((await put({ isOn: false, seen: null })).body.code).toBe('REVIEW_CHANGED')
    expect((await put({ seen: at })).body.changedAt).toBe(at)
    expect((await put({ isOn: false, seen: at })).status).toBe(200)

    const { recounts, recountChanges } = await read()
    expect(recounts).toEqual({ isOn: false, changedBy: 'max', changedAt: at + 1000 })
    expect(recountChanges).toEqual([
      { at: at + 1000, by: 'max', isOn: false },
      { at, by: 'max', isOn: true },
    ])
  })
})
