// A count as it is planned: what is missing, what it will be, and that it is created once.
import { describe, expect, it } from 'vitest'
import { draftProblems, emptyDraft, namedParts, planOf, planWords, toleranceOf } from '../../src/composables/plan-draft'
import { asId, type CycleCountId, type FacilityId, type UserName } from '../../src/domain/ids'
import type { KeptChoice } from '../../src/ports/plan'

const ANA = asId<UserName>('ana')
const PEOPLE = [{ userName: ANA, fullName: 'Ana Ruiz' }]
const CHOSEN: KeptChoice = { by: 'list', productIds: [] }
const products = (count: number) => ({ count, chosen: CHOSEN, isTooMuchNamed: false })
const BERLIN = 'Europe/Berlin'

describe('a draft', () => {
  it('[PL10] says everything that is missing at once', () => {
    const draft = { ...emptyDraft(), start: '2026-03-29T02:30', due: 'nonsense' }

    expect(draftProblems(draft, products(0), BERLIN)).toEqual([
      'Give the count a name.',
      'The start is no time at this facility.',
      'The due time is no time at this facility.',
      'Choose at least one product.',
    ])
    expect(draftProblems({ ...emptyDraft(), name: 'Dairy' }, products(3), BERLIN)).toEqual([])
    expect(draftProblems({ ...emptyDraft(), name: 'All' }, null, BERLIN)).toEqual([])
  })

  it('[PL41] says when a tolerance is no amount', () => {
    const draft = (fields: object) => ({ ...emptyDraft(), name: 'x', tolerance: { isOwn: true, units: '1', percent: '2', money: '', ...fields } })

    expect(toleranceOf(emptyDraft().tolerance)).toBeNull()
    expect(toleranceOf(draft({ units: '0,5', money: '10.25' }).tolerance)).toEqual({ units: 0.5, percent: 2, money: 10.25 })
    for (const wrong of [{ units: '' }, { units: '-1' }, { percent: '101' }, { percent: 'x' }, { money: '1e9' }])
      expect([wrong, draftProblems(draft(wrong), null, BERLIN).length]).toEqual([wrong, 1])
  })

  it('[PL10] says that there is too much to share, or too little', () => {
    const two = { ...emptyDraft(), name: 'Dairy', parts: [1, 2].map((key) => ({ key, area: '', assignedTo: '' as const })) }

    expect(draftProblems(two, products(1), BERLIN)).toEqual(['1 product cannot be shared by 2 sessions.'])
    expect(draftProblems(two, products(50_001), BERLIN)).toEqual(['Choose at most 50,000 products.'])
    const three = { ...two, split: 'by-area' as const, parts: [...two.parts, { key: 3, area: '', assignedTo: '' as const }] }
    expect(draftProblems(three, products(40_000), BERLIN)).toEqual([
      'Together the sessions may have at most 100,000 lines.',
    ])
  })

  it('[PL10] says what will be created, session by session', () => {
    const draft = {
      ...emptyDraft(),
      parts: [
        { key: 1, area: 'back_stock', assignedTo: ANA },
        { key: 2, area: '', assignedTo: '' as const },
        { key: 3, area: '', assignedTo: '' as const },
      ],
    }

    expect(planWords(draft, products(7), PEOPLE)).toBe(
      '7 products in 3 sessions: Back stock · Ana Ruiz: 3, Session 2: 2, Session 3: 2.',
    )
    expect(planWords(draft, null, PEOPLE)).toBe('3 sessions; everything in the facility is counted.')
    expect(new Set(namedParts(draft.parts, PEOPLE).map((it) => it.name)).size).toBe(3)
  })

  it('[PL8] means the clocks of the facility, not of the device', () => {
    const draft = { ...emptyDraft(), name: ' Dairy ', start: '2026-11-26T08:00', due: '2026-11-26T17:00' }
    const ids = { requestId: 'r', cycleCountId: asId<CycleCountId>('c') }
    const place = { facilityId: asId<FacilityId>('F1'), timeZone: 'America/New_York', people: PEOPLE, ids }

    expect(planOf(draft, products(1), place)).toMatchObject({
      name: 'Dairy',
      startAt: Date.UTC(2026, 10, 26, 13),
      dueAt: Date.UTC(2026, 10, 26, 22),
    })
    expect(draftProblems({ ...draft, due: '2026-11-26T08:00' }, null, BERLIN)).toEqual([
      'The count is due before it starts.',
    ])
  })
})
