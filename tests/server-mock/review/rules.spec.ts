// The review's rules without a server: expected and variance, rounds, the ladder, decisions, what blocks, what came late.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blockerOf, blockersOf } from '../../../server-mock/rules/approval'
import { roundsOf, type CountedRow } from '../../../server-mock/rules/counted-rounds'
import { lateAnswer } from '../../../server-mock/rules/late-evidence'
import {
  decide,
  isStale,
  ruledDecision,
  type Decision,
  type DecidedProduct,
  type DecisionRequest,
} from '../../../server-mock/rules/review-decision'
import { pictureTypeOf } from '../../../server-mock/rules/picture-type'
import { decideReviewMove } from '../../../server-mock/rules/review-moves'
import {
  climb,
  isWithin,
  toleranceFor,
  type LadderInput,
  type MeasuredRound,
} from '../../../server-mock/rules/rule-ladder'
import { measure, type MovedKind } from '../../../server-mock/rules/variance'
import { decodeMoney, valueOf } from '../../../src/domain/money'
import { unitsOf, type Micro } from '../../../src/domain/quantity'

const euro = (amount: number) => decodeMoney(amount)!
const shipped = (units: number, lastAt: number): MovedKind => ({
  kind: 'shipment',
  quantity: unitsOf(-units),
  times: 1,
  lastAt,
})

describe('expected and variance', () => {
  it('[RV1] counted 10 at 10:32, 2 shipped 11:05: expected now 8, variance 0', () => {
    const measured = measure(
      { quantity: unitsOf(10), movedSince: [shipped(2, 1105)] },
      unitsOf(8),
      euro(3),
    )

    expect(measured).toEqual({
      bookAtCount: unitsOf(10),
      expectedNow: unitsOf(8),
      variance: 0,
      percent: 0,
      value: 0,
    })
  })

  it('[RV1] whatever moves after the count changes neither the book of its moment nor the variance', () => {
    const moves = fc.array(
      fc.record({
        at: fc.integer({ min: 1, max: 100 }),
        quantity: fc.integer({ min: -50, max: 50 }).map(unitsOf),
      }),
    )
    fc.assert(
      fc.property(
        fc.integer({ min: -20, max: 500 }),
        moves,
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 0, max: 500 }),
        (start, movements, countedAt, counted) => {
          // The shelf's own story, told forwards: the independent reckoning.
          const truth = (until: number) =>
            movements
              .filter((it) => it.at <= until)
              .reduce<number>((sum, it) => sum + it.quantity, unitsOf(start))
          const now = truth(100) as Micro

          const movedSince = movements
            .filter((it) => it.at > countedAt)
            .map((it): MovedKind => ({
              kind: 'sale',
              quantity: it.quantity,
              times: 1,
              lastAt: it.at,
            }))
          const measured = measure({ quantity: unitsOf(counted), movedSince }, now, null)
          expect(measured.bookAtCount).toBe(truth(countedAt))
          expect(measured.variance).toBe(unitsOf(counted) - truth(countedAt))
          // Whoever counts the same shelf right again now finds this.
          expect(measured.expectedNow - now).toBe(measured.variance)
        },
      ),
    )
  })

  it('[RV2] a variance is told in units, in percent of the book, and in money', () => {
    expect(measure({ quantity: unitsOf(9), movedSince: [] }, unitsOf(12), euro(2.5))).toMatchObject(
      {
        variance: unitsOf(-3),
        percent: -25,
        value: euro(-7.5),
      },
    )
    expect(measure({ quantity: unitsOf(3), movedSince: [] }, unitsOf(0), null)).toMatchObject({
      percent: null,
      value: null,
    })
    expect(measure({ quantity: unitsOf(-2), movedSince: [] }, unitsOf(-4), null)).toMatchObject({
      variance: unitsOf(2),
      percent: 50,
    })
  })

  it('[RV3] money is exact, rounded half away from zero, and says when it cannot be', () => {
    expect(valueOf(333_333 as Micro, euro(0.0003))).toBe(1)
    expect(valueOf(unitsOf(-3), euro(0.5))).toBe(euro(-1.5))
    expect(valueOf(500_000 as Micro, 1 as never)).toBe(1)
    expect(valueOf(-500_000 as Micro, 1 as never)).toBe(-1)
    expect(valueOf(unitsOf(1_000_000_000), euro(1_000_000))).toBeNull()
  })
})

