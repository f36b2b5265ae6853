// Cycle counts and sessions over HTTP (contract 3, 4.1, 4.2).
import * as v from 'valibot'
import {
  CycleCountList,
  CYCLE_COUNT_STATUS_IDS,
  SESSION_STATUS_IDS,
  SessionChanged,
  SessionCreated,
  WireCycleCount,
  WireSession,
} from '../contract/counts'
import { COUNTS } from '../contract/envelope'
import { RemoteError } from '../domain/errors'
import { asId, type SessionId } from '../domain/ids'
import type { CycleCount, CycleCountStatus } from '../domain/session'
import type { Caller, CountsApi } from '../ports/server'
import { decodeCycleCount, decodeSession, decodeSessionStatus } from './decode-counts'
import { type Http, part } from './http'

const LIST_PAGE = 100
const LIST_PAGES_MAX = 20

export const WORK_EFFORTS = `${COUNTS}cycleCounts/workEfforts`
export const SESSIONS = `${COUNTS}cycleCounts/sessions`

type Calls = Omit<CountsApi, 'itemsPage' | 'itemCount' | 'putItems' | 'putScanEvents'>

export function createCountsCalls(http: Http, caller: Caller): Calls {
  return {
    // Under review, too: a recount may wait there.
    cycleCounts: (facilityId, signal) =>
      listCycleCounts(http, facilityId, ['created', 'in-progress', 'completed'], signal),
    async cycleCount(id) {
      const path = `${WORK_EFFORTS}/${part(id)}`
      const wire = await nullIfGone(
        http.jsonOrNull({ method: 'get', path, schema: WireCycleCount }),
      )
      if (wire === null) return null
      const query = { workEffortId: id, pageNoLimit: true }
      const sessions = await http.json({
        method: 'get',
        path: `${path}/sessions`,
        schema: v.array(WireSession),
        query,
      })
      return decodeCycleCount(wire, sessions)
    },
    async startCycleCount(id, at) {
      const body = {
        workEffortId: id,
        statusId: CYCLE_COUNT_STATUS_IDS['in-progress'],
        actualStartDate: at,
      }
      await http.run({ method: 'put', path: `${WORK_EFFORTS}/${part(id)}`, body })
    },
    async session(id) {
      const path = `${SESSIONS}/${part(id)}`
      const wire = await nullIfGone(http.jsonOrNull({ method: 'get', path, schema: WireSession }))
      return wire === null ? null : decodeSession(wire)
    },
    async createSession({ cycleCountId, name, area, requestId }) {
      const body = {
        workEffortId: cycleCountId,
        countImportName: name,
        statusId: SESSION_STATUS_IDS.created,
        uploadedByUserLogin: caller.userName,
        facilityAreaId: area,
        createdDate: http.clock.now(),
        requestId,
      }
      const path = `${WORK_EFFORTS}/${part(cycleCountId)}/sessions`
      const made = await http.json({ method: 'post', path, schema: SessionCreated, body })
      return asId<SessionId>(made.inventoryCountImportId)
    },
    async cloneSession({ sessionId, name, area, requestId }) {
      const body = {
        inventoryCountImportId: sessionId,
        countImportName: name,
        facilityAreaId: area,
        requestId,
      }
      const path = `${SESSIONS}/${part(sessionId)}/cloneDirectedCount`
      const made = await http.json({ method: 'post', path, schema: SessionCreated, body })
      return asId<SessionId>(made.inventoryCountImportId)
    },
    async setSessionStatus(id, status, fence, requestId) {
      const body = {
        inventoryCountImportId: id,
        statusId: SESSION_STATUS_IDS[status],
        deviceId: caller.deviceId,
        requestId,
        ...(fence === null ? {} : { fence }),
      }
      const path = `${SESSIONS}/${part(id)}`
      const answer = await http.jsonOrNull({ method: 'put', path, schema: SessionChanged, body })
      return answer?.statusId === undefined ? null : decodeSessionStatus(answer.statusId)
    },
  }
}

/** Of one facility, in these states. */
export async function listCycleCounts(
  http: Http,
  facilityId: string,
  statuses: readonly CycleCountStatus[],
  signal?: AbortSignal,
): Promise<readonly CycleCount[]> {
  // Joined by id: a count that moves between two pages is listed once.
  const found = new Map<string, CycleCount>()
  for (let pageIndex = 0; pageIndex < LIST_PAGES_MAX; pageIndex++) {
    const query = {
      facilityId,
      statusId: statuses.map((it) => CYCLE_COUNT_STATUS_IDS[it]).join(','),
      statusId_op: 'in',
      pageIndex,
      pageSize: LIST_PAGE,
    }
    const page = await http.json({
      method: 'get',
      path: WORK_EFFORTS,
      schema: CycleCountList,
      query,
      signal,
    })
    for (const wire of page.cycleCounts) found.set(wire.workEffortId, decodeCycleCount(wire))
    if (page.cycleCounts.length < LIST_PAGE) break
  }
  return [...found.values()]
}

/** A missing row is an empty 200 in Moqui and a 404 on stricter servers. */
async function nullIfGone<T>(answer: Promise<T | null>): Promise<T | null> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof RemoteError && error.reason === 'not-found') return null
    throw error
  }
}
