// The session lock over the wire (contract 4.4, decision 16), and its data document.
import { COUNTS } from '../../src/contract/envelope'
import { PostLock, PutLock, WireLock, WireLocks } from '../../src/contract/lock'
import { acquireLock, beatLock, releaseLock } from '../counts/acquire-lock'
import { createBaseLock, updateBaseLock } from '../counts/base-lock'
import { encodeLock, listLocks, readPendingElsewhere } from '../counts/lock-store'
import { findSession } from '../counts/session-store'
import type { Query } from '../http/query'
import type { Registrar } from '../http/route'
import type { LockRow } from '../rules/lock'

const SESSION = `${COUNTS}cycleCounts/sessions/:sessionId`

/** Rules: docs/SPEC.md SL. */
export const registerLock: Registrar = (registry) => {
  registry.route({
    method: 'GET',
    path: `${SESSION}/lock`,
    needs: ['INVCOUNT_APP_VIEW'],
    answer: WireLocks,
    handler: async ({ sql, caller, param, query, context }) => {
      const session = await findSession(sql, caller, param('sessionId'))
      if (session === null) return []
      const rows = (await listLocks(sql, session.sessionId)).map((row) => encodeLock(session.sessionId, row))
      if (context.profile === 'hotwax') return rows
      // What is missing from other devices comes with the newest lock; `deviceId` leaves the asking device out.
      const pendingElsewhere = await readPendingElsewhere(sql, session.sessionId, query.one('deviceId'))
      const serverTime = context.clock.now()
      return rows.map((row, at) => (at === 0 ? { ...row, pendingElsewhere, serverTime } : row))
    },
  })
  registry.route({
    method: 'POST',
    path: `${SESSION}/lock`,
    needs: ['INVCOUNT_APP_VIEW'],
    body: PostLock,
    answer: WireLock,
    handler: ({ caller, param, body, context }) => {
      const call = { sessionId: param('sessionId'), caller, body, context }
      return context.profile === 'extended' ? acquireLock(call) : createBaseLock(call)
    },
  })
  registry.route({
    method: 'PUT',
    path: `${SESSION}/lock`,
    needs: ['INVCOUNT_APP_VIEW'],
    body: PutLock,
    handler: ({ caller, param, body, context }) => {
      const call = { sessionId: param('sessionId'), caller, body, context }
      return context.profile === 'extended' ? beatLock(call) : updateBaseLock(call)
    },
  })
  registry.route({
    method: 'PUT',
    path: `${SESSION}/release`,
    needs: ['INVCOUNT_APP_VIEW'],
    body: PutLock,
    handler: ({ caller, param, body, context }) => {
      const call = { sessionId: param('sessionId'), caller, body, context }
      return context.profile === 'extended' ? releaseLock(call) : updateBaseLock(call)
    },
  })
}

/** dataDocumentView InventoryCountImportLock: how the base profile's client reads the active lock. */
export const registerLockDocument: Registrar = (registry) => {
  registry.document({
    id: 'InventoryCountImportLock',
    needs: ['INVCOUNT_APP_VIEW'],
    rows: async ({ sql, caller, context, query, limit, offset, filterByDate }) => {
      const sessionId = query.one('inventoryCountImportId')
      const session = sessionId === null ? null : await findSession(sql, caller, sessionId)
      if (session === null) return []
      const now = context.clock.now()
      return (await listLocks(sql, session.sessionId))
        .filter((row) => isWanted(row, query) && (!filterByDate || isActiveByDate(row, now)))
        .slice(offset, offset + limit)
        .map((row) => encodeLock(session.sessionId, row))
    },
  })
}

function isWanted(row: LockRow, query: Query): boolean {
  const wanted = [
    [query.one('deviceId'), row.deviceId],
    [query.one('userId'), row.userId],
    [query.one('fromDate'), String(row.fromDate)],
  ]
  return wanted.every(([asked, is]) => asked === null || asked === is)
}

/** Moqui's date filter, by the server's clock; a fenced grant has begun whatever its fromDate says. */
function isActiveByDate(row: LockRow, now: number): boolean {
  return (row.fence !== null || row.fromDate <= now) && (row.thruDate === null || row.thruDate > now)
}
