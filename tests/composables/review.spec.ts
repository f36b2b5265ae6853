// A review on screen: complete or not, in bulk, in words, by keyboard; the server behind it is a fake.
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'
import { countByFilter, shownRows, totalsOf } from '../../src/composables/review-list'
import { decided, plainly, toSend } from '../../src/composables/review-draft'
import { rowTexts } from '../../src/composables/review-row-texts'
import { explainWords, formatMoney, standWords, uncountedWords } from '../../src/composables/review-words'
import { useBulkDecisions } from '../../src/composables/useBulkDecisions'
import { useReview } from '../../src/composables/useReview'
import { useReviewKeys } from '../../src/composables/useReviewKeys'
import { asId, type CycleCountId, type ProductId } from '../../src/domain/ids'
import type { Money } from '../../src/domain/money'
import { unitsOf } from '../../src/domain/quantity'
import { needsPerson, type ReviewRow } from '../../src/domain/review'
import type { ReviewPage, ReviewSummary } from '../../src/ports/review'
import { useReviewSettings } from '../../src/stores/review-settings'
import type { SyncWorkerApi } from '../../src/worker/protocol'

const ID = asId<CycleCountId>('C1')

function aRow(id: string, variance = 0, over: Partial<ReviewRow> = {}): ReviewRow {
  const compared = {
    bookAtCount: unitsOf(10),
    expectedNow: unitsOf(10 + variance),
    variance: unitsOf(variance),
    percent: variance * 10,
    value: (variance * 20_000) as Money,
    movedSince: [],
  }
  return {
    productId: asId<ProductId>(id),
    name: `Product ${id}`,
    identifier: `40${id}`,
    abcClass: 'A',
    isRequested: true,
    bookNow: unitsOf(10),
    unitCost: 20_000 as Money,
    state: variance === 0 ? 'accepted' : 'recount',
    why: null,
    recount: null,
    wantsPhoto: false,
    decision: null,
    rounds: [
      {
        round: 0,
        quantity: unitsOf(10 + variance),
        firstAt: 0,
        lastAt: 0,
        counters: ['ana'],
        sessions: 1,
        isOpen: false,
        compared,
      },
    ],
    ...over,
  }
}

const aSummary = (over: Partial<ReviewSummary> = {}): ReviewSummary => ({
  revision: 7,
  total: 3,
  cuts: ['', '2'],
  pageSize: 2,
  name: 'Weekly',
  status: 'completed',
  isBlind: false,
  facilityId: null,
  startedAt: null,
  closed: null,
  currency: 'EUR',
  names: {},
  sessions: [],
  unsent: [],
  unmatched: { rows: 0, units: unitsOf(0), isWaived: true, waiver: null },
  ...over,
})

const FAILED = { ok: false, reason: 'offline', message: '' } as const

/** Answers each call of the review by its name. */
function aServer(
  answers: Partial<Record<string, (...args: never[]) => unknown>>,
): Pick<SyncWorkerApi, 'review'> {
  const review = async (name: string, ...args: never[]) => answers[name]?.(...args) ?? FAILED
  return { review: review as never }
}

function pagesOf(
  rows: readonly ReviewRow[],
  size: number,
  revisions: (page: number) => number = () => 7,
) {
  return (_id: never, after: never, until: never): { ok: true; answer: ReviewPage } => {
    const placeBehind = (id: string) => rows.findIndex((it) => it.productId === id) + 1
    const from = placeBehind(after)
    const end = until === null ? rows.length : placeBehind(until)
    const part = rows.slice(from, Math.min(end, from + size))
    return {
      ok: true,
      answer: {
        revision: revisions(from / size),
        rows: part,
        next: part.at(-1)?.productId ?? '',
        more: from + size < end,
      },
    }
  }
}

const ROWS = [aRow('1'), aRow('2', -4), aRow('3', 2)]
const summary =
  (over: Partial<ReviewSummary> = {}) =>
  () => ({ ok: true, answer: aSummary(over) })
const open = (server: ReturnType<typeof aServer>) => effectScope().run(() => useReview(server, ID))!

