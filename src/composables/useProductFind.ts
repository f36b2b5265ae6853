// Which products a new count asks for: a filter that the server applies, all its matches but some, or some by name.
import { computed, nextTick, onScopeDispose, reactive, ref, shallowRef, watch } from 'vue'
import type { FacilityId, ProductId } from '../domain/ids'
import { PLAN_NAMED_MAX, type AbcClass, type Facet, type StockFilter } from '../domain/plan'
import type { KeptChoice, PlanProduct, ProductFilter } from '../ports/plan'
import type { Services } from './services'
import { trying } from './trying'
import { TYPING_PAUSE_MS } from './useTypedPages'
import type { ShownFailure } from './words'

const PAGE = 50
/** Nobody looks through more by eye; the server chooses them all the same. */
const SHOWN_MAX = 1000

export interface FindFields extends Record<Facet, string[]> {
  text: string
  abcClasses: AbcClass[]
  stock: StockFilter
  /** 0: whenever. */
  notCountedDays: number
  bin: string
}

const NO_FIELDS = { text: '', stock: 'any', notCountedDays: 0, bin: '' } as const
const emptyFields = (): FindFields => ({
  ...NO_FIELDS,
  abcClasses: [],
  categories: [],
  tags: [],
  suppliers: [],
  aisles: [],
})

/** Rules: docs/SPEC.md PL4, PL5, PL25. */
export function useProductFind({ sync }: Pick<Services, 'sync'>, facilityId: FacilityId) {
  const fields = reactive(emptyFields())
  const filter = computed<ProductFilter>(() => ({
    text: fields.text.trim(),
    abcClasses: [...fields.abcClasses],
    stock: fields.stock,
    notCountedForDays: fields.notCountedDays === 0 ? null : fields.notCountedDays,
    categories: [...fields.categories],
    tags: [...fields.tags],
    suppliers: [...fields.suppliers],
    aisles: [...fields.aisles],
    bin: fields.bin.trim(),
  }))
  const found = useMatches(sync, facilityId, filter)
  const choice = useChoice(filter, found.total)

  /** As a template keeps it. */
  async function choose(kept: KeptChoice): Promise<void> {
    if (kept.by === 'filter') {
      const { notCountedForDays, ...rest } = structuredClone(kept.filter)
      Object.assign(fields, rest, { notCountedDays: notCountedForDays ?? 0 })
    } else Object.assign(fields, emptyFields())
    // What is left out goes with a filter: after the change of the filter has taken the old ones away.
    await nextTick()
    choice.take(kept)
  }
  const isFiltered = computed(() => JSON.stringify(fields) !== JSON.stringify(emptyFields()))
  const clear = (): void => void Object.assign(fields, emptyFields())

  return { fields, isFiltered, clear, choose, ...found, ...choice }
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
  const chosen = computed<KeptChoice>(() =>
    isAll.value
      ? { by: 'filter', filter: { ...filter.value }, without: [...without.value] }
      : { by: 'list', productIds: [...named.value] },
  )
  function take(kept: KeptChoice): void {
    isAll.value = kept.by === 'filter'
    without.value = new Set(kept.by === 'filter' ? kept.without : [])
    named.value = new Set(kept.by === 'list' ? kept.productIds : [])
  }
  return { isAll, isChosen, toggle, take, chosenCount, chosen, isTooMuchNamed }
}
export type ProductFind = ReturnType<typeof useProductFind>
