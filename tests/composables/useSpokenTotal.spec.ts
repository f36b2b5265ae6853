// The spoken total: behind the sound, the newest only, off unless wanted, and silent where there is no voice.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, ref, type EffectScope } from 'vue'
import { createBrowserSpeech } from '../../src/composables/browser-speech'
import { useSpokenTotal } from '../../src/composables/useSpokenTotal'
import { unitsOf } from '../../src/domain/quantity'
import type { Speech } from '../../src/ports/speech'

let scope: EffectScope
beforeEach(() => {
  vi.useFakeTimers()
  scope = effectScope()
})
afterEach(() => {
  scope.stop()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function begin(isWanted = true, hasVoice = true) {
  const heard: string[] = []
  const isOn = ref(isWanted)
  let over: (isHeard: boolean) => void = () => undefined
  const voice: Speech = {
    say: (text, onOver) => {
      heard.push(text)
      over = onOver
    },
    stop: () => heard.push('stop'),
  }
  const made = scope.run(() => useSpokenTotal({ isOn: () => isOn.value, createSpeech: () => (hasVoice ? voice : null) }))
  if (made === undefined) throw new Error('no scope')
  heard.length = 0
  return { spoken: made, heard, isOn, end: (isHeard: boolean) => over(isHeard) }
}

describe('the spoken total', () => {
  it('[UI60] comes behind the sound, and of a quick row of scans only the newest', () => {
    const { spoken, heard } = begin()
    for (const units of [1, 2, 3]) {
      spoken.tell(unitsOf(units))
      vi.advanceTimersByTime(100)
    }
    expect(heard.filter((it) => it !== 'stop')).toEqual([])
    vi.advanceTimersByTime(1000)
    expect(heard.filter((it) => it !== 'stop')).toEqual(['3'])
  })

  it('[UI60] gives way to the next answer at once, also where that has no total', () => {
    const { spoken, heard } = begin()
    spoken.tell(unitsOf(12))
    vi.advanceTimersByTime(1000)
    heard.length = 0
    spoken.tell(null)
    expect(heard).toEqual(['stop'])
    vi.advanceTimersByTime(1000)
    expect(heard).toEqual(['stop'])
  })

  it('[UI60] is silent while it is off, and stops when it is switched off or the session is left', async () => {
    const { spoken, heard, isOn } = begin(false)
    spoken.tell(unitsOf(1))
    vi.advanceTimersByTime(1000)
    expect([spoken.state.value, heard]).toEqual(['off', []])
    isOn.value = true
    await nextTick()
    spoken.tell(unitsOf(2))
    isOn.value = false
    await nextTick()
    vi.advanceTimersByTime(1000)
    expect(heard).not.toContain('2')
    isOn.value = true
    await nextTick()
    spoken.tell(unitsOf(3))
    scope.stop()
    vi.advanceTimersByTime(1000)
    expect(heard).not.toContain('3')
  })

  it('[UI60] is known as unavailable where there is no voice or it could not be heard, and tried again', () => {
    expect(begin(true, false).spoken.state.value).toBe('unavailable')
    const { spoken, end } = begin()
    expect(spoken.state.value).toBe('ready')
    spoken.tell(unitsOf(1))
    vi.advanceTimersByTime(1000)
    end(false)
    expect(spoken.state.value).toBe('unavailable')
    spoken.tell(unitsOf(2))
    vi.advanceTimersByTime(1000)
    end(true)
    expect(spoken.state.value).toBe('ready')
  })
})

describe('the voice of a browser', () => {
  it('[UI60] is none where the browser has none', () => {
    expect(createBrowserSpeech()).toBeNull()
  })

  it('[UI60] says one thing at a time; what gave way is no failure', () => {
    class Utterance extends EventTarget {
      lang = ''
      constructor(readonly text: string) {
        super()
      }
    }
    const calls: string[] = []
    const utterances: Utterance[] = []
    vi.stubGlobal('SpeechSynthesisUtterance', Utterance)
    vi.stubGlobal('speechSynthesis', {
      cancel: () => calls.push('cancel'),
      speak: (it: Utterance) => {
        utterances.push(it)
        calls.push(`speak ${it.text} ${it.lang}`)
      },
    })
    const told: boolean[] = []
    const speech = createBrowserSpeech()
    speech?.say('12', (isHeard) => told.push(isHeard))
    expect(calls).toEqual(['cancel', 'speak 12 en'])
    for (const error of ['interrupted', 'canceled', 'not-allowed'])
      utterances[0]?.dispatchEvent(Object.assign(new Event('error'), { error }))
    utterances[0]?.dispatchEvent(new Event('end'))
    expect(told).toEqual([false, true])
  })
})