describe('loading a review', () => {
  it('[RV24] is complete with as many rows as the server has, all of one revision', async () => {
    const review = open(aServer({ summary: summary(), page: pagesOf(ROWS, 2) }))
    expect(review.isComplete.value).toBe(false)

    await review.load()

    expect([review.rows.value.size, review.isComplete.value, review.isOutdated.value]).toEqual([
      3,
      true,
      false,
    ])
  })

  it('[RV24] a load that fails halfway, a row too few or another revision leaves it incomplete', async () => {
    const halfway = open(
      aServer({
        summary: summary(),
        page: (id: never, after: never, until: never) =>
          (after as string) === '' ? pagesOf(ROWS, 2)(id, after, until) : FAILED,
      }),
    )
    const short = open(aServer({ summary: summary({ total: 4 }), page: pagesOf(ROWS, 2) }))
    const mixed = open(aServer({ summary: summary(), page: pagesOf(ROWS, 2, (page) => 7 + page) }))
    for (const review of [halfway, short, mixed]) {
      await review.load()
      expect(review.isComplete.value).toBe(false)
    }
    expect(halfway.failure.value?.reason).toBe('offline')
    expect([short.isOutdated.value, mixed.isOutdated.value]).toEqual([true, true])
  })

  it('[RV34] pages are asked for side by side, a few at a time; until all have come nothing counts as all there is', async () => {
    const many = Array.from({ length: 10 }, (_, index) => aRow(String(index), 1))
    const waiting: (() => void)[] = []
    let most = 0
    const server = aServer({
      summary: summary({ total: 10, cuts: ['', '1', '3', '5', '7'] }),
      page: async (id: never, after: never, until: never) => {
        await new Promise<void>((resolve) => most = Math.max(most, waiting.push(resolve)))
        return pagesOf(many, 2)(id, after, until)
      },
    })
    const review = open(server)
    const loading = review.load()
    const seen: (readonly [number, boolean])[] = []
    while (seen.length < 4) {
      await vi.waitFor(() => expect(waiting.length).toBeGreaterThan(0))
      waiting.pop()?.()
      await vi.waitFor(() => expect(review.loaded.value).toBe(2 * (seen.length + 1)))
      seen.push([review.loaded.value, review.isWhole.value])
    }
    waiting.pop()?.()
    await loading

    expect(most).toBe(3)
    expect(seen).toEqual([
      [2, false],
      [4, false],
      [6, false],
      [8, false],
    ])
    expect([review.rows.value.size, review.isWhole.value, review.isComplete.value]).toEqual([
      10,
      true,
      true,
    ])

    // Loaded again, what stands there stays until the new rows are whole.
    const again = review.load()
    await vi.waitFor(() => expect(waiting).toHaveLength(3))
    waiting.pop()?.()
    await vi.waitFor(() => expect(review.loaded.value).toBe(2))
    expect([review.rows.value.size, review.isWhole.value]).toEqual([10, false])
    while (review.isLoading.value) {
      waiting.pop()?.()
      await new Promise((resolve) => setTimeout(resolve))
    }
    await again
    expect(review.isComplete.value).toBe(true)
  })

  it('[RV50] a page that is shorter than it was asked for is read to its end, the others beside it', async () => {
    const many = Array.from({ length: 6 }, (_, index) => aRow(String(index), 1))
    const asked: string[] = []
    const server = aServer({
      summary: summary({ total: 6, cuts: ['', '2'], pageSize: 3 }),
      // At most two at a time, whatever was asked for.
      page: (id: never, after: never, until: never) => {
        asked.push(`${String(after)}-${String(until)}`)
        return pagesOf(many, 2)(id, after, until)
      },
    })
    const review = open(server)

    await review.load()

    expect(asked.toSorted()).toEqual(['-2', '1-2', '2-null', '4-null'])
    expect([review.rows.value.size, review.isComplete.value]).toEqual([6, true])
  })

  it('[RV50] pages that never end are not asked for without end', async () => {
    let asked = 0
    const server = aServer({
      summary: summary({ total: 2, cuts: [''], pageSize: 1 }),
      page: () => {
        asked += 1
        return { ok: true, answer: { revision: 7, rows: [aRow('1')], next: `n${asked}`, more: true } }
      },
    })
    const review = open(server)

    await review.load()

    // Three loads of at most two hundred pages.
    expect(asked).toBe(600)
    expect([review.isComplete.value, review.isOutdated.value]).toEqual([false, true])
  })

  it('[RV25] own decisions leave it complete; anything else that arrived does not', async () => {
    const review = open(aServer({ summary: summary(), page: pagesOf(ROWS, 2) }))
    await review.load()

    review.patch([aRow('2', -4)], 8, 1)
    expect([review.isComplete.value, review.summary.value?.revision]).toEqual([true, 8])
    review.patch([], 10, 1)
    expect([review.isComplete.value, review.isOutdated.value]).toEqual([false, true])
  })
})

