// The three numbers of one desk. What this page appended it knows; what the server has is read, but not after every scan.
import type { Tally } from '../domain/counted-item'
import type { DeskMemory, RecordDeps } from './desk-memory'
import { knowTail } from './line-totals'
import { savedScans, syncedScans } from './scan-totals'

/** Another window may send for this one, and tells only its own page: asked again after so long. */
const SYNCED_KEPT_MS = 1000

export interface DeskTally {
  readonly read: () => Promise<Tally>
  /** The server may have more now. */
  readonly acknowledged: () => void
}

/** scanned = saved and what waits for a commit; synced is never more than saved. Rules: docs/SPEC.md SE26, SE38 */
export function createDeskTally(deps: RecordDeps, memory: DeskMemory): DeskTally {
  const { sessionId, writer, clock } = deps
  let synced: { readonly standing: number; readonly readAt: number } | null = null
  /** Grows with every word: an answer to an earlier question is not kept. */
  let age = 0

  async function syncedNow(): Promise<number> {
    if (synced !== null && clock.mono() - synced.readAt < SYNCED_KEPT_MS) return synced.standing
    const mine = age
    const standing = await writer.store().tx(['counters'], 'r', (tx) => syncedScans(tx, sessionId))
    if (mine === age) synced = { standing, readAt: clock.mono() }
    return standing
  }

  async function savedNow(): Promise<number> {
    await knowTail(deps, memory)
    // null: somebody else appends just now.
    return memory.tail.standing() ?? (await writer.store().tx(['logs'], 'r', (tx) => savedScans(tx, sessionId)))
  }

  return {
    read: async () => {
      const sent = await syncedNow()
      const saved = await savedNow()
      return { scanned: saved + writer.waitingStanding(sessionId), saved, synced: Math.min(saved, sent) }
    },
    acknowledged: () => {
      synced = null
      age += 1
    },
  }
}
