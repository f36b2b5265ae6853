// The hash chain of a count: unbroken over everything that people do to it, and broken by a single value changed by hand.
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkChain, type ChainCheck } from '../../../server-mock/review/check-chain'
import { startCountsServer, type CountsServer } from '../../support/counts-server'
import { aReview, type ReviewWorld } from '../../support/review-server'

let server: CountsServer
beforeAll(async () => {
  server = await startCountsServer()
}, 120_000)
afterAll(() => server.close())

let serial = 0

/** Counted with its scans, decided and approved. */
async function anApproved(): Promise<ReviewWorld> {
  const review = await aReview(server)
  const id = `${(serial += 1)}`
  await review.count('ana', review.session.path, 'TEE', 3 + serial)
  const events = [1, 2, 3].map((seq) => ({
    eventId: `chain-${id}-${seq}`, logId: `l${id}`, seq, kind: 'scan', raw: 'tee', itemKey: 'raw:tee', quantity: 1, packSize: 1,
    at: server.clock.at, userId: 'ana', source: 'scanner',
  }))
  expect((await server.call('ana', 'PUT', `${review.session.path}/scanEvents`, { deviceId: 'ipad', events })).status).toBe(200)
  await review.submit('ana', review.session.path)
  await review.decide([{ productId: 'TEE', action: 'apply' }, { productId: 'CAP', action: 'skip' }])
  expect((await review.approve()).status).toBe(200)
  return review
}

async function check({ countId }: ReviewWorld): Promise<ChainCheck> {
  return checkChain(server.db, countId)
}

describe('the chain of a count', () => {
  it('[RP14] holds what people did, and from the approval on all that it rests on', async () => {
    const review = await anApproved()

    const checked = await check(review)

    const [rows] = await server.db.query<{ scans: number; head: string }>(
      `select (select count(*)::int from scan_event join count_session using (session_id) where work_effort_id = $1) as scans,
         (select hash from review_audit where work_effort_id = $1 order by seq desc limit 1) as head`,
      [review.countId],
    )
    expect(checked).toMatchObject({ state: 'unbroken', laterEntries: 0, problemCount: 0, head: rows!.head })
    expect(rows!.scans).toBe(3)
    expect(checked.sealedEntries).toBeGreaterThan(rows!.scans + 4)
    expect(checked.auditEntries).toBeGreaterThanOrEqual(3)
  })

  it('[RP14] is open before the approval; what comes after the seal is told, and is no break', async () => {
    const open = await aReview(server)
    expect(await check(open)).toMatchObject({ state: 'open', problemCount: 0, sealedEntries: 0 })
    const review = await anApproved()
    const correction = { requestId: `c${serial}`, productId: 'TEE', quantity: 90, reason: 'found behind the shelf' }
    expect((await review.call('sam', 'POST', '/corrections', correction)).status).toBe(200)

    const checked = await check(review)

    expect(checked).toMatchObject({ state: 'unbroken', problemCount: 0 })
    expect(checked.laterEntries).toBeGreaterThan(0)
  })

  it('[RP14] is sealed as well when a count is closed without an approval, as the base contract has it', async () => {
    const session = await server.aSession()
    const path = `cycleCounts/workEfforts/${session.countId}`
    for (const statusId of ['CYCLE_CNT_CMPLTD', 'CYCLE_CNT_CLOSED'])
      expect((await server.call('sam', 'PUT', path, { statusId })).status).toBe(200)

    const checked = await checkChain(server.db, session.countId)

    expect(checked).toMatchObject({ state: 'unbroken', problemCount: 0, auditEntries: 1 })
    expect(checked.sealedEntries).toBeGreaterThan(0)
  })
})

const TAMPERING: readonly [what: string, sql: string, kind: string, problem: string][] = [
  ['the quantity of a scan', `update scan_event set event = jsonb_set(event, '{quantity}', '9') where event_id = (
      select event_id from scan_event join count_session using (session_id) where work_effort_id = $1 order by event_id limit 1)`, 'scan', 'altered'],
  ['a scan that was deleted', `delete from scan_event where event_id = (
      select event_id from scan_event join count_session using (session_id) where work_effort_id = $1 order by event_id limit 1)`, 'scan', 'missing'],
  ['the total of a row', `update session_item i set quantity = 7 from count_session s
     where s.session_id = i.session_id and s.work_effort_id = $1 and i.quantity is not null`, 'row', 'altered'],
  ['a decision', `update review_decision set decided_by = 'ben' where work_effort_id = $1 and product_id = 'TEE'`, 'decision', 'altered'],
  ['what was booked', `update item_movement set quantity = quantity - 1 where work_effort_id = $1`, 'movement', 'altered'],
  ['who submitted', `update status_history set change_by = 'ben' where entity_id = $1 and status_id = 'CYCLE_CNT_CLOSED'`, 'status', 'altered'],
  ['a reason in the audit', `update review_audit set reason = 'all well' where work_effort_id = $1 and seq = 1`, 'audit', 'altered'],
  ['an audit entry that was deleted', 'delete from review_audit where work_effort_id = $1 and seq = 2', 'audit', 'missing'],
  ['the end of the audit', `delete from review_audit where work_effort_id = $1 and action = 'approved'`, 'audit', 'missing'],
  ['a seal', `update evidence_seal set hash = repeat('0', 64) where work_effort_id = $1 and seq = 2`, 'scan', 'altered'],
  ['the end of the seals', `delete from evidence_seal where work_effort_id = $1 and seq = (
      select max(seq) from evidence_seal where work_effort_id = $1)`, 'seal', 'missing'],
]

describe('a change by hand', () => {
  it.each(TAMPERING)('[RP15] is found and named: %s', async (_what, sql, kind, problem) => {
    const review = await anApproved()
    expect((await check(review)).state).toBe('unbroken')
    await server.db.query(sql, [review.countId])

    const { state, problems } = await check(review)

    expect(state).toBe('broken')
    expect(problems).toContainEqual(expect.objectContaining({ kind: kind === 'scan' && problem === 'altered' ? expect.any(String) : kind, problem }))
  })

  it('[RP15] is found at its place: the neighbours of an altered scan are not blamed', async () => {
    const review = await anApproved()
    const eventId = `chain-${serial}-2`
    await server.db.query(`update scan_event set user_id = 'ben' where event_id = $1`, [eventId])

    const { problems, problemCount } = await check(review)

    expect(problemCount).toBe(1)
    expect(problems).toEqual([expect.objectContaining({ kind: 'scan', problem: 'altered', key: expect.stringContaining(eventId) })])
  })

  it('[RP15] entries from before chains were kept are chained as they were found', async () => {
    const review = await anApproved()
    const file = await readFile('server-mock/db/migrations/0015-audit-chain.sql', 'utf8')
    const start = file.indexOf('with chained as')
    const statements = file.slice(start, file.indexOf('alter table review_audit alter column hash')).split(';').slice(0, 2)
    await server.db.query("update review_audit set hash = ''")
    await server.db.query('update count_review set audit_head = null')

    for (const statement of statements) await server.db.query(statement)

    expect(await check(review)).toMatchObject({ state: 'unbroken', problemCount: 0 })
  })
})
