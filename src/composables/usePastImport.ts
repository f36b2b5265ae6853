// An import of the last days that went wrong: all that is wrong with it, and its rejected rows, long after the page was left.
import { onScopeDispose, ref, shallowRef } from 'vue'
import type { RowError } from '../domain/plan-import'
import type { ImportJob } from '../ports/plan'
import { TABLE_PROBLEM_WORDS } from './import-words'
import type { Services } from './services'
import { trying } from './trying'
import { failureWords } from './words'

/** The column of the sent file that says the line in the person's own. */
const LINE_COLUMN = 'sourceLine'

/** Rule: docs/SPEC.md PL51. */
export function usePastImport({ sync, openTable }: Pick<Services, 'sync' | 'openTable'>) {
  /** null: none is looked at. */
  const job = shallowRef<ImportJob | null>(null)
  /** null: they have not come yet. */
  const errors = shallowRef<readonly RowError[] | null>(null)
  const problem = ref<string | null>(null)
  const isSaving = ref(false)
  /** Grows with every job that is looked at: answers for the one before are thrown away. */
  let generation = 0

  async function show(asked: ImportJob): Promise<void> {
    const mine = (generation += 1)
    job.value = asked
    errors.value = null
    problem.value = null
    const outcome = await trying(sync.plan('importErrors', asked.importId))
    if (mine !== generation) return
    if (outcome.ok) errors.value = outcome.answer
    else problem.value = failureWords(outcome)
  }

  /** @returns the rows that were not taken, with what is wrong; null: `problem` says why not */
  async function rejected(): Promise<string | null> {
    const asked = job.value
    if (asked === null || errors.value === null || isSaving.value) return null
    isSaving.value = true
    problem.value = null
    const outcome = await trying(sync.plan('importFile', asked.importId))
    const csv = outcome.ok ? await rejectedOf(outcome.answer, asked.fileName, errors.value) : null
    if (!outcome.ok) problem.value = failureWords(outcome)
    isSaving.value = false
    return csv
  }

  async function rejectedOf(csv: string, fileName: string, wrong: readonly RowError[]): Promise<string | null> {
    const opened = await openTable(new File([csv], `${fileName}.csv`))
    if (!opened.ok) {
      problem.value = TABLE_PROBLEM_WORDS[opened.problem]
      return null
    }
    try {
      return await opened.table.rejectedCsv(wrong, LINE_COLUMN)
    } finally {
      opened.table.close()
    }
  }

  onScopeDispose(() => (generation += 1))
  return { job, errors, problem, isSaving, show, rejected }
}
