import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { effectScope, ref } from 'vue'
import type { EffectScope, Ref } from 'vue'
import { useWakeLock } from '../../src/composables/useWakeLock'

class FakeSentinel extends EventTarget {
  released = false
  release(): Promise<void> {
    this.released = true
    this.dispatchEvent(new Event('release'))
    return Promise.resolve()
  }
}

let scope: EffectScope
let given: FakeSentinel[]
let problems: unknown[]
let isHeld: Readonly<Ref<boolean>>
let mayAsk = true
const isWanted = ref(true)

beforeEach(() => {
  mayAsk = true
  isWanted.value = true
  given = []
  problems = []
  scope = effectScope()
  scope.run(() => {
    isHeld = useWakeLock({
      isWanted: () => isWanted.value,
      onProblem: (problem) => problems.push(problem),
      wakeLock: {
        request: () =>
          mayAsk ? Promise.resolve(give()) : Promise.reject(new Error('low battery')),
      },
    })
  })
})

afterEach(() => {
  scope.stop()
  setVisible(true)
})

function give(): WakeLockSentinel {
  const sentinel = new FakeSentinel()
  given.push(sentinel)
  return sentinel as unknown as WakeLockSentinel
}

function setVisible(isVisible: boolean): void {
  Object.defineProperty(document, 'visibilityState', {
    value: isVisible ? 'visible' : 'hidden',
    configurable: true,
  })
  document.dispatchEvent(new Event('visibilitychange'))
}

/** Lets promises settle. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve()
}

describe('wake lock', () => {
  it('[WD35] keeps the screen on while counting, and asks again when the page returns', async () => {
    await settle()
    expect([isHeld.value, given.length]).toEqual([true, 1])

    setVisible(false)
    await settle()
    expect(isHeld.value).toBe(false)

    setVisible(true)
    await settle()
    expect([isHeld.value, given.length]).toEqual([true, 2])
  })

  it('[WD35] lets go when counting ends', async () => {
    await settle()
    isWanted.value = false
    await settle()

    expect([isHeld.value, given[0]?.released]).toEqual([false, true])
  })

  it('[WD35] lets go of a lock that comes after the end', async () => {
    await settle()
    setVisible(false)
    // Asked for again, and not yet given when the scope ends.
    setVisible(true)
    scope.stop()
    await settle()

    expect(given.map((it) => it.released)).toEqual([true, true])
  })

  it('[WD35] reports a refusal and tries again the next time', async () => {
    await settle()
    setVisible(false)
    mayAsk = false
    setVisible(true)
    await settle()
    expect([isHeld.value, problems.length]).toEqual([false, 1])

    mayAsk = true
    setVisible(true)
    await settle()
    expect(isHeld.value).toBe(true)
  })
})