const row = (over: Partial<CountedRow>): CountedRow => ({
  sessionId: 'S1',
  sessionStatus: 'submitted',
  round: 0,
  quantity: unitsOf(1),
  standing: 1,
  countedBy: 'ana',
  sentBy: null,
  lastScanAt: 10,
  lastUpdatedAt: 20,
  ...over,
})

describe('rounds', () => {
  it('[RV4] sessions of a round add up, recounts stand beside, voided ones do not count', () => {
    const { counted } = roundsOf([
      row({ quantity: unitsOf(4), lastScanAt: 10 }),
      row({ sessionId: 'S2', quantity: unitsOf(3), countedBy: 'ben', lastScanAt: 15 }),
      row({ sessionId: 'S3', sessionStatus: 'voided', quantity: unitsOf(100) }),
      row({ sessionId: 'S4', round: 1, quantity: unitsOf(8), countedBy: 'cleo' }),
    ])

    expect(counted).toMatchObject([
      {
        round: 0,
        quantity: unitsOf(7),
        counters: ['ana', 'ben'],
        sessions: 2,
        firstAt: 10,
        lastAt: 15,
        isOpen: false,
      },
      { round: 1, quantity: unitsOf(8), counters: ['cleo'], sessions: 1 },
    ])
  })

  it('[RV4] a counted zero is a count; scans that were all taken back are none', () => {
    expect(roundsOf([row({ quantity: unitsOf(0), standing: 1 })]).counted).toHaveLength(1)
    expect(roundsOf([row({ quantity: unitsOf(0), standing: 0 })]).counted).toEqual([])
    expect(
      roundsOf([row({ standing: 1 }), row({ standing: -1, quantity: unitsOf(-1) })]).counted,
    ).toEqual([])
    expect(roundsOf([row({ standing: null, quantity: unitsOf(5) })]).counted).toHaveLength(1)
  })

  it('[RV4] a device clock that runs ahead counts nothing after the server heard of it', () => {
    expect(roundsOf([row({ lastScanAt: 99, lastUpdatedAt: 20 })]).counted[0]?.lastAt).toBe(20)
  })
})

const round = (over: Partial<MeasuredRound>): MeasuredRound => ({
  round: 0,
  quantity: unitsOf(10),
  firstAt: 1,
  lastAt: 2,
  counters: ['ana'],
  sessions: 1,
  isOpen: false,
  bookAtCount: unitsOf(10),
  expectedNow: unitsOf(10),
  variance: unitsOf(0),
  percent: 0,
  value: euro(0),
  ...over,
})
const off = (units: number, over: Partial<MeasuredRound> = {}) =>
  round({
    quantity: unitsOf(10 + units),
    variance: unitsOf(units),
    percent: units * 10,
    value: euro(units),
    ...over,
  })
const TOLERANCE = { units: unitsOf(1), percent: 5, money: euro(20) }
const ladder = (over: Partial<LadderInput>): LadderInput => ({
  rounds: [],
  isAwaited: false,
  isExpected: false,
  tolerance: TOLERANCE,
  recount: null,
  isCountedLater: false,
  ...over,
})

describe('tolerances', () => {
  it('[RL1] the most particular rule wins: facility and class, facility, class, everywhere, nothing', () => {
    const rule = (facilityId: string, abcClass: string, units: number) => ({
      ...TOLERANCE,
      facilityId,
      abcClass,
      units: unitsOf(units),
    })
    const rules = [rule('*', '*', 1), rule('*', 'A', 2), rule('F', '*', 3), rule('F', 'A', 4)]
    const unitsFor = (facilityId: string, abcClass: string | null, of = rules) =>
      toleranceFor(of, { facilityId, abcClass }).units

    expect([
      unitsFor('F', 'A'),
      unitsFor('F', 'B'),
      unitsFor('G', 'A'),
      unitsFor('G', null),
    ]).toEqual([4, 3, 2, 1].map(unitsOf))
    expect(unitsFor('F', 'A', [])).toBe(0)
  })

  it('[RL2] units or percent let a variance pass; the money limit never does, nor an unknown cost', () => {
    expect(isWithin(off(1), TOLERANCE)).toBe(true)
    expect(isWithin(off(-2), TOLERANCE)).toBe(false)
    expect(isWithin(off(2, { bookAtCount: unitsOf(40) }), TOLERANCE)).toBe(true)
    expect(isWithin(off(1, { value: euro(20.01) }), TOLERANCE)).toBe(false)
    expect(isWithin(off(1, { value: null }), TOLERANCE)).toBe(false)
    expect(isWithin(off(1, { value: null }), { ...TOLERANCE, money: null })).toBe(true)
    expect(isWithin(round({ value: null }), TOLERANCE)).toBe(true)
  })
})

