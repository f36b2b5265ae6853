// Approved totals against an independent sum, whatever the order in which scans, edits and late evidence come.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCountsServer, type CountsServer } from '../../support/counts-server'
import { aReview } from '../../support/review-server'

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

describe('the approved total', () => {
  it(
    '[RV20] [I17] [HR8] is standing scans, plus the edit, plus accepted late evidence, plus what was moved in, in any order of arrival',
    { timeout: 240_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(scan, { minLength: 1, maxLength: 8 }),
          fc.option(fc.integer({ min: 0, max: 30 }), { nil: null }),
          fc.constantFrom('accepted' as const, 'refused' as const, 'moved' as const),
          fc.array(fc.nat(), { minLength: 20, maxLength: 20 }),
          async (scans, edit, fate, shuffle) => {
            server.clock.at += 86_400_000
            await server.db.query('delete from review_decision')
            const review = await aReview(server)
            const standing = scans.filter((it) => !it.isTakenBack)
            const sum = (of: typeof scans) => of.reduce((total, it) => total + it.units, 0)
            // Each device's row after each of its scans, as it would send it: absolute, with a revision that grows.
            const rows = (user: 'ana' | 'ben', until: (it: (typeof scans)[number]) => boolean) => {
              const own = scans.filter((it) => it.user === user && until(it))
              return own.map((_, index) => {
                const stands = own.slice(0, index + 1).filter((it) => !it.isTakenBack)
                return { user, rev: index + 1, units: sum(stands), standing: stands.length }
              })
            }
            const send = async (sent: ReturnType<typeof rows>) => {
              const order = sent
                .map((it, index) => ({ it, at: shuffle[index] ?? 0 }))
                .toSorted((a, b) => a.at - b.at)
              for (const { it } of order)
                await review.count(it.user, review.session.path, 'TEE', it.units, {
                  rev: it.rev,
                  standing: it.standing,
                })
            }

            await send([...rows('ana', (it) => !it.isLate), ...rows('ben', (it) => !it.isLate)])
            await review.submit('ana', review.session.path)
            const early = sum(standing.filter((it) => !it.isLate))
            const isCounted = (await review.row('TEE')).rounds.length > 0
            await review.decide([
              edit === null
                ? { productId: 'TEE', action: isCounted ? 'apply' : 'skip' }
                : { productId: 'TEE', action: 'edit', quantity: edit, reason: 'counted by hand' },
              { productId: 'CAP', action: 'skip' },
            ])
            expect((await review.approve()).status).toBe(200)
            // The late scans: rows with all that the device has, as it sends them when it comes back.
            for (const user of ['ana', 'ben'] as const) {
              const late = scans.filter((it) => it.user === user && it.isLate)
              if (late.length === 0) continue
              const own = standing.filter((it) => it.user === user)
              await review.count(user, review.session.path, 'TEE', sum(own), {
                rev: 100,
                standing: own.length,
              })
            }
            const target = await aReview(server)
            await target.count('ben', target.session.path, 'TEE', 5)
            const tray = (await review.call('sam', 'GET', '/late')).body.rows
            for (const row of tray)
              if (fate === 'moved')
                await server.call(row.userId, 'POST', `${review.session.path}/held`, {
                  rowKey: row.rowKey,
                  rev: row.rev,
                  toSessionId: target.session.sessionId,
                })
              else await review.call('sam', 'POST', '/late', {
                sessionId: row.sessionId,
                rowKey: row.rowKey,
                rev: row.rev,
                verdict: fate,
                reason: 'came back',
              })

            const editDelta = edit === null ? 0 : edit - early
            const late = sum(standing.filter((it) => it.isLate))
            const lateUnits = fate === 'accepted' ? late : 0
            const { decision } = await review.row('TEE')
            const expected = early + editDelta + lateUnits
            // What nobody counted or edited may have no total; everything else has one.
            if (isCounted || edit !== null) expect(decision.approvedTotal).toBe(expected)
            else expect(decision.approvedTotal ?? 0).toBe(expected)

            // What was moved is a term of the count that it went to, and of no other.
            await target.submit('ben', target.session.path)
            await target.decide([
              { productId: 'TEE', action: 'apply' },
              { productId: 'CAP', action: 'skip' },
            ])
            expect((await target.approve()).status).toBe(200)
            expect((await target.row('TEE')).decision.approvedTotal).toBe(5 + (fate === 'moved' ? late : 0))
          },
        ),
        { numRuns: 8 },
      )
    },
  )
})
