import { describe, expect, it } from 'vitest'
import { createRecoverByReload } from '../../src/composables/recover-by-reload'
import type { StorageHealth } from '../../src/ports/counting'
import { createFakeTime, settle } from '../support/fake-time'

const ALARM_MS = 1000
const DEAD: StorageHealth = { state: 'dead', waiting: 2, message: 'gone' }

/** A window whose session storage survives its reloads. */
function aWindow(kept = new Map<string, string>()) {
  const time = createFakeTime()
  const page = { reloads: 0, areKeysPending: false, spilled: 2, health: { state: 'well' } as StorageHealth }
  const listeners = new Set<(health: StorageHealth) => void>()
  const recovery = createRecoverByReload({
    storage: { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) },
    clock: time.clock,
    timers: time.timers,
    reload: () => (page.reloads += 1),
    hasKeysPending: () => page.areKeysPending,
  })
  const become = async (health: StorageHealth): Promise<void> => {
    page.health = health
    for (const listener of listeners) listener(health)
    await settle()
  }
  const writer = {
    health: () => page.health,
    onHealth: (listener: (health: StorageHealth) => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  recovery.watch(writer, () => page.spilled)
  return { recovery, page, time, become, kept }
}

describe('recovery by reload', () => {
  it('[KP5] reloads by itself at most three times in five minutes, counted across page lives', async () => {
    const kept = new Map<string, string>()
    const { recovery, page, time } = aWindow(kept)

    expect([recovery.reload(), recovery.reload(), recovery.reload(), recovery.reload()]).toEqual([true, true, true, false])
    expect(page.reloads).toBe(3)
    const next = aWindow(kept)
    expect(next.recovery.reload()).toBe(false)

    await time.advance(5 * 60_000)
    expect(recovery.reload()).toBe(true)
  })

  it('[KX2] reloads for the upgrade of another window, once, when the scan under way has its answer', async () => {
    const { recovery, page, time } = aWindow()
    page.areKeysPending = true
    const both = [recovery.reloadForUpgrade(), recovery.reloadForUpgrade()]
    await time.advance(500)
    expect(page.reloads).toBe(0)

    page.areKeysPending = false
    await time.advance(100)
    await Promise.all(both)
    expect(page.reloads).toBe(1)
  })

  it('[KP5] does not reload when it cannot be counted', () => {
    const full = createRecoverByReload({
      storage: {
        getItem: () => 'nonsense',
        setItem: () => {
          throw new DOMException('full', 'QuotaExceededError')
        },
      },
      ...createFakeTime(),
      reload: () => {
        throw new Error('reloaded')
      },
      hasKeysPending: () => false,
    })
    expect(full.reload()).toBe(false)
  })

  it('[KP6] reloads only when every waiting scan lies in the spill, and after the alarm was heard', async () => {
    const { page, time, become } = aWindow()
    page.spilled = 1
    await become(DEAD)
    await time.advance(5000)
    expect(page.reloads).toBe(0)

    page.spilled = 2
    await become({ ...DEAD })
    expect(page.reloads).toBe(0)
    await time.advance(ALARM_MS)
    expect(page.reloads).toBe(1)
  })

  it('[KP6] waits for the end of a scan that is being typed, but not for ever', async () => {
    const { page, time, become } = aWindow()
    page.areKeysPending = true
    await become(DEAD)
    await time.advance(ALARM_MS + 500)
    expect(page.reloads).toBe(0)

    await time.advance(2000)
    expect(page.reloads).toBe(1)
  })

  it('[KP6] does not reload when the scans were saved while it waited', async () => {
    const { page, time, become } = aWindow()
    page.areKeysPending = true
    await become(DEAD)
    page.areKeysPending = false
    await become({ state: 'well' })
    await time.advance(5000)

    expect(page.reloads).toBe(0)
  })
})
