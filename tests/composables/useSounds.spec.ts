import type { EffectScope } from 'vue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import type { SoundName } from '../../src/composables/sounds'
import type { Sounds } from '../../src/composables/useSounds'
import { SOUNDS } from '../../src/composables/sounds'
import { useSounds } from '../../src/composables/useSounds'

const NAMES: readonly SoundName[] = ['counted', 'undirected', 'unmatched', 'refused', 'partial']

interface Played {
  readonly hz: number
  readonly startsAt: number
  stopsAt: number
}

/** As much of an AudioContext as the sounds use. Starts suspended; runs when resumed inside a gesture. */
class FakeContext extends EventTarget {
  state = 'suspended'
  currentTime = 10
  readonly destination = {}
  readonly played: Played[] = []
  isGesture = true

  resume(): Promise<void> {
    if (this.isGesture) this.become('running')
    return Promise.resolve()
  }

  close(): Promise<void> {
    this.become('closed')
    return Promise.resolve()
  }

  become(state: string): void {
    this.state = state
    this.dispatchEvent(new Event('statechange'))
  }

  createGain(): unknown {
    const gain = {
      value: 0,
      setValueAtTime: () => gain,
      linearRampToValueAtTime: () => gain,
      setTargetAtTime: () => gain,
    }
    return { gain, connect: (it: unknown) => it, disconnect: () => undefined }
  }

  createOscillator(): unknown {
    const { played } = this
    const frequency = { value: 0 }
    let tone: Played | undefined
    return {
      frequency,
      type: 'sine',
      connect: (it: unknown) => it,
      addEventListener: () => undefined,
      start: (startsAt: number) =>
        played.push((tone = { hz: frequency.value, startsAt, stopsAt: Infinity })),
      stop: (at: number) => tone !== undefined && (tone.stopsAt = Math.min(tone.stopsAt, at)),
    }
  }
}

let scope: EffectScope
let context: FakeContext
let sounds: Sounds
const isOn = ref(true)

beforeEach(() => {
  isOn.value = true
  context = new FakeContext()
  scope = effectScope()
  scope.run(() => {
    sounds = useSounds({
      isOn: () => isOn.value,
      onProblem: (problem) => expect.unreachable(String(problem)),
      createContext: () => context as unknown as AudioContext,
    })
  })
})

afterEach(() => scope.stop())

function tap(): void {
  window.dispatchEvent(new Event('pointerdown'))
}

describe('sounds', () => {
  it('[WD31] tell the five outcomes apart by number of tones, direction and pitch', () => {
    const shapes = NAMES.map((name) => {
      const [first, ...rest] = SOUNDS[name]
      return `${rest.length + 1} ${Math.sign((rest[0]?.hz ?? 0) - (first?.hz ?? 0))} ${Math.round((first?.hz ?? 0) / 300)}`
    })

    expect(new Set(shapes).size).toBe(5)
    expect(SOUNDS.counted.reduce((sum, it) => sum + it.ms, 0)).toBeLessThan(100)
  })

  it('[WD32] ask for a tap first, and begin with any tap or key', () => {
    expect([sounds.state.value, sounds.play('counted')]).toEqual(['needs-tap', false])

    tap()

    expect([sounds.state.value, sounds.play('counted')]).toEqual(['ready', true])
    expect(context.played.map((it) => it.hz)).toEqual([1760])
  })

  it('[WD32] say so when another app has taken the sound away, and come back with the next key', () => {
    tap()
    context.become('interrupted')
    expect([sounds.state.value, sounds.play('refused')]).toEqual(['needs-tap', false])

    window.dispatchEvent(new Event('keydown'))

    expect(sounds.state.value).toBe('ready')
  })

  it('[WD40] begin without another tap where the page was touched before, and ask for one where that is not enough', () => {
    let isGestureAtStart = true
    const begin = () => {
      context = new FakeContext()
      context.isGesture = isGestureAtStart
      const made = scope.run(() =>
        useSounds({
          isOn: () => true,
          onProblem: (problem) => expect.unreachable(String(problem)),
          hasBeenTouched: () => true,
          createContext: () => context as unknown as AudioContext,
        }),
      )
      return made?.state.value
    }
    expect(begin()).toBe('ready')
    isGestureAtStart = false
    expect(begin()).toBe('needs-tap')
  })

  it('[WD33] cut the last sound short for the next one, but never a refusal', () => {
    tap()
    sounds.play('unmatched')
    sounds.play('refused')
    sounds.play('counted')

    expect(context.played.slice(0, 2).every((it) => it.stopsAt < 10.05)).toBe(true)
    expect(context.played.slice(2, 5).at(-1)?.stopsAt).toBeCloseTo(10.62)
  })

  it('[WD34] keep quiet when they are switched off', async () => {
    tap()
    isOn.value = false
    await nextTick()

    expect([sounds.state.value, sounds.play('counted')]).toEqual(['off', false])
    expect(context.played).toEqual([])
  })

  it('[WD34] let the device go with their scope', () => {
    tap()
    scope.stop()

    expect(context.state).toBe('closed')
  })
})
