// A value read from the device's database that follows the database. For single rows and short ranges only.
import { liveQuery, type Subscription } from 'dexie'
import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue'

export interface LiveRead<T> {
  /** `undefined` until the first answer. */
  readonly value: Readonly<ShallowRef<T | undefined>>
  /** The words of the last failure; null while all is well. */
  readonly problem: Readonly<Ref<string | null>>
  /** Ask again now: live queries can die without an error on a dead connection. */
  readonly refresh: () => void
}

/** Follow what `read` returns. Asks again whenever the app comes back to the foreground. */
export function useLiveRead<T>(read: () => Promise<T>): LiveRead<T> {
  const value = shallowRef<T>()
  const problem = ref<string | null>(null)
  let subscription: Subscription | undefined

  function subscribe(): void {
    subscription?.unsubscribe()
    subscription = liveQuery(read).subscribe({
      next: (next) => {
        value.value = next
        problem.value = null
      },
      error: (error: unknown) => {
        problem.value = error instanceof Error ? error.message : String(error)
      },
    })
  }

  function refreshWhenVisible(): void {
    if (document.visibilityState === 'visible') subscribe()
  }

  subscribe()
  document.addEventListener('visibilitychange', refreshWhenVisible)
  window.addEventListener('pageshow', refreshWhenVisible)
  onScopeDispose(() => {
    subscription?.unsubscribe()
    document.removeEventListener('visibilitychange', refreshWhenVisible)
    window.removeEventListener('pageshow', refreshWhenVisible)
  })
  return { value, problem, refresh: subscribe }
}
