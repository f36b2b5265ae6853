// What the five outcomes sound like: told apart by number of tones, direction, pitch and timbre, also in a noisy hall.
import type { ScanOutcome } from '../ports/counting'

export type SoundName = ScanOutcome['kind'] | 'partial'

export interface Tone {
  /** From the beginning of the sound, ms. */
  readonly startMs: number
  readonly ms: number
  readonly hz: number
  readonly shape: 'sine' | 'triangle' | 'square'
  /** 0 to 1; square sounds louder than sine. */
  readonly level: number
}

/** Short enough that twenty scans a second stay apart; only what needs a person is longer. */
export const SOUNDS: Readonly<Record<SoundName, readonly Tone[]>> = {
  // One high, short tone: all is well.
  counted: [{ startMs: 0, ms: 70, hz: 1760, shape: 'sine', level: 0.8 }],
  // Two tones up: counted, but not asked for.
  undirected: [
    { startMs: 0, ms: 80, hz: 784, shape: 'triangle', level: 0.9 },
    { startMs: 90, ms: 120, hz: 1175, shape: 'triangle', level: 0.9 },
  ],
  // Two tones down: counted, but nobody knows what it is.
  unmatched: [
    { startMs: 0, ms: 110, hz: 988, shape: 'triangle', level: 0.9 },
    { startMs: 120, ms: 200, hz: 494, shape: 'triangle', level: 1 },
  ],
  // A low growl, three times: not counted, look here.
  refused: [
    { startMs: 0, ms: 140, hz: 165, shape: 'square', level: 0.6 },
    { startMs: 190, ms: 140, hz: 165, shape: 'square', level: 0.6 },
    { startMs: 380, ms: 240, hz: 131, shape: 'square', level: 0.6 },
  ],
  // Three quick ticks: something was cut off.
  partial: [
    { startMs: 0, ms: 35, hz: 660, shape: 'square', level: 0.4 },
    { startMs: 80, ms: 35, hz: 660, shape: 'square', level: 0.4 },
    { startMs: 160, ms: 35, hz: 660, shape: 'square', level: 0.4 },
  ],
}
