// Who may call what, tried out: one fitting request per route, sent by every role to its own and to a foreign facility.
import { readFileSync } from 'node:fs'
import { createApp, collectRoutes } from '../../server-mock/app'
import { issueToken } from '../../server-mock/auth/tokens'
import { REST } from '../../src/contract/envelope'
import type { Permission } from '../../src/domain/access'
import { createRollbackDb } from './rollback-db'
import type { TestServer } from './server'

/** Of the table in docs/server.md. */
export const HEADING = '### Tried out, role by role'

/** Those with exactly these permissions: what tells one permission from another. `unseeing`: sam's but the book. */
export const PARTIAL_ROLES = {
  submits: ['INV_COUNT_SUBMIT'],
  creates: ['INV_COUNT_CREATE'],
  previews: ['PREVIEW_COUNT_ITEM'],
  unseeing: [
    'INVCOUNT_APP_VIEW',
    'INV_COUNT_VAR_LOG',
    'INV_COUNT_PRE_START',
    'INV_COUNT_LOCK_RLS',
    'INV_COUNT_SUBMIT',
    'PREVIEW_COUNT_ITEM',
    'INV_COUNT_CREATE',
  ],
} as const satisfies Readonly<Record<string, readonly Permission[]>>
type PartialRole = keyof typeof PARTIAL_ROLES
export const PARTIAL_NAMES = Object.keys(PARTIAL_ROLES) as readonly PartialRole[]

/** Without a token, with one that is over, signed in without any permission, the four of the demo, and the partial ones. */
export const ROLES = [
  'anonymous',
  'expired',
  'nobody',
  'ana',
  'ben',
  'sam',
  'alex',
  ...PARTIAL_NAMES,
] as const
export type Role = (typeof ROLES)[number]
/** NORTHSIDE is everybody's, OLDTOWN is nobody's but the administrator's. */
export const PLACES = { own: 'NORTHSIDE', foreign: 'OLDTOWN' } as const
export type Place = keyof typeof PLACES

interface Ask {
  readonly facilityId: string
  readonly countId: string
  readonly sessionId: string
  readonly userId: string
  readonly partyId: string
}

interface Call {
  readonly path: (ask: Ask) => string
  readonly body?: (ask: Ask) => unknown
  /** The answer depends on the facility. */
  readonly isPlaced: boolean
  /** Whoever may ask is told that the count is not that far. */
  readonly dependsOnState?: boolean
}

const COUNTS = 'inventory-cycle-count/cycleCounts/workEfforts'
const SESSIONS = 'inventory-cycle-count/cycleCounts/sessions'
const anywhere = (path: string, body?: Call['body']): Call => ({
  path: () => path,
  isPlaced: false,
  ...(body === undefined ? {} : { body }),
})
const placed = (path: Call['path'], body?: Call['body']): Call => ({
  path,
  isPlaced: true,
  ...(body === undefined ? {} : { body }),
})
const count = (rest: string, body?: Call['body']) =>
  placed(({ countId }) => `${COUNTS}/${countId}${rest}`, body)
const session = (rest: string, body?: Call['body']) =>
  placed(({ sessionId }) => `${SESSIONS}/${sessionId}${rest}`, body)
const solr = { query: 'tee' }
const DAYS = 'from=2026-01-01&thru=2026-01-31'

