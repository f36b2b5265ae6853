// Everything that the app needs to know about a user to start without a network (decision 19).
import { may, type Profile, type ServerAbilities } from '../domain/access'
import { RemoteError } from '../domain/errors'
import { asId, type FacilityId } from '../domain/ids'
import type { StartupApi } from '../ports/server'

/** @throws {RemoteError} `forbidden` for a user who may not count, or has no facility */
export async function loadProfile(api: StartupApi, server: ServerAbilities): Promise<Profile> {
  const user = await api.profile()
  const permissions = await api.permissions()
  if (!may(permissions, 'INVCOUNT_APP_VIEW'))
    throw new RemoteError(
      'forbidden',
      `${user.userName} may not count: the permission INVCOUNT_APP_VIEW is missing`,
    )
  const isAdmin = permissions.includes('COMMON_ADMIN') || permissions.includes('INV_COUNT_ADMIN')
  const facilities = await api.facilities(user.partyId, isAdmin)
  const chosen = await api.selectedFacility(user.userId)
  const facility = facilities.find((it) => it.facilityId === chosen) ?? facilities[0]
  if (facility === undefined) throw new RemoteError('forbidden', `${user.userName} has no facility`)
  const facilityId = asId<FacilityId>(facility.facilityId)
  return {
    ...user,
    permissions,
    facilities,
    facilityId,
    identifierPreference: await api.identifierPreference(facilityId),
    server,
  }
}

/** Choose another facility: remembered on the server, so that the user's other devices follow. */
export async function chooseFacility(
  api: StartupApi,
  profile: Profile,
  facilityId: FacilityId,
): Promise<Profile> {
  if (!profile.facilities.some((it) => it.facilityId === facilityId))
    throw new RemoteError('forbidden', `${profile.userName} may not count in ${facilityId}`)
  await api.selectFacility(profile.userId, facilityId)
  return {
    ...profile,
    facilityId,
    identifierPreference: await api.identifierPreference(facilityId),
  }
}
