// The look at the count while its submit is asked about: follows the scans behind the dialog, and says when it failed.
import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { CountingDesk, SubmitCheck } from '../ports/counting'
import { coalesced } from './coalesced'

/** A look reads every line of the session: while scans come in, not more often than this. */
const LOOK_AGAIN_MS = 500

export interface SubmitLook {
  /** null while it is being looked at for the first time. */
  readonly check: Readonly<ShallowRef<SubmitCheck | null>>
  /** The last look failed: what `check` says, if anything, may be old. */
  readonly isBroken: Readonly<Ref<boolean>>
  readonly lookAgain: () => void
}

/**
 * Needs an effect scope. Rules: UI54, UI55
 * @param isOpen the question is on screen; nothing is read without it
 * @param note where a failure is written down
 */
export function useSubmitCheck(
  desk: CountingDesk,
  isOpen: Readonly<Ref<boolean>>,
  note: (error: unknown) => void,
): SubmitLook {
  const check = shallowRef<SubmitCheck | null>(null)
  const isBroken = ref(false)
  /** Grows with each opening: what was read for an earlier one is not shown. */
  let opening = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  const look = coalesced(async () => {
    if (!isOpen.value) return
    const mine = opening
    try {
      const found = await desk.submitCheck()
      if (mine !== opening) return
      check.value = found
      isBroken.value = false
    } catch (error) {
      note(error)
      if (mine === opening) isBroken.value = true
    }
  })

  function stopWaiting(): void {
    clearTimeout(timer)
    timer = undefined
  }

  function lookSoon(): void {
    if (!isOpen.value) return
    timer ??= setTimeout(() => {
      timer = undefined
      look()
    }, LOOK_AGAIN_MS)
  }

  watch(
    isOpen,
    (opens) => {
      stopWaiting()
      if (!opens) return
      opening += 1
      check.value = null
      isBroken.value = false
      look()
    },
    { flush: 'sync' },
  )
  // Lines that changed elsewhere, what was matched and what was sent: the desk tells of all of it.
  const stopListening = desk.onChange((what) => {
    if (what !== 'health') lookSoon()
  })
  onScopeDispose(() => {
    stopListening()
    stopWaiting()
  })

  return { check, isBroken, lookAgain: look }
}
