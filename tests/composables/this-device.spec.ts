// What a device is, by what its browser says of itself.
import { describe, expect, it } from 'vitest'
import { deviceKind } from '../../src/composables/this-device'

describe('the kind of a device', () => {
  it('[BD16] tells an iPad from the Macintosh that it gives itself out for', () => {
    const kindOf = (userAgent: string, maxTouchPoints = 0) => deviceKind({ userAgent, maxTouchPoints })
    expect(kindOf('Macintosh; Intel Mac OS X 10_15_7', 5)).toBe('iPad')
    expect(kindOf('Macintosh; Intel Mac OS X 10_15_7')).toBe('Computer')
    expect(kindOf('iPhone; CPU iPhone OS 18_4')).toBe('iPhone')
    expect(kindOf('Linux; Android 15')).toBe('Android')
  })
})
