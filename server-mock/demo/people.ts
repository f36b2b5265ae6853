// The demo's three facilities, its store, and four users with the password shelfcount (decision 23).
import type { Permission } from '../../src/domain/access'
import type { Passwords } from '../auth/passwords'
import type { Sql } from '../db/db'
import { writeMeta } from '../db/meta'

export const DEMO_PASSWORD = 'shelfcount'

export const DEMO_FACILITIES = [
  {
    id: 'NORTHSIDE',
    name: 'Northside Store',
    zone: 'Europe/Berlin',
    type: 'RETAIL_STORE',
    parent: 'PHYSICAL_STORE',
  },
  {
    id: 'HARBOR',
    name: 'Harbor Warehouse',
    zone: 'America/New_York',
    type: 'WAREHOUSE',
    parent: 'DISTRIBUTION_CENTER',
  },
  {
    id: 'OLDTOWN',
    name: 'Old Town Kiosk',
    zone: 'Asia/Kolkata',
    type: 'RETAIL_STORE',
    parent: 'PHYSICAL_STORE',
  },
] as const
export type DemoFacility = (typeof DEMO_FACILITIES)[number]['id']

const ASSOCIATE: readonly Permission[] = ['INVCOUNT_APP_VIEW', 'INV_COUNT_VAR_LOG']
const SUPERVISOR: readonly Permission[] = [
  ...ASSOCIATE,
  'INV_COUNT_PRE_START',
  'INV_COUNT_LOCK_RLS',
  'INV_COUNT_SUBMIT',
  'INV_CNT_VIEW_QOH',
  'PREVIEW_COUNT_ITEM',
  'INV_COUNT_CREATE',
]

interface DemoUser {
  readonly name: string
  readonly fullName: string
  readonly zone: string
  readonly permissions: readonly Permission[]
  readonly facilities: readonly DemoFacility[]
}

/** ana works in one facility, ben and sam in two; alex is an administrator and reaches all without a row. */
export const DEMO_USERS: readonly DemoUser[] = [
  {
    name: 'ana',
    fullName: 'Ana Ruiz',
    zone: 'Europe/Berlin',
    permissions: ASSOCIATE,
    facilities: ['NORTHSIDE'],
  },
  {
    name: 'ben',
    fullName: 'Ben Okafor',
    zone: 'Europe/Berlin',
    permissions: ASSOCIATE,
    facilities: ['NORTHSIDE', 'HARBOR'],
  },
  {
    name: 'sam',
    fullName: 'Sam Lindqvist',
    zone: 'Europe/Berlin',
    permissions: SUPERVISOR,
    facilities: ['NORTHSIDE', 'HARBOR'],
  },
  {
    name: 'alex',
    fullName: 'Alex Chen',
    zone: 'UTC',
    permissions: ['INV_COUNT_ADMIN', 'INVCOUNT_APP_VIEW'],
    facilities: [],
  },
]

const STORE = 'SHELFCOUNT_STORE'
const SETTINGS = {
  PRDT_IDEN_PREF: JSON.stringify({ primaryId: 'SKU', secondaryId: 'productId' }),
  BARCODE_IDEN_PREF: 'EAN',
  INV_FORCE_SCAN: 'false',
}

export async function putDemoPeople(sql: Sql, passwords: Passwords): Promise<void> {
  await sql.query('insert into product_store (product_store_id, store_name) values ($1, $2)', [
    STORE,
    'Shelfcount Demo',
  ])
  for (const [type, value] of Object.entries(SETTINGS))
    await sql.query('insert into product_store_setting values ($1, $2, $3)', [STORE, type, value])
  for (const it of DEMO_FACILITIES) {
    await sql.query(
      `insert into facility (facility_id, facility_name, facility_time_zone, facility_type_id, parent_type_id)
       values ($1, $2, $3, $4, $5)`,
      [it.id, it.name, it.zone, it.type, it.parent],
    )
    await sql.query(
      'insert into facility_product_store (facility_id, product_store_id) values ($1, $2)',
      [it.id, STORE],
    )
  }
  for (const user of DEMO_USERS) await putUser(sql, user, await passwords.hash(DEMO_PASSWORD))
  await writeMeta(sql, 'demo-users', DEMO_USERS.map((it) => it.name).join(','))
}

async function putUser(sql: Sql, user: DemoUser, passwordHash: string): Promise<void> {
  // Not the sign-in name: whoever mixes the two up finds out here, and not at a customer's.
  const userId = `USER_${user.name.toUpperCase()}`
  await sql.query(
    `insert into user_account (user_id, user_name, full_name, party_id, time_zone, password_hash)
     values ($1, $2, $3, $4, $5, $6)`,
    [userId, user.name, user.fullName, `PARTY_${user.name.toUpperCase()}`, user.zone, passwordHash],
  )
  for (const permission of user.permissions)
    await sql.query('insert into user_permission (user_id, permission_id) values ($1, $2)', [
      userId,
      permission,
    ])
  for (const facilityId of user.facilities)
    await sql.query('insert into user_facility (user_id, facility_id) values ($1, $2)', [
      userId,
      facilityId,
    ])
}
