// What a screen reader hears when scans come fast.
import { effectScope } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { useAnnouncer } from '../../src/composables/useAnnouncer'

describe('useAnnouncer', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('[UI10] one scan is told as it is, a burst as its number and the last', () => {
    const announcer = effectScope().run(useAnnouncer)
    announcer?.tell('Counted: Tea')
    expect(announcer?.told.value).toBe('')
    vi.advanceTimersByTime(1000)
    expect(announcer?.told.value).toBe('Counted: Tea')

    for (const name of ['a', 'b', 'c']) announcer?.tell(name)
    vi.advanceTimersByTime(1000)
    expect(announcer?.told.value).toBe('3 scans. Last: c')
  })

  it('[UI10] a stream without a pause is still told now and then', () => {
    const announcer = effectScope().run(useAnnouncer)
    for (let index = 1; index <= 10; index++) {
      announcer?.tell(`scan ${index}`)
      vi.advanceTimersByTime(400)
    }
    expect(announcer?.told.value).toMatch(/^\d scans\. Last: scan \d$/)
  })
})
