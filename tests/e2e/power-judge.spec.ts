import { describe, expect, it } from 'vitest'
import { judge } from '../../e2e/power/series'

describe('the judgement on a series of power cuts', () => {
  it('[KP4] a strict series must lose nothing and find nothing odd', () => {
    expect(judge('strict', { acknowledged: 9, missing: 0, problems: [] })).toEqual([])
    expect(judge('strict', { acknowledged: 9, missing: 1, problems: [] })).toEqual(['1 acknowledged scans are gone'])
    expect(judge('strict', { acknowledged: 0, missing: 0, problems: [] })).toEqual([expect.stringContaining('proves nothing')])
    expect(judge('strict', { acknowledged: 9, missing: 0, problems: ['log a has a gap'] })).toEqual(['log a has a gap'])
  })

  it('[KP4] a relaxed series must lose something, or no power was cut', () => {
    expect(judge('relaxed', { acknowledged: 9, missing: 4, problems: [] })).toEqual([])
    expect(judge('relaxed', { acknowledged: 9, missing: 0, problems: [] })).toEqual([expect.stringContaining('proves nothing')])
  })
})
