// What may explain a variance, without a server: look-alikes, cases, movements, a history of being off.
import { describe, expect, it } from 'vitest'
import {
  explainVariance,
  MOVEMENT_WINDOW_MS,
  SUGGESTIONS_MAX,
  type VarianceFacts,
} from '../../../server-mock/rules/explain-variance'
import {
  areCodesAlike,
  areNamesAlike,
  nameStart,
  neighbourRange,
} from '../../../server-mock/rules/look-alike'
import { binsNear, nearestPlaces, placeName } from '../../../server-mock/rules/shelf-place'
import { unitsOf } from '../../../src/domain/quantity'

const NOON = Date.UTC(2026, 4, 4, 12)
const HOUR = 3_600_000
const code = (value: string, packSize = 1) => ({ value, packSize })
const at = (bin: string, aisle = bin.slice(0, 2)) => ({ aisle, bin })

type Other = VarianceFacts['others'][number]
const other = (units: number, over: Partial<Other> = {}): Other => ({
  productId: 'LEMON',
  name: 'Lemon tea 20 bags',
  codes: [],
  places: [],
  variance: unitsOf(units),
  besideMs: null,
  ...over,
})

/** Counted `counted` where the book had `book`. */
function facts(counted: number | null, book: number, over: Partial<VarianceFacts> = {}): VarianceFacts {
  return {
    subject: {
      productId: 'GREEN',
      name: 'Green tea 20 bags',
      codes: [code('4006381333931')],
      places: [at('08-B-14')],
      variance: unitsOf((counted ?? 0) - book),
      counted: counted === null ? null : { quantity: unitsOf(counted), book: unitsOf(book), at: NOON },
    },
    others: [],
    movements: [],
    history: [],
    ...over,
  }
}
const kindsOf = (it: VarianceFacts) => explainVariance(it).map(({ kind }) => kind)

describe('products taken for each other', () => {
  it('[EX1] what is missing here and too much at a look-alike is mixed up; the whole amount comes before a part of it', () => {
    const neighbour = [code('4006381333948')]
    const found = explainVariance(
      facts(7, 10, {
        others: [
          other(5, { productId: 'PART', codes: neighbour }),
          other(3, { productId: 'WHOLE', codes: neighbour }),
          other(-3, { productId: 'SAME WAY', codes: neighbour }),
          other(0, { productId: 'FITS', codes: neighbour }),
        ],
      }),
    )

    expect(found).toMatchObject([
      { kind: 'mixed-up', productId: 'WHOLE', isWhole: true, variance: unitsOf(3) },
      { kind: 'mixed-up', productId: 'PART', isWhole: false },
    ])
  })

  it('[EX1] what nobody has counted is missing whole', () => {
    expect(explainVariance(facts(null, 4, { others: [other(4, { besideMs: 1000 })] }))).toMatchObject([
      { kind: 'mixed-up', isWhole: true },
    ])
  })

  it('[EX2] by number, by place, by words; words alone must fit exactly; nothing in common is nothing', () => {
    const because = (units: number, over: Partial<Other>) =>
      explainVariance(facts(7, 10, { others: [other(units, { name: 'Crackers', ...over })] })).flatMap((it) =>
        it.kind === 'mixed-up' ? it.because.map(({ kind }) => kind) : [],
      )

    expect(because(3, { codes: [code('4006381333948')] })).toEqual(['code'])
    expect(because(3, { besideMs: 29_000 })).toEqual(['beside'])
    expect(because(3, { besideMs: 31_000 })).toEqual([])
    expect(because(3, { name: 'Lemon tea 20 bags' })).toEqual(['name'])
    expect(because(2, { name: 'Lemon tea 20 bags' })).toEqual([])
    expect(because(2, { name: 'Lemon tea 20 bags', besideMs: 0 })).toEqual(['beside', 'name'])
    expect(because(3, { places: [at('08-B-15')] })).toEqual(['shelf'])
    expect(because(2, { places: [at('08-B-15')] })).toEqual([])
    expect(because(2, { places: [at('08-B-15')], name: 'Lemon tea 20 bags' })).toEqual(['shelf', 'name'])
    expect(because(3, { places: [at('08-B-17')] })).toEqual([])
    expect(because(3, {})).toEqual([])
  })

  it('[EX2] codes are alike next door or one place off, check digits aside; names by half of their words', () => {
    expect(areCodesAlike('4006381333931', '4006381333948')).toBe(true)
    expect(areCodesAlike('4006381333931', '4006381343930')).toBe(true)
    expect(areCodesAlike('4006381333931', '4006381999931')).toBe(false)
    expect(areCodesAlike('4006381333931', '4006381333931')).toBe(false)
    expect(areCodesAlike('TEE-RED-M', 'TEE-RED-L')).toBe(true)
    expect(areCodesAlike('CAP-1', 'CAP-2')).toBe(false)
    expect(areNamesAlike('Green tea 20 bags', 'Green tea 40 bags')).toBe(true)
    expect(areNamesAlike('Green tea', 'Dark chocolate')).toBe(false)
    expect(areNamesAlike('500 g', '500 g')).toBe(false)
    expect([nameStart('Green tea 20 bags'), nameStart('Tea'), nameStart('X')]).toEqual(['green tea', 'tea', null])
    const range = neighbourRange('4006381333931')!
    expect('4006381333948' >= range.from && '4006381333948' <= range.to).toBe(true)
    expect(neighbourRange('TEE-RED-M')).toBeNull()
  })
})

