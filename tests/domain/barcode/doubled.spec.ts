import { describe, expect, it } from 'vitest'
import { isGluedPair, undoubled } from '../../../src/domain/barcode/doubled'
import { checkDigitOf } from '../../../src/domain/barcode/gtin'

/** Fourteen digits in pairs that are a GTIN as they stand. */
function pairedGtin(): string {
  for (let at = 100_000; at < 1_000_000; at += 1) {
    const twelve = [...String(at)].map((it) => it + it).join('')
    for (const last of '0123456789')
      if (checkDigitOf(twelve + last) === last) return twelve + last + last
  }
  throw new Error('No paired GTIN')
}

describe('faulty values', () => {
  it('[WD10] are seen by their pairs, from eight characters on', () => {
    expect(undoubled('AABB--77')).toBe('AB-7')
    expect(undoubled('AABB77')).toBeNull()
    expect(undoubled('AABB--7')).toBeNull()
    expect(undoubled('AABB-+77')).toBeNull()
  })

  it('[WD10] are not what is a GTIN as it stands, nor one character many times', () => {
    expect(undoubled(pairedGtin())).toBeNull()
    expect(undoubled('77777777')).toBeNull()
    expect(undoubled('9966338855007744')).toBe('96385074')
  })

  it('[WD11] are two GTINs of one length', () => {
    expect(isGluedPair('40063813339314006381333931')).toBe(true)
    expect(isGluedPair('40063813339310036000291452')).toBe(true)
    expect(isGluedPair('4006381333931')).toBe(false)
    expect(isGluedPair('40063813339314006381333932')).toBe(false)
  })
})