/** By method and path as registered. A route without a request fails the test. */
export const CALLS: Readonly<Record<string, Call>> = {
  'GET inventory-cycle-count/capabilities': anywhere('inventory-cycle-count/capabilities'),
  'GET admin/checkLoginOptions': anywhere('admin/checkLoginOptions'),
  'POST admin/login': anywhere('admin/login', () => ({ username: 'ben', password: 'shelfcount' })),
  'POST admin/logout': anywhere('admin/logout', () => ({})),
  'GET admin/user/profile': anywhere('admin/user/profile'),
  'POST admin/user/profile': anywhere('admin/user/profile', () => ({ timeZone: 'UTC' })),
  'GET admin/user/getAvailableTimeZones': anywhere('admin/user/getAvailableTimeZones'),
  'GET admin/user/permissions': anywhere('admin/user/permissions'),
  'GET admin/user/:partyId/facilities': {
    path: ({ partyId }) => `admin/user/${partyId}/facilities`,
    isPlaced: false,
  },
  'GET admin/user/preferences': anywhere('admin/user/preferences'),
  'PUT admin/user/preferences': anywhere('admin/user/preferences', ({ userId }) => ({
    userId,
    preferenceKey: 'X',
    preferenceValue: 'y',
  })),
  'GET oms/facilities': anywhere('oms/facilities'),
  'GET oms/facilities/:facilityId/productStores': placed(
    ({ facilityId }) => `oms/facilities/${facilityId}/productStores`,
  ),
  'GET oms/productStores': anywhere('oms/productStores'),
  'GET admin/productStores/:productStoreId/settings': anywhere(
    'admin/productStores/SHELFCOUNT_STORE/settings',
  ),
  'POST admin/productStores/:productStoreId/settings': anywhere(
    'admin/productStores/SHELFCOUNT_STORE/settings',
    () => ({ settingTypeEnumId: 'INV_FORCE_SCAN', settingValue: 'true' }),
  ),
  'GET oms/goodIdentificationTypes': anywhere('oms/goodIdentificationTypes'),
  'GET oms/statuses': anywhere('oms/statuses'),
  'GET admin/enums': anywhere('admin/enums'),
  'POST oms/dataDocumentView': placed(
    () => 'oms/dataDocumentView',
    ({ facilityId }) => ({
      dataDocumentId: 'ProductFacilityAndInventoryItem',
      customParametersMap: { facilityId },
    }),
  ),
  'GET inventory-cycle-count/products': anywhere('inventory-cycle-count/products?limit=1'),
  [`POST ${SESSIONS}/:sessionId/barcodes`]: {
    ...session('/barcodes', () => ({ wishId: 'w', value: 'X-1', productId: 'X', packSize: 1 })),
    dependsOnState: true,
  },
  'GET inventory-cycle-count/barcodes': anywhere('inventory-cycle-count/barcodes'),
  'DELETE inventory-cycle-count/barcodes/:wishId': { ...anywhere('inventory-cycle-count/barcodes/X'), dependsOnState: true },
  'POST admin/runSolrQuery': anywhere('admin/runSolrQuery', () => ({ json: solr })),
  'POST admin/search/query': anywhere('admin/search/query', () => solr),
  'GET inventory-cycle-count/stock': placed(
    ({ facilityId }) => `inventory-cycle-count/stock?facilityId=${facilityId}&limit=1`,
  ),
  'GET poorti/getInventoryAvailableByFacility': placed(
    ({ facilityId }) =>
      `poorti/getInventoryAvailableByFacility?facilityId=${facilityId}&productId=X`,
  ),
  'GET oms/productFacilities/inventory': placed(
    ({ facilityId }) => `oms/productFacilities/inventory?facilityId=${facilityId}&productId=X`,
  ),
  [`GET ${COUNTS}`]: anywhere(COUNTS),
  [`GET ${COUNTS}/:workEffortId`]: count(''),
  [`POST ${COUNTS}`]: placed(
    () => COUNTS,
    ({ facilityId }) => ({ workEffortName: 'New', facilityId }),
  ),
  [`PUT ${COUNTS}/:workEffortId`]: count('', () => ({ statusId: 'CYCLE_CNT_CMPLTD' })),
  [`GET ${COUNTS}/:workEffortId/sessions`]: count('/sessions'),
  [`POST ${COUNTS}/:workEffortId/sessions`]: count('/sessions', () => ({
    countImportName: 'Left',
  })),
  [`GET ${SESSIONS}/:sessionId`]: session(''),
  [`PUT ${SESSIONS}/:sessionId`]: session('', () => ({ countImportName: 'Right' })),
  [`POST ${SESSIONS}/:sessionId/cloneDirectedCount`]: session('/cloneDirectedCount', () => ({
    countImportName: 'Copy',
  })),
  [`GET ${SESSIONS}/:sessionId/items/count`]: session('/items/count'),
  [`GET ${SESSIONS}/:sessionId/items`]: session('/items'),
  [`PUT ${SESSIONS}/:sessionId/items`]: session('/items', () => ({
    items: [{ uuid: 'u', logId: 'l', rev: 1, quantity: 1, standing: 1, productIdentifier: 'x' }],
  })),
  [`DELETE ${SESSIONS}/:sessionId/items`]: session('/items', () => [{ importItemSeqId: '00001' }]),
  [`GET ${SESSIONS}/:sessionId/lock`]: session('/lock'),
  [`POST ${SESSIONS}/:sessionId/lock`]: session('/lock', () => ({ deviceId: 'd' })),
  // Nobody holds it: a conflict (base profile: no such lock) is the answer for whoever may ask at all.
  [`PUT ${SESSIONS}/:sessionId/lock`]: {
    ...session('/lock', () => ({ deviceId: 'd', fence: 1 })),
    dependsOnState: true,
  },
  [`PUT ${SESSIONS}/:sessionId/release`]: {
    ...session('/release', () => ({ deviceId: 'd', fence: 1 })),
    dependsOnState: true,
  },
  // Nothing is held there: whoever may ask at all is told so.
  [`POST ${SESSIONS}/:sessionId/held`]: {
    ...session('/held', () => ({ rowKey: 'u', rev: 1, toSessionId: 'S1' })),
    dependsOnState: true,
  },
  [`PUT ${SESSIONS}/:sessionId/scanEvents`]: session('/scanEvents', () => ({
    events: [
      {
        eventId: 'e',
        logId: 'l',
        seq: 1,
        kind: 'scan',
        raw: 'x',
        itemKey: 'raw:x',
        quantity: 1,
        packSize: 1,
        at: 1,
        userId: 'x',
        source: 'wedge',
      },
    ],
  })),
  ...reviewCalls(),
  ...planCalls(),
}