describe('neighbours on the shelf', () => {
  const steps = (own: string, theirs: string) => nearestPlaces([at(own)], [at(theirs)])?.steps ?? null

  it('[EX10] lie in one bin, or one or two numbers apart in the same aisle and shelf', () => {
    expect([steps('08-B-14', '08-B-14'), steps('08-B-14', '08-B-13'), steps('08-B-14', '08-B-16')]).toEqual([0, 1, 2])
    expect([steps('08-B-14', '08-B-17'), steps('08-B-14', '08-C-14'), steps('08-B-14', '09-B-14')]).toEqual([null, null, null])
    expect([steps('08-9', '08-10'), steps('08-B-2-left', '08-B-3-left'), steps('08-B-2-left', '08-B-3-right')]).toEqual([1, 1, null])
    expect([steps('door', 'door'), steps('door', 'dock')]).toEqual([0, null])
    // One bin's name in two aisles is two bins.
    expect(nearestPlaces([at('14', '08')], [at('14', '09')])).toBeNull()
  })

  it('[EX10] the nearest of several bins counts, by the name that people read', () => {
    const [own, theirs] = [[at('08-B-14'), at('R-05', 'Reserve')], [at('08-B-16'), at('R-06', 'Reserve')]]

    expect(nearestPlaces(own, theirs)).toEqual({ own: own[1], theirs: theirs[1], steps: 1 })
    expect([placeName(at('08-B-14')), placeName(at('R-05', 'Reserve'))]).toEqual(['08-B-14', 'Reserve R-05'])
  })

  it('[EX10] an index is asked for every bin that the rule calls near', () => {
    expect(binsNear('door')).toEqual(['door'])
    expect(binsNear('08-B-01')).toEqual(['08-B-01', '08-B-00', '08-B-0', '08-B-02', '08-B-2', '08-B-03', '08-B-3'])
    for (const bin of ['08-B-14', '08-9', '08-10', '08-099', '08-101'])
      for (let number = 0; number < 130; number += 1)
        for (const other of [2, 3].map((digits) => `08-${String(number).padStart(digits, '0')}`))
          // Padded here and not there is another way of writing than the bin's own.
          if (other.length === bin.length && steps(bin, other) !== null) expect(binsNear(bin)).toContain(other)
  })

  it('[EX10] the nearer weighs more', () => {
    const near = (productId: string, bin: string) => other(3, { productId, name: 'Crackers', places: [at(bin)] })
    const found = explainVariance(facts(7, 10, { others: [near('TWO', '08-B-16'), near('SAME', '08-B-14'), near('ONE', '08-B-13')] }))

    expect(found.map((it) => it.kind === 'mixed-up' && it.productId)).toEqual(['SAME', 'ONE', 'TWO'])
    expect(found[1]).toMatchObject({ because: [{ kind: 'shelf', own: '08-B-14', theirs: '08-B-13', steps: 1 }] })
  })
})