describe('the rule ladder', () => {
  it('[RL3] within tolerance is accepted, beyond it wants a recount', () => {
    expect(climb(ladder({ rounds: [off(0)] }))).toEqual({
      state: 'accepted',
      why: 'no-variance',
      round: 0,
    })
    expect(climb(ladder({ rounds: [off(1)] }))).toEqual({
      state: 'accepted',
      why: 'within-tolerance',
      round: 0,
    })
    expect(climb(ladder({ rounds: [off(-4)] }))).toMatchObject({
      state: 'recount',
      why: 'beyond-tolerance',
    })
  })

  it('[RL4] two counts that agree end it, also when stock moved between them', () => {
    const recount = { round: 1, isBack: true }
    const second = off(-4, {
      round: 1,
      counters: ['ben'],
      quantity: unitsOf(3),
      bookAtCount: unitsOf(7),
    })

    expect(climb(ladder({ rounds: [off(-4), second], recount }))).toEqual({
      state: 'accepted',
      why: 'counts-agree',
      round: 1,
    })
  })

  it('[RL5] counts that differ go to a person, also when the newest one fits the book', () => {
    const recount = { round: 1, isBack: true }

    expect(
      climb(ladder({ rounds: [off(-4), off(-3, { round: 1, counters: ['ben'] })], recount })),
    ).toMatchObject({ state: 'supervisor', why: 'counts-differ' })
    expect(
      climb(ladder({ rounds: [off(-4), off(0, { round: 1, counters: ['ben'] })], recount })),
    ).toMatchObject({ state: 'supervisor' })
    expect(climb(ladder({ rounds: [off(-4)], recount }))).toMatchObject({
      state: 'supervisor',
      why: 'not-found',
    })
  })

  it('[RL6] a recount by one of the first counters, or by nobody known, ends nothing', () => {
    const recount = { round: 1, isBack: true }
    const by = (counters: readonly string[]) =>
      climb(
        ladder({
          rounds: [off(-4, { counters: ['ana', 'ben'] }), off(-4, { round: 1, counters })],
          recount,
        }),
      )

    expect(by(['ben'])).toMatchObject({ state: 'recount', why: 'same-person' })
    expect(by([])).toMatchObject({ state: 'recount', why: 'same-person' })
    expect(by(['cleo'])).toMatchObject({ state: 'accepted' })
  })

  it('[RL7] what is still being counted is not judged', () => {
    expect(climb(ladder({}))).toMatchObject({ state: 'uncounted' })
    expect(climb(ladder({ isAwaited: true }))).toMatchObject({ state: 'counting' })
    expect(climb(ladder({ rounds: [off(0, { isOpen: true })] }))).toMatchObject({
      state: 'counting',
    })
    expect(climb(ladder({ rounds: [off(0)], isAwaited: true }))).toMatchObject({
      state: 'counting',
    })
    expect(
      climb(ladder({ rounds: [off(-4)], recount: { round: 1, isBack: false } })),
    ).toMatchObject({ state: 'recounting' })
  })

  it('[RL8] a count that a later one has overtaken is not booked by itself', () => {
    expect(climb(ladder({ rounds: [off(0)], isCountedLater: true }))).toMatchObject({
      state: 'supervisor',
      why: 'counted-later',
    })
  })
})

const product = (over: Partial<DecidedProduct> = {}): DecidedProduct => {
  const rounds = over.rounds ?? [off(-4)]
  return { rounds, bookNow: unitsOf(10), unitCost: null, moneyLimit: null, rung: climb(ladder({ rounds })), decision: null, ...over }
}
const ask = (over: Partial<DecisionRequest>): DecisionRequest => ({
  action: 'apply',
  quantity: null,
  reason: null,
  note: null,
  photoId: null,
  seen: undefined,
  ...over,
})
const taken = (it: DecidedProduct, request: DecisionRequest) => {
  const verdict = decide(it, request, 50)
  if (verdict.kind !== 'take') throw new Error(verdict.kind)
  return verdict.decision
}

