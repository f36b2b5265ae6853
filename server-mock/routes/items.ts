// Items of a session: pages, number, the one sync call, and deletion (contract 4.3).
import { COUNTS } from '../../src/contract/envelope'
import { Count, DeleteItems, PutItemsRequest, PutItemsResponse, WireItems } from '../../src/contract/items'
import * as v from 'valibot'
import { deleteItems } from '../counts/delete-items'
import { countItems, listItems } from '../counts/list-items'
import { overwriteItems, putItems } from '../counts/put-items'
import { findSession } from '../counts/session-store'
import type { Registrar } from '../http/route'
import { maySeeBook } from '../rules/book-quantity'

const ITEMS = `${COUNTS}cycleCounts/sessions/:sessionId/items`

/** Rules: docs/SPEC.md SC10-SC33. */
export const registerItems: Registrar = (registry, { profile }) => {
  registry.route({
    method: 'GET',
    path: `${ITEMS}/count`,
    needs: ['INVCOUNT_APP_VIEW'],
    answer: Count,
    handler: async ({ sql, caller, param }) => {
      const session = await findSession(sql, caller, param('sessionId'))
      return { count: session === null ? 0 : await countItems(sql, session.sessionId) }
    },
  })
  registry.route({
    method: 'GET',
    path: ITEMS,
    needs: ['INVCOUNT_APP_VIEW'],
    answer: WireItems,
    handler: async ({ sql, caller, param, query, context }) => {
      const session = await findSession(sql, caller, param('sessionId'))
      if (session === null) return []
      const canSeeBook = maySeeBook((it) => caller.may(it), session.isBlind)
      return listItems(sql, { session, query, context, maySeeBook: canSeeBook })
    },
  })
  registry.route({
    method: 'PUT',
    path: ITEMS,
    needs: ['INVCOUNT_APP_VIEW'],
    body: PutItemsRequest,
    answer: profile === 'extended' ? PutItemsResponse : v.object({}),
    handler: async ({ caller, param, body, context }) => {
      const put = { sessionId: param('sessionId'), caller, request: body, context }
      if (context.profile === 'extended') return putItems(put)
      await overwriteItems(put)
      return {}
    },
  })
  registry.route({
    method: 'DELETE',
    path: ITEMS,
    needs: ['INV_COUNT_SUBMIT'],
    body: DeleteItems,
    handler: ({ caller, param, body, context }) =>
      deleteItems({ sessionId: param('sessionId'), caller, rows: body, context }),
  })
}
