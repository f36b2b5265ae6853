// The live board over HTTP (extended profile): what goes on in a facility, and a stream that says when to ask again.
import type * as v from 'valibot'
import { Board } from '../contract/board'
import { CYCLE_COUNT_STATUS_IDS, PURPOSE_IDS, SESSION_STATUS_IDS } from '../contract/counts'
import { COUNTS } from '../contract/envelope'
import type { BoardCount, BoardSession } from '../domain/board'
import { asId, type CycleCountId, type DeviceId, type SessionId, type UserName } from '../domain/ids'
import { CYCLE_COUNT_STATUSES, SESSION_STATUSES } from '../domain/session'
import type { WatchApi } from '../ports/watch'
import { readEvents } from './event-stream'
import type { StreamingHttp } from './http'

type Wire = v.InferOutput<typeof Board>

export function createWatchCalls(http: StreamingHttp): WatchApi {
  return {
    async board(facilityId, { after, withProgress }) {
      const wire = await http.json({
        method: 'get',
        path: `${COUNTS}board`,
        schema: Board,
        query: {
          facilityId,
          after: after ?? undefined,
          progress: withProgress ? 'true' : undefined,
        },
      })
      return {
        cursor: wire.cursor,
        isWhole: wire.isWhole,
        hasMore: wire.more,
        counts: wire.counts.map((it) => decodeCount(it, wire.serverTime)),
        sessions: wire.sessions.map(decodeSession),
        serverTime: wire.serverTime,
      }
    },
    async listen(facilityId, onHint, signal) {
      const path = `${COUNTS}events`
      await readEvents(
        (inner) => http.stream({ path, query: { scope: `board:${facilityId}` }, signal: inner }),
        onHint,
        signal,
      )
    },
  }
}

function decodeCount({ progress, ...wire }: Wire['counts'][number], at: number): BoardCount {
  return {
    cycleCountId: asId<CycleCountId>(wire.workEffortId),
    name: wire.name,
    status:
      CYCLE_COUNT_STATUSES.find((it) => CYCLE_COUNT_STATUS_IDS[it] === wire.statusId) ??
      'in-progress',
    countType: wire.purposeId === PURPOSE_IDS.hard ? 'hard' : 'directed',
    dueAt: wire.dueAt ?? null,
    progress:
      progress == null
        ? null
        : {
            ...progress,
            wanted: progress.wanted ?? null,
            firstAt: progress.firstAt ?? null,
            at,
          },
  }
}

function decodeSession(wire: Wire['sessions'][number]): BoardSession {
  return {
    sessionId: asId<SessionId>(wire.sessionId),
    cycleCountId: asId<CycleCountId>(wire.workEffortId),
    name: wire.name,
    area: wire.area ?? '',
    status:
      SESSION_STATUSES.find((status) => SESSION_STATUS_IDS[status] === wire.statusId) ?? 'created',
    createdBy: wire.createdBy == null ? null : asId<UserName>(wire.createdBy),
    recountRound: wire.recountRound ?? null,
    wanted: wire.wanted,
    counted: wire.counted,
    extra: wire.extra,
    unmatched: wire.unmatched,
    lastScanAt: wire.lastScanAt ?? null,
    lock:
      wire.lock == null
        ? null
        : {
            userName: asId<UserName>(wire.lock.userId),
            deviceId: wire.lock.deviceId == null ? null : asId<DeviceId>(wire.lock.deviceId),
            since: wire.lock.since,
            until: wire.lock.until ?? null,
            isReleased: wire.lock.isReleased,
          },
    devices: wire.devices.map((it) => ({
      deviceId: asId<DeviceId>(it.deviceId),
      deviceName: it.deviceName ?? null,
      userName: asId<UserName>(it.userId),
      unsentScans: it.unsentScans,
      lastHeardAt: it.lastHeardAt,
    })),
    pulse: wire.pulse,
  }
}
