// Moving a held line and saving it to a file, step by step, as two dialogs show it.
import { onScopeDispose, ref, shallowRef } from 'vue'
import { asId, type FacilityId } from '../domain/ids'
import type { CycleCount } from '../domain/session'
import { HELD_DECIDED, type ScansTx } from '../ports/scans-schema'
import type { SyncWorkerApi } from '../worker/protocol'
import { formatQuantity } from './format'
import { heldCsv, heldFileName, moveTargets, type HeldScans, type MoveTarget, type QuarantinedLine } from './held-lines'
import type { AccountData } from './services'
import { THIS_DEVICE } from './this-device'
import { trying } from './trying'
import { failureWords } from './words'

const COUNTS_MAX = 5000
const EVENTS_MAX = 10_000

export interface MoveContext {
  readonly userName: string
  /** The facility whose counts the server lists. */
  readonly facilityId: string
  readonly timeZone: string
  readonly now: number
}

/** What became of a line. */
export interface HeldNews {
  readonly isMoved: boolean
  readonly words: string
}

/** Where a line may go, by the server's newest list, and its move there. */
export function useMovingHeld(account: AccountData, sync: Pick<SyncWorkerApi, 'refreshCounts' | 'moveHeld'>) {
  const targets = shallowRef<readonly MoveTarget[] | null>(null)
  const problem = ref<string | null>(null)
  const isBusy = ref(false)

  /** Nothing can be moved without the server: its list is asked for, and where it does not come there is nothing to choose. */
  async function look({ row }: QuarantinedLine, context: MoveContext): Promise<void> {
    targets.value = null
    problem.value = null
    isBusy.value = true
    const fetched = await trying(sync.refreshCounts())
    const { counts, session } = await account.scans.tx(['cycleCounts', 'sessions'], 'r', async (tx) => ({
      counts: (await tx.range('cycleCounts', ':id', { limit: COUNTS_MAX })).map((it): CycleCount => it.cycleCount),
      session: await tx.get('sessions', row.sessionId),
    }))
    isBusy.value = false
    const here = asId<FacilityId>(context.facilityId)
    const facilityId = session?.cycleCount.facilityId ?? here
    if (!fetched.ok) problem.value = failureWords(fetched)
    else if (facilityId !== here)
      problem.value = 'These scans are of another facility. Choose that one on the page of counts first.'
    else targets.value = moveTargets(counts, { ...context, from: row.sessionId, facilityId })
  }

  /** @returns what happened, once the line is off the list or says what became of it; null: it is as before */
  async function move({ row, name }: QuarantinedLine, target: MoveTarget): Promise<HeldNews | null> {
    isBusy.value = true
    const outcome = await trying(sync.moveHeld({ uuid: row.uuid, toSessionId: target.sessionId }))
    isBusy.value = false
    problem.value = outcome.ok ? null : failureWords(outcome)
    if (!outcome.ok) return null
    const { fate } = outcome
    switch (fate.kind) {
      case 'moved':
        return { isMoved: true, words: `${formatQuantity(fate.quantity)} of ${name} moved to “${fate.toSessionName}”.` }
      case 'decided':
        return { isMoved: false, words: `${name} was not moved: ${fate.words}.` }
      case 'gone':
        return { isMoved: false, words: `${name} is not held on ${THIS_DEVICE} any more.` }
    }
  }

  return { targets, problem, isBusy, look, move }
}

export interface HeldFile {
  readonly file: File
  readonly href: string
}

/** The file lives until the dialog is left. */
export function useSavingHeld({ scans }: AccountData) {
  const saved = shallowRef<HeldFile | null>(null)
  const problem = ref<string | null>(null)

  function reset(): void {
    if (saved.value !== null) URL.revokeObjectURL(saved.value.href)
    saved.value = null
    problem.value = null
  }
  onScopeDispose(reset)

  async function make(line: QuarantinedLine): Promise<void> {
    reset()
    try {
      const held = await scans.tx(['inventoryCountRecords', 'scanEvents', 'sessions'], 'r', (tx) => readHeldScans(tx, line))
      const file = new File([heldCsv(held)], heldFileName(line), { type: 'text/csv' })
      saved.value = { file, href: URL.createObjectURL(file) }
    } catch {
      problem.value = `The scans could not be read on ${THIS_DEVICE}. Try again.`
    }
  }

  return { saved, problem, make, reset }
}

/** The events of the row's log and value, oldest first. */
async function readHeldScans(tx: ScansTx, { row, name, sessionName }: QuarantinedLine): Promise<HeldScans> {
  const [record, session] = [await tx.get('inventoryCountRecords', row.uuid), await tx.get('sessions', row.sessionId)]
  const events =
    record === undefined
      ? []
      : await tx.range('scanEvents', '[sessionId+itemKey+gid]', {
          lower: [record.sessionId, record.itemKey, 0],
          upper: [record.sessionId, record.itemKey, Infinity],
          limit: EVENTS_MAX,
        })
  return {
    countName: session?.cycleCount.name ?? '',
    sessionName,
    productName: name,
    lineId: row.uuid,
    events: events.filter((it) => it.logId === record?.logId),
  }
}

/** The words of a line that is not counted where it was scanned, or that was refused. */
export function quarantineWords({ kind, code, message }: QuarantinedLine['row'], heldWords: (code: string) => string): string {
  if (kind === 'rejected') return `the server said: ${message}`
  return code === HELD_DECIDED ? message : `kept as evidence: ${heldWords(code)}`
}
