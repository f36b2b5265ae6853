// The timeline of one item: everything that happened to it over its counts, told by the real routes.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { itemKeyOf } from '../../../src/domain/barcode/item-key'
import { asId, type LogId, type SessionId } from '../../../src/domain/ids'
import { rowUuidOf } from '../../../src/domain/row-uuid'
import { startCountsServer, type CountsServer, type TestUser } from '../../support/counts-server'
import { aReview, type Row } from '../../support/review-server'

let server: CountsServer
beforeAll(async () => {
  server = await startCountsServer()
}, 120_000)
afterAll(() => server.close())

const MINUTE = 60_000

async function timeline(productId: string, query = '', user: TestUser = 'sam', facilityId = 'north') {
  return server.call(user, 'GET', `reports/timeline?facilityId=${facilityId}&productId=${productId}${query}`)
}

/** Ana scans a value so many times, on a named device; the last one is taken back. */
async function scanned(sessionId: string, path: string, raw: string, times: number): Promise<void> {
  const logId = `log-${sessionId}`
  const itemKey = itemKeyOf(raw)
  const at = server.clock.at
  const scan = (seq: number, over: object = {}) => ({
    eventId: `${sessionId}-${seq}`, logId, seq, kind: 'scan', raw, itemKey, quantity: 1, packSize: 1, at: at + seq * 1000,
    userId: 'ana', source: 'scanner', ...over,
  })
  const events = [
    ...Array.from({ length: times }, (_, index) => scan(index + 1)),
    scan(times + 1, { kind: 'negation', quantity: -1, negates: `${sessionId}-${times}` }),
  ]
  await server.call('ana', 'PUT', `${path}/scanEvents`, { deviceId: 'ipad-7', events })
  const uuid = rowUuidOf(asId<SessionId>(sessionId), asId<LogId>(logId), itemKey)
  const row = { uuid, logId, rev: times + 1, quantity: times - 1, standing: times - 1, productIdentifier: raw, lastScanAt: at }
  expect((await server.call('ana', 'PUT', `${path}/items`, { deviceId: 'ipad-7', items: [row] })).status).toBe(200)
  server.clock.at += MINUTE
  const match = { ...row, productId: 'TEE', matchRev: 1 }
  expect((await server.call('ana', 'PUT', `${path}/items`, { deviceId: 'ipad-7', items: [match] })).status).toBe(200)
}

const told = (entries: readonly Row[]) => entries.map((it) => [it.kind, it.action, it.by].filter(Boolean).join(' '))

describe('the timeline of an item', () => {
  it('[RP17] tells scans, undo, match, submit, decision, booking and approval in order', async () => {
    const review = await aReview(server)
    const { sessionId, path } = review.session
    await scanned(sessionId, path, 'unknown-value', 3)
    server.clock.at += MINUTE
    await review.submit('ana', path)
    server.clock.at += MINUTE
    await review.decide([{ productId: 'TEE', action: 'apply', reason: 'looked myself' }, { productId: 'CAP', action: 'skip' }])
    server.clock.at += MINUTE
    expect((await review.approve()).status).toBe(200)

    const { body } = await timeline('TEE')

    const own = body.entries.filter((it: Row) => it.workEffortId === review.countId && it.kind !== 'movement')
    expect(told(own).filter((it) => !it.startsWith('session SESSION_ASSIGNED'))).toEqual([
      'scan scanner ana', 'scan scanner ana', 'scan scanner ana', 'undo scanner ana', 'match ana',
      'act judged rules', 'session SESSION_SUBMITTED ana', 'act decided sam', expect.stringMatching(/^act approved sam|^session/), expect.stringMatching(/^act approved sam|^session/),
    ])
    expect(body.entries.find((it: Row) => it.kind === 'scan')).toMatchObject({ device: 'ipad-7', value: 'unknown-value', quantity: 1 })
    expect(body.entries.find((it: Row) => it.action === 'decided')).toMatchObject({ reason: 'looked myself' })
    expect(body.entries.some((it: Row) => it.kind === 'movement' && it.workEffortId === review.countId)).toBe(true)
    expect(body.counts).toContainEqual({ workEffortId: review.countId, name: expect.any(String), isClosed: true, closedAt: expect.any(Number) })
    const times = body.entries.map((it: Row) => it.at)
    expect(times).toEqual(times.toSorted((a: number, b: number) => a - b))
  })

  it('[RP17] comes page by page over several counts, each entry once', async () => {
    const review = await aReview(server)
    await scanned(review.session.sessionId, review.session.path, 'another-value', 4)
    const whole = (await timeline('TEE')).body.entries.map((it: Row) => it.id)
    const paged: string[] = []

    for (let more = ''; ; ) {
      const { body } = await timeline('TEE', `&limit=3${more}`)
      paged.push(...body.entries.map((it: Row) => it.id))
      if (body.next === undefined) break
      more = `&afterAt=${body.next.afterAt}&afterId=${encodeURIComponent(body.next.afterId)}`
    }

    expect(new Set(whole).size).toBe(whole.length)
    expect(whole.length).toBeGreaterThan(10)
    expect(paged).toEqual(whole)
  })

  it.each([
    ['ana', 'north', 403],
    ['sam', 'south', 403],
    ['sam', 'north', 200],
  ] as const)('[RP18] %s at %s: %i', async (user, facilityId, status) => {
    expect((await timeline('TEE', '', user, facilityId)).status).toBe(status)
  })

  it('[RP16] the outcome of a check is told to reviewers of the facility', async () => {
    const review = await aReview(server)

    expect((await review.call('sam', 'GET', '/chain')).body).toMatchObject({ state: 'open', problemCount: 0 })
    expect((await review.call('ana', 'GET', '/chain')).status).toBe(403)
  })
})
