// Sign-in and what follows it (contract 1.1 to 1.3).
import * as v from 'valibot'
import { Millis, Text } from './envelope'

export const LoginRequest = v.object({ username: Text, password: v.pipe(v.string(), v.maxLength(1024)) })
export const LoginResponse = v.object({ token: v.string(), expirationTime: Millis })
export const LoginOptions = v.object({ loginAuthType: v.string() })

export const UserProfile = v.object({
  userId: v.string(),
  username: v.string(),
  userFullName: v.nullish(v.string()),
  partyId: v.nullish(v.string()),
  timeZone: v.nullish(v.string()),
})
export const Permissions = v.object({ docs: v.array(v.object({ permissionId: v.string() })) })
/** `admin/user/{partyId}/facilities`: rows with a thruDate are over. */
export const UserFacilities = v.array(v.object({ facilityId: v.string(), thruDate: v.nullish(Millis) }))
export const Facilities = v.array(
  v.object({ facilityId: v.string(), facilityName: v.nullish(v.string()), facilityTimeZone: v.nullish(v.string()) }),
)
export const Preferences = v.array(v.object({ preferenceValue: v.nullish(v.string()) }))
export const PutPreference = v.object({ userId: Text, preferenceKey: Text, preferenceValue: v.nullable(Text) })
export const FacilityProductStores = v.array(v.object({ productStoreId: v.string(), thruDate: v.nullish(Millis) }))
export const ProductStores = v.array(v.object({ productStoreId: v.string(), storeName: v.nullish(v.string()) }))
export const ProductStoreSettings = v.array(
  v.object({ productStoreId: v.string(), settingTypeEnumId: v.string(), settingValue: v.nullish(v.string()) }),
)
export const GoodIdentificationTypes = v.array(
  v.object({ goodIdentificationTypeId: v.string(), description: v.nullish(v.string()) }),
)
export const Statuses = v.array(v.object({ statusId: v.string(), description: v.nullish(v.string()) }))
