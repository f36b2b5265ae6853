import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../src/domain/limits'
import { SEND_PAUSE_MAX_MS, sendPauseMs } from '../../src/sync/send-pause'

describe('the pause between two pushes', () => {
  it.each([
    [0, LIMITS.sendEveryMs],
    [30, LIMITS.sendEveryMs],
    [100, 1000],
    [250, 2500],
    [1000, SEND_PAUSE_MAX_MS],
    [15_000, SEND_PAUSE_MAX_MS],
    // A clock that ran backwards.
    [-5, LIMITS.sendEveryMs],
  ])('[WK68] behind a push of %i ms is %i ms', (lastPushMs, pauseMs) => {
    expect(sendPauseMs(LIMITS, lastPushMs)).toBe(pauseMs)
  })
})
