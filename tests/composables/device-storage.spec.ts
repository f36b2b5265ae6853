// What the browser promises about our data, and where counting is not safe.
import { describe, expect, it } from 'vitest'
import { askDeviceStorage, isInAppleTab } from '../../src/composables/device-storage'

function aStorage(persisted: boolean, granted: boolean): StorageManager {
  return {
    persisted: async () => persisted,
    persist: async () => granted,
    estimate: async () => ({ usage: 40, quota: 100 }),
  } as unknown as StorageManager
}

describe('askDeviceStorage', () => {
  it('[UI22] ask for lasting storage and show the answer and the room as they are', async () => {
    expect(await askDeviceStorage(aStorage(false, true))).toEqual({ isPersistent: true, usedBytes: 40, roomBytes: 60 })
    expect((await askDeviceStorage(aStorage(true, false))).isPersistent).toBe(true)
    expect((await askDeviceStorage(aStorage(false, false))).isPersistent).toBe(false)
    expect(await askDeviceStorage(undefined)).toEqual({ isPersistent: null, usedBytes: null, roomBytes: null })
  })
})

describe('isInAppleTab', () => {
  it('[UI22] only what iPad and iPhone say of themselves counts', () => {
    expect(isInAppleTab({ standalone: false })).toBe(true)
    expect(isInAppleTab({ standalone: true })).toBe(false)
    expect(isInAppleTab({ userAgent: 'iPad' })).toBe(false)
  })
})
