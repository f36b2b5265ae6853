import { describe, expect, it } from 'vitest'
import { createUuidV7Source } from '../../src/domain/uuid-v7'

describe('uuid v7', () => {
  it('[WK14] carries version, variant and the time, so that later ids sort later', () => {
    let now = 0x0198_0000_0001
    const ids = createUuidV7Source({ now: () => now }, (length) =>
      new Uint8Array(length).fill(0xff),
    )

    const first = ids.next()
    now += 1
    const second = ids.next()

    expect(first).toBe('01980000-0001-7fff-bfff-ffffffffffff')
    expect(second > first).toBe(true)
  })
})
