// Supervisors' pages on a server of the base contract: what it has not is said, what it books at once is looked at twice.
import { describe, expect, it } from 'vitest'
import { effectScope } from 'vue'
import { createMemoryStore } from '../../src/db/memory-store'
import { amountAtOnceQuestion, decidableOf, netWords, progressWords, sentChanges, sentWords, zeroableOf } from '../../src/composables/base-review-words'
import { DESKS, missingDesk } from '../../src/composables/desk-words'
import { percentOf, worthOf } from '../../src/composables/review-words'
import { useBaseReview } from '../../src/composables/useBaseReview'
import { asId, type CycleCountId, type FacilityId, type ProductId, type SessionId } from '../../src/domain/ids'
import { decodeMoney } from '../../src/domain/money'
import { unitsOf, ZERO } from '../../src/domain/quantity'
import type { ReviewDecision, ReviewRow } from '../../src/domain/review'
import type { CountSession, CycleCount, CycleCountStatus } from '../../src/domain/session'
import { BASE_CHUNK, COMMENTS_MAX, type BaseReviewApi, type DecisionAtOnce, type StockedProduct } from '../../src/ports/base-review'
import { SCANS_SCHEMA, type ScansShape, type ScansStore } from '../../src/ports/scans-schema'
import { noteSent } from '../../src/usecases/sent-decisions'
import { aProfile } from '../support/fake-services'

const ID = asId<CycleCountId>('C1')
type ZeroAsk = Parameters<BaseReviewApi['countAsZero']>[1]
const NOON = Date.UTC(2026, 4, 4, 12)
const APPLY = { kind: 'apply' } as const
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
function aServer(given: readonly ReviewRow[], onDecide: (rows: Map<ProductId, ReviewRow>) => 'done' | 'no answer' | 'refused' = () => 'done') {
  let batches = 0
  const rows = new Map(given.map((it) => [it.productId, it]))
  const sent: (readonly DecisionAtOnce[])[] = []
  const scans = createMemoryStore<ScansShape>(SCANS_SCHEMA)
  const server = {
    rows, sent, total: given.length, status: 'completed' as CycleCountStatus, session: 'submitted' as CountSession['status'],
    type: 'directed' as CycleCount['countType'], stock: [] as StockedProduct[], onZero: 'done' as 'done' | 'no answer', zeros: [] as ZeroAsk[],
  }
  const count = (): CycleCount => ({
    cycleCountId: ID, name: 'Weekly', facilityId: asId<FacilityId>('F1'), countType: server.type, isBlind: false, status: server.status,
    startAt: null, dueAt: null, createdAt: 0, sessions: [aSession(server.session)], requestedItems: null, countedItems: null,
  })
  const answers = {
    count, total: () => server.total,
    page: (_id: never, index: number) => ({
      rows: [...rows.values()].slice(2 * index, 2 * index + 2), isLast: 2 * index + 2 > rows.size,
    }),
    sessions: () => [{ name: 'Aisle 4', by: 'ana', counted: unitsOf(8), at: NOON, isVoided: false }],
    stock: (_id: never, index: number) => ({ rows: server.stock.slice(3 * index, 3 * index + 3), isLast: 3 * index + 3 > server.stock.length }),
    move: (_id: never, to: CycleCountStatus) => void (server.status = to),
  }
  const baseReview = async (name: keyof typeof answers | 'decide' | 'countAsZero', ...args: never[]) => {
    if (name === 'countAsZero') {
      const ask = args[1] as unknown as ZeroAsk
      server.zeros.push(ask)
      for (const { productId } of ask.rows) rows.set(productId, aRow(productId, 0))
      server.total = rows.size
      return server.onZero === 'done' ? { ok: true, answer: undefined } : { ok: false, reason: 'offline', message: '' }
    }
    if (name !== 'decide') return { ok: true, answer: (answers[name] as (...given: never[]) => unknown)(...args) }
    sent.push(args[1] as never)
    const outcome = onDecide(rows)
    if (outcome === 'refused') return { ok: false, reason: 'rejected', message: 'No' }
    return outcome === 'done' ? { ok: true, answer: undefined } : { ok: false, reason: 'offline', message: '' }
  }
  const aWindow = (store: ScansStore = scans) => effectScope().run(() =>
    useBaseReview({ sync: { baseReview: baseReview as never }, scans: store, clock: { now: () => NOON, mono: () => 0 }, ids: { next: () => `batch-${(batches += 1)}` } }, ID))!
  return { ...server, server, scans, aWindow, review: aWindow() }
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

    await review.decide(seen, APPLY)

    expect(sent.flat().map((it) => it.row.name)).toEqual(['tea'])
    expect(review.said.value).toBe('1 variance booked. 1 product has changed since you looked and was left as it is: look again.')
    expect(review.leftToDecide.value).toBe(1)
  })

  it('[RV44] sends nothing again after a lost answer, and reads back what it has done', async () => {
    const many = Array.from({ length: BASE_CHUNK + 1 }, (_, index) => aRow(`p${index}`, 8))
    const { review, sent } = aServer(many, (all) => (book(all, ...many.slice(0, BASE_CHUNK).map((it) => it.name)), 'no answer'))
    await review.load()

    await review.decide(review.rows.value, APPLY)

    expect(sent.map((it) => it.length)).toEqual([BASE_CHUNK])
    expect(review.problem.value).toContain('Waiting for the network')
    expect(review.said.value).toBe('250 variances booked.')
    expect(review.leftToDecide.value).toBe(1)
  })
})

