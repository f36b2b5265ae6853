// Take one scan back, or all of a line that this device made; with the last scan goes what was set by hand on it.
import { asId } from '../domain/ids'
import type { EventId, ItemKey, LineKey } from '../domain/ids'
import { negateQuantity, sumQuantity, ZERO } from '../domain/quantity'
import type { Micro } from '../domain/quantity'
import type { Correction, DropReason, StoredScanEvent } from '../domain/scan-event'
import type { UndoOutcome } from '../ports/counting'
import type { ScansTx } from '../ports/scans-schema'
import { readStandingScans } from './desk-reads'
import { handCorrectionOf, negationOf, readInTime, readLineKeyOf, readLineState } from './line-state'
import type { LineState } from './line-state'
import { refusalHere } from './record-scan'
import type { DeskMemory, RecordDeps } from './desk-memory'

/** Somebody else appends in between: a correction of the fold, a scan of another window. */
const ATTEMPTS_MAX = 10
/** Scans, and values set by hand, that are taken back in one transaction. */
const GROUP_HALF = 50

/** Take a scan back. Rules: docs/SPEC.md SE3, SE24, SE29 */
export async function takeScanBack(deps: RecordDeps, memory: DeskMemory, eventId: EventId): Promise<UndoOutcome> {
  try {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const read = await readInTime(deps, memory, (tx) => readTarget(tx, deps, { memory, eventId }))
      if (refusalHere(deps, read.session) !== null || read.target === null) return 'refused'
      if (read.isNegated) return 'already-undone'
      const drafts = [negationOf(deps, memory, eventId), ...leftOvers(deps, memory, read, [read.target])]
      const written = await deps.writer.writeIfCurrent(drafts, read.lastGid)
      if (written !== 'overtaken') return written === 'saved' ? 'undone' : 'refused'
    }
  } catch (error) {
    failed(deps, error)
  }
  return 'refused'
}

/** Take all of a line back that this device made. @returns how many scans; 1 for an amount set by hand alone. Rules: SE24, SE29, SE44 */
export async function takeLineBack(
  deps: RecordDeps,
  memory: DeskMemory,
  { lineKey, reason }: { readonly lineKey: LineKey; readonly reason?: DropReason },
): Promise<number> {
  let undone = 0
  try {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const read = await readInTime(deps, memory, (tx) => readWholeLine(tx, deps, { memory, lineKey }))
      if (refusalHere(deps, read.session) !== null) return undone
      // All but the last group one by one: nothing depends on them.
      const first = read.standing.slice(0, -GROUP_HALF)
      if (first.length > 0) {
        const saved = await Promise.all(first.map((it) => deps.writer.write(negationOf(deps, memory, it.eventId, reason))))
        undone += saved.filter((it) => it.kind === 'saved').length
        if (saved.some((it) => it.kind === 'waiting' || it.kind === 'full')) return undone
        continue
      }
      const corrections = leftOvers(deps, memory, read, read.standing)
      const drafts = [...read.standing.map((it) => negationOf(deps, memory, it.eventId, reason)), ...corrections]
      if (drafts.length === 0) return undone
      const written = await deps.writer.writeIfCurrent(drafts, read.lastGid)
      if (written === 'saved') return undone + Math.max(1, read.standing.length)
      if (written === 'not-kept') return undone
    }
  } catch (error) {
    failed(deps, error)
  }
  return undone
}

function failed(deps: RecordDeps, error: unknown): void {
  deps.log.write('error', 'take-back-failed', { error: String(error) })
  void deps.writer.probe()
}

interface ReadTarget extends LineState {
  /** null: no such scan of this device in this session. */
  readonly target: StoredScanEvent | null
  readonly isNegated: boolean
}

interface Asked {
  readonly memory: DeskMemory
  readonly eventId: EventId
}

async function readTarget(tx: ScansTx, { sessionId, caller }: RecordDeps, { memory, eventId }: Asked): Promise<ReadTarget> {
  const known = memory.values
  const [found] = await tx.range('scanEvents', 'eventId', { lower: eventId, upper: eventId, limit: 1 })
  const target = found?.kind === 'scan' && found.sessionId === sessionId && found.deviceId === caller.deviceId ? found : null
  const negations = await tx.rangeKeys('scanEvents', 'negates', { lower: eventId, upper: eventId, limit: 1 })
  const itemKey = target?.itemKey ?? asId<ItemKey>('')
  const lineKey = await readLineKeyOf(tx, sessionId, { itemKey, known })
  return { ...(await readLineState(tx, { sessionId, lineKey, known })), target, isNegated: negations.length > 0 }
}

interface AskedLine {
  readonly memory: DeskMemory
  readonly lineKey: LineKey
}

async function readWholeLine(tx: ScansTx, { sessionId, caller }: RecordDeps, { memory, lineKey }: AskedLine) {
  const state = await readLineState(tx, { sessionId, lineKey, known: memory.values })
  const standing = await readStandingScans(tx, sessionId, [...state.own.keys()])
  return { ...state, standing: standing.filter((it) => it.deviceId === caller.deviceId) }
}

/**
 * When nothing of this device stands on the line any more, nothing that it set by hand there may stay: per value what
 * is left once these scans are gone.
 */
function leftOvers(
  deps: RecordDeps,
  memory: DeskMemory,
  { own, isCutOff }: LineState,
  gone: readonly StoredScanEvent[],
): Correction[] {
  const standing = [...own.values()].reduce((sum, it) => sum + it.standing, 0)
  if (isCutOff || standing !== gone.length) return []
  return [...own]
    .flatMap(([itemKey, count]) => {
      const left = sumQuantity(count.quantity, negateQuantity(quantityOf(gone, itemKey)))
      return left === ZERO ? [] : [handCorrectionOf(deps, memory, { itemKey, own: count, quantity: negateQuantity(left) })]
    })
    .slice(0, GROUP_HALF)
}

function quantityOf(events: readonly StoredScanEvent[], itemKey: ItemKey): Micro {
  return events.reduce((sum, it) => (it.itemKey === itemKey ? sumQuantity(sum, it.quantity) : sum), ZERO)
}