function planCalls(): Readonly<Record<string, Call>> {
  const plan = 'inventory-cycle-count/plan'
  const uploads = 'inventory-cycle-count/cycleCounts'
  return {
    [`GET ${plan}/products`]: placed(
      ({ facilityId }) => `${plan}/products?facilityId=${facilityId}&limit=1`,
    ),
    [`GET ${plan}/people`]: placed(({ facilityId }) => `${plan}/people?facilityId=${facilityId}`),
    [`POST ${plan}/counts`]: placed(
      () => `${plan}/counts`,
      ({ facilityId }) => ({
        requestId: 'r',
        workEffortId: 'PLANNED',
        workEffortName: 'Planned',
        facilityId,
        workEffortPurposeTypeId: 'HARD_COUNT',
        parts: [{ countImportName: 'All of it' }],
      }),
    ),
    [`POST ${plan}/shares`]: placed(
      () => `${plan}/shares`,
      ({ facilityId }) => ({ facilityId, products: { by: 'filter', filter: { text: '' } }, split: 'evenly', parts: 1 }),
    ),
    ...planAgainCalls(plan),
    [`POST ${plan}/counts/:workEffortId`]: placed(
      ({ countId }) => `${plan}/counts/${countId}`,
      () => ({ workEffortName: 'Renamed' }),
    ),
    [`POST ${plan}/counts/:workEffortId/cancel`]: placed(
      ({ countId }) => `${plan}/counts/${countId}/cancel`,
      () => ({ reason: 'planned twice' }),
    ),
    [`POST ${plan}/sessions/:sessionId`]: placed(
      ({ sessionId }) => `${plan}/sessions/${sessionId}`,
      () => ({ countImportName: 'Renamed' }),
    ),
    [`GET ${plan}/sessions/:sessionId/items`]: placed(({ sessionId }) => `${plan}/sessions/${sessionId}/items`),
    [`POST ${plan}/sessions/:sessionId/items`]: placed(
      ({ sessionId }) => `${plan}/sessions/${sessionId}/items`,
      () => ({ requestId: 'r', add: ['X'] }),
    ),
    // Without a file the answer is a refusal of the form; a message of nobody's is not found.
    [`POST ${uploads}/upload`]: { ...anywhere(`${uploads}/upload`), dependsOnState: true },
    // Days that are none: whoever may ask is told so, and no file is made in the background.
    [`POST ${uploads}/export`]: {
      ...placed(
        () => `${uploads}/export`,
        ({ facilityId }) => ({ facilityId, from: 'x', thru: 'x' }),
      ),
      dependsOnState: true,
    },
    [`GET ${uploads}/export/:systemMessageId`]: {
      ...anywhere(`${uploads}/export/X`),
      dependsOnState: true,
    },
    [`GET ${uploads}/systemMessages`]: anywhere(`${uploads}/systemMessages`),
    [`POST ${uploads}/systemMessages/:systemMessageId`]: {
      ...anywhere(`${uploads}/systemMessages/X`, () => ({ statusId: 'SmsgCancelled' })),
      dependsOnState: true,
    },
    [`GET ${uploads}/systemMessages/:systemMessageId`]: {
      ...anywhere(`${uploads}/systemMessages/X`),
      dependsOnState: true,
    },
    [`GET ${uploads}/systemMessages/:systemMessageId/downloadFile`]: {
      ...anywhere(`${uploads}/systemMessages/X/downloadFile`),
      dependsOnState: true,
    },
    [`GET ${uploads}/systemMessages/:systemMessageId/errors`]: {
      ...anywhere(`${uploads}/systemMessages/X/errors`),
      dependsOnState: true,
    },
    'GET admin/serviceJobs/:jobName': anywhere('admin/serviceJobs/consume'),
  }
}

