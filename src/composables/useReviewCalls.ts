// The calls of a review besides single decisions: recounts, waivers, sessions, approval, and what comes after it.
import { ref, shallowRef, type Ref } from 'vue'
import type { CycleCountId } from '../domain/ids'
import type { Micro } from '../domain/quantity'
import type { ReviewRow, VarianceSuggestion } from '../domain/review'
import type { ApproveResult, ProductTrail, ReviewSession } from '../ports/review'
import type { Outcome } from '../worker/protocol'
import type { Services } from './services'
import type { SessionAct } from './session-words'
import { trying } from './trying'
import { useLateTray } from './useLateTray'
import { useRecounts } from './useRecounts'
import type { Review } from './useReview'
import { failureWords, type ShownFailure } from './words'

/** Why a reopening is undone: the trail of audit wants a reason, and a button asks for none. */
const UNDONE = 'Opened again by mistake'

/** One call at a time, with its failure in words. */
function useCall() {
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

  return { problem, lastFailure, isBusy, act }
}

export type Act = ReturnType<typeof useCall>['act']

interface Deps {
  readonly services: Pick<Services, 'sync' | 'ids'>
  readonly review: Review
  readonly id: CycleCountId
  /** Everything has come and is decided. */
  readonly mayApprove: Readonly<Ref<boolean>>
}

export function useReviewCalls(deps: Deps) {
  const call = useCall()
  return { ...call, ...useBefore(deps, call.act), ...useAfterwards(deps, call.act), tray: useLateTray(deps, call.act) }
}

function useBefore({ services: { sync, ids }, review, id, mayApprove }: Deps, act: Act) {
  const recounts = useRecounts({ services: { sync, ids }, review, id }, act)

  async function waive(subject: string, reason: string): Promise<boolean> {
    const done = await act(sync.review('waive', id, subject, reason))
    if (done !== null) await review.load()
    return done !== null
  }

  async function actOnSession(
    session: ReviewSession,
    action: SessionAct,
    reason: string,
  ): Promise<boolean> {
    const done = await act(sync.review('actOnSession', id, session.sessionId, action, reason))
    if (done === null) return false
    reopened.value = action === 'reopen' ? session : null
    await review.load()
    return true
  }

  /** Opened again just now: it can be undone until something else is done, or somebody goes on in it. */
  const reopened = shallowRef<ReviewSession | null>(null)

  async function undoReopening(): Promise<void> {
    const session = reopened.value
    if (session === null) return
    const done = await act(sync.review('actOnSession', id, session.sessionId, 'undo-reopen', UNDONE))
    if (done !== null) reopened.value = null
    await review.load()
  }

  async function reopenCount(reason: string): Promise<boolean> {
    const done = await act(sync.review('reopenCount', id, reason))
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
    recounts.forget()
    await review.load()
    return true
  }

  return { ...recounts, waive, actOnSession, reopened, undoReopening, reopenCount, approved, approve }
}

function useAfterwards({ services: { sync, ids }, review, id }: Deps, act: Act) {
  async function correct(row: ReviewRow, quantity: Micro, reason: string): Promise<boolean> {
    const ask = { requestId: ids.next(), productId: row.productId, quantity, reason }
    const done = await act(sync.review('correct', id, ask))
    if (done !== null) await review.load()
    return done !== null
  }

  async function addNote(row: ReviewRow, note: string): Promise<boolean> {
    const done = await act(sync.review('note', id, row.productId, note))
    // Nothing that is shown has changed: only the revision is another one.
    if (done !== null) review.patch([], done.answer, 1)
    return done !== null
  }

  async function trail(row: ReviewRow): Promise<ProductTrail | null> {
    const done = await trying(sync.review('trail', id, row.productId))
    return done.ok ? done.answer : null
  }

  /** @returns its id; null when it failed: `problem` says why */
  async function sendPhoto(row: ReviewRow, photo: Blob): Promise<string | null> {
    const bytes = new Uint8Array(await photo.arrayBuffer())
    const done = await act(sync.review('sendPhoto', id, row.productId, { bytes, type: photo.type }))
    return done?.answer ?? null
  }

  async function photo(row: ReviewRow, photoId: string): Promise<Blob | null> {
    const done = await trying(sync.review('photo', id, row.productId, photoId))
    return done.ok ? new Blob([done.answer.bytes], { type: done.answer.type }) : null
  }

  async function explain(row: ReviewRow): Promise<readonly VarianceSuggestion[] | null> {
    const done = await trying(sync.review('explain', id, row.productId))
    return done.ok ? done.answer : null
  }

  return { correct, addNote, trail, explain, sendPhoto, photo }
}
