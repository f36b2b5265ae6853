// A list that is found by what is typed and comes page after page; an answer that is old by now is not shown.
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { Outcome } from '../worker/protocol'
import { trying } from './trying'
import type { ShownFailure } from './words'

/** Nobody asks a server after every letter. */
export const TYPING_PAUSE_MS = 300

export interface TypedPagesDeps<Answer extends { readonly total: number; readonly next: object | null }, Item> {
  /** One page of what fits the text: the first, or the one after `after`. */
  readonly read: (ask: { readonly text: string; readonly after: Answer['next'] }) => Promise<Outcome<{ readonly answer: Answer }>>
  readonly itemsOf: (answer: Answer) => readonly Item[]
}

/** Nothing is read before `load` or the first letter. Rules: docs/SPEC.md RV59, PL52. */
export function useTypedPages<Answer extends { readonly total: number; readonly next: object | null }, Item>({
  read,
  itemsOf,
}: TypedPagesDeps<Answer, Item>) {
  const text = ref('')
  /** null: nothing has come yet. */
  const items = shallowRef<readonly Item[] | null>(null)
  const total = ref(0)
  /** The newest page, with what it tells besides its items. */
  const page = shallowRef<Answer | null>(null)
  const failure = shallowRef<ShownFailure | null>(null)
  const isLoading = ref(false)
  /** Grows with every question: the answers to older ones are thrown away. */
  let generation = 0
  let pause: ReturnType<typeof setTimeout> | undefined

  async function readPage(after: Answer['next']): Promise<void> {
    clearTimeout(pause)
    const mine = (generation += 1)
    isLoading.value = true
    const outcome = await trying(read({ text: text.value.trim(), after }))
    if (mine !== generation) return
    isLoading.value = false
    failure.value = outcome.ok ? null : outcome
    if (!outcome.ok) return
    items.value = [...(after === null ? [] : (items.value ?? [])), ...itemsOf(outcome.answer)]
    // People may take away from a list while they look through it: later pages would bring the old sum back.
    if (after === null) total.value = outcome.answer.total
    page.value = outcome.answer
  }

  watch(text, () => {
    clearTimeout(pause)
    generation += 1
    pause = setTimeout(() => void readPage(null), TYPING_PAUSE_MS)
  })
  onScopeDispose(() => {
    clearTimeout(pause)
    generation += 1
  })

  const hasMore = computed(() => page.value !== null && page.value.next !== null)
  return {
    text,
    items,
    total,
    page,
    hasMore,
    failure,
    isLoading,
    /** The first page anew. */
    load: () => readPage(null),
    /** The page after what is shown; nothing where there is none. */
    more: async () => {
      if (page.value !== null && page.value.next !== null) await readPage(page.value.next)
    },
  }
}
