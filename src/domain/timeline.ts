// What happened to one item over all of its counts, and whether the chain of a count is whole.
import type { CycleCountId, EpochMs, UserName } from './ids'
import type { Micro } from './quantity'

export interface TimelinePlace {
  readonly at: EpochMs
  readonly id: string
}

export interface TimelineEntry extends TimelinePlace {
  readonly kind: 'scan' | 'undo' | 'correction' | 'match' | 'act' | 'session' | 'movement'
  readonly by: UserName
  /** Its name, or its id where nobody named it. */
  readonly device: string | null
  readonly countName: string | null
  readonly sessionName: string | null
  /** Of an act what was done, of a session its status, of a movement its kind, of a scan where it came from. */
  readonly action: string | null
  readonly quantity: Micro | null
  /** What was scanned, or where a movement comes from. */
  readonly value: string | null
  readonly reason: string | null
}

export interface ItemTimeline {
  readonly productName: string | null
  /** The newest first. */
  readonly counts: readonly {
    readonly cycleCountId: CycleCountId
    readonly name: string
    readonly isClosed: boolean
    /** null: it is not, or nobody noted when. */
    readonly closedAt: EpochMs | null
  }[]
  /** In the order of time. */
  readonly entries: readonly TimelineEntry[]
  /** null: that was all. */
  readonly next: TimelinePlace | null
}

export interface CountChain {
  readonly state: 'unbroken' | 'broken' | 'open' | 'unsealed'
  readonly auditEntries: number
  readonly sealedEntries: number
  /** Came after the approval: not sealed, and no break. */
  readonly laterEntries: number
  /** The last hash, hex; null: nothing was done yet. */
  readonly head: string | null
  readonly problems: readonly {
    readonly kind: string
    readonly seq: number
    readonly key: string | null
    readonly problem: 'altered' | 'missing'
  }[]
  readonly problemCount: number
}