function planAgainCalls(plan: string): Readonly<Record<string, Call>> {
  const read = (what: string) =>
    placed(({ facilityId }) => `${plan}/${what}?facilityId=${facilityId}`)
  return {
    [`GET ${plan}/choices`]: read('choices'),
    [`GET ${plan}/schedule`]: read('schedule'),
    [`GET ${plan}/changes`]: read('changes'),
    [`GET ${plan}/templates`]: read('templates'),
    [`PUT ${plan}/schedule`]: placed(
      () => `${plan}/schedule`,
      ({ facilityId }) => ({ facilityId, everyDays: { A: 30 } }),
    ),
    [`PUT ${plan}/templates/:templateId`]: placed(
      () => `${plan}/templates/X`,
      ({ facilityId }) => ({
        facilityId,
        name: 'Weekly',
        plan: { workEffortPurposeTypeId: 'HARD_COUNT', parts: [{}] },
      }),
    ),
    // There is none: that is the answer for whoever may ask at all.
    [`DELETE ${plan}/templates/:templateId`]: { ...read('templates/X'), dependsOnState: true },
    [`POST ${plan}/templates/:templateId/restore`]: {
      ...placed(
        () => `${plan}/templates/X/restore`,
        ({ facilityId }) => ({ facilityId }),
      ),
      dependsOnState: true,
    },
  }
}

