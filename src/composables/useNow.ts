// The time of day for words like "due today": moves on every half minute.
import { onScopeDispose, ref, type Ref } from 'vue'
import { useServices } from './services'

const STEP_MS = 30_000

export function useNow(): Readonly<Ref<number>> {
  const { clock } = useServices()
  const now = ref(clock.now())
  const timer = setInterval(() => (now.value = clock.now()), STEP_MS)
  onScopeDispose(() => clearInterval(timer))
  return now
}
