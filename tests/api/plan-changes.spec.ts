// The history of templates and schedule off the wire: what it says, and what it does with words it does not know.
import { describe, expect, it } from 'vitest'
import { decodePlanChange } from '../../src/api/plan-changes'

const deedOf = (action: string, details: object, names: { templateName?: string; countName?: string } = {}) =>
  decodePlanChange({ at: 1, by: 'sam', action, details: { ...details }, ...names }).deed

describe('a change of the plan', () => {
  it('[PL37] is told with what it was, by the name of the template', () => {
    const plan = { workEffortPurposeTypeId: 'HARD_COUNT', isBlind: false, split: 'evenly', parts: [{}], dueAfterDays: 3 }

    expect(deedOf('template-deleted', { name: 'Old' }, { templateName: 'New' })).toEqual({ kind: 'template-deleted', name: 'Old' })
    expect(deedOf('template-used', { workEffortId: 'C' }, { templateName: 'Weekly', countName: 'Dairy' })).toEqual({
      kind: 'template-used',
      name: 'Weekly',
      countName: 'Dairy',
    })
    expect(deedOf('template-changed', { plan: { from: plan, to: { ...plan, dueAfterDays: null } } }, { templateName: 'Weekly' })).toMatchObject({
      name: 'Weekly',
      renamed: null,
      plan: { from: { countType: 'hard', dueAfterDays: 3 }, to: { dueAfterDays: null } },
    })
    expect(deedOf('schedule-changed', { A: { from: null, to: 30 } })).toEqual({
      kind: 'schedule-changed',
      classes: [{ abcClass: 'A', from: null, to: 30 }],
    })
  })

  it('[PL37] that this app does not know is named, and not left out', () => {
    expect(deedOf('template-shared', {})).toEqual({ kind: 'other', action: 'template-shared' })
    expect(deedOf('schedule-changed', { A: 'daily' })).toEqual({ kind: 'other', action: 'schedule-changed' })
  })
})