describe('bulk decisions', () => {
  const many = Array.from({ length: 1201 }, (_, index) => aRow(String(index), 1))

  it('[RV26] go in chunks; after a failure the failed chunk goes again under its old id; undo takes back what was taken', async () => {
    const calls: { requestId: string; count: number; action: string }[] = []
    let revision = 7
    let fails = 1
    const server = aServer({
      summary: summary({ total: many.length, cuts: ['', '999'] }),
      page: pagesOf(many, 1000),
      decide: (_id: never, requestId: never, decisions: never) => {
        const sent = decisions as readonly { productId: string; action: string }[]
        calls.push({ requestId, count: sent.length, action: sent[0]!.action })
        if (calls.length === 2 && fails-- > 0) return FAILED
        revision += 1
        return {
          ok: true,
          answer: {
            revision,
            verdicts: sent.map((it, index) => ({
              productId: it.productId,
              verdict: index === 0 && calls.length === 1 ? 'refused' : 'taken',
              code: null,
              message: 'no',
            })),
          },
        }
      },
    })
    const review = open(server)
    await review.load()
    let ids = 0
    const bulk = useBulkDecisions({
      sync: server,
      review,
      id: ID,
      userName: 'sam',
      now: () => 5,
      nextId: () => `r${(ids += 1)}`,
    })

    await bulk.start(many, { action: 'apply', quantity: null, reason: null, note: null, photoId: null })
    expect(bulk.run.value).toMatchObject({ total: 1201, done: 500, failure: { reason: 'offline' } })
    await bulk.goOn()

    expect(calls.map((it) => [it.requestId, it.count])).toEqual([
      ['r1', 500],
      ['r2', 500],
      ['r2', 500],
      ['r3', 201],
    ])
    expect([bulk.last.value?.taken.length, bulk.last.value?.refused.length]).toEqual([1200, 1])
    expect(review.rows.value.get(many[5]!.productId)?.decision).toMatchObject({
      outcome: 'apply',
      by: 'sam',
      counted: unitsOf(11),
      variance: unitsOf(1),
    })
    expect(review.rows.value.get(many[0]!.productId)?.decision).toBeNull()
    // Nobody else decided meanwhile: it is still all there is.
    expect(review.isComplete.value).toBe(true)
  })
})

describe('the list', () => {
  const rows = [
    aRow('1'),
    aRow('2', -4),
    aRow('3', 2, { state: 'supervisor' }),
    aRow('4', 0, { state: 'uncounted', rounds: [] }),
    aRow('5', 1, {
      decision: {
        outcome: 'skip',
        counted: null,
        variance: null,
        editDelta: null,
        reason: null,
        note: null,
        photoId: null,
        by: 'sam',
        at: 0,
        isStale: false,
        isPosted: false,
        approvedTotal: null,
      },
    }),
  ]
  const ids = (over: object) =>
    shownRows(rows, {
      filter: 'all',
      sort: 'value',
      search: '',
      threshold: 'none',
      over: 0,
      ...over,
    }).map((it) => String(it.productId))

  it('[RV28] filters, orders by the largest variance whichever way, and keeps to the threshold', () => {
    expect(ids({})).toEqual(['2', '3', '5', '1', '4'])
    expect(ids({ filter: 'open' })).toEqual(['2', '3', '4'])
    expect(ids({ threshold: 'units', over: 2 })).toEqual(['2'])
    expect(ids({ search: '403' })).toEqual(['3'])
    expect(countByFilter(rows)).toMatchObject({
      open: 3,
      beyond: 2,
      accepted: 1,
      decided: 1,
      uncounted: 1,
      all: 5,
    })
    expect(totalsOf(rows)).toEqual({ toBook: 1, toSkip: 1, open: 3, units: 0, value: 0 })
    expect(needsPerson({ ...rows[4]!, decision: { ...rows[4]!.decision!, isStale: true } })).toBe(
      true,
    )
  })

  it('[RV28] the choice is remembered on the device, and what another version wrote is no choice', async () => {
    localStorage.clear()
    setActivePinia(createPinia())
    useReviewSettings().choice.filter = 'all'
    await vi.waitFor(() => expect(localStorage.getItem('shelfcount:review')).toContain('"all"'))
    setActivePinia(createPinia())
    expect(useReviewSettings().choice.filter).toBe('all')
    localStorage.setItem('shelfcount:review', '{"over":-1,"sort":')
    setActivePinia(createPinia())
    expect(useReviewSettings().choice).toMatchObject({ filter: 'open', over: 2 })
  })
})

