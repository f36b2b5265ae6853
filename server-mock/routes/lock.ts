// The session lock over the wire (contract 4.4, decision 16), and its data document.
import { COUNTS } from '../../src/contract/envelope'
import { PostLock, PutLock, WireLock, WireLocks } from '../../src/contract/lock'
import { acquireLock, beatLock, releaseLock } from '../counts/acquire-lock'
import { createBaseLock, updateBaseLock } from '../counts/base-lock'
import { encodeLock, listLocks, readUnsentReports } from '../counts/lock-store'
import { findSession } from '../counts/session-store'
import type { Query } from '../http/query'
import type { Registrar } from '../http/route'
import type { LockRow } from '../rules/lock'
import { isActiveByDate, elsewhere, type Elsewhere } from '../rules/lock-rows'

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
      const reports = await readUnsentReports(sql, session.sessionId)
      const serverTime = context.clock.now()
      return withElsewhere(rows, elsewhere(reports, query.one('deviceId')), serverTime)
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
        .filter((row) => isLockRowWanted(row, query) && (!filterByDate || isActiveByDate(row, now)))
        .slice(offset, offset + limit)
        .map((row) => encodeLock(session.sessionId, row))
    },
  })
}

export function isLockRowWanted(row: LockRow, query: Query): boolean {
  const wanted = [
    [query.one('deviceId'), row.deviceId],
    [query.one('userId'), row.userId],
    [query.one('fromDate'), String(row.fromDate)],
  ]
  return wanted.every(([asked, is]) => asked === null || asked === is)
}

export function withElsewhere(
  rows: readonly WireLock[],
  told: Elsewhere,
  serverTime: number,
): WireLock[] {
  return rows.map((row, at) => (at === 0 ? { ...row, ...told, serverTime } : row))
}
