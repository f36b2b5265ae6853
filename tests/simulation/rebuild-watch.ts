// A rebuild that somebody asks for in the middle of everything writes what was there (I9): looked at in its own commits.
import type { Change } from '../../src/db/memory-table'
import type { SessionId } from '../../src/domain/ids'
import { halfRebuiltKey } from '../../src/sync/rebuild-pieces'
import type { Device } from './device'
import type { Marks } from './marks'
import { keyOf } from './oracle'
import type { Life } from './scheduler'
import type { SimServer } from './server/sim-server'
import { isBehindRestore } from './view-watch'

export interface RebuildWatchDeps {
  readonly server: SimServer
  readonly marks: Marks
  /** Rows of a session have left the device, and it has not heard what became of them. */
  readonly isPushing: (device: Device, sessionId: SessionId) => boolean
  readonly violated: (invariant: string, text: string) => void
}

interface UnderWay {
  readonly key: string
  readonly sessionId: SessionId
  readonly life: Life
}

export class RebuildWatch {
  readonly #underWay = new Set<UnderWay>()

  constructor(private readonly deps: RebuildWatchDeps) {}

  /** @returns to be called when the rebuild is over */
  begin(device: Device, name: string, { sessionId, life }: Pick<UnderWay, 'sessionId' | 'life'>): () => void {
    const it: UnderWay = { key: keyOf(device, name), sessionId, life }
    this.#underWay.add(it)
    return () => void this.#underWay.delete(it)
  }

  onCommit(device: Device, name: string, changes: readonly Change[]): void {
    for (const it of this.#underWay) {
      if (it.life.isOver) this.#underWay.delete(it)
      else if (it.key === keyOf(device, name) && isOfRebuild(changes, it.sessionId)) this.#check(device, name, changes, it.sessionId)
    }
  }

  /** After a restore rows are the server's for a moment that the events make anew (CR23). */
  #check(device: Device, name: string, changes: readonly Change[], sessionId: SessionId): void {
    if (isBehindRestore(device, name, this.deps.server)) return
    this.deps.marks.note('rebuild-compared')
    if (this.deps.isPushing(device, sessionId)) this.deps.marks.note('rebuild-during-push')
    const other = changes.find((it) => !isNote(it, sessionId) && !isRecount(it, sessionId) && !isSame(it.before, it.after))
    if (other === undefined) return
    this.deps.violated('I9', `${device.name}: a rebuild made another ${other.table} of ${JSON.stringify(other.before)}: ${JSON.stringify(other.after)}`)
  }
}

/** It leaves a note with anything that it changes; else it counts the lines, in a row of its own, and writes nothing beside the counters. */
function isOfRebuild(changes: readonly Change[], sessionId: SessionId): boolean {
  if (changes.some((it) => isNote(it, sessionId))) return true
  return changes.some((it) => isRecount(it, sessionId)) && changes.every(({ table }) => table === 'counters')
}

function isNote({ table, before, after }: Change, sessionId: SessionId): boolean {
  return table === 'meta' && (after ?? before)?.['k'] === halfRebuiltKey(sessionId)
}

function isRecount({ table, before, after }: Change, sessionId: SessionId): boolean {
  const row = after ?? before
  return table === 'counters' && row?.['kind'] === 'recount' && row['sessionId'] === sessionId
}

/** A counter of nothing says the same as none. */
function isSame(before: Change['before'], after: Change['after']): boolean {
  const numbers = { counted: 0, uncounted: 0, undirected: 0, unmatched: 0 }
  const was = before ?? (after?.['kind'] === 'buckets' ? { ...after, ...numbers } : undefined)
  return textOf(was) === textOf(after)
}

function textOf(row: Change['before']): string {
  return row === undefined ? '' : JSON.stringify(row, Object.keys(row).toSorted())
}
