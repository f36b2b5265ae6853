// Which products a new count asks for: a filter that the server applies, all its matches but some, or some by name.
import { computed, onScopeDispose, reactive, ref, shallowRef, watch } from 'vue'
import type { FacilityId, ProductId } from '../domain/ids'
import { PLAN_NAMED_MAX, type AbcClass, type StockFilter } from '../domain/plan'
import type { ChosenProducts, PlanProduct, ProductFilter } from '../ports/plan'
import type { Services } from './services'
import { trying } from './trying'
import type { ShownFailure } from './words'

const PAGE = 50
/** Nobody looks through more by eye; the server chooses them all the same. */
const SHOWN_MAX = 1000
const TYPING_PAUSE_MS = 300
const DAY_MS = 86_400_000

interface FindFields {
  text: string
  abcClasses: AbcClass[]
  stock: StockFilter
  /** 0: whenever. */
  notCountedDays: number
}

/** Rules: docs/SPEC.md PL4, PL5. */
export function useProductFind({ sync, clock }: Pick<Services, 'sync' | 'clock'>, facilityId: FacilityId) {
  const fields = reactive<FindFields>({ text: '', abcClasses: [], stock: 'any', notCountedDays: 0 })
  const filter = computed<ProductFilter>(() => ({
    text: fields.text.trim(),
    abcClasses: [...fields.abcClasses],
    stock: fields.stock,
    notCountedSince:
      fields.notCountedDays === 0 ? null : clock.now() - fields.notCountedDays * DAY_MS,
  }))
  const found = useMatches(sync, facilityId, filter)
  return { fields, ...found, ...useChoice(filter, found.total) }
}

type Filter = Readonly<{ value: ProductFilter }>

function useMatches(sync: Services['sync'], facilityId: FacilityId, filter: Filter) {
  const rows = shallowRef<readonly PlanProduct[]>([])
  const total = ref<number | null>(null)
  const isLoading = ref(false)
  const failure = shallowRef<ShownFailure | null>(null)
  /** Grows with every search: the answers of an older one are thrown away. */
  let generation = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  async function load(offset: number): Promise<void> {
    const mine = (generation += 1)
    isLoading.value = true
    const page = { offset, limit: PAGE }
    const outcome = await trying(sync.plan('products', facilityId, { ...filter.value }, page))
    if (mine !== generation) return
    isLoading.value = false
    failure.value = outcome.ok ? null : outcome
    if (!outcome.ok) return
    total.value = outcome.answer.total
    rows.value = offset === 0 ? outcome.answer.products : [...rows.value, ...outcome.answer.products]
  }

  function searchSoon(): void {
    clearTimeout(timer)
    generation += 1
    timer = setTimeout(() => void load(0), TYPING_PAUSE_MS)
  }
  watch(() => JSON.stringify(filter.value), searchSoon)
  onScopeDispose(() => {
    clearTimeout(timer)
    generation += 1
  })

  return {
    rows,
    total,
    isLoading,
    failure,
    search: () => load(0),
    more: () => load(rows.value.length),
    hasMore: computed(
      () => rows.value.length < Math.min(total.value ?? 0, SHOWN_MAX) && failure.value === null,
    ),
  }
}

function useChoice(filter: Filter, total: Readonly<{ value: number | null }>) {
  const isAll = ref(true)
  const without = shallowRef<ReadonlySet<ProductId>>(new Set())
  /** Kept from one search to the next: a list may come together from several. */
  const named = shallowRef<ReadonlySet<ProductId>>(new Set())
  // What was left out of other matches says nothing about these.
  watch(() => JSON.stringify(filter.value), () => (without.value = new Set()))

  function isChosen(id: ProductId): boolean {
    return isAll.value ? !without.value.has(id) : named.value.has(id)
  }
  function toggle(id: ProductId): void {
    const set = isAll.value ? without : named
    const next = new Set(set.value)
    if (!next.delete(id)) next.add(id)
    set.value = next
  }
  const chosenCount = computed(() =>
    isAll.value ? Math.max(0, (total.value ?? 0) - without.value.size) : named.value.size,
  )
  const isTooMuchNamed = computed(
    () => (isAll.value ? without : named).value.size > PLAN_NAMED_MAX,
  )
  const chosen = computed<ChosenProducts>(() =>
    isAll.value
      ? { by: 'filter', filter: { ...filter.value }, without: [...without.value] }
      : { by: 'list', productIds: [...named.value] },
  )
  return { isAll, isChosen, toggle, chosenCount, chosen, isTooMuchNamed }
}
export type ProductFind = ReturnType<typeof useProductFind>