describe('money', () => {
  const dear = (over: Partial<DecidedProduct> = {}) =>
    product({ unitCost: euro(10), moneyLimit: euro(25), ...over })
  const codeOf = (it: DecidedProduct, over: Partial<DecisionRequest>) => {
    const verdict = decide(it, ask(over), 50)
    return verdict.kind === 'refused' ? verdict.code : verdict.kind
  }

  it('[RV35] above the limit wants a reason and a picture to be booked, whichever way; below, unknown or skipped does not', () => {
    const shown = { reason: 'broken', photoId: 'p1' }
    expect(codeOf(dear(), {})).toBe('PHOTO_NEEDED')
    expect(codeOf(dear(), { reason: 'broken' })).toBe('PHOTO_NEEDED')
    expect(codeOf(dear(), { ...shown, reason: ' ' })).toBe('PHOTO_NEEDED')
    expect(codeOf(dear({ rounds: [off(4)] }), {})).toBe('PHOTO_NEEDED')
    expect(taken(dear(), ask(shown))).toMatchObject({ reason: 'broken', photoId: 'p1' })
    expect(codeOf(dear(), { action: 'skip' })).toBe('take')
    expect(codeOf(dear({ moneyLimit: euro(40) }), {})).toBe('take')
    expect(codeOf(dear({ moneyLimit: null }), {})).toBe('take')
    expect(codeOf(dear({ unitCost: null }), {})).toBe('take')
  })

  it('[RV35] an amount set by hand is measured by what it would book', () => {
    const edit = (units: number) => ({ action: 'edit', quantity: unitsOf(units), reason: 'found' }) as const
    expect(codeOf(dear(), edit(9))).toBe('take')
    expect(codeOf(dear({ rounds: [off(-1)] }), edit(2))).toBe('PHOTO_NEEDED')
    expect(codeOf(dear({ rounds: [off(-1)] }), { ...edit(2), photoId: 'p1' })).toBe('take')
  })

  it('[RV36] a picture is what its bytes say', () => {
    const bytes = (...start: number[]) => Uint8Array.from([...start, ...Array.from({ length: 8 }, () => 0)])
    expect(pictureTypeOf(bytes(0xff, 0xd8, 0xff, 0xe0))).toBe('image/jpeg')
    expect(pictureTypeOf(bytes(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a))).toBe('image/png')
    expect(pictureTypeOf(new TextEncoder().encode('RIFF....WEBPVP8 '))).toBe('image/webp')
    for (const text of ['<svg xmlns="http://www.w3.org/2000/svg"/>', 'GIF89a', '<html>', ''])
      expect(pictureTypeOf(new TextEncoder().encode(text))).toBeNull()
  })
})