describe('cases', () => {
  const withCase = (counted: number, book: number) => {
    const it = facts(counted, book)
    return explainVariance({ ...it, subject: { ...it.subject, codes: [code('4006381333931'), code('1400638', 12)] } })
  }

  it('[EX3] cases counted as units, units as cases, whole cases off; a unit code explains nothing', () => {
    expect(withCase(4, 48)).toMatchObject([{ kind: 'packs', how: 'cases-as-units', packSize: 12, packs: 4 }])
    expect(withCase(48, 4)).toMatchObject([{ kind: 'packs', how: 'units-as-cases', packs: 4 }])
    expect(withCase(30, 54)).toMatchObject([{ kind: 'packs', how: 'whole-cases', packs: 2, code: '1400638' }])
    expect(withCase(30, 53)).toEqual([])
    expect(kindsOf(facts(30, 54))).toEqual([])
  })
})

describe('movements near the count', () => {
  const moved = (units: number, at: number, kind: 'receipt' | 'shipment' | 'count' = 'receipt') => ({
    kind,
    quantity: unitsOf(units),
    at,
    reference: 'delivery 7',
  })
  const told = (counted: number, book: number, movement: ReturnType<typeof moved>) =>
    explainVariance(facts(counted, book, { movements: [movement] })).map((it) =>
      it.kind === 'movement' ? it.how : it.kind,
    )

  it('[EX4] booked after the count and on the shelf before, or the other way round; the amount must be the same', () => {
    // 12 too many, and 12 received an hour later: they lay there already.
    expect(told(22, 10, moved(12, NOON + HOUR))).toEqual(['shelf-first'])
    // 12 missing, and 12 received an hour before: not on the shelf yet.
    expect(told(10, 22, moved(12, NOON - HOUR))).toEqual(['book-first'])
    expect(told(8, 10, moved(-2, NOON + HOUR, 'shipment'))).toEqual(['shelf-first'])
    expect(told(22, 10, moved(12, NOON - HOUR))).toEqual([])
    expect(told(22, 10, moved(11, NOON + HOUR))).toEqual([])
    expect(told(22, 10, moved(12, NOON + MOVEMENT_WINDOW_MS + 1))).toEqual([])
    expect(told(22, 10, moved(12, NOON + HOUR, 'count'))).toEqual([])
  })
})

describe('a history', () => {
  const count = (units: number, recounts = 0) => ({ at: NOON - HOUR, variance: unitsOf(units), recounts })

  it('[EX5] off or counted again in two of the last ten is often; once is not, and neither is long ago', () => {
    expect(explainVariance(facts(9, 10, { history: [count(0), count(-2), count(0, 1)] }))).toMatchObject([
      { kind: 'often-off', counts: 3, off: 2, recounted: 1, lastVariance: unitsOf(-2) },
    ])
    expect(kindsOf(facts(9, 10, { history: [count(0), count(-2)] }))).toEqual([])
    const fine = Array.from({ length: 10 }, () => count(0))
    expect(kindsOf(facts(9, 10, { history: [...fine, count(1), count(1)] }))).toEqual([])
  })
})

describe('all together', () => {
  it('[EX6] the strongest first, at most five; without a variance nothing', () => {
    const others = Array.from({ length: 9 }, (_, index) =>
      other(3, { productId: `P${index}`, name: 'Crackers', besideMs: 5000 }),
    )
    const all = facts(7, 10, {
      others: [...others, other(3, { productId: 'BEST', codes: [code('4006381333948')], besideMs: 0 })],
      history: [
        { at: 0, variance: unitsOf(1), recounts: 0 },
        { at: 0, variance: unitsOf(1), recounts: 0 },
      ],
    })
    const found = explainVariance(all)

    expect(found).toHaveLength(SUGGESTIONS_MAX)
    expect(found[0]).toMatchObject({ productId: 'BEST' })
    expect(kindsOf({ ...all, others: [] })).toEqual(['often-off'])
    expect(kindsOf({ ...facts(10, 10), others: all.others, history: all.history })).toEqual([])
  })
})
