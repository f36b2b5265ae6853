// What may explain the variance of the product that somebody rests on: asked for once, after a moment.
import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import { isUncounted, roundOf, type ReviewRow, type VarianceSuggestion } from '../domain/review'

/** Whoever walks through the list by keyboard asks for nothing. */
const REST_MS = 400

export type Explanation =
  | { readonly state: 'none' }
  | { readonly state: 'asking' }
  | { readonly state: 'lost' }
  | { readonly state: 'told'; readonly suggestions: readonly VarianceSuggestion[] }

/**
 * @param ask null: it could not be read
 * Rules: docs/SPEC.md EX9
 */
export function useExplanation(
  row: () => ReviewRow,
  ask: (row: ReviewRow) => Promise<readonly VarianceSuggestion[] | null>,
): Readonly<ShallowRef<Explanation>> {
  const explanation = shallowRef<Explanation>({ state: 'none' })
  let timer: ReturnType<typeof setTimeout> | undefined
  /** Grows with every product and figure: the answer for an older one is thrown away. */
  let generation = 0

  async function read(mine: number): Promise<void> {
    const suggestions = await ask(row())
    if (mine !== generation) return
    explanation.value = suggestions === null ? { state: 'lost' } : { state: 'told', suggestions }
  }

  watch(
    () => [row().productId, offBy(row())] as const,
    ([, off]) => {
      clearTimeout(timer)
      const mine = (generation += 1)
      explanation.value = { state: off ? 'asking' : 'none' }
      if (off) timer = setTimeout(() => void read(mine), REST_MS)
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    clearTimeout(timer)
    generation += 1
  })
  return explanation
}

/** Is there anything to explain? As a text: another figure asks again. */
function offBy(row: ReviewRow): string | null {
  const compared = roundOf(row)?.compared
  if (isUncounted(row)) return row.bookNow === null || row.bookNow === 0 ? null : 'uncounted'
  return compared == null || compared.variance === 0 ? null : String(compared.variance)
}
