// Administration of who has what: people with their permissions and facilities, changes with their reason.
import * as v from 'valibot'
import { PERMISSIONS } from '../domain/access'
import { Millis, Text } from './envelope'

const Id = v.pipe(Text, v.minLength(1))
const Revision = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

const Held = {
  /** Of those that this app knows; others are left as they are. */
  permissions: v.array(v.picklist(PERMISSIONS)),
  facilityIds: v.array(v.string()),
  isDisabled: v.boolean(),
}

export const WirePerson = v.object({
  userId: v.string(),
  userName: v.string(),
  fullName: v.string(),
  ...Held,
  revision: Revision,
})

export const People = v.object({
  people: v.array(WirePerson),
  /** Ask with it as `after` for those that follow; absent at the end. */
  next: v.nullish(v.string()),
  facilities: v.array(v.object({ facilityId: v.string(), name: v.string() })),
})

const LISTED_MAX = 1000
export const PutPerson = v.object({
  permissions: v.pipe(v.array(v.picklist(PERMISSIONS)), v.maxLength(PERMISSIONS.length)),
  facilityIds: v.pipe(v.array(Id), v.maxLength(LISTED_MAX)),
  isDisabled: v.boolean(),
  reason: v.pipe(Text, v.trim(), v.minLength(1)),
  /** Of the person as they were looked at. */
  revision: Revision,
})

export const PersonHistory = v.object({
  changes: v.array(
    v.object({
      at: Millis,
      by: v.string(),
      reason: v.string(),
      before: v.object({ ...Held, permissions: v.array(v.string()) }),
      after: v.object({ ...Held, permissions: v.array(v.string()) }),
    }),
  ),
})
