// Bring a line to an amount that somebody counted by hand, whatever is appended meanwhile.
import type { CountedItem } from '../domain/counted-item'
import type { ItemKey, LineKey, ProductId } from '../domain/ids'
import { asId } from '../domain/ids'
import { negateQuantity, sumQuantity, unitsOf, ZERO } from '../domain/quantity'
import type { Micro } from '../domain/quantity'
import type { ScanEventDraft } from '../domain/scan-event'
import type { RefusalReason, ScanInput, ScanOutcome } from '../ports/counting'
import { handCorrectionOf, readInTime, readLineState } from './line-state'
import type { LineState } from './line-state'
import { outcomeOfScan, prepareScan } from './record-scan'
import type { DeskMemory, RecordDeps } from './desk-memory'
import type { Prepared } from './record-scan'

/** Somebody else appends in between: a correction of the fold, a scan of another window. */
const ATTEMPTS_MAX = 10
/** Values of one line; a line has one or two. */
const VALUES_MAX = 90
const TOTAL_MAX = unitsOf(1_000_000_000)

/**
 * Set a line's total. What is stored is the difference to what is there at that moment: where something was appended
 * since it was read, it is read again. On an uncounted line it counts as a scan: somebody looked.
 *
 * Call it alone, in line with the scans. Refused with `not-kept` when storage fails or the totals lag: nothing is
 * stored then, now or later. Rules: docs/SPEC.md SE25, SE30, SE31
 */
export async function setTotal(
  deps: RecordDeps,
  memory: DeskMemory,
  { lineKey, total }: { readonly lineKey: LineKey; readonly total: Micro },
): Promise<ScanOutcome> {
  const refused = (reason: RefusalReason): ScanOutcome => ({ kind: 'refused', reason, raw: lineKey })
  if (!Number.isInteger(total) || Math.abs(total) > TOTAL_MAX) return refused('quantity')
  try {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const asked = { sessionId: deps.sessionId, lineKey, known: memory.values }
      const state = await readInTime(deps, memory, (tx) => readLineState(tx, asked))
      // Not folded yet: there is nothing to set so far.
      if (state.item === undefined) return refused('not-kept')
      if (state.isCutOff) return refused('not-kept')
      // Also asks for the right to count.
      const prepared = await prepareScan(deps, memory, handInput(state.item))
      if (prepared.kind === 'refused') return prepared
      const ready = { ...prepared, draft: draftOf(deps, memory, { state, prepared, total, lineKey }) }
      const drafts = [...settledValues(deps, memory, { state, draft: ready.draft }), ready.draft]
      const written = await deps.writer.writeIfCurrent(drafts, state.lastGid)
      if (written === 'saved') return await outcomeOfScan(deps, memory, ready)
      if (written === 'not-kept') return refused('not-kept')
    }
  } catch (error) {
    deps.log.write('error', 'set-total-failed', { error: String(error) })
    void deps.writer.probe()
  }
  return refused('not-kept')
}

function handInput({ productId, identifier }: CountedItem): ScanInput {
  const product: { productId?: ProductId } = productId === null ? {} : { productId }
  return { raw: identifier, symbology: null, source: 'hand', times: ZERO, receivedAt: null, ...product }
}

interface Wanted {
  readonly state: LineState
  readonly prepared: Extract<Prepared, { kind: 'ready' }>
  readonly total: Micro
  readonly lineKey: LineKey
}

/** A correction belongs to the value that was counted last: it goes where the value goes when it is matched otherwise. */
function draftOf(deps: RecordDeps, memory: DeskMemory, { state, prepared, total, lineKey }: Wanted): ScanEventDraft {
  const { item, unfolded } = state
  const quantity = sumQuantity(total, negateQuantity(sumQuantity(item?.quantity ?? ZERO, unfolded.quantity)))
  const isCounted = (item?.standing ?? 0) + unfolded.standing !== 0 || (item?.legacyRows ?? 0) > 0
  const itemKey = item?.productId === null ? asId<ItemKey>(lineKey) : prepared.draft.itemKey
  if (!isCounted) return { ...prepared.draft, kind: 'scan', itemKey, packSize: 1, quantity }
  const [lastKey, own] = [...state.own].findLast(([, it]) => it.standing !== 0) ?? [itemKey, prepared.draft]
  return handCorrectionOf(deps, memory, { itemKey: lastKey, own, quantity })
}

/** The line's other values take a correction by nothing: their scans are part of the amount, whatever a case holds. */
function settledValues(
  deps: RecordDeps,
  memory: DeskMemory,
  { state, draft }: { readonly state: LineState; readonly draft: ScanEventDraft },
): ScanEventDraft[] {
  const isSettled = (itemKey: ItemKey): boolean => draft.kind === 'correction' && itemKey === draft.itemKey
  return [...state.own]
    .filter(([itemKey, it]) => !isSettled(itemKey) && (it.standing !== 0 || it.quantity !== ZERO))
    .slice(0, VALUES_MAX)
    .map(([itemKey, own]) => handCorrectionOf(deps, memory, { itemKey, own, quantity: ZERO }))
}
