// The newest events of a session as this page knows them: what it appended itself it does not read back.
import type { ItemKey } from '../domain/ids'
import type { StoredScanEvent } from '../domain/scan-event'
import type { SessionGrowth } from './append-scans'

/** Events kept although the fold has them: a read that began before it may still ask. */
const KEPT_FOLDED = 200
/** Events kept at all; more means that nobody folds, and then the database is asked. */
const EVENTS_MAX = 5000
/** Commits remembered while the database is being asked. */
const MISSED_MAX = 200

/** One reading of the database. */
export interface TailRead {
  /** gid of the last event folded. */
  readonly cursor: number
  /** The events are all of the session after this gid. */
  readonly from: number
  /** By rising gid. */
  readonly events: readonly StoredScanEvent[]
  readonly lastGid: number
  readonly standing: number
}

export interface SessionTail {
  /** A commit of this page. Where another one came in between, the tail is unknown from here on. */
  readonly grow: (growth: SessionGrowth) => void
  /** What the database says; commits that it did not see yet are added. Older than what is known: passed over. */
  readonly take: (read: TailRead) => void
  /** Somebody else may have appended: ask the database. */
  readonly forget: () => void
  /** Standing scans of the session on this device; null while unknown. */
  readonly standing: () => number | null
  /** gid of the session's last event; null while unknown. */
  readonly lastGid: () => number | null
  /** Events after a place, in order; null when they are not all known. */
  readonly after: (gid: number) => readonly StoredScanEvent[] | null
  /** Values of the events that were not folded when it was last heard of; null while unknown. */
  readonly openKeys: () => readonly ItemKey[] | null
  /** The fold has come so far. */
  readonly folded: (cursor: number) => void
}

interface Known {
  /** All events after this gid are in `events`. */
  from: number
  events: StoredScanEvent[]
  lastGid: number
  standing: number
}

/**
 * Each commit tells the session's last gid before it: as long as that is the one this page knows, nobody else appended
 * and the tail is complete. It starts unknown. Rules: docs/SPEC.md SE38, SE39
 */
export function createSessionTail(): SessionTail {
  let known: Known | null = null
  let missed: SessionGrowth[] = []
  let cursor = 0

  function forget(): void {
    known = null
    missed = []
  }

  function add(to: Known, { from, lastGid, standing, events }: SessionGrowth): boolean {
    if (from !== to.lastGid) return false
    to.events.push(...events)
    to.lastGid = lastGid
    to.standing = standing
    return true
  }

  function prune(it: Known): void {
    const folded = it.events.findIndex((event) => event.gid > cursor)
    const spare = (folded === -1 ? it.events.length : folded) - KEPT_FOLDED
    if (spare <= KEPT_FOLDED) return
    it.from = it.events[spare - 1]?.gid ?? it.from
    it.events = it.events.slice(spare)
  }

  function grow(growth: SessionGrowth): void {
    if (known === null || !add(known, growth)) {
      known = null
      missed = [...missed, growth].slice(-MISSED_MAX)
      return
    }
    prune(known)
    if (known.events.length > EVENTS_MAX) forget()
  }

  function take(read: TailRead): void {
    cursor = Math.max(cursor, read.cursor)
    if (known !== null && known.lastGid >= read.lastGid) return
    const next: Known = { from: read.from, events: [...read.events], lastGid: read.lastGid, standing: read.standing }
    const isWhole = missed.filter((it) => it.lastGid > read.lastGid).every((it) => add(next, it))
    known = isWhole ? next : null
    if (isWhole) missed = []
  }

  return {
    grow,
    take,
    forget,
    standing: () => known?.standing ?? null,
    lastGid: () => known?.lastGid ?? null,
    after: (gid) => (known === null || gid < known.from ? null : known.events.filter((event) => event.gid > gid)),
    openKeys: () => {
      if (known === null) return null
      return [...new Set(known.events.flatMap((event) => (event.gid > cursor ? [event.itemKey] : [])))]
    },
    folded: (next) => {
      cursor = Math.max(cursor, next)
    },
  }
}
