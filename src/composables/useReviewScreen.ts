// All that the review screen does: which rows are shown and chosen, and the calls that a supervisor makes.
import { computed, ref, shallowRef, watch } from 'vue'
import type { CycleCountId, ProductId } from '../domain/ids'
import type { Micro } from '../domain/quantity'
import { needsPerson, type ReviewRow } from '../domain/review'
import type { ApproveResult, LateRow, ProductTrail, ReviewSession } from '../ports/review'
import { useReviewSettings } from '../stores/review-settings'
import { useLoginStore } from '../stores/login'
import type { Outcome } from '../worker/protocol'
import {
  countByFilter,
  REVIEW_FILTERS,
  REVIEW_SORTS,
  shownRows,
  THRESHOLDS,
  totalsOf,
} from './review-list'
import type { Services } from './services'
import { trying } from './trying'
import { useBulkDecisions } from './useBulkDecisions'
import { useReview } from './useReview'
import { failureWords, type ShownFailure } from './words'

/** Remembered by a version that knew other words: the first choice. */
function known<T extends string>(all: readonly [T, ...T[]], text: string): T {
  return all.find((it) => it === text) ?? all[0]
}

export function useReviewScreen({ sync, clock, ids }: Services, id: CycleCountId) {
  const settings = useReviewSettings()
  const login = useLoginStore()
  const review = useReview(sync, id)
  const userName = login.account?.userName ?? ''
  const bulk = useBulkDecisions({ sync, review, id, userName, now: clock.now, nextId: ids.next })

  const search = ref('')
  const filter = computed({
    get: () => known(REVIEW_FILTERS, settings.choice.filter),
    set: (value) => (settings.choice.filter = value),
  })
  const sort = computed({
    get: () => known(['value', ...REVIEW_SORTS], settings.choice.sort),
    set: (value) => (settings.choice.sort = value),
  })
  const threshold = computed({
    get: () => known(THRESHOLDS, settings.choice.threshold),
    set: (value) => (settings.choice.threshold = value),
  })
  const over = computed({
    get: () => settings.choice.over,
    set: (value) => (settings.choice.over = value),
  })

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

  const problem = ref<string | null>(null)
  const lastFailure = shallowRef<ShownFailure | null>(null)
  const isBusy = ref(false)

  /** @returns null when it failed: `problem` says why */
  async function act<T>(call: Promise<Outcome<T>>): Promise<({ readonly ok: true } & T) | null> {
    isBusy.value = true
    const outcome = await trying(call)
    isBusy.value = false
    lastFailure.value = outcome.ok ? null : outcome
    problem.value = outcome.ok ? null : failureWords(outcome)
    return outcome.ok ? outcome : null
  }

  async function decide(action: 'apply' | 'skip' | 'undo', rows = targets.value): Promise<void> {
    const isSingle = selected.value.size === 0 && rows.length === 1
    kept.value = new Set([...kept.value, ...rows.map((it) => it.productId)])
    if (isSingle && action !== 'undo') move(1)
    await bulk.start(rows, { action, quantity: null, reason: null, note: null })
    if (bulk.run.value === null) selected.value = new Set()
  }

  async function edit(row: ReviewRow, quantity: Micro, reason: string): Promise<void> {
    kept.value = new Set([...kept.value, row.productId])
    await bulk.start([row], { action: 'edit', quantity, reason, note: null })
  }

  async function undoLast(): Promise<void> {
    const rows = (bulk.last.value?.taken ?? []).flatMap((it) => review.rows.value.get(it) ?? [])
    await bulk.start(rows, { action: 'undo', quantity: null, reason: null, note: null })
  }

  const CHUNK = 500
  const recountWords = ref<string | null>(null)

  /** @returns false when it failed: `problem` says why */
  async function recount(
    rows: readonly ReviewRow[],
    reason: string,
    isCancel = false,
  ): Promise<boolean> {
    let sessions = 0
    let refused = 0
    for (let from = 0; from < rows.length; from += CHUNK) {
      const productIds = rows.slice(from, from + CHUNK).map((it) => it.productId)
      const done = await act(
        sync.review('recount', id, ids.next(), { productIds, reason, isCancel }),
      )
      if (done === null) return false
      sessions += done.answer.sessions.length
      refused += done.answer.verdicts.filter((it) => it.verdict === 'refused').length
    }
    recountWords.value = isCancel
      ? null
      : `Sent to recount in ${sessions} new ${sessions === 1 ? 'session' : 'sessions'}, for somebody who has not counted it.` +
        (refused === 0 ? '' : ` ${refused} could not be sent.`)
    selected.value = new Set()
    await review.load()
    return true
  }

  async function waive(subject: string, reason: string): Promise<boolean> {
    const done = await act(sync.review('waive', id, subject, reason))
    if (done !== null) await review.load()
    return done !== null
  }

  async function actOnSession(
    session: ReviewSession,
    action: 'reopen' | 'void' | 'restore',
    reason: string,
  ): Promise<boolean> {
    const done = await act(sync.review('actOnSession', id, session.sessionId, action, reason))
    if (done !== null) await review.load()
    return done !== null
  }

  const approved = shallowRef<ApproveResult | null>(null)
  /** One id for all tries: an answer that was lost does not book twice. */
  let approval: { readonly revision: number; readonly requestId: string } | null = null

  async function approve(note: string | null): Promise<boolean> {
    const revision = review.summary.value?.revision
    if (revision === undefined || !mayApprove.value) return false
    if (approval?.revision !== revision) approval = { revision, requestId: ids.next() }
    const ask = { ...approval, note }
    const done = await act(sync.review('approve', id, ask))
    if (done === null) return false
    approved.value = done.answer
    await review.load()
    return true
  }

  const late = shallowRef<readonly LateRow[]>([])
  async function loadLate(): Promise<void> {
    if (review.summary.value?.status !== 'closed') return
    const done = await trying(sync.review('late', id))
    if (done.ok) late.value = done.answer
  }
  async function settleLate(
    row: LateRow,
    verdict: 'accepted' | 'refused',
    reason: string,
  ): Promise<boolean> {
    const done = await act(sync.review('settleLate', id, row, verdict, reason))
    if (done === null) return false
    await loadLate()
    await review.load()
    return true
  }

  async function correct(row: ReviewRow, quantity: Micro, reason: string): Promise<boolean> {
    const ask = { requestId: ids.next(), productId: row.productId, quantity, reason }
    const done = await act(sync.review('correct', id, ask))
    if (done !== null) await review.load()
    return done !== null
  }

  async function trail(row: ReviewRow): Promise<ProductTrail | null> {
    const done = await trying(sync.review('trail', id, row.productId))
    return done.ok ? done.answer : null
  }

  const isClosed = computed(() => {
    const status = review.summary.value?.status
    return status === 'closed' || status === 'cancelled'
  })
  const isBlocked = computed(() => {
    const summary = review.summary.value
    if (summary === null) return true
    return (
      summary.unsent.some((it) => it.waivedBecause === null) ||
      (summary.unmatched.rows > 0 && !summary.unmatched.isWaived) ||
      summary.sessions.some((it) => it.status === 'created' || it.status === 'assigned')
    )
  })
  /** Nothing is approved before every page has provably come, and everything in it is decided. Rule: RV24. */
  const mayApprove = computed(
    () =>
      review.isComplete.value &&
      !isBlocked.value &&
      !isClosed.value &&
      !bulk.isBusy.value &&
      !all.value.some(needsPerson),
  )

  return {
    review,
    bulk,
    search,
    filter,
    sort,
    threshold,
    over,
    counts,
    totals,
    shown,
    active,
    activeId,
    selected,
    targets,
    problem,
    lastFailure,
    isBusy,
    recountWords,
    approved,
    late,
    isClosed,
    isBlocked,
    mayApprove,
    move,
    toggle,
    toggleAll,
    decide,
    edit,
    undoLast,
    recount,
    waive,
    actOnSession,
    approve,
    loadLate,
    settleLate,
    correct,
    trail,
  }
}