describe('what nobody found', () => {
  const notFound = (id: string, book: number | null, over: Partial<ReviewRow> = {}) =>
    aRow(id, 0, { state: 'not-found', isRequested: false, rounds: [], bookNow: book === null ? null : unitsOf(book), ...over })

  it('[RV69] is told with what was expected and what that is worth, and ordered by it', () => {
    const rows = [aRow('1', -2), notFound('2', 50), notFound('3', 1), aRow('4', 0, { state: 'uncounted', rounds: [] })]
    const choice = { filter: 'all', sort: 'value', search: '', threshold: 'none', over: 0 } as const

    expect(shownRows(rows, choice).map((it) => it.productId)).toEqual(['2', '1', '3', '4'])
    expect(shownRows(rows, { ...choice, filter: 'uncounted', threshold: 'units', over: 5 }).map((it) => it.productId)).toEqual(['2'])
    expect(rowTexts(rows[1]!, 'EUR')).toMatchObject({ book: '50', counted: '–', variance: '−50', percent: '−100 %', worth: '−€100.00', expected: '' })
    expect([standWords(rows[1]!), uncountedWords(rows[1]!)]).toEqual(['Not found', 'nobody found it, expected now 50'])
    expect(countByFilter(rows)).toMatchObject({ open: 4, uncounted: 3 })
    // Who may not see the book learns that nobody found it.
    expect(rowTexts(notFound('5', null), 'EUR')).toMatchObject({ book: '', variance: '–', worth: '' })
    expect(uncountedWords(notFound('5', null))).toBe('nobody found it')
  })

  it('[RV69] setting it to zero says which book was looked at, and stands as the server has it', () => {
    const zero = plainly('zero')
    const row = notFound('2', 50)

    expect(toSend(row, zero)).toMatchObject({ action: 'zero', seen: { counted: null, variance: unitsOf(-50) } })
    expect(toSend(notFound('2', null), zero).seen).toEqual({ counted: null, variance: null })
    expect(toSend(row, plainly('skip')).seen).toEqual({ counted: null, variance: null })
    const done = decided(row, zero, 'sam', 0)
    expect(done.decision).toMatchObject({ outcome: 'apply', counted: 0, variance: unitsOf(-50), editDelta: null })
    expect([standWords(done), needsPerson(done)]).toEqual(['Set to zero', false])
    expect(totalsOf([done])).toMatchObject({ toBook: 1, units: unitsOf(-50), value: -100_0000 })
  })
})

describe('words', () => {
  it('[RV23] counted 10 at 10:32, 2 shipped 11:05, expected now 8, variance 0', () => {
    const at = (hour: number, minute: number) => Date.UTC(2026, 0, 5, hour, minute)
    const [round] = aRow('1').rounds
    const told = {
      ...round!,
      lastAt: at(10, 32),
      quantity: unitsOf(10),
      compared: {
        ...round!.compared!,
        expectedNow: unitsOf(8),
        movedSince: [
          { kind: 'shipment' as const, quantity: unitsOf(-2), times: 1, lastAt: at(11, 5) },
        ],
      },
    }

    expect(explainWords(told, 'UTC')).toBe(
      'counted 10 at 10:32, 2 shipped 11:05, expected now 8, variance 0',
    )
    expect(explainWords({ ...told, compared: null }, 'UTC')).toBe('counted 10 at 10:32')
    expect(formatMoney(-125_000 as Money, 'EUR')).toBe('−€12.50')
    expect(standWords(aRow('2', -4))).toBe('Recount wanted')
  })
})

describe('keys', () => {
  beforeEach(() => {
    document.body.innerHTML =
      '<input id="field"><button id="button"></button><div role="dialog"><p id="inside" tabindex="-1"></p></div>'
  })
  const press = (key: string, on: Element = document.body) =>
    on.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))

  it('[RV27] arrows move and letters act; fields, dialogs and buttons keep their keys', () => {
    const [acted, moved]: [string[], number[]] = [[], []]
    const scope = effectScope()
    scope.run(() =>
      useReviewKeys({ act: (key) => acted.push(key), move: (steps) => moved.push(steps) }),
    )

    for (const key of ['a', 'S', 'ArrowDown', 'PageUp', '?', 'x']) press(key)
    press('a', document.querySelector('#field')!)
    press('r', document.querySelector('#inside')!)
    press(' ', document.querySelector('#button')!)
    press('e', document.querySelector('#button')!)

    expect([acted, moved]).toEqual([
      ['a', 's', '?', 'e'],
      [1, -10],
    ])
    scope.stop()
    press('a')
    expect(acted).toHaveLength(4)
  })
})