describe('what a hard count on a base server did not find', () => {
  const stocked = (id: string, units: number | null) => ({ productId: asId<ProductId>(id), name: id, book: units === null ? null : unitsOf(units) })
  function aHardCount(onZero: 'done' | 'no answer' = 'done') {
    const made = aServer([aRow('tea', 8)])
    made.server.type = 'hard'
    made.server.stock = [stocked('tea', 10), stocked('rice', 50), stocked('salt', 0), stocked('oats', 3), stocked('hidden', null)]
    made.server.onZero = onZero
    return made
  }

  it('[RV70] is the stock less what is under review; it may be left, and is neither booked nor skipped as it is', async () => {
    const { review, server } = aHardCount()
    await review.load()

    const lost = review.rows.value.filter((it) => it.state === 'not-found')
    expect(lost.map((it) => [it.name, it.bookNow])).toEqual([['rice', unitsOf(50)], ['oats', unitsOf(3)]])
    expect([review.isUnderReview.value, progressWords(review)]).toEqual([true, 'All 1 product loaded, 1 to decide; 2 not found'])
    expect([decidableOf(lost, 'apply'), decidableOf(lost, 'skip'), zeroableOf(review.rows.value)]).toEqual([[], [], lost])

    server.type = 'directed'
    await review.load()
    expect(review.rows.value.map((it) => it.name)).toEqual(['tea'])
  })

  it.each(['done', 'no answer'] as const)('[RV70] is counted as zero only on the book that was looked at, and read back (%s)', async (answer) => {
    const { review, server } = aHardCount(answer)
    await review.load()
    const lost = zeroableOf(review.rows.value)
    server.stock = [stocked('tea', 10), stocked('rice', 50), stocked('oats', 4)]

    await review.countAsZero(lost)

    expect(server.zeros.map((it) => it.rows.map((row) => row.productId))).toEqual([['rice']])
    expect(review.said.value).toBe('1 product counted as zero, in a session of its own: decide it next. 1 product has changed since you looked: look again.')
    expect(review.problem.value === null).toBe(answer === 'done')
    expect(review.rows.value.map((it) => [it.name, it.state])).toEqual([['tea', 'supervisor'], ['rice', 'supervisor'], ['oats', 'not-found']])
  })
})

describe('an amount set by hand on a base server', () => {
  const toNine = { kind: 'set', to: unitsOf(9), reason: 'Found elsewhere' } as const

  it('[RV47] is booked instead of the count, with its reason and note, and only on figures that were looked at', async () => {
    const { review, sent, rows } = aServer([aRow('tea', 8), aRow('rice', null), aRow('oats', 12)], (all) => (book(all, 'tea'), 'done'))
    await review.load()
    const [tea, rice, oats] = review.rows.value
    rows.set(oats!.productId, aRow('oats', 13))

    await review.decide([tea!], toNine, 'behind the crates')
    await review.decide([oats!], toNine)
    await review.decide([rice!], { ...toNine, to: unitsOf(2) })

    expect(sent).toMatchObject([
      [{ row: { name: 'tea' }, act: toNine, note: 'behind the crates' }],
      [{ row: { name: 'rice' }, act: { to: unitsOf(2) }, note: null }],
    ])
  })

  it('[RV47] what is too long to go with it is said, and nothing is sent', async () => {
    const { review, sent } = aServer([aRow('tea', 8)])
    await review.load()

    await review.decide(review.rows.value, { ...toNine, reason: 'x'.repeat(COMMENTS_MAX - 3) }, 'yes')

    expect([sent, review.problem.value]).toEqual([[], 'Reason and note together are longer than 255 characters. Make them shorter.'])
  })

  it('[RV47] percentage and worth beside it are those of the amount, not of the count', () => {
    const compared = { ...aRow('tea', 8).rounds[0]!.compared!, percent: -20 }

    expect([percentOf(compared, unitsOf(-2)), percentOf(compared, unitsOf(-1)), percentOf({ ...compared, bookAtCount: ZERO }, unitsOf(1))]).toEqual([-20, -10, null])
    const priced = { ...compared, value: decodeMoney(-3) }
    const worth = (amount: number) => worthOf(priced, decodeMoney(1.5), unitsOf(amount))
    expect([worth(-2), worth(-1), worthOf(priced, null, unitsOf(-1))]).toEqual([decodeMoney(-3), decodeMoney(-1.5), null])
  })

  it('[RV47] asks with the book and what the count says', () => {
    expect(amountAtOnceQuestion(aRow('tea', 8))).toMatchObject({ amount: '8', isFinal: true })
    expect(amountAtOnceQuestion(aRow('rice', null))).toMatchObject({ amount: '', description: expect.stringContaining('The book says 10.') })
  })

  it('[RV48] a count can be followed to its sessions; what cannot be read is said', async () => {
    const { review } = aServer([aRow('tea', 8)])
    const lost = effectScope().run(() =>
      useBaseReview({ sync: { baseReview: (async () => ({ ok: false, reason: 'offline', message: '' })) as never }, scans: createMemoryStore(SCANS_SCHEMA), clock: { now: () => NOON, mono: () => 0 }, ids: { next: () => 'b' } }, ID))!

    expect(await review.sessionsOf(aRow('tea', 8))).toMatchObject([{ name: 'Aisle 4', by: 'ana', counted: unitsOf(8) }])
    expect(await lost.sessionsOf(aRow('tea', 8))).toBeNull()
  })
})

