// One device under load: scans, folds into rows of its own, pushes what changed through the app's own HTTP adapter.
import { randomUUID } from 'node:crypto'
import type { CountRecord } from '../../src/domain/count-record'
import {
  asId,
  type DeviceId,
  type EventId,
  type ItemKey,
  type LineKey,
  type LogId,
  type SessionId,
  type UserName,
} from '../../src/domain/ids'
import { LIMITS } from '../../src/domain/limits'
import type { Lease } from '../../src/domain/lock'
import { unitsOf } from '../../src/domain/quantity'
import { rowUuidOf } from '../../src/domain/row-uuid'
import type { StoredScanEvent } from '../../src/domain/scan-event'
import type { ServerApi } from '../../src/ports/server'

/** As the app: rows in one PUT. */
const BATCH = 100

export interface DeviceConfig {
  readonly api: ServerApi
  readonly deviceId: DeviceId
  readonly sessionId: SessionId
  readonly userName: UserName
  readonly values: readonly { readonly raw: string; readonly itemKey: ItemKey }[]
  readonly random: () => number
}

export interface LoadDevice {
  readonly sessionId: SessionId
  /** What was scanned, counted apart from the rows: value by value. */
  readonly scanned: ReadonlyMap<string, number>
  open(): Promise<void>
  scan(times: number): void
  /** All that changed, in batches. @returns milliseconds of each PUT */
  push(): Promise<readonly number[]>
  beat(): Promise<void>
  /** The scans themselves, as the app sends them after their rows. @returns milliseconds of each PUT */
  sendEvidence(): Promise<readonly number[]>
  readonly unsent: () => number
  /** Scans that the server has not answered for yet. */
  readonly unsentEvents: () => number
}

export function createLoadDevice({
  api,
  deviceId,
  sessionId,
  userName,
  values,
  random,
}: DeviceConfig): LoadDevice {
  const logId = asId<LogId>(randomUUID())
  const rows = new Map<string, CountRecord>()
  const dirty = new Set<string>()
  const scanned = new Map<string, number>()
  let seq = 0
  let events: StoredScanEvent[] = []
  let unsentScans = 0
  let lease: Lease | null = null

  function fold(raw: string, itemKey: ItemKey): void {
    seq += 1
    const at = Date.now()
    const before = rows.get(itemKey)
    const standing = (before?.standing ?? 0) + 1
    rows.set(itemKey, {
      uuid: before?.uuid ?? rowUuidOf(sessionId, logId, itemKey),
      sessionId,
      logId,
      itemKey,
      lineKey: asId<LineKey>(itemKey),
      origin: 'own',
      productIdentifier: raw,
      productId: null,
      isRequested: null,
      systemQuantityOnHand: null,
      matchRev: 0,
      quantity: unitsOf(standing),
      standing,
      rev: seq,
      createdAt: before?.createdAt ?? at,
      lastScanAt: at,
      countedBy: userName,
      importItemSeqId: null,
      aggApplied: seq,
      lastUpdatedStamp: null,
    })
    dirty.add(itemKey)
    events.push({
      kind: 'scan',
      gid: seq,
      eventId: asId<EventId>(randomUUID()),
      logId,
      seq,
      sessionId,
      deviceId,
      userName,
      source: 'scanner',
      raw,
      symbology: null,
      itemKey,
      quantity: unitsOf(1),
      packSize: 1,
      at,
      serverOffsetMs: 0,
      serverOffsetAgeMs: 0,
      fence: lease?.fence ?? null,
    })
  }

  async function pushBatch(keys: readonly string[]): Promise<number> {
    const batch = keys.flatMap((key) => rows.get(key) ?? [])
    const startedAt = performance.now()
    const { verdicts } = await api.putItems({
      sessionId,
      rows: batch.map((row) => ({ ...row, sendNullQuantity: false })),
      fence: lease?.fence ?? null,
      unsentScans,
    })
    const ms = performance.now() - startedAt
    const verdictOf = new Map(verdicts.map((it) => [it.uuid, it]))
    for (const row of batch) {
      const verdict = verdictOf.get(row.uuid)
      if (verdict === undefined || verdict.verdict === 'rejected')
        throw new Error(`row ${row.itemKey}: ${verdict?.code ?? 'no verdict'}`)
      if (verdict.verdict !== 'applied' && verdict.verdict !== 'duplicate')
        throw new Error(`row ${row.itemKey} was ${verdict.verdict}`)
      if (rows.get(row.itemKey)?.rev === row.rev) dirty.delete(row.itemKey)
    }
    return ms
  }

  return {
    sessionId,
    scanned,
    async open() {
      lease = await api.lockSession({
        sessionId,
        requestId: randomUUID(),
        mode: 'normal',
        unsentScans: 0,
      })
    },
    scan(times) {
      for (let nth = 0; nth < times; nth += 1) {
        const value = values[Math.floor(random() * values.length)]
        if (value === undefined) throw new Error('nothing to scan')
        scanned.set(value.raw, (scanned.get(value.raw) ?? 0) + 1)
        fold(value.raw, value.itemKey)
        unsentScans += 1
      }
    },
    async push() {
      const keys = [...dirty]
      const times: number[] = []
      for (let at = 0; at < keys.length; at += BATCH)
        times.push(await pushBatch(keys.slice(at, at + BATCH)))
      if (dirty.size === 0) unsentScans = 0
      return times
    },
    async beat() {
      if (lease !== null) lease = await api.extendLock(lease, unsentScans)
    },
    async sendEvidence() {
      const times: number[] = []
      for (let left = events.length; left > 0; left -= LIMITS.evidenceBatch) {
        const batch = events.slice(0, LIMITS.evidenceBatch)
        const startedAt = performance.now()
        await api.putScanEvents(sessionId, batch)
        times.push(performance.now() - startedAt)
        events = events.slice(batch.length)
      }
      return times
    },
    unsent: () => dirty.size,
    unsentEvents: () => events.length,
  }
}
