// Evidence of a settled session on its way into another one: whether it may go, and how much of it goes.
import { negateQuantity, sumQuantity, ZERO, type Micro } from '../../src/domain/quantity'
import type { CycleCountStatus, SessionStatus } from '../../src/domain/session'
import { admissionOf } from './admission'

/** What was said of held revisions of one row. */
export interface HeldVerdict {
  /** Everything up to this revision. */
  readonly rev: number
  readonly verdict: 'accepted' | 'refused' | 'moved'
  /** What it added, to the closed count or to the session it went to. */
  readonly delta: Micro
  readonly by: string
  /** Where it went; null unless it was moved. */
  readonly movedTo: { readonly sessionId: string; readonly name: string } | null
}

/** The first verdict that covers the revision; undefined: nobody has spoken. */
export function verdictOn<Verdict extends HeldVerdict>(verdicts: readonly Verdict[], rev: number): Verdict | undefined {
  return verdicts.toSorted((a, b) => a.rev - b.rev).find((it) => it.rev >= rev)
}

/** What became of it, for somebody who wanted something else. */
export function fateWords({ verdict, by, movedTo }: Pick<HeldVerdict, 'verdict' | 'by' | 'movedTo'>): string {
  switch (verdict) {
    case 'accepted':
      return `${by} has accepted it into the closed count already`
    case 'refused':
      return `${by} has looked at it and refused it`
    case 'moved':
      return `${by} has moved it to “${movedTo?.name ?? 'another session'}” already`
  }
}

interface Place {
  readonly sessionId: string
  readonly status: SessionStatus
  readonly cycleCountStatus: CycleCountStatus
  readonly facilityId: string | null
}

/** Why nothing may leave the session yet, or null: as long as it can be opened again, a higher revision may come to count there. */
export function whyItStays({ status, cycleCountStatus }: Pick<Place, 'status' | 'cycleCountStatus'>): string | null {
  const isSettled = status === 'approved' || cycleCountStatus === 'closed' || cycleCountStatus === 'cancelled'
  return isSettled ? null : 'This session can still be opened again: its scans stay in it until its count is closed'
}

/** Why the session takes nothing from the other one, or null. */
export function whyNotThere(from: Place, to: Place & { readonly recountRound: number | null }): string | null {
  if (to.sessionId === from.sessionId) return 'It is held in this very session'
  if (to.facilityId !== from.facilityId) return 'That session is of another facility'
  if (to.recountRound !== null) return 'That session counts again, independently of earlier counts: nothing is moved into it'
  const admission = admissionOf({ session: to.status, cycleCount: to.cycleCountStatus, fence: null, currentFence: 0 })
  return admission === 'open' ? null : 'That session takes no scans any more'
}

/** The count half of a row at one time; `standing` null where nobody told. */
export interface Amount {
  readonly quantity: Micro | null
  readonly standing: number | null
}

export interface HeldToMove {
  /** The newest held revision. */
  readonly held: Amount
  /** What the row had when its session was settled; null: nobody knew it. */
  readonly settled: Amount | null
  /** Oldest first, each with the standing that the row had then. */
  readonly verdicts: readonly (HeldVerdict & { readonly standing: number | null })[]
}

export type HeldMove =
  | { readonly kind: 'moves'; readonly quantity: Micro; readonly standing: number }
  | { readonly kind: 'stays'; readonly why: string }

/** What accepting it would have added goes, and only that. Rules: docs/SPEC.md HR2, HR3, HR6 */
export function decideHeldMove({ held, settled, verdicts }: HeldToMove): HeldMove {
  if (verdicts.some((it) => it.verdict === 'refused'))
    return { kind: 'stays', why: 'Earlier scans of this line were refused: a supervisor decides on the newer ones, too' }
  const counts = verdicts.reduce((sum, it) => sumQuantity(sum, it.delta), settled?.quantity ?? ZERO)
  const quantity = sumQuantity(held.quantity ?? ZERO, negateQuantity(counts))
  if (quantity === ZERO) return { kind: 'stays', why: 'There is nothing in it that does not count already' }
  if (quantity < ZERO)
    return { kind: 'stays', why: 'It takes scans of the closed count back: only a supervisor can accept that' }
  const before = verdicts.at(-1)?.standing ?? settled?.standing ?? 0
  // An amount that was set by hand may have come without a scan: what counts there has one at least (decision 5).
  return { kind: 'moves', quantity, standing: Math.max(1, (held.standing ?? 0) - before) }
}
