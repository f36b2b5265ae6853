// Approved totals against the scan events that the server keeps as evidence, whatever comes in which order.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCountsServer, type CountsServer, type TestUser } from '../../support/counts-server'
import { aReview, type ReviewWorld } from '../../support/review-server'

let server: CountsServer
beforeAll(async () => {
  server = await startCountsServer()
}, 120_000)
afterAll(() => server.close())

/** One scan of one of two devices; `taken back` stands no longer. Late ones reach the server after the approval. */
const scan = fc.record({
  user: fc.constantFrom('ana' as const, 'ben' as const),
  units: fc.integer({ min: 1, max: 5 }),
  isTakenBack: fc.boolean(),
  isLate: fc.boolean(),
})
type Scan = Omit<typeof scan extends fc.Arbitrary<infer It> ? It : never, 'user'> & {
  readonly user: TestUser
}

/** Each half the time, so that most stories are not decided by one amount that somebody set. */
const half = <It>(of: fc.Arbitrary<It>) => fc.option(of, { nil: null, freq: 1 })

const story = fc.record({
  scans: fc.array(scan, { minLength: 1, maxLength: 8 }),
  /** What sam finds when it is counted again; null: it is not. */
  recount: half(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 })),
  edit: half(fc.integer({ min: 0, max: 30 })),
  isSkipped: fc.boolean(),
  fate: fc.constantFrom(
    'accepted' as const,
    'accepted' as const,
    'refused' as const,
    'moved' as const,
  ),
  /** Right totals that somebody says afterwards. */
  corrections: half(fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 2 })),
  isCorrectedFirst: fc.boolean(),
  shuffle: fc.array(fc.nat(), { minLength: 40, maxLength: 40 }),
})

/** In an order that has nothing to do with theirs. */
function shuffled<Item>(items: readonly Item[], shuffle: readonly number[]): readonly Item[] {
  return items
    .map((it, index) => ({ it, at: shuffle[index % shuffle.length] ?? 0 }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ it }) => it)
}

const standsIn = (scans: readonly Scan[]) => scans.filter((it) => !it.isTakenBack)
const sum = (scans: readonly Scan[]) => scans.reduce((total, it) => total + it.units, 0)

/** A device's row after each of its scans, as it would send it: absolute, with a revision that grows. */
function rowsOf(user: TestUser, scans: readonly Scan[]) {
  const own = scans.filter((it) => it.user === user)
  return own.map((_, index) => {
    const stands = standsIn(own.slice(0, index + 1))
    return { user, rev: index + 1, units: sum(stands), standing: stands.length }
  })
}

async function sendRows(review: ReviewWorld, path: string, rows: ReturnType<typeof rowsOf>) {
  for (const { user, units, ...more } of rows) await review.count(user, path, 'TEE', units, more)
}

/** The log of a device: each scan, and what takes it back. */
function eventsOf(user: TestUser, path: string, scans: readonly Scan[]) {
  const own = scans.filter((it) => it.user === user)
  const events = own.flatMap((it, index) => {
    const eventId = `${it.isLate ? 'late' : 'early'}:${path}:${user}:${index}`.slice(-60)
    const event = { eventId, kind: 'scan', quantity: it.units, isLate: it.isLate }
    const back = {
      eventId: `back:${eventId}`.slice(0, 60),
      kind: 'negation',
      quantity: -it.units,
      negates: eventId,
      isLate: it.isLate,
    }
    return it.isTakenBack ? [event, back] : [event]
  })
  return events.map(({ isLate, ...event }, index) => ({
    user,
    isLate,
    wire: {
      ...event,
      logId: `log-${user}`,
      seq: index + 1,
      raw: '036000291452',
      itemKey: 'gtin:00036000291452',
      packSize: 1,
      at: server.clock.at,
      userId: user,
      source: isLate ? 'hand' : 'scanner',
    },
  }))
}

async function sendEvents(path: string, events: readonly ReturnType<typeof eventsOf>[number][]) {
  for (const { user, wire } of events) {
    const answer = await server.call(user, 'PUT', `${path}/scanEvents`, { events: [wire] })
    expect(answer.status).toBe(200)
  }
}

/** The evidence: what the scans of a round stand for together, those that made it before the approval or those after it. */
async function evidenceOf(
  { countId }: ReviewWorld,
  round: number | null,
): Promise<{ early: number; late: number }> {
  const [row] = await server.db.query<{ early: number; late: number }>(
    `select coalesce(sum(e.quantity) filter (where e.event->>'source' <> 'hand'), 0)::float8 as early,
       coalesce(sum(e.quantity) filter (where e.event->>'source' = 'hand'), 0)::float8 as late
     from count_session s join scan_event e on e.session_id = s.session_id
     where s.work_effort_id = $1 and coalesce(s.recount_round, 0) = $2`,
    [countId, round ?? 0],
  )
  return row!
}

