// What the review screen asks about before it acts: the question on screen, what an answer does, the note beside a product.
import { ref, watch } from 'vue'
import type { Micro } from '../domain/quantity'
import { isUncounted, type ReviewRow } from '../domain/review'
import type { LateRow, ReviewSession } from '../ports/review'
import { NOTHING_ASKED, type Asked } from './asked'
import {
  amountQuestion,
  cancelRecountQuestion,
  dearQuestion,
  lateQuestion,
  recountQuestion,
  reopenCountQuestion,
  sessionQuestion,
  waiverQuestion,
} from './review-questions'
import type { SessionAct } from './session-words'
import type { useReviewScreen } from './useReviewScreen'

type Screen = ReturnType<typeof useReviewScreen>
/** @returns false: the dialog stays, and says why */
type Answered = (reason: string, amount: Micro | null, photo: Blob | null) => Promise<boolean>
type Ask = (question: Asked, answered: Answered) => void

export function useReviewAsking(screen: Screen) {
  const { ask, ...question } = useQuestion(screen)
  return { ...question, ...useDeciding(screen, ask), ...useActing(screen, ask) }
}

function useQuestion(screen: Screen) {
  const isReasonOpen = ref(false)
  const asked = ref<Asked>(NOTHING_ASKED)
  let whenAnswered: Answered = async () => true

  function ask(question: Asked, answered: Answered): void {
    asked.value = question
    whenAnswered = answered
    screen.problem.value = null
    isReasonOpen.value = true
  }

  async function answer(reason: string, amount: Micro | null, photo: Blob | null): Promise<void> {
    if (await whenAnswered(reason, amount, photo)) isReasonOpen.value = false
  }

  return { isReasonOpen, asked, ask, answer }
}

function useDeciding(screen: Screen, ask: Ask) {
  /** Typed beside one product, it goes with the decision on that one. */
  const note = ref('')
  watch(
    () => screen.active.value?.productId,
    () => (note.value = ''),
  )

  /** The note, where the product that it was typed beside is decided alone. */
  function said(rows: readonly ReviewRow[]): { note: string | null } {
    const text = note.value.trim()
    const isItsOwn = rows.length === 1 && rows[0]?.productId === screen.active.value?.productId
    return { note: isItsOwn && text !== '' ? text : null }
  }

  function skip(rows = screen.targets.value): void {
    void screen.decide('skip', rows, said(rows))
  }

  function apply(rows = screen.targets.value): void {
    book('apply', rows)
  }

  /** Of a choice only what nobody counted. Rule: RV69. */
  function zero(rows = screen.targets.value): void {
    book('zero', rows.filter((it) => isUncounted(it) && it.decision === null))
  }

  /** One product above the money limit is asked about; many are left to the server, which names those it refuses. */
  function book(action: 'apply' | 'zero', rows: readonly ReviewRow[]): void {
    const [row] = rows
    if (row?.wantsPhoto !== true || rows.length > 1) return void screen.decide(action, rows, said(rows))
    ask(dearQuestion(row, action), (reason, _amount, photo) =>
      decideWithPhoto(screen, row, photo, (photoId) =>
        screen.decide(action, [row], { ...said([row]), reason, photoId }),
      ),
    )
  }

  function askEdit(row: ReviewRow): void {
    ask(amountQuestion(row, screen.isClosed.value), async (reason, amount, photo) => {
      if (amount === null) return false
      if (screen.isClosed.value) return screen.correct(row, amount, reason)
      return decideWithPhoto(screen, row, photo, (photoId) =>
        screen.edit(row, amount, { ...said([row]), reason, photoId }),
      )
    })
  }

  return { note, skip, apply, zero, askEdit }
}

/** @returns false when the picture could not be sent, or the decision was refused: the dialog stays and says why */
async function decideWithPhoto(
  screen: Screen,
  row: ReviewRow,
  photo: Blob | null,
  decide: (photoId: string | null) => Promise<void>,
): Promise<boolean> {
  const photoId = photo === null ? null : await screen.sendPhoto(row, photo)
  if (photo !== null && photoId === null) return false
  await decide(photoId)
  const refused = screen.bulk.last.value?.refused.find((it) => it.productId === row.productId)
  if (refused === undefined) return true
  screen.problem.value = refused.message
  return false
}

function useActing(screen: Screen, ask: Ask) {
  function askRecount(rows = screen.targets.value): void {
    if (rows.length === 0) return
    ask(recountQuestion(rows), async (reason) => {
      const isSent = await screen.recount(rows, reason)
      if (isSent) screen.selected.value = new Set()
      return isSent
    })
  }

  function askCancelRecount(row: ReviewRow): void {
    ask(cancelRecountQuestion(row), (reason) => screen.recount([row], reason, true))
  }

  function askWaiver(subject: string, what: string): void {
    ask(waiverQuestion(what), (reason) => screen.waive(subject, reason))
  }

  function askSession(session: ReviewSession, action: SessionAct): void {
    ask(sessionQuestion(session, action), (reason) => screen.actOnSession(session, action, reason))
  }

  function askReopenCount(): void {
    ask(reopenCountQuestion(screen.review.summary.value?.name ?? ''), screen.reopenCount)
  }

  function askLate(row: LateRow, verdict: 'accepted' | 'refused'): void {
    ask(lateQuestion(row, verdict), (reason) => screen.tray.settle(row, verdict, reason))
  }

  return { askRecount, askCancelRecount, askWaiver, askSession, askReopenCount, askLate }
}