function reviewCalls(): Readonly<Record<string, Call>> {
  const reason = 'looked again'
  const review = `${COUNTS}/:workEffortId/review`
  const acting = (rest: string, body: object): Call => ({
    ...count(`/review${rest}`, () => body),
    dependsOnState: true,
  })
  return {
    [`GET ${COUNTS}/:workEffortId/reviews/count`]: count('/reviews/count'),
    [`GET ${COUNTS}/:workEffortId/reviews`]: count('/reviews'),
    [`GET ${COUNTS}/:workEffortId/count`]: count('/count?productId=X'),
    'POST inventory-cycle-count/cycleCounts/submit': {
      ...placed(
        () => 'inventory-cycle-count/cycleCounts/submit',
        ({ countId, facilityId }) => ({
          inventoryCountProductsList: [
            { workEffortId: countId, productId: 'X', facilityId, decisionOutcomeEnumId: 'SKIPPED' },
          ],
        }),
      ),
      dependsOnState: true,
    },
    'POST inventory-cycle-count/recordVariance': {
      ...placed(
        () => 'inventory-cycle-count/recordVariance',
        ({ facilityId }) => ({
          varianceList: [{ productId: 'X', facilityId, reasonEnumId: 'VAR_DAMAGED', quantity: 1 }],
        }),
      ),
      dependsOnState: true,
    },
    'GET inventory-cycle-count/diagnostics': anywhere('inventory-cycle-count/diagnostics'),
    'GET inventory-cycle-count/unsentDevices': anywhere('inventory-cycle-count/unsentDevices'),
    'GET inventory-cycle-count/people': anywhere('inventory-cycle-count/people'),
    'PUT inventory-cycle-count/people/:userId': anywhere(
      'inventory-cycle-count/people/USER_BEN',
      () => ({
        permissions: ['INVCOUNT_APP_VIEW'],
        facilityIds: ['HARBOR'],
        isDisabled: false,
        reason: 'moved',
        revision: 0,
      }),
    ),
    'GET inventory-cycle-count/people/:userId/history': anywhere(
      'inventory-cycle-count/people/USER_BEN/history',
    ),
    'GET inventory-cycle-count/reports': placed(
      ({ facilityId }) => `inventory-cycle-count/reports?facilityId=${facilityId}&${DAYS}`,
    ),
    'GET inventory-cycle-count/reports/facilities': placed(
      ({ facilityId }) => `inventory-cycle-count/reports/facilities?facilityIds=${facilityId}&${DAYS}`,
    ),
    'GET inventory-cycle-count/reports/lines': placed(
      ({ facilityId }) => `inventory-cycle-count/reports/lines?facilityId=${facilityId}&${DAYS}`,
    ),
    'GET inventory-cycle-count/reports/pace': placed(
      ({ facilityId }) => `inventory-cycle-count/reports/pace?facilityId=${facilityId}&${DAYS}`,
    ),
    'GET inventory-cycle-count/reports/timeline': {
      ...placed(
        ({ facilityId }) =>
          `inventory-cycle-count/reports/timeline?facilityId=${facilityId}&productId=X`,
      ),
      dependsOnState: true,
    },
    'GET inventory-cycle-count/board': placed(
      ({ facilityId }) => `inventory-cycle-count/board?facilityId=${facilityId}&progress=true`,
    ),
    'GET inventory-cycle-count/events': placed(
      ({ facilityId }) => `inventory-cycle-count/events?scope=board:${facilityId}`,
    ),
    // For administrators, who work everywhere.
    'PUT inventory-cycle-count/movements': anywhere(
      'inventory-cycle-count/movements',
      ({ facilityId }) => ({
        items: [
          { facilityId, movementId: 'm', productId: 'X', quantity: 1, kind: 'sale', movedAt: 1 },
        ],
      }),
    ),
    'GET inventory-cycle-count/reviewRules': placed(
      ({ facilityId }) => `inventory-cycle-count/reviewRules?facilityId=${facilityId}`,
    ),
    'PUT inventory-cycle-count/reviewRules': anywhere(
      'inventory-cycle-count/reviewRules',
      ({ facilityId }) => ({ facilityId, abcClass: 'A', units: 1, percent: 1 }),
    ),
    'DELETE inventory-cycle-count/reviewRules': {
      ...anywhere('inventory-cycle-count/reviewRules', ({ facilityId }) => ({
        facilityId,
        abcClass: 'Z',
      })),
      dependsOnState: true,
    },
    'PUT inventory-cycle-count/reviewRules/recounts': anywhere(
      'inventory-cycle-count/reviewRules/recounts',
      ({ facilityId }) => ({ facilityId, isOn: false }),
    ),
    'GET inventory-cycle-count/cycleCounts/lateEvidence': placed(
      ({ facilityId }) => `inventory-cycle-count/cycleCounts/lateEvidence?facilityId=${facilityId}`,
    ),
    'GET inventory-cycle-count/cycleCounts/closed': placed(
      ({ facilityId }) => `inventory-cycle-count/cycleCounts/closed?facilityId=${facilityId}`,
    ),
    [`GET ${review}/history`]: count('/review/history'),
    [`GET ${review}`]: count('/review'),
    [`GET ${review}/rows`]: count('/review/rows'),
    [`GET ${review}/rows/:productId`]: count('/review/rows/X'),
    [`GET ${review}/rows/:productId/explanation`]: {
      ...count('/review/rows/X/explanation'),
      dependsOnState: true,
    },
    [`POST ${review}/rows/:productId/photos`]: acting('/rows/X/photos', {}),
    [`GET ${review}/rows/:productId/photos/:photoId`]: {
      ...count('/review/rows/X/photos/P'),
      dependsOnState: true,
    },
    [`POST ${review}/rows/:productId/notes`]: acting('/rows/X/notes', { note: 'ask the shop' }),
    [`POST ${review}/decisions`]: acting('/decisions', {
      requestId: 'r',
      decisions: [{ productId: 'X', action: 'skip' }],
    }),
    [`POST ${review}/recounts`]: acting('/recounts', { requestId: 'r', productIds: ['X'], reason }),
    [`POST ${review}/waivers`]: acting('/waivers', { subject: 'unmatched', reason }),
    [`POST ${review}/sessions`]: acting('/sessions', { sessionId: 'X', action: 'void', reason }),
    [`POST ${review}/reopen`]: acting('/reopen', { reason }),
    [`POST ${review}/approve`]: acting('/approve', { requestId: 'r', revision: 1 }),
    [`POST ${review}/corrections`]: acting('/corrections', {
      requestId: 'r',
      productId: 'X',
      quantity: 1,
      reason,
    }),
    [`GET ${review}/chain`]: count('/review/chain'),
    [`GET ${review}/late`]: count('/review/late'),
    [`POST ${review}/late`]: acting('/late', {
      sessionId: 'X',
      rowKey: 'x',
      rev: 1,
      verdict: 'refused',
      reason,
    }),
  }
}

