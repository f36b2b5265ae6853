// A picture made small: its size, its quality, and what the trail says of it.
import { describe, expect, it } from 'vitest'
import { encodeWithin, scaledSize } from '../../src/composables/photo'
import { auditWords } from '../../src/composables/review-words'
import { PHOTO_BYTES_MAX } from '../../src/domain/review'

describe('making a picture small', () => {
  it('[RV37] no edge is longer than 1,600 pixels, the shape stays, small ones stay as they are', () => {
    expect(scaledSize({ width: 4000, height: 3000 })).toEqual({ width: 1600, height: 1200 })
    expect(scaledSize({ width: 3000, height: 4000 })).toEqual({ width: 1200, height: 1600 })
    expect(scaledSize({ width: 640, height: 480 })).toEqual({ width: 640, height: 480 })
    expect(scaledSize({ width: 100_000, height: 10 })).toEqual({ width: 1600, height: 1 })
  })

  it('[RV37] the best quality within the limit; none where no quality keeps it', async () => {
    const tried: number[] = []
    const sizeAt = (bytes: (quality: number) => number) => (quality: number) => {
      tried.push(quality)
      return Promise.resolve(new Blob([new Uint8Array(bytes(quality))]))
    }
    const fits = await encodeWithin(sizeAt((quality) => Math.round(PHOTO_BYTES_MAX * (quality + 0.4))))
    expect([tried, fits?.size]).toEqual([[0.8, 0.6], PHOTO_BYTES_MAX])
    expect(await encodeWithin(sizeAt(() => PHOTO_BYTES_MAX + 1))).toBeNull()
    expect(await encodeWithin(() => Promise.resolve(null))).toBeNull()
  })
})

describe('the trail', () => {
  it('[RV38] says reason, note and that there is a picture', () => {
    const entry = { action: 'decided', by: 'sam', at: Date.UTC(2026, 4, 4, 9), reason: 'broken', note: 'fell down', hasPhoto: true }
    expect(auditWords(entry, 'UTC')).toBe('09:00 Decided by Sam, with a picture: broken; fell down')
    expect(auditWords({ ...entry, note: null, hasPhoto: false }, 'UTC')).toBe('09:00 Decided by Sam: broken')
  })
})
