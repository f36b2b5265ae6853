// Keeps the screen on while somebody counts.
import type { Ref } from 'vue'
import { onScopeDispose, readonly, ref, watch } from 'vue'
import { listen } from './useScanFieldFocus'

export interface WakeLockOptions {
  /** Counting is going on. */
  readonly isWanted: () => boolean
  /** Low battery, no permission: counting goes on with a screen that may sleep. */
  readonly onProblem: (problem: unknown) => void
  /** navigator.wakeLock; undefined where the browser has none. */
  readonly wakeLock: Pick<WakeLock, 'request'> | undefined
}

/**
 * Hold a screen wake lock while it is wanted and the page is visible: the system takes it away when the page is
 * hidden, so it is asked for again each time the page returns. Ends with the scope.
 * @returns whether the screen is kept on right now
 */
export function useWakeLock({
  isWanted,
  onProblem,
  wakeLock,
}: WakeLockOptions): Readonly<Ref<boolean>> {
  const isHeld = ref(false)
  let sentinel: WakeLockSentinel | null = null
  let isAsking = false
  let isOver = false

  function mayHold(): boolean {
    return !isOver && isWanted() && document.visibilityState === 'visible'
  }

  async function hold(): Promise<void> {
    if (wakeLock === undefined || isAsking || isHeld.value || !mayHold()) return
    isAsking = true
    try {
      const held = await wakeLock.request('screen')
      sentinel = held
      isHeld.value = !held.released
      held.addEventListener('release', () => {
        if (sentinel === held) sentinel = null
        isHeld.value = sentinel !== null
      })
    } catch (problem) {
      onProblem(problem)
    } finally {
      isAsking = false
    }
    // Wanted no more while the system thought about it.
    if (!mayHold()) await letGo()
  }

  async function letGo(): Promise<void> {
    const held = sentinel
    sentinel = null
    isHeld.value = false
    await held?.release()
  }

  function renew(): void {
    const done = mayHold() ? hold() : letGo()
    done.catch(onProblem)
  }

  const stopListening = listen(document, 'visibilitychange', renew)
  watch(isWanted, renew, { immediate: true })
  onScopeDispose(() => {
    isOver = true
    stopListening()
    renew()
  })
  return readonly(isHeld)
}
