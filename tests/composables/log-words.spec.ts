// The sync log in words: a sentence for what happens often, never a bare code.
import { describe, expect, it } from 'vitest'
import { logWords } from '../../src/composables/log-words'

describe('logWords', () => {
  it('[UI25] say why an unknown barcode was dropped', () => {
    const details = { sessionId: 'S1', barcode: '4006', reason: 'damaged-label', scans: 2 }
    expect(logWords({ event: 'taken-back', details })).toBe('2 scans of 4006 taken back: the label is damaged')
  })

  it('[UI2] an event without words of its own is still no code, and no error text is shown', () => {
    expect(logWords({ event: 'some-new-thing', details: {} })).toBe('Some new thing')
    const failed = logWords({ event: 'catalogue-failed', details: { message: 'RemoteError: GET /rest/s1/x 500' } })
    expect(failed).toBe('The product list could not be fetched; it is tried again')
  })
})
