// Cycle counts (workEfforts) and sessions (InventoryCountImport): contract 3 and 4.1, 4.2.
import * as v from 'valibot'
import { Indicator, Millis, Text } from './envelope'

export const CYCLE_COUNT_STATUS_IDS = {
  created: 'CYCLE_CNT_CREATED',
  'in-progress': 'CYCLE_CNT_IN_PRGS',
  completed: 'CYCLE_CNT_CMPLTD',
  closed: 'CYCLE_CNT_CLOSED',
  cancelled: 'CYCLE_CNT_CNCL',
} as const

export const SESSION_STATUS_IDS = {
  created: 'SESSION_CREATED',
  assigned: 'SESSION_ASSIGNED',
  submitted: 'SESSION_SUBMITTED',
  approved: 'SESSION_APPROVED',
  voided: 'SESSION_VOIDED',
} as const

export const PURPOSE_IDS = { directed: 'DIRECTED_COUNT', hard: 'HARD_COUNT' } as const

const SessionStatusId = v.picklist(Object.values(SESSION_STATUS_IDS))
const CycleCountStatusId = v.picklist(Object.values(CYCLE_COUNT_STATUS_IDS))

/** The active lock as embedded in lists; `{}` or absent when free. */
export const LockSummary = v.object({
  userId: v.optional(v.string()),
  deviceId: v.nullish(v.string()),
  fromDate: v.optional(Millis),
  thruDate: v.nullish(Millis),
})

export const WireSession = v.object({
  inventoryCountImportId: v.string(),
  workEffortId: v.string(),
  countImportName: v.nullish(v.string()),
  facilityAreaId: v.nullish(v.string()),
  uploadedByUserLogin: v.nullish(v.string()),
  statusId: SessionStatusId,
  createdDate: v.nullish(Millis),
  dueDate: v.nullish(Millis),
  /** Ours: whose session it is meant to be, a sign-in name. */
  assignedTo: v.nullish(v.string()),
  lock: v.nullish(LockSummary),
})
export type WireSession = v.InferOutput<typeof WireSession>

export const WireCycleCount = v.object({
  workEffortId: v.string(),
  workEffortName: v.nullish(v.string()),
  workEffortTypeId: v.nullish(v.string()),
  workEffortPurposeTypeId: v.nullish(v.string()),
  statusId: CycleCountStatusId,
  facilityId: v.nullish(v.string()),
  createdDate: v.nullish(Millis),
  createdByUserLogin: v.nullish(v.string()),
  estimatedStartDate: v.nullish(Millis),
  estimatedCompletionDate: v.nullish(Millis),
  actualStartDate: v.nullish(Millis),
  actualCompletionDate: v.nullish(Millis),
  /** Ours: a blind count never shows a book quantity to the counter. */
  isBlind: v.nullish(Indicator),
  /** Ours: progress. */
  requestedItems: v.nullish(v.number()),
  countedItems: v.nullish(v.number()),
  sessions: v.nullish(v.array(WireSession)),
})
export type WireCycleCount = v.InferOutput<typeof WireCycleCount>

export const CycleCountList = v.object({
  cycleCounts: v.array(WireCycleCount),
  cycleCountsCount: v.optional(v.number()),
})

/** POST workEfforts. A workEffortId of the caller's own makes it repeatable, as does a requestId (extended). */
export const PostCycleCount = v.object({
  workEffortId: v.optional(v.pipe(Text, v.minLength(1), v.maxLength(40))),
  workEffortName: v.pipe(Text, v.minLength(1)),
  workEffortTypeId: v.optional(Text),
  workEffortPurposeTypeId: v.optional(v.picklist(Object.values(PURPOSE_IDS)), PURPOSE_IDS.directed),
  statusId: v.optional(v.literal(CYCLE_COUNT_STATUS_IDS.created)),
  facilityId: v.nullish(Text),
  createdByUserLogin: v.nullish(Text),
  createdDate: v.nullish(Millis),
  estimatedStartDate: v.nullish(Millis),
  estimatedCompletionDate: v.nullish(Millis),
  /** Extended. */
  isBlind: v.optional(Indicator, 'N'),
  requestId: v.optional(Text),
})
export const CycleCountCreated = v.object({ workEffortId: v.string() })

/** PUT workEfforts/{id}: status and a few own fields. */
export const PutCycleCount = v.object({
  workEffortId: v.optional(v.string()),
  statusId: v.optional(CycleCountStatusId),
  actualStartDate: v.optional(Millis),
  actualCompletionDate: v.optional(Millis),
  workEffortName: v.optional(Text),
  estimatedStartDate: v.nullish(Millis),
  estimatedCompletionDate: v.nullish(Millis),
  facilityId: v.optional(Text),
})

export const PostSession = v.object({
  countImportName: Text,
  statusId: v.optional(SessionStatusId),
  uploadedByUserLogin: v.optional(Text),
  facilityAreaId: v.nullish(Text),
  createdDate: v.optional(Millis),
  workEffortId: v.optional(v.string()),
  inventoryCountImportId: v.optional(v.pipe(v.string(), v.maxLength(40))),
  /** Extended: the same requestId creates one session, however often it is sent. */
  requestId: v.optional(Text),
})
export const CloneSession = v.object({
  inventoryCountImportId: v.optional(v.string()),
  facilityAreaId: v.nullish(Text),
  countImportName: Text,
  requestId: v.optional(Text),
})
export const SessionCreated = v.object({ inventoryCountImportId: v.string() })

/** Answer to PUT sessions/{id}; the base profile answers with an empty object. */
export const SessionChanged = v.object({ statusId: v.optional(SessionStatusId) })

/** PUT sessions/{id}: status changes carry the fence in the extended profile. */
export const PutSession = v.object({
  inventoryCountImportId: v.optional(v.string()),
  statusId: v.optional(SessionStatusId),
  countImportName: v.optional(Text),
  facilityAreaId: v.nullish(Text),
  fence: v.nullish(v.number()),
  deviceId: v.nullish(Text),
  requestId: v.optional(Text),
})
