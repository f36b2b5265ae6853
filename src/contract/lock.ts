// The session lock (contract 4.4) with the fence and the unsent scans of the extended profile (decision 16).
import * as v from 'valibot'
import { Millis, Text } from './envelope'

/** One second to one hour. */
const LeaseSeconds = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(3600))
/** Up to the year 9999: room for the key of the next lock. */
const LockMillis = v.pipe(Millis, v.minValue(0), v.maxValue(253_402_300_799_999))

export const PostLock = v.object({
  inventoryCountImportId: v.optional(v.string()),
  userId: v.optional(Text),
  deviceId: Text,
  fromDate: v.nullish(LockMillis),
  thruDate: v.nullish(LockMillis),
  leaseSeconds: v.optional(LeaseSeconds),
  lastHeartbeatAt: v.nullish(LockMillis),
  // Extended:
  mode: v.optional(v.picklist(['normal', 'force'])),
  requestId: v.optional(Text),
  unsentScans: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
  /** What people call the device. */
  deviceName: v.optional(Text),
})

/** PUT lock (heartbeat) and PUT release. */
export const PutLock = v.object({
  inventoryCountImportId: v.optional(v.string()),
  userId: v.optional(Text),
  deviceId: v.nullish(Text),
  fromDate: v.optional(LockMillis),
  thruDate: v.nullish(LockMillis),
  leaseSeconds: v.optional(LeaseSeconds),
  lastHeartbeatAt: v.nullish(LockMillis),
  overrideByUserId: v.optional(Text),
  fence: v.nullish(v.number()),
  unsentScans: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
})

export const PendingElsewhere = v.object({
  deviceId: v.string(),
  userId: v.string(),
  unsentScans: v.number(),
  lastHeardAt: Millis,
})

export const WireLock = v.object({
  inventoryCountImportId: v.optional(v.string()),
  fromDate: Millis,
  thruDate: v.nullish(Millis),
  userId: v.string(),
  deviceId: v.nullish(v.string()),
  leaseSeconds: v.nullish(v.number()),
  lastHeartbeatAt: v.nullish(Millis),
  // Extended:
  fence: v.nullish(v.number()),
  serverTime: v.nullish(Millis),
  previousHolder: v.nullish(v.object({ userId: v.string(), deviceId: v.nullish(v.string()) })),
  pendingElsewhere: v.nullish(v.array(PendingElsewhere)),
  /** When the server last heard of another device in this session; 0: of none. Absent in the base profile. */
  heardElsewhereAt: v.nullish(Millis),
})
export type WireLock = v.InferOutput<typeof WireLock>
/** GET lock (all rows, newest first) and dataDocumentView InventoryCountImportLock. */
export const WireLocks = v.array(WireLock)
export const LockDocument = v.object({ entityValueList: v.array(WireLock) })

/** GET unsentDevices: devices that were last heard of with unsent scans, and not since. Extended only. */
export const UnsentDevices = v.object({
  devices: v.array(
    v.object({
      inventoryCountImportId: v.string(),
      countImportName: v.nullish(v.string()),
      deviceId: v.string(),
      deviceName: v.nullish(v.string()),
      userId: v.string(),
      unsentScans: v.number(),
      lastHeardAt: Millis,
    }),
  ),
  serverTime: Millis,
})
export type UnsentDevices = v.InferOutput<typeof UnsentDevices>
