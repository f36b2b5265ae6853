// Taking a session over from another device: looked at first, then taken. Whoever thinks better of it has taken nothing.
import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import type { CountSession, PendingElsewhere } from '../domain/session'
import type { SyncWorkerApi } from '../worker/protocol'
import { trying } from './trying'
import { failureWords } from './words'

export interface TakeOver {
  /** The question is on screen. */
  readonly isOpen: Ref<boolean>
  /** What the other device has not sent; empty until it was looked at. */
  readonly pending: Readonly<ShallowRef<readonly PendingElsewhere[]>>
  readonly isBusy: Readonly<Ref<boolean>>
  /** Why it did not work. */
  readonly problem: Readonly<Ref<string | null>>
  /** What became of a session that was taken when somebody cancelled; null as a rule. */
  readonly aftermath: Readonly<Ref<string | null>>
  readonly ask: (session: CountSession) => void
  readonly goOn: () => Promise<void>
}

export interface TakeOverDeps {
  readonly sync: Pick<SyncWorkerApi, 'lookAtSession' | 'openSession' | 'leaveSession'>
  /** It is ours now, and still wanted. */
  readonly onTaken: (session: CountSession) => void
  /** Who holds what has changed without that. */
  readonly onGivenBack: () => void
}

/** Needs an effect scope: a page that is left has cancelled. Rules: UI11, UI56 */
export function useTakeOver({ sync, onTaken, onGivenBack }: TakeOverDeps): TakeOver {
  const isOpen = ref(false)
  const pending = shallowRef<readonly PendingElsewhere[]>([])
  const isBusy = ref(false)
  const problem = ref<string | null>(null)
  const aftermath = ref<string | null>(null)
  /** One object for each time it was asked: cancelled and asked again is another question. */
  const asked = shallowRef<{ readonly session: CountSession } | null>(null)
  let isGone = false
  onScopeDispose(() => {
    isOpen.value = false
    isGone = true
  })

  function ask(session: CountSession): void {
    asked.value = { session }
    pending.value = []
    problem.value = null
    aftermath.value = null
    isOpen.value = true
  }

  async function goOn(): Promise<void> {
    const question = asked.value
    if (question === null || isBusy.value) return
    const isWanted = (): boolean => isOpen.value && asked.value === question
    isBusy.value = true
    try {
      if (pending.value.length === 0 && !(await look(question.session, isWanted))) return
      await take(question.session, isWanted)
    } finally {
      isBusy.value = false
    }
  }

  /** @returns whether it may be taken without showing anything before */
  async function look({ sessionId }: CountSession, isWanted: () => boolean): Promise<boolean> {
    const outcome = await trying(sync.lookAtSession(sessionId))
    if (!isWanted()) return false
    if (!outcome.ok) {
      problem.value = failureWords(outcome)
      return false
    }
    pending.value = outcome.pendingElsewhere.filter((it) => it.unsentScans > 0)
    return pending.value.length === 0
  }

  async function take(session: CountSession, isWanted: () => boolean): Promise<void> {
    const outcome = await trying(sync.openSession({ sessionId: session.sessionId, takeOver: true }))
    if (!isWanted()) {
      if (outcome.ok) await giveBack(session)
      return
    }
    if (!outcome.ok) {
      problem.value = failureWords(outcome)
      return
    }
    isOpen.value = false
    onTaken(session)
  }

  /** The lock was on its way when somebody cancelled. The other device has lost it: that is said. */
  async function giveBack({ sessionId, name }: CountSession): Promise<void> {
    try {
      await sync.leaveSession(sessionId)
      aftermath.value = `${name} was taken over before you cancelled. It is free again: open it anew on the other device.`
    } catch {
      // Nobody renews it.
      aftermath.value = `${name} was taken over before you cancelled. It is free again within a few minutes.`
    }
    if (!isGone) onGivenBack()
  }

  return { isOpen, pending, isBusy, problem, aftermath, ask, goOn }
}
