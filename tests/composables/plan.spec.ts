// A count as it is planned: what is missing, what it will be, and that it is created once.
import { describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import { draftProblems, emptyDraft, namedParts, planOf, planWords, toleranceOf } from '../../src/composables/plan-draft'
import { usePlanShares } from '../../src/composables/usePlanShares'
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

    expect(planWords(draft, products(7), PEOPLE, { state: 'asking' })).toBe(
      '7 products in 3 sessions: Back stock · Ana Ruiz: 3, Session 2: 2, Session 3: 2.',
    )
    expect(planWords(draft, null, PEOPLE, { state: 'none' })).toBe('3 sessions; everything in the facility is counted.')
    expect(new Set(namedParts(draft.parts, PEOPLE).map((it) => it.name)).size).toBe(3)
  })

  it('[PL56] says how many each session gets and which aisles, as soon as the server has said it', () => {
    const draft = { ...emptyDraft(), split: 'by-area' as const, parts: [1, 2, 3].map((key) => ({ key, area: '', assignedTo: '' as const })) }
    const share = (count: number, firstAisle: string | null, lastAisle: string | null, withoutPlace = 0) => ({ products: count, firstAisle, lastAisle, withoutPlace })

    expect(planWords(draft, products(9), PEOPLE, { state: 'asking' })).toBe('9 products in 3 sessions, in walking order.')
    const shares = [share(4, '01', '04', 1), share(3, '05', '05'), share(2, null, null, 2)]
    expect(planWords(draft, products(9), PEOPLE, { state: 'told', shares })).toBe(
      '9 products in 3 sessions: Session 1: 4 (aisles 01 to 04), 1 without a place, Session 2: 3 (aisle 05), Session 3: 2.',
    )
  })

  it('[PL56] is asked about once the list rests, and an answer for an older one is thrown away', async () => {
    vi.useFakeTimers()
    const asked: { parts: number; answer: (count: number) => void }[] = []
    const plan = ((_name: string, _at: string, { parts }: { parts: number }) =>
      new Promise((resolve) => asked.push({ parts, answer: (count) => resolve({ ok: true, answer: [{ products: count }] }) }))) as never
    const parts = ref(1)
    const scope = effectScope()
    const shares = scope.run(() => usePlanShares({ plan }, asId<FacilityId>('F1'), () => (parts.value < 2 ? null : { products: CHOSEN, split: 'by-area', parts: parts.value })))!
    expect(shares.value.state).toBe('none')
    for (const next of [2, 3]) {
      parts.value = next
      await nextTick()
    }
    await vi.advanceTimersByTimeAsync(1000)
    expect([shares.value.state, asked.map((it) => it.parts)]).toEqual(['asking', [3]])
    parts.value = 4
    await nextTick()
    asked[0]?.answer(30)
    await vi.advanceTimersByTimeAsync(1000)
    asked[1]?.answer(40)
    await vi.advanceTimersByTimeAsync(0)
    expect(shares.value).toEqual({ state: 'told', shares: [{ products: 40 }] })
    scope.stop()
    vi.useRealTimers()
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
