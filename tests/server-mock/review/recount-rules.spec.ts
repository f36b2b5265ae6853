// When the rules ask and when they take back, as they decide it: no server, no database.
import { describe, expect, it } from 'vitest'
import {
  isUnanswered,
  recallReason,
  wantsRecount,
  type AskInput,
} from '../../../server-mock/rules/recounts-by-rule'
import type { LadderState } from '../../../src/domain/review'

const ask = (over: Partial<AskInput> = {}): boolean =>
  wantsRecount({
    rung: { state: 'recount' },
    isDecided: false,
    isRequested: true,
    round: 1,
    isHard: false,
    isAnyOpen: false,
    ...over,
  })

describe('what the rules ask for', () => {
  it('[RL16] is what wants a recount and nothing else', () => {
    const states: readonly LadderState[] = [
      'uncounted',
      'not-found',
      'counting',
      'accepted',
      'recounting',
      'supervisor',
    ]
    expect(ask()).toBe(true)
    expect(states.filter((state) => ask({ rung: { state } }))).toEqual([])
  })

  it('[RL17] is not what a person has decided, and no fourth recount', () => {
    expect(ask({ isDecided: true })).toBe(false)
    expect([1, 2, 3, 4].filter((round) => ask({ round }))).toEqual([1, 2, 3])
  })

  it('[RL17] is asked for once for a judgement: whatever a person did with it answers it, calling off by the rules does not', () => {
    const by = ['rules', 'sam']
    expect(isUnanswered(null)).toBe(true)
    expect(by.map((it) => isUnanswered({ action: 'judged', by: it }))).toEqual([true, true])
    expect(by.map((it) => isUnanswered({ action: 'recount-sent', by: it }))).toEqual([false, false])
    expect(by.map((it) => isUnanswered({ action: 'recount-cancelled', by: it }))).toEqual([
      true,
      false,
    ])
  })

  it('[RL18] waits while a session is open that may still find it', () => {
    const open = { isAnyOpen: true }
    expect(ask(open)).toBe(true)
    expect(ask({ ...open, isRequested: false })).toBe(false)
    expect(ask({ ...open, isHard: true })).toBe(false)
    expect(ask({ isRequested: false, isHard: true })).toBe(true)
  })

  it('[RL19] is taken back for a reason that can be said, and for none while it is wanted', () => {
    const because = (
      state: LadderState,
      why: 'beyond-tolerance' | 'no-variance' | 'counted-later' | null = null,
    ) => recallReason({ state, why, round: null })
    expect(because('recount', 'beyond-tolerance')).toBeNull()
    expect(because('counting')).toBe('opened-again')
    expect(because('uncounted')).toBe('count-gone')
    expect(because('accepted', 'no-variance')).toBe('no-variance')
    expect(because('supervisor', 'counted-later')).toBe('counted-later')
  })
})
