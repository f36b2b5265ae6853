// A plan that is being written while another facility is chosen: what comes along, what belongs to the first one, and that it is said.
import type { FacilityId, UserName } from '../domain/ids'
import type { Person } from '../ports/plan'
import type { MovedPeople } from './moved-words'
import { emptyDraft, type DraftPart, type PlanDraft } from './plan-draft'

/** Handed from the form of one facility to that of the next. */
export interface CarriedDraft {
  readonly facilityId: FacilityId
  readonly draft: PlanDraft
  /** Who counted there: their names. */
  readonly people: readonly Person[]
  /** Products were looked for or ticked: they are that facility's. */
  readonly hadProducts: boolean
}

/** Where a form leaves what is in it when its facility goes; held by the page. */
export interface DraftBag {
  carried: CarriedDraft | null
}

/** @returns what another facility's form left there; null: nothing, or nothing that anybody wrote */
export function takeCarried(bag: DraftBag, facilityId: FacilityId): CarriedDraft | null {
  const { carried } = bag
  bag.carried = null
  if (carried === null || carried.facilityId === facilityId) return null
  const isEmpty = JSON.stringify(carried.draft) === JSON.stringify(emptyDraft())
  return isEmpty && !carried.hadProducts ? null : carried
}

/**
 * @param before who counted at the first facility
 * @param here who counts at the new one; null: nobody could be asked
 */
export function moveParts(
  parts: readonly DraftPart[],
  before: readonly Person[],
  here: readonly Person[] | null,
): MovedPeople & { readonly parts: DraftPart[] } {
  const known = new Set((here ?? []).map((it) => it.userName))
  const asked = [...new Set(parts.flatMap((it) => (it.assignedTo === '' ? [] : [it.assignedTo])))]
  const nameOf = (userName: UserName) => before.find((it) => it.userName === userName)?.fullName ?? userName
  return {
    parts: parts.map((it) => (it.assignedTo !== '' && known.has(it.assignedTo) ? it : { ...it, assignedTo: '' })),
    left: here === null ? [] : asked.filter((it) => !known.has(it)).map(nameOf),
    isUnknown: here === null && asked.length > 0,
  }
}
