// Speaks the new total of a line behind the sound of its scan, for whoever looks at the shelf. Off unless it is wanted.
import { onScopeDispose, readonly, ref, watch, type Ref } from 'vue'
import type { Micro } from '../domain/quantity'
import type { Speech } from '../ports/speech'
import { createBrowserSpeech } from './browser-speech'
import { formatQuantity } from './format'

/** The sound comes first, and a scanner that is quicker than a voice is answered once it rests. */
const BEHIND_SOUND_MS = 250

/** `off`: by the setting; `unavailable`: there is no voice here, or it could not be heard last time. */
type SpokenTotalState = 'off' | 'ready' | 'unavailable'

export interface SpokenTotal {
  readonly state: Readonly<Ref<SpokenTotalState>>
  /** The newest answer: what is being said gives way. @param total null where there is nothing to say */
  readonly tell: (total: Micro | null) => void
}

interface SpokenTotalOptions {
  readonly isOn: () => boolean
  /** Left out: the browser's; null where there is none. */
  readonly createSpeech?: () => Speech | null
}

/** Needs an effect scope. Rule: UI60 */
export function useSpokenTotal({ isOn, createSpeech = createBrowserSpeech }: SpokenTotalOptions): SpokenTotal {
  const state = ref<SpokenTotalState>('off')
  let speech: Speech | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  function hush(): void {
    clearTimeout(timer)
    speech?.stop()
  }

  function tell(total: Micro | null): void {
    if (!isOn() || speech === null) return
    hush()
    if (total === null) return
    // Refused once is not refused for ever: before the first tap no browser speaks.
    timer = setTimeout(() => speech?.say(formatQuantity(total), follow), BEHIND_SOUND_MS)
  }

  function follow(isHeard: boolean): void {
    if (isOn()) state.value = isHeard ? 'ready' : 'unavailable'
  }

  watch(
    isOn,
    (isWanted) => {
      hush()
      if (isWanted) speech ??= createSpeech()
      if (!isWanted) state.value = 'off'
      else state.value = speech === null ? 'unavailable' : 'ready'
    },
    { immediate: true },
  )
  onScopeDispose(hush)

  return { state: readonly(state), tell }
}