describe('decisions', () => {
  it('[RV7] a product is decided once: the same again is nothing new, another decision is refused in words', () => {
    const decision = taken(product(), ask({}))
    const decided = product({ decision })

    expect(decision).toMatchObject({
      outcome: 'APPLIED',
      countedQuantity: unitsOf(6),
      varianceQuantity: unitsOf(-4),
      systemQuantity: unitsOf(10),
      round: 0,
    })
    expect(decide(decided, ask({}), 60)).toEqual({ kind: 'same' })
    expect(decide(decided, ask({ action: 'skip' }), 60)).toMatchObject({
      kind: 'refused',
      code: 'ALREADY_DECIDED',
      message: expect.stringContaining('undo that first'),
    })
    expect(decide(decided, ask({ action: 'undo' }), 60)).toEqual({ kind: 'undo' })
    expect(decide(product(), ask({ action: 'undo' }), 60)).toEqual({ kind: 'same' })
    expect(
      decide(product({ decision: { ...decision, isPosted: true } }), ask({ action: 'undo' }), 60),
    ).toMatchObject({ code: 'BOOKED' })
  })

  it('[RV8] an amount set by hand is a row of its own, with a reason', () => {
    const edit = ask({ action: 'edit', quantity: unitsOf(9), reason: 'three behind the rack' })

    expect(taken(product(), edit)).toMatchObject({
      countedQuantity: unitsOf(9),
      editDelta: unitsOf(3),
      varianceQuantity: unitsOf(-1),
    })
    expect(decide(product(), { ...edit, reason: ' ' }, 50)).toMatchObject({ code: 'REASON_NEEDED' })
    expect(decide(product({ decision: taken(product(), edit) }), edit, 60)).toEqual({
      kind: 'same',
    })
    expect(
      decide(product({ decision: taken(product(), edit) }), { ...edit, quantity: unitsOf(8) }, 60),
    ).toMatchObject({ code: 'ALREADY_DECIDED' })
  })

  it('[RV8] nobody counted it: it is skipped or set, never applied', () => {
    const uncounted = product({ rounds: [] })

    expect(decide(uncounted, ask({}), 50)).toMatchObject({ code: 'NOT_COUNTED' })
    expect(taken(uncounted, ask({ action: 'skip' }))).toMatchObject({
      outcome: 'SKIPPED',
      round: null,
      countedQuantity: null,
    })
    expect(
      taken(uncounted, ask({ action: 'edit', quantity: unitsOf(0), reason: 'sold out' })),
    ).toMatchObject({
      varianceQuantity: unitsOf(-10),
      editDelta: 0,
      countedAt: 50,
    })
  })

  it('[RV66] nobody counted it: it is set to zero on the book of now, which is stale when that moves; what was counted is not', () => {
    const uncounted = product({ rounds: [] })
    const zero = ask({ action: 'zero', seen: { counted: null, variance: unitsOf(-10) } })
    const decision = taken(uncounted, zero)

    expect(decision).toMatchObject({ outcome: 'APPLIED', round: null, countedQuantity: 0, varianceQuantity: unitsOf(-10), editDelta: null })
    expect(decide(product({ ...uncounted, decision }), zero, 60)).toEqual({ kind: 'same' })
    expect(decide(product({ ...uncounted, decision }), ask({}), 60)).toMatchObject({ code: 'ALREADY_DECIDED' })
    expect(decide(product({ ...uncounted, bookNow: unitsOf(9) }), zero, 60)).toMatchObject({ code: 'CHANGED_SINCE' })
    expect(decide(product(), ask({ action: 'zero' }), 60)).toMatchObject({ code: 'CHANGED_SINCE' })
    expect(isStale(decision, uncounted)).toBe(false)
    expect(isStale(decision, { ...uncounted, bookNow: unitsOf(9) })).toBe(true)
    expect(isStale(decision, product())).toBe(true)
  })

  it('[RV9] a decision on figures that have changed since is refused, and a draft on them is stale', () => {
    const seen = { counted: unitsOf(6), variance: unitsOf(-4) }
    const decision = taken(product(), ask({ seen }))

    expect(decide(product({ rounds: [off(-5)] }), ask({ seen }), 50)).toMatchObject({
      code: 'CHANGED_SINCE',
    })
    const isStaleOn = (it: Decision, ...rounds: MeasuredRound[]) => isStale(it, { rounds, bookNow: unitsOf(10) })
    expect(isStaleOn(decision, off(-4))).toBe(false)
    expect(isStaleOn(decision, off(-4, { quantity: unitsOf(7) }))).toBe(true)
    expect(isStaleOn(decision, off(-4, { bookAtCount: unitsOf(11) }))).toBe(true)
    expect(isStaleOn(decision, off(-4), off(-4, { round: 1 }))).toBe(true)
    expect(isStaleOn(taken(product({ rounds: [] }), ask({ action: 'skip' })), off(0))).toBe(true)
    const edited = taken(product(), ask({ action: 'edit', quantity: unitsOf(9), reason: 'x' }))
    expect(isStaleOn(edited, off(-4))).toBe(false)
  })

  it('[RV10] nothing is decided while it is being counted, for the first time or again', () => {
    expect(
      decide(product({ rounds: [off(-4, { isOpen: true })] }), ask({ action: 'skip' }), 50),
    ).toMatchObject({ code: 'STILL_COUNTING' })
    expect(
      decide(
        product({
          rung: climb(ladder({ rounds: [off(-4)], recount: { round: 1, isBack: false } })),
        }),
        ask({}),
        50,
      ),
    ).toMatchObject({ code: 'RECOUNT_PENDING' })
  })

  it('[RV11] what the rules accept becomes their decision, with their reason', () => {
    expect(ruledDecision(product({ rounds: [off(1)] }))).toMatchObject({
      outcome: 'APPLIED',
      reason: 'within-tolerance',
      varianceQuantity: unitsOf(1),
    })
    expect(ruledDecision(product())).toBeNull()
  })
})

