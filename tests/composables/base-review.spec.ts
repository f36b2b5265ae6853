// Supervisors' pages on a server of the base contract: what it has not is said, what it books at once is looked at twice.
import { describe, expect, it } from 'vitest'
import { effectScope } from 'vue'
import { decidableOf, netWords, progressWords } from '../../src/composables/base-review-words'
import { DESKS, missingDesk } from '../../src/composables/desk-words'
import { useBaseReview } from '../../src/composables/useBaseReview'
import { asId, type CycleCountId, type FacilityId, type ProductId, type SessionId } from '../../src/domain/ids'
import { unitsOf } from '../../src/domain/quantity'
import type { ReviewDecision, ReviewRow } from '../../src/domain/review'
import type { CountSession, CycleCount, CycleCountStatus } from '../../src/domain/session'
import { BASE_CHUNK, type DecisionAtOnce } from '../../src/ports/base-review'
import { aProfile } from '../support/fake-services'

const ID = asId<CycleCountId>('C1')
const BOOKED: ReviewDecision = {
  outcome: 'apply', counted: null, variance: null, editDelta: null, reason: null, note: null, photoId: null, by: '', at: 0,
  isStale: false, isPosted: true, approvedTotal: null,
}

function aRow(id: string, counted: number | null, decision: ReviewDecision | null = null): ReviewRow {
  const compared = (units: number) => ({
    bookAtCount: unitsOf(10), expectedNow: unitsOf(10), variance: unitsOf(units - 10), percent: 0, value: null, movedSince: [],
  })
  return {
    productId: asId<ProductId>(id), name: id, identifier: null, abcClass: null, isRequested: true, bookNow: unitsOf(10), unitCost: null,
    wantsPhoto: false, state: counted === null ? 'uncounted' : 'supervisor', why: null, recount: null, decision,
    rounds: counted === null
      ? []
      : [{ round: 0, quantity: unitsOf(counted), firstAt: 0, lastAt: 0, counters: [], sessions: 1, isOpen: false, compared: compared(counted) }],
  }
}

const aSession = (status: CountSession['status']): CountSession => ({
  sessionId: asId<SessionId>('S1'), cycleCountId: ID, name: 'Aisle 4', area: '', status, createdBy: null, createdAt: 0, holder: null,
})

/** A server with these rows, two to a page. `onDecide` may change them, fail, or both. */
function aServer(given: readonly ReviewRow[], onDecide: (rows: Map<ProductId, ReviewRow>) => 'done' | 'no answer' = () => 'done') {
  const rows = new Map(given.map((it) => [it.productId, it]))
  const sent: (readonly DecisionAtOnce[])[] = []
  const server = { rows, sent, total: given.length, status: 'completed' as CycleCountStatus, session: 'submitted' as CountSession['status'] }
  const count = (): CycleCount => ({
    cycleCountId: ID, name: 'Weekly', facilityId: asId<FacilityId>('F1'), countType: 'directed', isBlind: false, status: server.status,
    startAt: null, dueAt: null, createdAt: 0, sessions: [aSession(server.session)], requestedItems: null, countedItems: null,
  })
  const answers = {
    count, total: () => server.total,
    page: (_id: never, index: number) => ({
      rows: [...rows.values()].slice(2 * index, 2 * index + 2), isLast: 2 * index + 2 > rows.size,
    }),
    move: (_id: never, to: CycleCountStatus) => void (server.status = to),
  }
  const baseReview = async (name: keyof typeof answers | 'decide', ...args: never[]) => {
    if (name !== 'decide') return { ok: true, answer: (answers[name] as (...given: never[]) => unknown)(...args) }
    sent.push(args[1] as never)
    const outcome = onDecide(rows)
    return outcome === 'done' ? { ok: true, answer: undefined } : { ok: false, reason: 'offline', message: '' }
  }
  const review = effectScope().run(() => useBaseReview({ baseReview: baseReview as never }, ID))!
  return { ...server, server, review }
}