describe('what this device has sent', () => {
  it('[RV49] is noted before it goes out and settled by the rows; a later window knows it', async () => {
    const { review, aWindow } = aServer([aRow('tea', 8), aRow('oats', 12)], (all) => (book(all, 'tea'), 'done'))
    await review.load()
    await review.decide(review.rows.value.slice(0, 1), APPLY, 'looked twice')
    const later = aWindow()
    await later.trail.read()

    expect(later.trail.kept.value).toEqual({
      sent: [{ batch: 'batch-1', at: NOON, productId: 'tea', name: 'tea', act: APPLY, note: 'looked twice', counted: unitsOf(8), book: unitsOf(10), became: 'booked' }],
      earlier: 0,
    })
    expect(sentChanges(later.trail.kept.value.sent, 'sam', { isNamed: true })).toEqual([
      { what: 'tea: As counted: 8, −2 on a book of 10', by: 'sam', at: NOON, why: 'looked twice' },
    ])
  })

  it('[RV49] without an answer nothing is claimed; a refusal is one, unless the row is decided: then somebody else was it', async () => {
    const became = async (outcome: 'no answer' | 'refused', isBooked: boolean) => {
      const { review } = aServer([aRow('tea', 8)], (all) => (isBooked && book(all, 'tea'), outcome))
      await review.load()
      await review.decide(review.rows.value, APPLY)
      return review.trail.kept.value.sent.map((it) => it.became)
    }

    expect(await became('no answer', true)).toEqual(['booked'])
    expect(await became('no answer', false)).toEqual(['unknown'])
    expect(await became('refused', false)).toEqual(['not-booked'])
    expect(await became('refused', true)).toEqual(['unknown'])
  })

  it('[RV49] what cannot be noted is not sent', async () => {
    const { aWindow, sent } = aServer([aRow('tea', 8)])
    const broken = { tx: () => Promise.reject(new Error('The disk is gone')) } as unknown as ScansStore
    const review = aWindow(broken)
    await review.load()

    await review.decide(review.rows.value, APPLY)

    expect([sent, review.trail.isLost.value, review.problem.value]).toEqual([[], true, expect.stringContaining('it was not sent')])
  })

  it('[RV49] keeps the newest five hundred, and how many came before', async () => {
    const { scans, aWindow } = aServer([])
    const sent = Array.from({ length: 501 }, (_, index) => ({
      batch: 'b', at: NOON, productId: asId<ProductId>(`p${index}`), name: `p${index}`, act: APPLY, counted: null, book: null, note: null, became: 'unknown' as const,
    }))
    await noteSent(scans, ID, sent)
    const review = aWindow()
    await review.trail.read()

    const { sent: kept, earlier } = review.trail.kept.value
    expect([kept.length, kept[0]?.name, kept.at(-1)?.name, earlier]).toEqual([500, 'p1', 'p500', 1])
  })

  it('[RV49] is said in words: what, on which book, and what became of it', () => {
    const sent = { batch: 'b', at: NOON, productId: asId<ProductId>('tea'), name: 'tea', counted: unitsOf(8), book: unitsOf(10), note: null } as const
    const set = { kind: 'set', to: unitsOf(9), reason: 'Found' } as const

    expect(sentWords({ ...sent, act: set, became: 'booked' })).toBe('Set by hand to 9, counted 8, −1 on a book of 10')
    expect(sentWords({ ...sent, act: set, counted: null, became: 'not-booked' })).toBe(
      'Set by hand to 9, not counted, −1 on a book of 10 – not booked: the server did not take it',
    )
    expect(sentWords({ ...sent, act: { kind: 'skip' }, became: 'unknown' })).toBe('Skipped, nothing booked – no answer came; the product shows what the server has')
  })
})
