// Plays the five outcomes with Web Audio, and says when the browser wants a tap before it lets any sound out.
import type { Ref } from 'vue'
import { onScopeDispose, readonly, ref, watch } from 'vue'
import type { SoundName, Tone } from './sounds'
import { SOUNDS } from './sounds'
import { listen } from './useScanFieldFocus'

/**
 * - `off`: by the setting
 * - `ready`: the next outcome will be heard
 * - `needs-tap`: the browser keeps quiet until somebody touches the screen or a key: say "Tap for sound"
 * - `unavailable`: no Web Audio here
 */
type SoundState = 'off' | 'ready' | 'needs-tap' | 'unavailable'

export interface SoundOptions {
  readonly isOn: () => boolean
  /** 0 to 1; left out: full. */
  readonly volume?: () => number
  /** A refused resume; the next tap tries again. */
  readonly onProblem: (problem: unknown) => void
  /** Whether somebody has touched this page before: then sound may be allowed at once. Left out: the browser's word. */
  readonly hasBeenTouched?: () => boolean
  /** Left out: the browser's; null where there is none. */
  readonly createContext?: () => AudioContext | null
}

export interface Sounds {
  readonly state: Readonly<Ref<SoundState>>
  /** @returns whether it will be heard. Colour and words tell the outcome in any case */
  readonly play: (name: SoundName) => boolean
  /** Only inside a tap or key press does the browser let sound begin; every one of them tries by itself. */
  readonly unlock: () => void
}

/** Full level would clip when sounds meet. */
const HEADROOM = 0.5
/** A tone that starts or stops at once clicks. */
const RAMP_S = 0.005

/**
 * Needs an effect scope; the audio device is let go with it. The context may be taken away at any time (a call,
 * another app): iPadOS then says `interrupted`, and only a gesture brings it back.
 */
export function useSounds(options: SoundOptions): Sounds {
  const { isOn, onProblem, volume = () => 1, hasBeenTouched = wasTouched, createContext = createBrowserContext } = options
  const state = ref<SoundState>('needs-tap')
  let context: AudioContext | null = null
  let isUnavailable = false
  let stopLast: (() => void) | null = null

  function look(): void {
    if (!isOn()) state.value = 'off'
    else if (isUnavailable) state.value = 'unavailable'
    else state.value = context?.state === 'running' ? 'ready' : 'needs-tap'
  }

  function unlock(): void {
    if (!isOn() || isUnavailable) return
    if (context === null) {
      context = createContext()
      isUnavailable = context === null
      context?.addEventListener('statechange', look)
    }
    if (context !== null && context.state !== 'running') context.resume().then(look, onProblem)
    look()
  }

  function play(name: SoundName): boolean {
    look()
    if (context === null || state.value !== 'ready') return false
    // The newest outcome counts: sounds that run into each other tell nothing. A refusal is heard to its end.
    stopLast?.()
    const stop = playTones(context, SOUNDS[name], Math.min(1, Math.max(0, volume())) * HEADROOM)
    stopLast = name === 'refused' ? null : stop
    return true
  }

  const listeners = [
    listen(window, 'pointerdown', unlock, true),
    listen(window, 'keydown', unlock, true),
    listen(document, 'visibilitychange', look),
  ]
  const stopWatching = watch(isOn, look, { immediate: true })
  // The tap that led here: where that is enough, the first scan is heard, and nobody is asked for another. Rule: WD40
  if (hasBeenTouched()) unlock()
  onScopeDispose(() => {
    stopWatching()
    for (const stop of listeners) stop()
    context?.removeEventListener('statechange', look)
    context?.close().catch(onProblem)
  })

  return { state: readonly(state), play, unlock }
}

/** @returns how to cut it short */
function playTones(context: AudioContext, tones: readonly Tone[], volume: number): () => void {
  const master = context.createGain()
  master.gain.value = volume
  master.connect(context.destination)
  const oscillators = tones.map((tone) => startTone(context, master, tone))
  const last = oscillators.at(-1)
  // Nodes that stay connected add up over a day of scanning.
  last?.addEventListener('ended', () => master.disconnect())
  return () => {
    const at = context.currentTime
    master.gain.setTargetAtTime(0, at, RAMP_S)
    for (const oscillator of oscillators) oscillator.stop(at + RAMP_S * 4)
  }
}

function startTone(context: AudioContext, master: AudioNode, tone: Tone): OscillatorNode {
  const startsAt = context.currentTime + tone.startMs / 1000
  const endsAt = startsAt + tone.ms / 1000
  const oscillator = context.createOscillator()
  oscillator.type = tone.shape
  oscillator.frequency.value = tone.hz
  const envelope = context.createGain()
  envelope.gain.setValueAtTime(0, startsAt)
  envelope.gain.linearRampToValueAtTime(tone.level, startsAt + RAMP_S)
  envelope.gain.setValueAtTime(tone.level, endsAt - RAMP_S)
  envelope.gain.linearRampToValueAtTime(0, endsAt)
  oscillator.connect(envelope).connect(master)
  oscillator.start(startsAt)
  oscillator.stop(endsAt)
  return oscillator
}

function wasTouched(): boolean {
  // Not in every browser that we run in, whatever the types say.
  return 'userActivation' in navigator && navigator.userActivation.hasBeenActive
}

function createBrowserContext(): AudioContext | null {
  return 'AudioContext' in window ? new AudioContext({ latencyHint: 'interactive' }) : null
}
