// The feed as this page shows it: what it appended is put on top, what changed is read again, and nothing else.
import type { EventId, ItemKey, LineKey } from '../domain/ids'
import { lineKeyOf } from '../domain/fold'
import type { StoredScanEvent } from '../domain/scan-event'
import type { FeedEntry, ScanOutcome } from '../ports/counting'
import type { DeskMemory, RecordDeps } from './desk-memory'
import { feedEntry, readFeed, readFeedLines } from './desk-reads'
import type { FeedContext, FeedRow } from './desk-reads'

/** Values whose names are kept for entries that have no line yet. */
const TOLD_MAX = 5000

export interface FeedMemory {
  readonly read: (limit: number) => Promise<readonly FeedEntry[]>
  /** A scan was told: its entry says the same until its line is there. */
  readonly told: (itemKey: ItemKey, outcome: Exclude<ScanOutcome, { kind: 'refused' }>) => void
  /** Lines changed: their entries are read again. */
  readonly changed: (lines: readonly LineKey[] | 'all') => void
  readonly context: () => FeedContext
}

interface Shown {
  readonly limit: number
  /** gid of the last event that was looked at. */
  readonly through: number
  readonly rows: readonly FeedRow[]
}

/** Rules: docs/SPEC.md SE27, SE40 */
export function createFeedMemory(deps: RecordDeps, memory: DeskMemory): FeedMemory {
  const { sessionId, writer, caller } = deps
  const told = new Map<ItemKey, Pick<FeedEntry, 'name' | 'bucket'>>()
  let shown: Shown | null = null
  let dirty = new Set<LineKey>()
  /** One at a time: each read goes on from what the last one left. */
  let reading: Promise<unknown> = Promise.resolve()

  function context(): FeedContext {
    return { sessionId, deviceId: caller.deviceId, known: memory.values, toldOf: (event) => told.get(event.itemKey) ?? { name: event.raw, bucket: 'none' } }
  }

  async function readAll(limit: number): Promise<Shown> {
    dirty.clear()
    const { rows, lastGid } = await readFeed(writer.store(), context(), limit)
    return { limit, through: lastGid, rows }
  }

  /** @returns null when it cannot be told from memory what came on top */
  function withFresh(before: Shown, limit: number): Shown | null {
    if (before.limit !== limit) return null
    const fresh = memory.tail.after(before.through)
    // What is taken back or corrected changes entries further down: rare, so all is read again.
    if (fresh === null || fresh.some((event) => event.kind !== 'scan')) return null
    const last = fresh.at(-1)
    if (last === undefined) return before
    const own = fresh.filter((event) => event.deviceId === caller.deviceId)
    const rows = [...own.toReversed().map(freshRow), ...before.rows].slice(0, limit)
    return { limit, through: last.gid, rows }
  }

  function freshRow(event: StoredScanEvent): FeedRow {
    const lineKey = lineKeyOf(event.itemKey, memory.values.get(event.itemKey)?.productId ?? null)
    const entry = feedEntry(event, { line: undefined, lineKey, undone: new Set<EventId>(), toldOf: context().toldOf })
    return { event, entry, isFolded: false }
  }

  async function refreshed({ rows, ...rest }: Shown): Promise<Shown> {
    const asked = dirty
    dirty = new Set()
    if (asked.size === 0) return { rows, ...rest }
    const stale = rows.filter((row) => asked.has(row.entry.lineKey) || !row.isFolded)
    const read = await readFeedLines(writer.store(), context(), stale)
    const byId = new Map(read.map((row) => [row.event.eventId, row]))
    return { ...rest, rows: rows.map((row) => byId.get(row.event.eventId) ?? row) }
  }

  async function readNext(limit: number): Promise<readonly FeedEntry[]> {
    const known = shown === null ? null : withFresh(shown, limit)
    // Forgotten until the read went well: a failure must not leave half of it.
    shown = null
    const next = known === null ? await readAll(limit) : await refreshed(known)
    shown = next
    return next.rows.map(({ entry }) => entry)
  }

  return {
    context,
    read: (limit) => {
      const mine = reading.then(() => readNext(limit))
      reading = mine.catch(() => undefined)
      return mine
    },
    told: (itemKey, { name, kind }) => {
      if (told.size >= TOLD_MAX) told.clear()
      told.set(itemKey, { name, bucket: kind })
    },
    changed: (lines) => {
      if (lines === 'all') shown = null
      else for (const lineKey of lines) dirty.add(lineKey)
    },
  }
}
