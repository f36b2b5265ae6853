// The live board of a facility: one answer with all that goes on, or with what changed since a cursor.
import * as v from 'valibot'
import { CYCLE_COUNT_STATUS_IDS, PURPOSE_IDS, SESSION_STATUS_IDS } from './counts'
import { Millis } from './envelope'

/** Sessions in one answer. */
export const BOARD_SESSIONS_MAX = 1000

const CountOf = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

export const BoardProgress = v.object({
  /** Lines asked for; absent in a hard count, where nobody can say. */
  wanted: v.nullish(CountOf),
  counted: CountOf,
  /** Lines of those that were counted for the first time within so many minutes. */
  inLast10: CountOf,
  inLast30: CountOf,
  /** When the first line was counted. */
  firstAt: v.nullish(Millis),
})

export const BoardCount = v.object({
  workEffortId: v.string(),
  name: v.string(),
  statusId: v.picklist(Object.values(CYCLE_COUNT_STATUS_IDS)),
  purposeId: v.picklist(Object.values(PURPOSE_IDS)),
  dueAt: v.nullish(Millis),
  startedAt: v.nullish(Millis),
  /** When it was asked for: adding it up reads every line of the count. */
  progress: v.nullish(BoardProgress),
})

export const BoardDevice = v.object({
  deviceId: v.string(),
  deviceName: v.nullish(v.string()),
  userId: v.string(),
  unsentScans: CountOf,
  lastHeardAt: Millis,
})

export const BoardSession = v.object({
  sessionId: v.string(),
  workEffortId: v.string(),
  name: v.string(),
  area: v.nullish(v.string()),
  statusId: v.picklist(Object.values(SESSION_STATUS_IDS)),
  createdBy: v.nullish(v.string()),
  recountRound: v.nullish(CountOf),
  wanted: CountOf,
  /** Of those that are wanted. */
  counted: CountOf,
  /** Counted and not asked for. */
  extra: CountOf,
  unmatched: CountOf,
  lastScanAt: v.nullish(Millis),
  /** The newest grant, over or not. */
  lock: v.nullish(
    v.object({
      userId: v.string(),
      deviceId: v.nullish(v.string()),
      since: Millis,
      until: v.nullish(Millis),
      isReleased: v.boolean(),
    }),
  ),
  devices: v.array(BoardDevice),
  /** Scans by the minute in which they were made, the newest last. */
  pulse: v.array(v.object({ minute: v.number(), scans: CountOf })),
})

export const Board = v.object({
  /** Ask with it for what changes later. */
  cursor: v.string(),
  /** All sessions: what is not named is not there. Else those that changed. */
  isWhole: v.boolean(),
  /** There are more than one answer holds. */
  more: v.boolean(),
  /** Always all counts that are going on. */
  counts: v.array(BoardCount),
  sessions: v.array(BoardSession),
  serverTime: Millis,
})
