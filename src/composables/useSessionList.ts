// The list of one session while somebody plans: searched, page after page; what is taken off can be put back at once.
import { onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { SessionId } from '../domain/ids'
import type { ListCursor, SessionListPage } from '../ports/plan'
import type { Services } from './services'
import { trying } from './trying'
import { failureWords } from './words'

const TYPING_PAUSE_MS = 300

export type ListedProduct = SessionListPage['products'][number]

/** Rule: docs/SPEC.md PL52. */
export function useSessionList({ sync, ids }: Pick<Services, 'sync' | 'ids'>, sessionId: SessionId) {
  const text = ref('')
  /** null: nothing has come yet. */
  const products = shallowRef<readonly ListedProduct[] | null>(null)
  const total = ref(0)
  const next = shallowRef<ListCursor | null>(null)
  const problem = ref<string | null>(null)
  const isLoading = ref(false)
  const isBusy = ref(false)
  /** What was taken off last, to be put back. */
  const takenOff = shallowRef<ListedProduct | null>(null)
  /** Grows with every question: the answers to older ones are thrown away. */
  let generation = 0
  let pause: ReturnType<typeof setTimeout> | undefined

  async function read(after: ListCursor | null): Promise<void> {
    clearTimeout(pause)
    const mine = (generation += 1)
    isLoading.value = true
    const outcome = await trying(sync.plan('sessionList', sessionId, { text: text.value.trim(), after }))
    if (mine !== generation) return
    isLoading.value = false
    problem.value = outcome.ok ? null : failureWords(outcome)
    if (!outcome.ok) return
    products.value = [...(after === null ? [] : (products.value ?? [])), ...outcome.answer.products]
    if (after === null) total.value = outcome.answer.total
    next.value = outcome.answer.next
  }
  watch(text, () => {
    clearTimeout(pause)
    generation += 1
    pause = setTimeout(() => void read(null), TYPING_PAUSE_MS)
  })
  onScopeDispose(() => {
    clearTimeout(pause)
    generation += 1
  })

  /** @returns whether the list is now as it was asked for; if not, `problem` says why */
  async function change(product: ListedProduct, way: 'add' | 'remove'): Promise<boolean> {
    if (isBusy.value) return false
    isBusy.value = true
    const { productId } = product
    const none = { add: [], remove: [] }
    const outcome = await trying(sync.plan('changeItems', sessionId, { requestId: ids.next(), ...none, [way]: [productId] }))
    isBusy.value = false
    const refused = outcome.ok ? outcome.answer.find((it) => it.verdict === 'refused') : undefined
    problem.value = outcome.ok ? (refused?.message ?? null) : failureWords(outcome)
    return outcome.ok && refused === undefined
  }

  async function takeOff(product: ListedProduct): Promise<boolean> {
    if (!(await change(product, 'remove'))) return false
    takenOff.value = product
    products.value = (products.value ?? []).filter((it) => it.productId !== product.productId)
    total.value = Math.max(0, total.value - 1)
    // The last of what is shown: the rest comes up by itself.
    if (products.value.length === 0) await read(null)
    return true
  }

  async function putBack(): Promise<boolean> {
    const product = takenOff.value
    if (product === null || !(await change(product, 'add'))) return false
    takenOff.value = null
    await read(null)
    return true
  }

  return {
    text,
    products,
    total,
    next,
    problem,
    isLoading,
    isBusy,
    takenOff,
    load: () => read(null),
    more: () => (next.value === null ? Promise.resolve() : read(next.value)),
    takeOff,
    putBack,
  }
}