/** What a call comes to: may (or would, were it not for the state of things), 401, 403. */
export type Outcome = 'yes' | '401' | '403'

export interface MatrixRow {
  readonly method: string
  readonly path: string
  readonly outcomes: Readonly<Record<Role, Readonly<Record<Place, Outcome>>>>
  readonly isPlaced: boolean
}

/** Sends everything; each call finds the database as it was. @throws at a route without a request, or an answer that is no outcome */
export async function tryAll(server: TestServer): Promise<readonly MatrixRow[]> {
  const tokens = await issueTokens(server)
  const places = {
    own: await openSession(server, PLACES.own),
    foreign: await openSession(server, PLACES.foreign),
  }
  const db = await createRollbackDb(server.db)
  const app = createApp({ ...server.context, db, later: () => undefined })
  const rows: MatrixRow[] = []
  for (const { method, path } of collectRoutes(server.context).routes) {
    const call = CALLS[`${method} ${path}`]
    if (call === undefined) throw new Error(`No request for ${method} ${path}`)
    const outcomes = {} as Record<Role, Record<Place, Outcome>>
    for (const role of ROLES) {
      const one = (place: Place) =>
        db.forgetting(async () => {
          const ask: Ask = {
            facilityId: PLACES[place],
            ...places[place],
            userId: `USER_${role.toUpperCase()}`,
            partyId: `PARTY_${role.toUpperCase()}`,
          }
          const answer = await app.request(REST + call.path(ask), {
            method,
            headers: {
              'content-type': 'application/json',
              ...(tokens[role] === null ? {} : { authorization: `Bearer ${tokens[role]}` }),
            },
            ...(call.body === undefined ? {} : { body: JSON.stringify(call.body(ask)) }),
          })
          return outcomeOf(
            answer.status,
            call.dependsOnState === true,
            `${method} ${path} as ${role} at ${place}: ${await textOf(answer)}`,
          )
        })
      outcomes[role] = { own: await one('own'), foreign: await one('foreign') }
    }
    rows.push({ method, path, outcomes, isPlaced: call.isPlaced })
  }
  return rows
}

/** A stream of events has no end: that it opens is the answer. */
async function textOf(answer: Response): Promise<string> {
  if (answer.headers.get('content-type') !== 'text/event-stream') return answer.text()
  await answer.body?.cancel()
  return ''
}

