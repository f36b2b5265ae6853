// A count under review on the real routes: who counted what when, and the calls that a supervisor makes.
import { postMovements } from '../../server-mock/review/movement-store'
import { unitsOf } from '../../src/domain/quantity'
import type { MovementKind } from '../../src/domain/review'
import type { Answered, CountsServer, TestSession, TestUser } from './counts-server'

export interface ReviewWorld {
  readonly countId: string
  readonly session: TestSession
  /** A call below the count's review. */
  call(user: TestUser, method: string, path: string, body?: unknown): Promise<Answered>
  /** One row of one log in the given session, as a device sends it. */
  count(
    user: TestUser,
    path: string,
    productId: string,
    units: number,
    over?: object,
  ): Promise<Answered>
  submit(user: TestUser, path: string): Promise<void>
  move(productId: string, units: number, kind?: MovementKind, at?: number): Promise<void>
  rows(user?: TestUser): Promise<Row[]>
  row(productId: string): Promise<Row>
  summary(): Promise<Answered['body']>
  decide(decisions: readonly object[], requestId?: string): Promise<Answered>
  recount(productIds: readonly string[], over?: object): Promise<Answered>
  approve(over?: object): Promise<Answered>
  book(productId: string): Promise<number>
}
// Whatever the server says: the matchers check it.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Row = any

let serial = 0

/** A day later: no movement, no decision, and the same books at the facility north, TEE 10 and CAP 4. */
export async function beginNewDay({ clock, db }: CountsServer): Promise<void> {
  clock.at += 86_400_000
  await db.query('delete from item_movement')
  await db.query('delete from review_decision')
  await db.query(
    "update product_facility set quantity_on_hand = case product_id when 'TEE' then 10 else 4 end where facility_id = 'north'",
  )
}

export async function aReview(
  server: CountsServer,
  over: { readonly isBlind?: 'Y' | 'N'; readonly workEffortPurposeTypeId?: 'HARD_COUNT' } = {},
): Promise<ReviewWorld> {
  const session = await server.aSession(over)
  const { countId } = session
  const base = `cycleCounts/workEfforts/${countId}/review`
  const unique = (what: string) => `${what}-${(serial += 1)}`
  const call: ReviewWorld['call'] = (user, method, path, body) =>
    server.call(user, method, `${base}${path}`, body)
  const rows = async (user: TestUser = 'sam') =>
    (await call(user, 'GET', '/rows')).body.rows as Row[]
  const summary = async () => (await call('sam', 'GET', '')).body
  return {
    countId,
    session,
    call,
    rows,
    summary,
    count: (user, path, productId, units, more = {}) =>
      server.call(user, 'PUT', `${path}/items`, {
        items: [
          {
            uuid: `${path}:${user}:${productId}`,
            logId: `log-${user}`,
            rev: 1,
            quantity: units,
            standing: Math.max(1, units),
            productId,
            countedByUserLoginId: user,
            lastScanAt: server.clock.at,
            ...more,
          },
        ],
      }),
    submit: async (user, path) => {
      for (const statusId of ['SESSION_ASSIGNED', 'SESSION_SUBMITTED'])
        await server.call(user, 'PUT', path, { statusId })
    },
    move: async (productId, units, kind = 'shipment', at = server.clock.at) => {
      const movement = {
        facilityId: 'north',
        movementId: unique('move'),
        productId,
        movedAt: at,
        quantity: unitsOf(units),
        kind,
        reference: null,
        reason: null,
        workEffortId: null,
      }
      await server.db.tx((sql) =>
        postMovements(sql, [movement], { by: 'test', now: server.clock.at }),
      )
    },
    row: async (productId) => (await rows()).find((it) => it.productId === productId),
    decide: (decisions, requestId = unique('decide')) =>
      call('sam', 'POST', '/decisions', { requestId, decisions }),
    recount: (productIds, more = {}) =>
      call('sam', 'POST', '/recounts', {
        requestId: unique('recount'),
        productIds,
        reason: 'beyond tolerance',
        ...more,
      }),
    approve: async (more = {}) =>
      call('sam', 'POST', '/approve', {
        requestId: unique('approve'),
        revision: (await summary()).revision,
        ...more,
      }),
    book: async (productId) => {
      const [stock] = await server.db.query<{ qoh: string }>(
        "select quantity_on_hand::text as qoh from product_facility where facility_id = 'north' and product_id = $1",
        [productId],
      )
      return Number(stock?.qoh)
    },
  }
}
