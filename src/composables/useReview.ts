// The rows of one review: loaded completely under one revision or marked incomplete, changed by decisions, never guessed.
import {
  computed,
  onScopeDispose,
  ref,
  shallowRef,
  triggerRef,
  type Ref,
  type ShallowRef,
} from 'vue'
import type { CycleCountId, ProductId } from '../domain/ids'
import type { ReviewRow } from '../domain/review'
import type { ReviewSummary } from '../ports/review'
import type { SyncWorkerApi } from '../worker/protocol'
import { trying } from './trying'
import type { ShownFailure } from './words'

/** Beyond that many pages nothing is loaded: four hundred thousand products are no review. */
const PAGES_MAX = 200
/** Pages asked for at once: while one is read here, the server makes the next. */
const AT_ONCE = 3
/** Scans that arrive while it loads start it again, but not for ever. */
const TRIES_MAX = 3

export interface Review {
  readonly summary: Readonly<ShallowRef<ReviewSummary | null>>
  /** By product; in the order of their ids. */
  readonly rows: Readonly<ShallowRef<ReadonlyMap<ProductId, ReviewRow>>>
  readonly isLoading: Readonly<Ref<boolean>>
  /** Rows of the load under way that have come. */
  readonly loaded: Readonly<Ref<number>>
  readonly failure: Readonly<ShallowRef<ShownFailure | null>>
  /** As many rows as the server has, all read under the revision that stands: only then may it be approved. */
  readonly isComplete: Readonly<Ref<boolean>>
  /** As many rows as the server has, even if some are old by now: only then may all of them be chosen. */
  readonly isWhole: Readonly<Ref<boolean>>
  /** The server has something newer than what is shown. */
  readonly isOutdated: Readonly<Ref<boolean>>
  readonly load: () => Promise<void>
  /** Put changed rows in. `revision`: what the server is at now; `steps`: how many of them are ours. */
  readonly patch: (changed: readonly ReviewRow[], revision: number, steps: number) => void
}

/** Rules: docs/SPEC.md RV24, RV25. */
export function useReview(sync: Pick<SyncWorkerApi, 'review'>, id: CycleCountId): Review {
  const summary = shallowRef<ReviewSummary | null>(null)
  const rows = shallowRef(new Map<ProductId, ReviewRow>())
  const isLoading = ref(false)
  const loaded = ref(0)
  const failure = shallowRef<ShownFailure | null>(null)
  /** The one revision of all rows; null while they are of several, or not all there. */
  const revision = ref<number | null>(null)
  const isOutdated = ref(false)
  /** Grows with every load: the answers of an older one are thrown away. */
  let generation = 0
  onScopeDispose(() => (generation += 1))

  /** @returns whether all pages are of one revision; null: failed, or overtaken by another load */
  async function loadOnce(mine: number): Promise<boolean | null> {
    const head = await trying(sync.review('summary', id))
    if (mine !== generation) return null
    if (!head.ok) return fail(head)
    summary.value = head.answer
    const { cuts, pageSize, total, revision: whole } = head.answer
    const found = new Map<ProductId, ReviewRow>()
    const waiting = cuts.slice(0, PAGES_MAX).map((after, at) => ({ after, until: cuts[at + 1] ?? null }))
    let readsLeft = PAGES_MAX
    let isOfOneRevision = true
    /** Nobody waits for the last page to look at the first; but what stands there already is better than a part. */
    let shown = rows.value.size > 0 ? Infinity : 0

    function show(): void {
      // Each time four times as many: all of them together cost no more than a third of the last one.
      if (found.size < 4 * shown) return
      shown = found.size
      rows.value = found
      triggerRef(rows)
    }

    async function readPages(): Promise<ShownFailure | null> {
      for (let next = waiting.shift(); next !== undefined && readsLeft > 0; next = waiting.shift()) {
        readsLeft -= 1
        const { after, until } = next
        const read = await trying(sync.review('page', id, after, until, pageSize))
        if (mine !== generation) return null
        if (!read.ok) {
          waiting.length = 0
          return read
        }
        for (const row of read.answer.rows) found.set(row.productId, row)
        loaded.value = found.size
        isOfOneRevision &&= read.answer.revision === whole
        // A product with many rows makes a page shorter than it was meant to be.
        if (read.answer.more && read.answer.next !== after) waiting.unshift({ after: read.answer.next, until })
        // The rest would have to be read again.
        if (!isOfOneRevision) waiting.length = 0
        show()
      }
      return null
    }
    const readers = Array.from({ length: AT_ONCE }, readPages)
    const failed = (await Promise.all(readers)).find((it) => it !== null)
    if (mine !== generation) return null
    if (failed !== undefined) return fail(failed)
    const isWhole = isOfOneRevision && found.size === total
    if (isWhole || found.size > rows.value.size) rows.value = found
    triggerRef(rows)
    return isWhole
  }

  function fail(why: ShownFailure): null {
    failure.value = why
    return null
  }

  async function load(): Promise<void> {
    const mine = (generation += 1)
    isLoading.value = true
    loaded.value = 0
    failure.value = null
    revision.value = null
    isOutdated.value = false
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      const isWhole = await loadOnce(mine)
      if (mine !== generation) return
      if (isWhole === null) break
      if (isWhole) revision.value = summary.value?.revision ?? null
      if (isWhole) break
    }
    isOutdated.value = failure.value === null && revision.value === null
    isLoading.value = false
  }

  function patch(changed: readonly ReviewRow[], now: number, steps: number): void {
    for (const row of changed) rows.value.set(row.productId, row)
    triggerRef(rows)
    const before = revision.value
    if (before === null) return
    // Anything beyond our own steps is somebody else's, or a scan: what is shown is not all there is.
    if (now === before + steps) revision.value = now
    else {
      revision.value = null
      isOutdated.value = true
    }
    if (summary.value !== null) summary.value = { ...summary.value, revision: now }
  }

  const isWhole = computed(
    () => !isLoading.value && rows.value.size === summary.value?.total,
  )
  return {
    summary,
    rows,
    isLoading,
    loaded,
    failure,
    isComplete: computed(() => revision.value !== null && isWhole.value),
    isWhole,
    isOutdated,
    load,
    patch,
  }
}