function outcomeOf(status: number, dependsOnState: boolean, what: string): Outcome {
  if (status === 401 || status === 403) return status === 401 ? '401' : '403'
  if (status === 200 || status === 409) return 'yes'
  // The body was read: a state that does not allow it is named, a body that cannot be read is a 400 with a field.
  if (dependsOnState && (status === 404 || status === 400) && !/: Invalid/.test(what)) return 'yes'
  throw new Error(`${status} for ${what.slice(0, 300)}`)
}

async function issueTokens(server: TestServer): Promise<Readonly<Record<Role, string | null>>> {
  const { db, context } = server
  await addUser(server, 'nobody', [])
  for (const role of PARTIAL_NAMES) await addUser(server, role, PARTIAL_ROLES[role])
  const issue = async (userId: string, lifeMs: number) =>
    (await issueToken(db, { userId, now: context.clock.now(), lifeMs, perUserMax: 50 })).token
  const hour = 3_600_000
  const [nobody, ana, ben, sam, alex] = await Promise.all(
    ['NOBODY', 'ANA', 'BEN', 'SAM', 'ALEX'].map((it) => issue(`USER_${it}`, hour)),
  )
  const expired = await issue('USER_ALEX', -1)
  const partial = {} as Record<PartialRole, string>
  for (const role of PARTIAL_NAMES) partial[role] = await issue(`USER_${role.toUpperCase()}`, hour)
  return {
    anonymous: null,
    expired,
    nobody: nobody ?? '',
    ana: ana ?? '',
    ben: ben ?? '',
    sam: sam ?? '',
    alex: alex ?? '',
    ...partial,
  }
}

async function addUser(
  { db }: TestServer,
  name: string,
  permissions: readonly Permission[],
): Promise<void> {
  const id = name.toUpperCase()
  await db.query(
    "insert into user_account (user_id, user_name, full_name, party_id, password_hash) values ($1, $2, $2, $3, 'scrypt$2$1$1$AA$AA')",
    [`USER_${id}`, name, `PARTY_${id}`],
  )
  await db.query('insert into user_facility (user_id, facility_id) values ($1, $2)', [
    `USER_${id}`,
    PLACES.own,
  ])
  for (const permission of permissions)
    await db.query('insert into user_permission (user_id, permission_id) values ($1, $2)', [
      `USER_${id}`,
      permission,
    ])
}

async function openSession(
  server: TestServer,
  facilityId: string,
): Promise<{ readonly countId: string; readonly sessionId: string }> {
  const alex = await server.as('alex')
  const made = await alex.count('POST', 'cycleCounts/workEfforts', {
    workEffortName: 'Matrix',
    facilityId,
  })
  const countId: string = made.body.workEffortId
  await alex.count('PUT', `cycleCounts/workEfforts/${countId}`, { statusId: 'CYCLE_CNT_IN_PRGS' })
  const opened = await alex.count('POST', `cycleCounts/workEfforts/${countId}/sessions`, {
    countImportName: 'Matrix',
  })
  return { countId, sessionId: opened.body.inventoryCountImportId }
}

/** As docs/server.md shows it: own / foreign facility, one word where it makes no difference to the call. */
export function cellOf({ outcomes, isPlaced }: MatrixRow, role: Role): string {
  const { own, foreign } = outcomes[role]
  return isPlaced && own !== foreign
    ? `${own} / ${foreign}`
    : own === foreign
      ? own
      : `${own} ≠ ${foreign}`
}

/** The table of docs/server.md, line by line. */
export function tableOf(rows: readonly MatrixRow[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [
    line(['call', ...ROLES]),
    line(['---', ...ROLES.map(() => '---')]),
    ...rows.map((row) =>
      line([`${row.method} \`${row.path}\``, ...ROLES.map((role) => cellOf(row, role))]),
    ),
  ].join('\n')
}

/** By method and path, what docs/server.md shows for each role. */
export function documentedCells(): ReadonlyMap<string, readonly string[]> {
  const table = readFileSync('docs/server.md', 'utf8').split(HEADING)[1] ?? ''
  const rows = table.matchAll(/^\| ([A-Z]+) `([^`]+)` \| (.+) \|$/gm)
  return new Map(
    [...rows].map(([, method, path, cells]) => [`${method} ${path}`, (cells ?? '').split(' | ')]),
  )
}
