// Sessions over the wire: list, one, create, clone, change (contract 3.5, 3.6, 4.1, 4.2).
import * as v from 'valibot'
import {
  CloneSession,
  PostSession,
  PutSession,
  SESSION_STATUS_IDS,
  SessionCreated,
  WireSession,
} from '../../src/contract/counts'
import { COUNTS } from '../../src/contract/envelope'
import { cloneSession, createSession } from '../counts/create-session'
import { changeSession } from '../counts/change-session'
import { findCycleCount } from '../counts/cycle-count-store'
import { readActiveLocks } from '../counts/lock-store'
import { encodeSession, findSession, listSessions } from '../counts/session-store'
import { readPaging } from '../http/query'
import type { Registrar } from '../http/route'

const COUNT_SESSIONS = `${COUNTS}cycleCounts/workEfforts/:workEffortId/sessions`
const SESSION = `${COUNTS}cycleCounts/sessions/:sessionId`
const Changed = v.object({ inventoryCountImportId: v.string(), statusId: v.optional(v.picklist(Object.values(SESSION_STATUS_IDS))) })

/** Rules: docs/SPEC.md SC5-SC9. */
export const registerSessions: Registrar = (registry) => {
  registry.route({
    method: 'GET',
    path: COUNT_SESSIONS,
    needs: ['INVCOUNT_APP_VIEW'],
    answer: v.array(WireSession),
    handler: async ({ sql, caller, param, query, context }) => {
      const cycleCount = await findCycleCount(sql, caller, param('workEffortId'))
      if (cycleCount === null) return []
      const { limit, offset } = readPaging(query, context.limits.pageRowsMax)
      const sessions = (await listSessions(sql, [cycleCount.workEffortId])).slice(offset, offset + limit)
      if (context.profile === 'hotwax') return sessions.map((it) => encodeSession(it))
      const locks = await readActiveLocks(sql, sessions.map((it) => it.sessionId), context.clock.now())
      return sessions.map((it) => encodeSession(it, locks.get(it.sessionId)))
    },
  })
  registry.route({
    method: 'POST',
    path: COUNT_SESSIONS,
    needs: ['INVCOUNT_APP_VIEW'],
    body: PostSession,
    answer: SessionCreated,
    handler: ({ caller, param, body, context }) => createSession({ caller, workEffortId: param('workEffortId'), body, context }),
  })
  registry.route({
    method: 'GET',
    path: SESSION,
    needs: ['INVCOUNT_APP_VIEW'],
    answer: WireSession,
    handler: async ({ sql, caller, param, context }) => {
      const session = await findSession(sql, caller, param('sessionId'))
      if (session === null) return undefined
      if (context.profile === 'hotwax') return encodeSession(session)
      const locks = await readActiveLocks(sql, [session.sessionId], context.clock.now())
      return encodeSession(session, locks.get(session.sessionId))
    },
  })
  registry.route({
    method: 'PUT',
    path: SESSION,
    needs: ['INVCOUNT_APP_VIEW'],
    body: PutSession,
    answer: Changed,
    handler: ({ caller, param, body, context }) => changeSession({ caller, sessionId: param('sessionId'), body, context }),
  })
  registry.route({
    method: 'POST',
    path: `${SESSION}/cloneDirectedCount`,
    needs: ['INVCOUNT_APP_VIEW'],
    body: CloneSession,
    answer: SessionCreated,
    handler: ({ caller, param, body, context }) => cloneSession({ caller, sessionId: param('sessionId'), body, context }),
  })
}
