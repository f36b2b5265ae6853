// The list of one session while somebody plans: searched, page after page; what is taken off can be put back at once.
import { computed, ref, shallowRef } from 'vue'
import type { SessionId } from '../domain/ids'
import type { SessionListPage } from '../ports/plan'
import type { Services } from './services'
import { trying } from './trying'
import { useTypedPages } from './useTypedPages'
import { failureWords } from './words'

export type ListedProduct = SessionListPage['products'][number]

/** Rule: docs/SPEC.md PL52. */
export function useSessionList({ sync, ids }: Pick<Services, 'sync' | 'ids'>, sessionId: SessionId) {
  /** What kept the last change from being made. */
  const changeProblem = ref<string | null>(null)
  const { items: products, total, failure, text, hasMore, isLoading, load, more } = useTypedPages<SessionListPage, ListedProduct>({
    read: (ask) => {
      changeProblem.value = null
      return sync.plan('sessionList', sessionId, ask)
    },
    itemsOf: (answer) => answer.products,
  })
  const problem = computed(() => changeProblem.value ?? (failure.value === null ? null : failureWords(failure.value)))
  const isBusy = ref(false)
  /** What was taken off last, to be put back. */
  const takenOff = shallowRef<ListedProduct | null>(null)

  /** @returns whether the list is now as it was asked for; if not, `problem` says why */
  async function change(product: ListedProduct, way: 'add' | 'remove'): Promise<boolean> {
    if (isBusy.value) return false
    isBusy.value = true
    const { productId } = product
    const none = { add: [], remove: [] }
    const outcome = await trying(sync.plan('changeItems', sessionId, { requestId: ids.next(), ...none, [way]: [productId] }))
    isBusy.value = false
    const refused = outcome.ok ? outcome.answer.find((it) => it.verdict === 'refused') : undefined
    failure.value = null
    changeProblem.value = outcome.ok ? (refused?.message ?? null) : failureWords(outcome)
    return outcome.ok && refused === undefined
  }

  async function takeOff(product: ListedProduct): Promise<boolean> {
    if (!(await change(product, 'remove'))) return false
    takenOff.value = product
    products.value = (products.value ?? []).filter((it) => it.productId !== product.productId)
    total.value = Math.max(0, total.value - 1)
    // The last of what is shown: the rest comes up by itself.
    if (products.value.length === 0) await load()
    return true
  }

  async function putBack(): Promise<boolean> {
    const product = takenOff.value
    if (product === null || !(await change(product, 'add'))) return false
    takenOff.value = null
    await load()
    return true
  }

  return { text, products, total, hasMore, problem, isLoading, isBusy, takenOff, load, more, takeOff, putBack }
}
