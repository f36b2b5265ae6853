// Permissions as people say them, and what changed about somebody in a sentence.
import type { Permission } from '../domain/access'
import type { FacilityId } from '../domain/ids'
import { diffOf, type PersonChange } from '../domain/person'

export const PERMISSION_WORDS: Readonly<Record<Permission, { readonly title: string; readonly text: string }>> = {
  INVCOUNT_APP_VIEW: { title: 'Count', text: 'Sign in to the app, count, submit sessions' },
  INV_COUNT_VAR_LOG: { title: 'Adjust stock', text: 'Write off damage and finds outside a count' },
  INV_COUNT_PRE_START: { title: 'Start early', text: 'Begin a count before its planned time' },
  INV_COUNT_LOCK_RLS: { title: 'Take sessions over', text: 'Take a session from somebody who holds it' },
  INV_COUNT_SUBMIT: { title: 'Review and approve', text: 'Decide variances, send recounts, book counts' },
  INV_CNT_VIEW_QOH: { title: 'See book quantities', text: 'What should be there, also while counting' },
  PREVIEW_COUNT_ITEM: { title: 'Look into reviews', text: 'Read reviews and boards, decide nothing' },
  INV_COUNT_CREATE: { title: 'Plan counts', text: 'Create counts, assign and change them' },
  INV_COUNT_ADMIN: { title: 'Administrate', text: 'Everything, everywhere, this page included' },
  COMMON_ADMIN: { title: 'Administrate the whole system', text: 'Given by somebody who has it only' },
}

/** `Given: Count, Plan counts; taken: Adjust stock; may not sign in any more`. */
export function changeWords({ before, after }: PersonChange, facilityName: (id: FacilityId) => string): string {
  const diff = diffOf(before, after)
  const titles = (list: readonly Permission[]) => list.map((it) => PERMISSION_WORDS[it].title).join(', ')
  const places = (list: readonly FacilityId[]) => list.map(facilityName).join(', ')
  const parts = [
    diff.given.length > 0 ? `given: ${titles(diff.given)}` : null,
    diff.taken.length > 0 ? `taken: ${titles(diff.taken)}` : null,
    diff.placesGiven.length > 0 ? `now also at ${places(diff.placesGiven)}` : null,
    diff.placesTaken.length > 0 ? `no more at ${places(diff.placesTaken)}` : null,
    diff.signIn === null ? null : diff.signIn === 'allowed' ? 'may sign in again' : 'may not sign in any more',
  ].filter((it) => it !== null)
  const text = parts.join('; ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}
