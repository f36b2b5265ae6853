// The rule ladder: within tolerance, else counted again by somebody else, else a person decides.
import type { Money } from '../../src/domain/money'
import type { Micro } from '../../src/domain/quantity'
import type { LadderReason, LadderState } from '../../src/domain/review'
import type { Round, Rounds } from './counted-rounds'
import type { Variance } from './variance'

export interface Tolerance {
  /** Units off that are let pass, whatever the percentage. */
  readonly units: Micro
  /** Percent of the book that is let pass, whatever the units. */
  readonly percent: number
  /** A variance worth more is never let pass; null: money is not looked at. */
  readonly money: Money | null
}

export interface ToleranceRow extends Tolerance {
  /** `*`: every facility. */
  readonly facilityId: string
  /** `*`: every class. */
  readonly abcClass: string
}

/** Where nobody has set anything: nothing is let pass. */
const NOTHING: Tolerance = { units: 0 as Micro, percent: 0, money: null }

/** The most particular row wins: facility and class, facility, class, everywhere. Rules: docs/SPEC.md RL1. */
export function toleranceFor(
  rows: readonly ToleranceRow[],
  { facilityId, abcClass }: { readonly facilityId: string; readonly abcClass: string | null },
): Tolerance {
  const find = (facility: string, abc: string) =>
    rows.find((it) => it.facilityId === facility && it.abcClass === abc)
  const own = abcClass === null ? undefined : find(facilityId, abcClass)
  const everywhere = abcClass === null ? undefined : find('*', abcClass)
  return own ?? find(facilityId, '*') ?? everywhere ?? find('*', '*') ?? NOTHING
}

/** Units or percent let it pass; the money limit does not, and where a cost is unknown it cannot be kept. Rules: RL2. */
export function isWithin(
  { variance, bookAtCount, value }: Variance,
  tolerance: Tolerance,
): boolean {
  if (variance === 0) return true
  const off = Math.abs(variance)
  const isSmall = off <= tolerance.units || off * 100 <= tolerance.percent * Math.abs(bookAtCount)
  if (!isSmall) return false
  return tolerance.money === null || (value !== null && Math.abs(value) <= tolerance.money)
}

export type MeasuredRound = Round & Variance

export interface LadderInput {
  readonly rounds: readonly MeasuredRound[]
  readonly isAwaited: Rounds['isAwaited']
  /** A hard count looks for it: nobody listed it, and the book has it. */
  readonly isExpected: boolean
  readonly tolerance: Tolerance
  /** The newest recount that was sent and not called off; `isBack`: its session is submitted. */
  readonly recount: { readonly round: number; readonly isBack: boolean } | null
  /** A count of the same product that was made later is booked already. */
  readonly isCountedLater: boolean
}

export interface Rung {
  readonly state: LadderState
  readonly why: LadderReason | null
  /** The round that goes, when the rules have settled it. */
  readonly round: number | null
}

/** Rules: docs/SPEC.md RL2-RL8. */
export function climb(input: LadderInput): Rung {
  const { rounds, recount } = input
  const last = rounds.at(-1)
  if (recount !== null && !recount.isBack) return rung('recounting')
  if (last === undefined) return withoutCount(input)
  if (last.isOpen || (last.round === 0 && input.isAwaited)) return rung('counting')
  if (input.isCountedLater) return rung('supervisor', 'counted-later')
  if (recount !== null && last.round < recount.round) return rung('supervisor', 'not-found')
  // A recount of what nobody had counted has nothing to agree with: it is the first count.
  return rounds.length === 1 ? firstRung(last, input.tolerance) : nextRung(last, rounds)
}

/** Never accepted by itself, however little it is. Rules: RV65, RV66. */
function withoutCount({ isAwaited, isExpected, isCountedLater, recount }: LadderInput): Rung {
  if (isAwaited) return rung('counting')
  if (!isExpected) return rung('uncounted')
  if (isCountedLater) return rung('not-found', 'counted-later')
  return rung('not-found', recount === null ? null : 'not-found')
}

function firstRung(first: MeasuredRound, tolerance: Tolerance): Rung {
  if (!isWithin(first, tolerance)) return rung('recount', 'beyond-tolerance')
  return rung('accepted', first.variance === 0 ? 'no-variance' : 'within-tolerance', first.round)
}

function nextRung(last: MeasuredRound, rounds: readonly MeasuredRound[]): Rung {
  const others = rounds.filter((it) => it !== last)
  if (others.some((it) => sharesCounter(it, last))) return rung('recount', 'same-person')
  return others.some((it) => it.variance === last.variance)
    ? rung('accepted', 'counts-agree', last.round)
    : rung('supervisor', 'counts-differ')
}

/** Two counts that nobody signed may be by one person: not enough to end it. */
function sharesCounter(a: Round, b: Round): boolean {
  if (a.counters.length === 0 || b.counters.length === 0) return true
  return a.counters.some((it) => b.counters.includes(it))
}

function rung(
  state: LadderState,
  why: LadderReason | null = null,
  round: number | null = null,
): Rung {
  return { state, why, round }
}
