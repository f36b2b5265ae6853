// Folds what was scanned, in the pauses between scans; while more keep coming, at a pace that leaves the disk to their commits.
import { inTime, type SharedLimit } from '../usecases/in-time'
import { foldNew } from './fold'
import type { NetworkDeps } from './network-deps'

/**
 * Scans that a pause is waited for anew behind. A clock that stands still, or goes on by less than its own precision,
 * must not keep one waiting for ever (seed 3460).
 */
const QUIET_TURNS_MAX = 50

export interface ScanFolder {
  /** Events were appended. Resolves when they are folded, or when folding failed. */
  readonly scanned: () => Promise<void>
  /** What a window saved last, before it was closed or signed out, no other one was told of: looked for now and then. Rules: docs/SPEC.md WK44 */
  readonly foldLeftBehind: (within: SharedLimit['within']) => Promise<unknown>
  /** Resolves when nobody has scanned for a moment, or when one could be waited for no longer: `limits.foldEveryMs` at most. */
  readonly quiet: () => Promise<void>
}

export interface ScanFolderOptions {
  readonly signal: AbortSignal
  /** Resolves at that monotone time, or when the signal aborts. */
  readonly until: (time: number) => Promise<void>
  /** Runs the fold and takes its failures. @returns whether it went well */
  readonly guard: (fold: () => Promise<void>) => Promise<boolean>
  /** After every fold. */
  readonly onFolded: () => void
}

/** Rules: docs/SPEC.md WK1, WK37 */
export function createScanFolder(deps: NetworkDeps, { signal, until, guard, onFolded }: ScanFolderOptions): ScanFolder {
  let running: { done: Promise<void>; again: boolean } | null = null
  let lastFoldAt = Number.NEGATIVE_INFINITY
  let lastScanAt = Number.NEGATIVE_INFINITY

  /** The page still tells what the scan was, and paints it: on a busy device a fold beside it makes both late, and the next scan too. */
  async function quiet(): Promise<void> {
    const { foldEveryMs, scanQuietMs } = deps.limits
    const latest = deps.clock.mono() + foldEveryMs
    for (let turn = 0; turn < QUIET_TURNS_MAX && !signal.aborted; turn++) {
      const next = Math.min(lastScanAt + scanQuietMs, latest)
      if (next <= deps.clock.mono()) return
      await until(next)
    }
  }

  async function foldUntilDone(mine: { again: boolean }): Promise<void> {
    let isWell = true
    // Each turn folds to the head; it turns again only for scans that came meanwhile.
    do {
      await until(lastFoldAt + deps.limits.foldEveryMs)
      await quiet()
      mine.again = false
      // A storage that never answers must not stop all folding to come; a fold that still moves does no harm beside another.
      isWell = await guard(async () => {
        await inTime(deps.timers, deps.limits.stallMs, foldNew(deps, signal))
      })
      lastFoldAt = deps.clock.mono()
      onFolded()
    } while (mine.again && isWell && !signal.aborted)
  }

  return {
    scanned: () => {
      lastScanAt = deps.clock.mono()
      if (running !== null) {
        running.again = true
        return running.done
      }
      const mine = { done: Promise.resolve(), again: false }
      running = mine
      mine.done = foldUntilDone(mine).finally(() => (running = null))
      return mine.done
    },
    foldLeftBehind: (within) =>
      guard(async () => {
        const { folded } = await within(foldNew(deps, signal))
        if (folded > 0) onFolded()
      }),
    quiet,
  }
}
