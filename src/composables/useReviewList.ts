// Which products of a review are shown, looked at and chosen; the choice of the list stays on the device.
import { computed, ref, shallowRef, watch } from 'vue'
import { asId, type ProductId } from '../domain/ids'
import type { ReviewRow } from '../domain/review'
import { useReviewSettings } from '../stores/review-settings'
import {
  countByFilter,
  REVIEW_FILTERS,
  REVIEW_SORTS,
  shownRows,
  THRESHOLDS,
  totalsOf,
  type ReviewFilter,
} from './review-list'
import type { Review } from './useReview'

/** Remembered by a version that knew other words: the first choice. */
function known<T extends string>(all: readonly [T, ...T[]], text: string): T {
  return all.find((it) => it === text) ?? all[0]
}

/** What the list shows, as models for its fields. Rules: docs/SPEC.md RV28, UI102. */
function useReviewChoice(isClosed: () => boolean) {
  const settings = useReviewSettings()
  /** Nothing of a count that is over needs anybody: what is remembered for the others would show an empty list. */
  const filterOfClosed = ref<ReviewFilter>('all')
  return {
    search: ref(''),
    filter: computed({
      get: () => (isClosed() ? filterOfClosed.value : known(REVIEW_FILTERS, settings.choice.filter)),
      set: (value) => {
        if (isClosed()) filterOfClosed.value = value
        else settings.choice.filter = value
      },
    }),
    sort: computed({
      get: () => known(['value', ...REVIEW_SORTS], settings.choice.sort),
      set: (value) => (settings.choice.sort = value),
    }),
    threshold: computed({
      get: () => known(THRESHOLDS, settings.choice.threshold),
      set: (value) => (settings.choice.threshold = value),
    }),
    over: computed({
      get: () => settings.choice.over,
      set: (value) => (settings.choice.over = value),
    }),
  }
}

export function useReviewList(review: Review, isClosed: () => boolean) {
  const choice = useReviewChoice(isClosed)
  const { search, filter, sort, threshold, over } = choice
  const all = computed(() => [...review.rows.value.values()])
  const counts = computed(() => countByFilter(all.value))
  const totals = computed(() => totalsOf(all.value))
  const matching = computed(() =>
    shownRows(all.value, {
      filter: filter.value,
      sort: sort.value,
      search: search.value.trim().toLowerCase(),
      threshold: threshold.value,
      over: over.value,
    }),
  )
  /** Decided where they were shown: a row does not run away under the hand that decides the next one. */
  const kept = shallowRef<ReadonlySet<ProductId>>(new Set())
  const shown = computed(() => {
    if (kept.value.size === 0) return matching.value
    const found = new Set(matching.value.map((it) => it.productId))
    const stay = [...kept.value].some((it) => !found.has(it))
    return stay
      ? shownRows(
          all.value.filter((it) => found.has(it.productId) || kept.value.has(it.productId)),
          { filter: 'all', sort: sort.value, search: '', threshold: 'none', over: 0 },
        )
      : matching.value
  })
  watch([filter, sort, threshold, over, search], () => (kept.value = new Set()))

  const activeId = ref<ProductId | null>(null)
  const active = computed(() => {
    const row = activeId.value === null ? undefined : review.rows.value.get(activeId.value)
    return row ?? shown.value[0] ?? null
  })
  const selected = shallowRef<ReadonlySet<ProductId>>(new Set())

  function move(steps: number): void {
    const index = shown.value.findIndex((it) => it.productId === active.value?.productId)
    const last = shown.value.length - 1
    const next = Math.max(0, Math.min(last, (index < 0 ? 0 : index) + steps))
    activeId.value = shown.value[next]?.productId ?? null
  }

  /** Shows a product whether the list's choice has it or not, and stays where it was asked from. */
  function lookAt(productId: string): void {
    const id = asId<ProductId>(productId)
    if (!review.rows.value.has(id)) return
    kept.value = new Set([...kept.value, id])
    activeId.value = id
  }

  function toggle(productId: ProductId): void {
    const next = new Set(selected.value)
    if (!next.delete(productId)) next.add(productId)
    selected.value = next
  }

  function toggleAll(): void {
    const isAll =
      shown.value.length > 0 && shown.value.every((it) => selected.value.has(it.productId))
    selected.value = new Set(isAll ? [] : shown.value.map((it) => it.productId))
  }

  /** The selected ones, else the one that is looked at. */
  const targets = computed<readonly ReviewRow[]>(() => {
    if (selected.value.size > 0)
      return [...selected.value].flatMap((it) => review.rows.value.get(it) ?? [])
    return active.value === null ? [] : [active.value]
  })

  /** Decided, it stays where it is until the list is chosen anew. */
  function keep(rows: readonly ReviewRow[]): void {
    kept.value = new Set([...kept.value, ...rows.map((it) => it.productId)])
  }

  return {
    ...choice,
    all,
    counts,
    totals,
    shown,
    active,
    activeId,
    selected,
    targets,
    keep,
    move,
    lookAt,
    toggle,
    toggleAll,
  }
}
