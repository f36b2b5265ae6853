import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../src/domain/limits'
import { SEND_PAUSE_MAX_MS, sendPauseMs, usualPushMs } from '../../src/sync/send-pause'

const never = (): number => {
  throw new Error('asked for a random number')
}

describe('the pause between two pushes', () => {
  it.each([
    [0, LIMITS.sendEveryMs],
    [30, LIMITS.sendEveryMs],
    [50, LIMITS.sendEveryMs],
    // A clock that ran backwards.
    [-5, LIMITS.sendEveryMs],
  ])('[WK68] behind a push of %i ms is %i ms', (lastPushMs, pauseMs) => {
    expect(sendPauseMs(LIMITS, lastPushMs, never)).toBe(pauseMs)
  })

  it.each([
    [75, 1000, 1500],
    [200, 2000, 4000],
    [1000, SEND_PAUSE_MAX_MS / 2, SEND_PAUSE_MAX_MS],
    [15_000, SEND_PAUSE_MAX_MS / 2, SEND_PAUSE_MAX_MS],
  ])(
    '[WK68] [WK69] behind a push of %i ms is drawn from %i to %i ms',
    (lastPushMs, shortest, longest) => {
      expect(sendPauseMs(LIMITS, lastPushMs, () => 0)).toBe(shortest)
      expect(sendPauseMs(LIMITS, lastPushMs, () => 1)).toBe(longest)
    },
  )

  it('[WK68] is the usual one from the first push on, however often the server is as quick', () => {
    expect(usualPushMs(0, 40)).toBe(40)
    expect(usualPushMs(40, 40)).toBe(40)
  })

  it('[WK68] grows by a part with one slow push, and is short again a few quick ones later', () => {
    let usualMs = usualPushMs(30, 20_000)
    expect(sendPauseMs(LIMITS, usualMs, () => 1)).toBeLessThan(SEND_PAUSE_MAX_MS / 2)
    for (let nth = 0; nth < 3; nth += 1) usualMs = usualPushMs(usualMs, 10)
    expect(sendPauseMs(LIMITS, usualMs, never)).toBe(LIMITS.sendEveryMs)
  })
})
