// What may explain a variance on screen: asked for when somebody rests on a product, and said in words.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, shallowRef } from 'vue'
import { suggestionWords } from '../../src/composables/suggestion-words'
import { useExplanation } from '../../src/composables/useExplanation'
import { asId, type ProductId } from '../../src/domain/ids'
import { unitsOf } from '../../src/domain/quantity'
import type { ReviewRow, VarianceSuggestion } from '../../src/domain/review'

const AT = Date.UTC(2026, 4, 4, 11, 5)

function aRow(id: string, variance: number, over: Partial<ReviewRow> = {}): ReviewRow {
  const compared = {
    bookAtCount: unitsOf(10),
    expectedNow: unitsOf(10),
    variance: unitsOf(variance),
    percent: 0,
    value: null,
    movedSince: [],
  }
  const round = { round: 0, quantity: unitsOf(1), firstAt: 0, lastAt: 0, counters: [], sessions: 1, isOpen: false }
  return {
    productId: asId<ProductId>(id),
    name: id,
    identifier: null,
    abcClass: null,
    isRequested: true,
    bookNow: unitsOf(10),
    unitCost: null,
    rounds: [{ ...round, compared }],
    state: 'recount',
    why: null,
    recount: null,
    wantsPhoto: false,
    decision: null,
    ...over,
  }
}

describe('asking for an explanation', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('[EX9] only for the product that somebody rests on, and only where there is something to explain', async () => {
    const asked: string[] = []
    const row = shallowRef(aRow('A', 2))
    const scope = effectScope()
    const explanation = scope.run(() =>
      useExplanation(
        () => row.value,
        async (it) => {
          asked.push(it.productId)
          return []
        },
      ),
    )!
    for (const id of ['B', 'C', 'D']) {
      row.value = aRow(id, 1)
      await nextTick()
      await vi.advanceTimersByTimeAsync(100)
    }
    expect([asked, explanation.value.state]).toEqual([[], 'asking'])
    await vi.advanceTimersByTimeAsync(1000)
    expect([asked, explanation.value.state]).toEqual([['D'], 'told'])

    row.value = aRow('FITS', 0)
    await nextTick()
    await vi.advanceTimersByTimeAsync(1000)
    row.value = aRow('MISSING', 0, { state: 'uncounted', rounds: [] })
    await nextTick()
    await vi.advanceTimersByTimeAsync(1000)
    expect(asked).toEqual(['D', 'MISSING'])
    scope.stop()
  })

  it('[EX9] an answer for a product that was left meanwhile is thrown away; one that cannot be read says so', async () => {
    const answers: ((it: readonly VarianceSuggestion[] | null) => void)[] = []
    const row = shallowRef(aRow('A', 2))
    const scope = effectScope()
    const explanation = scope.run(() =>
      useExplanation(
        () => row.value,
        () => new Promise((resolve) => answers.push(resolve)),
      ),
    )!
    await vi.advanceTimersByTimeAsync(1000)
    row.value = aRow('B', 2)
    await nextTick()
    answers[0]?.([])
    await vi.advanceTimersByTimeAsync(100)
    expect(explanation.value.state).toBe('asking')
    await vi.advanceTimersByTimeAsync(1000)
    answers[1]?.(null)
    await vi.advanceTimersByTimeAsync(0)
    expect(explanation.value.state).toBe('lost')
    scope.stop()
  })
})

describe('suggestions in words', () => {
  const say = (it: VarianceSuggestion) => suggestionWords(it, 'UTC')

  it('[EX9] each with its evidence', () => {
    expect(
      say({
        kind: 'mixed-up',
        productId: 'L',
        name: 'Lemon tea',
        variance: unitsOf(3),
        isWhole: true,
        because: [{ kind: 'code', own: '31', theirs: '48' }, { kind: 'beside', seconds: 30 }, { kind: 'name' }],
      }),
    ).toEqual({
      title: 'Mixed up with Lemon tea?',
      evidence:
        '+3 there, exactly what is off here; barcodes 31 and 48 are easily taken for each other, scanned 30 seconds apart on one device, the names are alike.',
    })
    const shelf = (theirs: string, steps: number) =>
      say({
        kind: 'mixed-up',
        productId: 'L',
        name: 'Lemon tea',
        variance: unitsOf(3),
        isWhole: true,
        because: [{ kind: 'shelf', own: '08-B-14', theirs, steps }],
      }).evidence
    expect([shelf('08-B-14', 0), shelf('08-B-15', 1), shelf('08-B-16', 2)]).toEqual([
      '+3 there, exactly what is off here; both lie in 08-B-14.',
      '+3 there, exactly what is off here; they lie side by side, this in 08-B-14 and that in 08-B-15.',
      '+3 there, exactly what is off here; they lie two places apart, this in 08-B-14 and that in 08-B-16.',
    ])
    expect(say({ kind: 'packs', how: 'cases-as-units', code: '140', packSize: 12, packs: 4 })).toEqual({
      title: 'Cases counted as units?',
      evidence: '4 cases of 12 (barcode 140) would be just what the book says.',
    })
    expect(
      say({
        kind: 'movement',
        how: 'shelf-first',
        movement: { kind: 'receipt', quantity: unitsOf(12), at: AT, reference: 'delivery 771' },
      }),
    ).toEqual({
      title: 'Booked late?',
      evidence: '12 received 11:05 (delivery 771), after the count: at the shelf it may have been so before.',
    })
    expect(
      say({ kind: 'often-off', counts: 5, off: 3, recounted: 1, lastAt: AT, lastVariance: unitsOf(-2) }).evidence,
    ).toBe('Off in 3 of the last 5 counts, 1 counted again; −2 on 4 May. Look at its place and label.')
  })
})