describe('the approved total', () => {
  it(
    '[RV20] [I17] [HR8] is the standing scan events, plus the edit, plus accepted late evidence, plus corrections, plus what was moved in, in any order of arrival',
    { timeout: 240_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(
          story,
          async ({
            scans,
            recount,
            edit,
            isSkipped,
            fate,
            corrections,
            isCorrectedFirst,
            shuffle,
          }) => {
            server.clock.at += 86_400_000
            await server.db.query('delete from review_decision')
            const review = await aReview(server)
            const { path } = review.session
            const early = scans.filter((it) => !it.isLate)
            const events = (['ana', 'ben'] as const).flatMap((user) => eventsOf(user, path, scans))
            // Rows and events go their own ways; some events come only after the approval, and change nothing.
            const [now, afterwards] = [
              events.filter((_, at) => (shuffle[at] ?? 0) % 3 > 0),
              events.filter((_, at) => (shuffle[at] ?? 0) % 3 === 0),
            ]
            await sendEvents(
              path,
              shuffled(
                now.filter((it) => !it.isLate),
                shuffle,
              ),
            )
            await sendRows(review, path, [
              ...shuffled([...rowsOf('ana', early), ...rowsOf('ben', early)], shuffle),
            ])
            await review.submit('sam', path)

            if (recount !== null && (await review.row('TEE')).rounds.length > 0) {
              const found = recount.map(
                (units) => ({ user: 'sam', units, isTakenBack: false, isLate: false }) as const,
              )
              const sent = await review.recount(['TEE'])
              const again = `cycleCounts/sessions/${sent.body.sessions[0].sessionId}`
              await sendRows(review, again, [...shuffled(rowsOf('sam', found), shuffle)])
              await sendEvents(again, shuffled(eventsOf('sam', again, found), shuffle))
              await review.submit('sam', again)
            }
            const counted = (await review.row('TEE')).rounds.at(-1)
            const byHand = {
              productId: 'TEE',
              action: 'edit',
              quantity: edit,
              reason: 'counted by hand',
            }
            const action = isSkipped || counted === undefined ? 'skip' : 'apply'
            const decided = await review.decide([
              edit === null ? { productId: 'TEE', action } : byHand,
              { productId: 'CAP', action: 'skip' },
            ])
            expect(decided.body.verdicts.map((it: { verdict: string }) => it.verdict)).toEqual([
              'taken',
              'taken',
            ])
            expect((await review.approve()).status).toBe(200)

            await sendEvents(
              path,
              shuffled([...afterwards, ...now.filter((it) => it.isLate)], shuffle),
            )
            // The late scans: rows with all that the device has, as it sends them when it comes back.
            for (const user of ['ana', 'ben'] as const) {
              const own = scans.filter((it) => it.user === user)
              if (!own.some((it) => it.isLate)) continue
              const standing = standsIn(own)
              await review.count(user, path, 'TEE', sum(standing), {
                rev: 100,
                standing: standing.length,
              })
            }
            const target = await aReview(server)
            await target.count('ben', target.session.path, 'TEE', 5)

            const isOfRecount = counted !== undefined && counted.round > 0
            const evidence = await evidenceOf(review, counted?.round ?? null)
            const scanned = counted === undefined ? 0 : evidence.early
            let expected = scanned + (edit === null ? 0 : edit - scanned)
            const correctAll = async () => {
              for (const [index, quantity] of (corrections ?? []).entries()) {
                const ask = {
                  requestId: `${review.countId}-${index}`,
                  productId: 'TEE',
                  quantity,
                  reason: 'looked again',
                }
                const answer = await review.call('sam', 'POST', '/corrections', ask)
                expect(answer.body).toMatchObject({ approvedTotal: quantity })
                expected += quantity - expected
              }
            }
            if (isCorrectedFirst) await correctAll()
            for (const row of (await review.call('sam', 'GET', '/late')).body.rows) {
              const { sessionId, rowKey, rev } = row
              const answer =
                fate === 'moved'
                  ? await server.call(row.userId, 'POST', `${path}/held`, {
                      rowKey,
                      rev,
                      toSessionId: target.session.sessionId,
                    })
                  : await review.call('sam', 'POST', '/late', {
                      sessionId,
                      rowKey,
                      rev,
                      verdict: fate,
                      reason: 'came back',
                    })
              // A recount has settled it: the scans of the first count add nothing.
              if (fate === 'accepted') expect(answer.status).toBe(isOfRecount ? 400 : 200)
            }
            expected += fate === 'accepted' && !isOfRecount ? evidence.late : 0
            if (!isCorrectedFirst) await correctAll()

            const { decision } = await review.row('TEE')
            // What nobody counted, edited or corrected may have no total; everything else has one.
            expect(
              decision.approvedTotal ?? (counted === undefined && edit === null ? 0 : null),
            ).toBe(expected)

            // What was moved is a term of the count that it went to, and of no other.
            await target.submit('ben', target.session.path)
            await target.decide([
              { productId: 'TEE', action: 'apply' },
              { productId: 'CAP', action: 'skip' },
            ])
            expect((await target.approve()).status).toBe(200)
            const moved = fate === 'moved' ? (await evidenceOf(review, 0)).late : 0
            expect((await target.row('TEE')).decision.approvedTotal).toBe(5 + moved)
          },
        ),
        { numRuns: 40 },
      )
    },
  )
})
