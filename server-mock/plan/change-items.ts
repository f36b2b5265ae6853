// Adds products to a session's list and takes them off, while it may be open on a device: the device hears of it.
import type * as v from 'valibot'
import type { PlannedItemsAnswer, PostPlannedItems } from '../../src/contract/plan'
import { decodeItemRow, insertRows, updateRows, type ItemColumns } from '../counts/item-store'
import { once } from '../counts/request-log'
import { readBook } from '../counts/row-world'
import { holdSession, type SessionRow } from '../counts/session-store'
import type { Sql } from '../db/db'
import type { Caller, ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import { requestedRow } from '../rules/clone-rows'
import type { ItemRow } from '../rules/item-row'
import { decideAdding, decideRemoving, type ItemVerdict } from '../rules/planned-items'
import { note, requireOpenSession } from './change-plan'
import { listNamed, type ListedProduct } from './find-products'
import { tellDevices } from './session-news'

export interface ItemsCall {
  readonly caller: Caller
  readonly sessionId: string
  readonly body: v.InferOutput<typeof PostPlannedItems>
  readonly context: ServerContext
}

type Answer = v.InferInput<typeof PlannedItemsAnswer>

/** Repeatable by requestId. @throws HttpError 400 in a recount or once the session is submitted, 403, 404. Rules: PL22 */
export async function changeItems({ caller, sessionId, body, context: { db, clock } }: ItemsCall): Promise<Answer> {
  const now = clock.now()
  return db.tx(async (sql) => {
    const session = await holdSession(sql, caller, sessionId)
    const key = { userId: caller.userId, requestId: body.requestId, kind: 'plan-items', now } as const
    return once(sql, key, async () => {
      requireOpenSession(session)
      if (session.recountRound !== null)
        throw new HttpError(400, 'A recount has the list that the review gave it', 'BAD_REQUEST')
      const change = await decideAll(sql, { caller, session, body, now })
      await updateRows(sql, sessionId, change.updated)
      const { inserted } = change
      await insertRows(sql, sessionId, inserted, session.nextSeq + inserted.length)
      if (change.updated.length + inserted.length > 0) await tell(sql, { caller, session, body, now }, change)
      return { verdicts: [...change.verdicts] }
    })
  })
}

interface Place {
  readonly caller: Caller
  readonly session: SessionRow
  readonly body: ItemsCall['body']
  readonly now: number
}

interface Change {
  readonly verdicts: Answer['verdicts']
  readonly updated: readonly ItemRow[]
  readonly inserted: readonly ItemRow[]
}

async function decideAll(sql: Sql, { caller, session, body, now }: Place): Promise<Change> {
  const adding = [...new Set(body.add)]
  const removing = [...new Set(body.remove)].filter((it) => !adding.includes(it))
  const products = new Map((await listNamed(sql, adding)).map((it) => [it.productId, it]))
  const rows = await readRowsOf(sql, session.sessionId, [...adding, ...removing])
  const verdicts: Answer['verdicts'] = []
  const updated: ItemRow[] = []
  const wanted: ListedProduct[] = []
  const say = (productId: string, verdict: ItemVerdict): void => void verdicts.push({ productId, ...verdict })
  for (const productId of adding) {
    const product = products.get(productId)
    if (product === undefined) {
      say(productId, { verdict: 'refused', message: 'There is no such product' })
      continue
    }
    const decided = decideAdding({ rows: rows.get(productId) ?? [], now })
    say(productId, decided.verdict)
    updated.push(...decided.updated)
    if (decided.needsRow) wanted.push(product)
  }
  for (const productId of removing) {
    const decided = decideRemoving({ rows: rows.get(productId) ?? [], now })
    say(productId, decided.verdict)
    updated.push(...decided.updated)
  }
  const book = await readBook(sql, session.facilityId, wanted.map((it) => it.productId))
  const input = {
    sessionId: session.sessionId,
    userName: caller.userName,
    now,
    bookOf: (productId: string) => book.get(productId) ?? null,
  }
  const inserted = wanted.map(({ productId, identifier }, index) =>
    requestedRow({ productId, productIdentifier: identifier }, session.nextSeq + index, input),
  )
  return { verdicts, updated, inserted }
}

async function readRowsOf(sql: Sql, sessionId: string, productIds: readonly string[]): Promise<ReadonlyMap<string, ItemRow[]>> {
  const rows = await sql.query<ItemColumns>(
    'select * from session_item where session_id = $1 and product_id = any($2::text[]) order by item_seq',
    [sessionId, productIds],
  )
  const byProduct = new Map<string, ItemRow[]>()
  for (const row of rows.map(decodeItemRow)) {
    const key = row.productId ?? ''
    byProduct.set(key, [...(byProduct.get(key) ?? []), row])
  }
  return byProduct
}

async function tell(sql: Sql, { caller, session, body, now }: Place, { verdicts }: Change): Promise<void> {
  const { sessionId, workEffortId } = session
  await tellDevices(sql, sessionId, caller.userName, now)
  const taken = new Set(verdicts.filter((it) => it.verdict === 'taken').map((it) => it.productId))
  for (const [action, ids] of [['items-added', body.add], ['items-removed', body.remove]] as const) {
    const productIds = ids.filter((it) => taken.has(it))
    if (productIds.length > 0)
      await note(sql, { caller, workEffortId, now }, { action, details: { sessionId, productIds } })
  }
}
