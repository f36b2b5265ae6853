// What an administrator may change about somebody: never the last administrator, never more than they have themselves.
import type { Permission } from '../../src/domain/access'

/** Whoever has one of these may everything. */
export const ADMIN_PERMISSIONS: readonly Permission[] = ['COMMON_ADMIN', 'INV_COUNT_ADMIN']

export interface Holding {
  readonly permissions: readonly Permission[]
  readonly facilityIds: readonly string[]
  readonly isDisabled: boolean
}

export interface PersonChange {
  readonly before: Holding
  readonly revision: number
  readonly wanted: Holding
  /** Of the person as the changer saw them. */
  readonly seenRevision: number
  /** People beside this one who administrate and may sign in. */
  readonly otherAdmins: number
  readonly changer: { readonly permissions: ReadonlySet<string> }
  readonly knownFacilities: ReadonlySet<string>
}

export type PersonVerdict =
  | { readonly kind: 'change'; readonly after: Holding }
  | { readonly kind: 'same' }
  | { readonly kind: 'refused'; readonly code: 'PERSON_CHANGED' | 'LAST_ADMIN' | 'FORBIDDEN' | 'BAD_REQUEST'; readonly message: string }

/** Rules: docs/SPEC.md PE2-PE5 */
export function decidePersonChange(change: PersonChange): PersonVerdict {
  const after = tidy(change.wanted)
  const before = tidy(change.before)
  if (change.seenRevision !== change.revision)
    return refused('PERSON_CHANGED', 'Somebody else has changed this person meanwhile: look again')
  const stranger = after.facilityIds.find(
    (it) => !change.knownFacilities.has(it) && !before.facilityIds.includes(it),
  )
  if (stranger !== undefined) return refused('BAD_REQUEST', `There is no facility ${stranger}`)
  // The administrator of all is made and unmade by such a one only.
  const isMoved = before.permissions.includes('COMMON_ADMIN') !== after.permissions.includes('COMMON_ADMIN')
  if (isMoved && !change.changer.permissions.has('COMMON_ADMIN'))
    return refused('FORBIDDEN', 'Only somebody with COMMON_ADMIN gives or takes it')
  if (isAdmin(before) && !isAdmin(after) && change.otherAdmins === 0)
    return refused('LAST_ADMIN', 'This is the last administrator: nobody could give the right back')
  return JSON.stringify(before) === JSON.stringify(after) ? { kind: 'same' } : { kind: 'change', after }
}

/** Administrates, and can sign in to do so. */
function isAdmin({ permissions, isDisabled }: Holding): boolean {
  return !isDisabled && permissions.some((it) => ADMIN_PERMISSIONS.includes(it))
}

/** Each once, in one order. */
function tidy({ permissions, facilityIds, isDisabled }: Holding): Holding {
  return {
    permissions: [...new Set(permissions)].toSorted(),
    facilityIds: [...new Set(facilityIds)].toSorted(),
    isDisabled,
  }
}

function refused(
  code: Extract<PersonVerdict, { kind: 'refused' }>['code'],
  message: string,
): PersonVerdict {
  return { kind: 'refused', code, message }
}