function book(rows: Map<ProductId, ReviewRow>, ...ids: string[]): void {
  for (const id of ids.map((it) => asId<ProductId>(it))) rows.set(id, { ...rows.get(id)!, decision: BOOKED })
}

describe('a page that a base server has nothing for', () => {
  it('[RV42] says what is missing and what to do; only the review is there', () => {
    const base = aProfile({ server: { ...aProfile().server, profile: 'hotwax' } })
    const missing = DESKS.map((it) => missingDesk(it, base))

    expect(DESKS.filter((it) => missingDesk(it, base) === null)).toEqual(['review'])
    expect(missing.filter((it) => it !== null && (it.title === '' || it.text === '' || it.page === ''))).toEqual([])
    expect(missingDesk('people', base)?.text).toContain('in the server’s own app')
    expect(DESKS.map((it) => missingDesk(it, aProfile()))).toEqual(DESKS.map(() => null))
    expect(missingDesk(undefined, base)).toBeNull()
  })
})

describe('a review that is booked at once', () => {
  it('[RV43] may be decided when counting is over and every row has come', async () => {
    const { review, server } = aServer([aRow('tea', 8), aRow('oats', 10), aRow('rice', null)])
    expect(review.isUnderReview.value).toBe(false)
    await review.load()
    expect([review.isUnderReview.value, progressWords(review)]).toEqual([true, 'All 3 products loaded, 2 to decide'])

    server.total = 4
    await review.load()
    expect([review.isUnderReview.value, progressWords(review)]).toEqual([false, '3 of 4 products loaded: load again before you decide'])

    server.total = 3
    server.status = 'in-progress'
    server.session = 'assigned'
    await review.load()
    expect([review.isUnderReview.value, review.openSessions.value.map((it) => it.name)]).toEqual([false, ['Aisle 4']])

    await review.move('completed')
    expect(review.isUnderReview.value).toBe(true)
  })

  it('[RV43] books only what was counted and can be compared; skips anything that is undecided', () => {
    const unseen = { ...aRow('salt', 3), rounds: [{ ...aRow('salt', 3).rounds[0]!, compared: null }] }
    const chosen = [aRow('tea', 8), aRow('rice', null), aRow('oats', 12, BOOKED), unseen]

    expect(decidableOf(chosen, 'apply').map((it) => it.name)).toEqual(['tea'])
    expect(decidableOf(chosen, 'skip').map((it) => it.name)).toEqual(['tea', 'rice', 'salt'])
    expect(netWords([aRow('tea', 8), aRow('oats', 11)])).toBe('−1 unit')
  })

  it('[RV44] leaves what has changed since it was looked at, and says so', async () => {
    const { review, rows, sent } = aServer([aRow('tea', 8), aRow('oats', 12)], (all) => (book(all, 'tea'), 'done'))
    await review.load()
    const seen = review.rows.value
    rows.set(asId<ProductId>('oats'), aRow('oats', 13))

    await review.decide(seen, 'apply')

    expect(sent.flat().map((it) => it.row.name)).toEqual(['tea'])
    expect(review.said.value).toBe('1 variance booked. 1 product has changed since you looked and was left as it is: look again.')
    expect(review.leftToDecide.value).toBe(1)
  })

  it('[RV44] sends nothing again after a lost answer, and reads back what it has done', async () => {
    const many = Array.from({ length: BASE_CHUNK + 1 }, (_, index) => aRow(`p${index}`, 8))
    const { review, sent } = aServer(many, (all) => (book(all, ...many.slice(0, BASE_CHUNK).map((it) => it.name)), 'no answer'))
    await review.load()

    await review.decide(review.rows.value, 'apply')

    expect(sent.map((it) => it.length)).toEqual([BASE_CHUNK])
    expect(review.problem.value).toContain('Waiting for the network')
    expect(review.said.value).toBe('250 variances booked.')
    expect(review.leftToDecide.value).toBe(1)
  })
})