describe('what blocks an approval', () => {
  it('[RV12] undecided products, recounts under way and stale decisions do; accepted and decided ones do not', () => {
    expect(blockerOf({ state: 'recount', isDecided: false, isStale: false })).toBe('undecided')
    expect(blockerOf({ state: 'uncounted', isDecided: false, isStale: false })).toBe('undecided')
    expect(blockerOf({ state: 'recounting', isDecided: true, isStale: false })).toBe(
      'recount-pending',
    )
    expect(blockerOf({ state: 'recount', isDecided: true, isStale: true })).toBe('changed-since')
    expect(blockerOf({ state: 'recount', isDecided: true, isStale: false })).toBeNull()
    expect(blockerOf({ state: 'accepted', isDecided: false, isStale: false })).toBeNull()
  })

  it('[RV13] unsent scans, unknown barcodes and open sessions do, until they are waived; more of them block again', () => {
    const facts = {
      sessions: ['submitted', 'voided', 'assigned'],
      unsent: [],
      unmatchedRows: 2,
      unmatchedWaived: null,
      products: [],
    } as const
    const unsent = (waived: number | null) => [{ subject: 'd', unsentScans: 7, waived }]

    expect(blockersOf({ ...facts, unsent: unsent(null) })).toEqual({
      'session-open': 1,
      unsent: 1,
      unmatched: 2,
    })
    expect(blockersOf({ ...facts, sessions: [], unsent: unsent(7), unmatchedWaived: 2 })).toEqual(
      {},
    )
    expect(blockersOf({ ...facts, sessions: [], unsent: unsent(6), unmatchedWaived: 1 })).toEqual({
      unsent: 1,
      unmatched: 2,
    })
  })

  it('[RV16] [RV80] sessions are opened again, discarded, and a discard is undone to what was before', () => {
    const move = (
      action: 'reopen' | 'undo-reopen' | 'void' | 'restore',
      from: never,
      beforeVoid = 'submitted' as never,
      isJustReopened = false,
    ) => decideReviewMove({ action, from, beforeVoid, isJustReopened })

    expect(move('reopen', 'submitted' as never)).toBe('assigned')
    expect(move('reopen', 'approved' as never)).toBeNull()
    expect(move('void', 'submitted' as never)).toBe('voided')
    expect(move('void', 'approved' as never)).toBeNull()
    expect(move('restore', 'voided' as never)).toBe('submitted')
    expect(move('restore', 'voided' as never, 'approved' as never)).toBeNull()
    expect(move('undo-reopen', 'assigned' as never, undefined, true)).toBe('submitted')
    expect(move('undo-reopen', 'assigned' as never)).toBeNull()
    expect(move('undo-reopen', 'submitted' as never)).toBe('submitted')
    expect(move('undo-reopen', 'voided' as never, undefined, true)).toBeNull()
  })
})

describe('late evidence', () => {
  const held = { rev: 5, quantity: unitsOf(7), productId: 'P', round: 0 }

  it('[RV21] adds what the row has over what counts already, and not twice', () => {
    expect(
      lateAnswer(held, { quantity: unitsOf(5), accepted: unitsOf(0), settledRev: -1 }, 0),
    ).toEqual({ kind: 'open', delta: unitsOf(2) })
    expect(
      lateAnswer(
        { ...held, rev: 6, quantity: unitsOf(9) },
        { quantity: unitsOf(5), accepted: unitsOf(2), settledRev: 5 },
        0,
      ),
    ).toEqual({ kind: 'open', delta: unitsOf(2) })
    expect(
      lateAnswer(held, { quantity: unitsOf(5), accepted: unitsOf(2), settledRev: 5 }, 0),
    ).toEqual({ kind: 'settled' })
  })

  it('[RV22] cannot be accepted without a product, or where another count has settled it', () => {
    const settled = { quantity: unitsOf(5), accepted: unitsOf(0), settledRev: -1 }

    expect(lateAnswer({ ...held, productId: null }, settled, null)).toMatchObject({
      kind: 'not-acceptable',
      why: 'no-product',
    })
    expect(lateAnswer(held, settled, 1)).toMatchObject({
      kind: 'not-acceptable',
      why: 'other-round',
    })
  })
})
