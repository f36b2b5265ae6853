// Saving un-sent scans to a file and taking them over from one, step by step, as two dialogs show it.
import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import type { HandoverProblem } from '../domain/handover'
import type { HandoverSummary, SyncWorkerApi } from '../worker/protocol'
import { handoverProblemWords } from './handover-words'
import { BROKEN_CALL, failureWords } from './words'

export interface SavedFile {
  readonly name: string
  readonly scans: number
  readonly lines: number
  /** For a link; lives until the dialog is left. */
  readonly href: string
  readonly file: File
}

export interface SavingScans {
  readonly saved: ShallowRef<SavedFile | null>
  /** The server has everything. */
  readonly hasNothing: Ref<boolean>
  readonly problem: Ref<string | null>
  readonly isBusy: Ref<boolean>
  readonly make: (passphrase: string) => Promise<void>
  readonly reset: () => void
}

/** Needs an effect scope. */
export function useSavingScans(sync: Pick<SyncWorkerApi, 'saveScans'>): SavingScans {
  const saved = shallowRef<SavedFile | null>(null)
  const hasNothing = ref(false)
  const problem = ref<string | null>(null)
  const isBusy = ref(false)

  function reset(): void {
    if (saved.value !== null) URL.revokeObjectURL(saved.value.href)
    saved.value = null
    hasNothing.value = false
    problem.value = null
  }
  onScopeDispose(reset)

  async function make(passphrase: string): Promise<void> {
    reset()
    isBusy.value = true
    try {
      const outcome = await sync.saveScans(passphrase === '' ? null : passphrase)
      if (!outcome.ok) problem.value = handoverProblemWords(outcome.problem)
      else if (outcome.saved === null) hasNothing.value = true
      else {
        const { name, scans, lines } = outcome.saved
        const file = new File([outcome.saved.file], name, { type: 'application/octet-stream' })
        saved.value = { name, scans, lines, file, href: URL.createObjectURL(file) }
      }
    } catch {
      problem.value = failureWords(BROKEN_CALL)
    }
    isBusy.value = false
  }

  return { saved, hasNothing, problem, isBusy, make, reset }
}

export interface TakingScans {
  readonly summary: ShallowRef<HandoverSummary | null>
  readonly isTaken: Ref<boolean>
  readonly needsPassphrase: Ref<boolean>
  readonly problem: Ref<string | null>
  readonly isBusy: Ref<boolean>
  readonly look: (file: File, passphrase: string) => Promise<void>
  readonly take: (file: File, passphrase: string) => Promise<void>
  readonly reset: () => void
}

export function useTakingScans(sync: Pick<SyncWorkerApi, 'lookIntoFile' | 'takeOverScans'>): TakingScans {
  const summary = shallowRef<HandoverSummary | null>(null)
  const isTaken = ref(false)
  const needsPassphrase = ref(false)
  const problem = ref<string | null>(null)
  const isBusy = ref(false)

  function reset(): void {
    summary.value = null
    isTaken.value = false
    needsPassphrase.value = false
    problem.value = null
  }

  function refuse(reason: HandoverProblem): void {
    needsPassphrase.value = reason === 'needs-passphrase' || reason === 'wrong-passphrase'
    problem.value = handoverProblemWords(reason)
  }

  async function ask(call: 'lookIntoFile' | 'takeOverScans', file: File, passphrase: string): Promise<void> {
    problem.value = null
    isBusy.value = true
    try {
      const outcome = await sync[call](file, passphrase === '' ? null : passphrase)
      if (outcome.ok) summary.value = outcome.summary
      else refuse(outcome.problem)
      isTaken.value = outcome.ok && call === 'takeOverScans'
    } catch {
      problem.value = failureWords(BROKEN_CALL)
    }
    isBusy.value = false
  }

  return {
    summary,
    isTaken,
    needsPassphrase,
    problem,
    isBusy,
    look: (file, passphrase) => ask('lookIntoFile', file, passphrase),
    take: (file, passphrase) => ask('takeOverScans', file, passphrase),
    reset,
  }
}
