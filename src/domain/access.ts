// Who may what: the server's permission ids and the one predicate the screens ask. The server enforces them.

export const PERMISSIONS = [
  'COMMON_ADMIN',
  'INV_COUNT_ADMIN',
  'INVCOUNT_APP_VIEW',
  'INV_COUNT_VAR_LOG',
  'INV_COUNT_PRE_START',
  'INV_COUNT_LOCK_RLS',
  'INV_COUNT_SUBMIT',
  'INV_CNT_VIEW_QOH',
  'PREVIEW_COUNT_ITEM',
  'INV_COUNT_CREATE',
] as const
export type Permission = (typeof PERMISSIONS)[number]

/** Administrators may everything. */
export function may(permissions: readonly string[], wanted: Permission): boolean {
  return (
    permissions.includes(wanted) ||
    permissions.includes('INV_COUNT_ADMIN') ||
    permissions.includes('COMMON_ADMIN')
  )
}

/** A sign-in as kept in `meta` of the user's database; left out of every export. */
export interface Access {
  readonly token: string
  /** Server time. */
  readonly expiresAt: number
}

/** Which identifier names a product on screen, by the store's preference. */
export interface IdentifierPreference {
  readonly primary: string
  readonly secondary: string
  readonly barcode: string
}

/** Who is signed in and where: all that the app needs to start without a network. */
export interface Profile {
  readonly userId: string
  readonly userName: string
  readonly fullName: string
  readonly partyId: string
  readonly timeZone: string
  readonly permissions: readonly string[]
  readonly facilities: readonly { readonly facilityId: string; readonly name: string; readonly timeZone: string }[]
  readonly facilityId: string
  readonly identifierPreference: IdentifierPreference
  /** What the server can; base profile when it does not say. */
  readonly server: ServerAbilities
}

export interface ServerAbilities {
  readonly profile: 'extended' | 'hotwax'
  readonly gzip: boolean
  readonly fencing: boolean
  readonly epoch: string | null
  readonly protocol: { readonly min: number; readonly max: number } | null
}
