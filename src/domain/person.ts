// Somebody as an administrator sees them: what they may do, where, and whether they may sign in at all.
import type { Permission } from './access'
import type { EpochMs, FacilityId } from './ids'

export interface Holding {
  readonly permissions: readonly Permission[]
  readonly facilityIds: readonly FacilityId[]
  /** May not sign in; nothing of theirs is lost. */
  readonly isDisabled: boolean
}

export interface Person extends Holding {
  readonly userId: string
  readonly userName: string
  readonly fullName: string
  readonly revision: number
}

export interface PersonChange {
  readonly at: EpochMs
  readonly by: string
  readonly reason: string
  readonly before: Holding
  readonly after: Holding
}

export interface HoldingDiff {
  readonly given: readonly Permission[]
  readonly taken: readonly Permission[]
  readonly placesGiven: readonly FacilityId[]
  readonly placesTaken: readonly FacilityId[]
  /** null: as before. */
  readonly signIn: 'allowed' | 'forbidden' | null
}

export function diffOf(before: Holding, after: Holding): HoldingDiff {
  const less = <T>(from: readonly T[], rest: readonly T[]): readonly T[] => from.filter((it) => !rest.includes(it))
  return {
    given: less(after.permissions, before.permissions),
    taken: less(before.permissions, after.permissions),
    placesGiven: less(after.facilityIds, before.facilityIds),
    placesTaken: less(before.facilityIds, after.facilityIds),
    signIn: before.isDisabled === after.isDisabled ? null : after.isDisabled ? 'forbidden' : 'allowed',
  }
}

export function isSameHolding(before: Holding, after: Holding): boolean {
  const { given, taken, placesGiven, placesTaken, signIn } = diffOf(before, after)
  return signIn === null && given.length + taken.length + placesGiven.length + placesTaken.length === 0
}
