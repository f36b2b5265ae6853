// Tells a screen reader what was counted, politely: scans that come fast are told together.
import { onScopeDispose, ref, type Ref } from 'vue'

/** Silence after which what came in is told. */
const QUIET_MS = 700
/** A steady stream of scans is told at least this often. */
const LONGEST_MS = 3000

export interface Announcer {
  /** What the live region says now. */
  readonly told: Readonly<Ref<string>>
  /** @param sentence ready to be read out */
  readonly tell: (sentence: string) => void
}

/** Groups sentences: one is told as it is, more as their number and the last. Rule: UI10. */
export function useAnnouncer(): Announcer {
  const told = ref('')
  let waiting: string[] = []
  let quiet: ReturnType<typeof setTimeout> | undefined
  let longest: ReturnType<typeof setTimeout> | undefined

  function flush(): void {
    clearTimeout(quiet)
    clearTimeout(longest)
    longest = undefined
    const last = waiting.at(-1)
    if (last !== undefined) told.value = waiting.length === 1 ? last : `${waiting.length} scans. Last: ${last}`
    waiting = []
  }

  function tell(sentence: string): void {
    waiting.push(sentence)
    clearTimeout(quiet)
    quiet = setTimeout(flush, QUIET_MS)
    longest ??= setTimeout(flush, LONGEST_MS)
  }

  onScopeDispose(() => {
    clearTimeout(quiet)
    clearTimeout(longest)
  })
  return { told, tell }
}
