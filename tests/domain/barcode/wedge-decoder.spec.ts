import type { KeyInput } from '../../../src/domain/barcode/stroke'
import type { WedgeState } from '../../../src/domain/barcode/wedge-decoder'
import type {
  WedgeMemory,
  WedgeResult,
  WedgeSettings,
} from '../../../src/domain/barcode/wedge-result'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createWedgeState,
  interruptWedge,
  nextTickAt,
  stepWedge,
  tickWedge,
} from '../../../src/domain/barcode/wedge-decoder'
import { NOTHING_LEARNT, WEDGE_DEFAULTS } from '../../../src/domain/barcode/wedge-result'
import { key, scanned, scannedInLayout, typedByHand } from '../../support/key-streams'

const EAN = '4006381333931'
const LEARNT: WedgeMemory = { terminatedScans: 3, terminator: 'Enter', layout: null }

interface Played {
  readonly results: readonly WedgeResult[]
  readonly effects: readonly string[]
  readonly state: WedgeState
}

/** Plays a stream and then lets ten seconds pass. */
function play(
  keys: readonly KeyInput[],
  how: { memory?: WedgeMemory; settings?: Partial<WedgeSettings> } = {},
): Played {
  const settings = { ...WEDGE_DEFAULTS, ...how.settings }
  const results: WedgeResult[] = []
  const effects: string[] = []
  let state = createWedgeState(how.memory ?? NOTHING_LEARNT)
  for (const input of keys) {
    const step = stepWedge(state, input, settings)
    results.push(...step.results)
    effects.push(step.effect)
    state = step.state
  }
  const last = tickWedge(state, (keys.at(-1)?.timeStamp ?? 0) + 10_000, settings)
  return { results: [...results, ...last.results], effects, state: last.state }
}

function shortOf({ results }: Played): readonly string[] {
  return results.map((it) => `${it.kind} ${it.raw}`)
}

/** `keys` begin `afterMs` after the last of `before`. */
function then(
  before: readonly KeyInput[],
  afterMs: number,
  keys: readonly KeyInput[],
): readonly KeyInput[] {
  const shift = (before.at(-1)?.timeStamp ?? 0) + afterMs - (keys[0]?.timeStamp ?? 0)
  return [...before, ...keys.map((it) => ({ ...it, timeStamp: it.timeStamp + shift }))]
}

const osLayouts = fc.constantFrom('us', 'german', 'french', 'arabic')
const terminators = fc.constantFrom('Enter', 'Tab', 'CR LF', 'Enter ArrowDown', 'LF')
const gaps = fc.integer({ min: 2, max: 100 })

/** Printable ASCII as barcodes hold it: trimmed, not faulty by itself, no symbology identifier. */
const values = fc
  .string({
    unit: fc.integer({ min: 32, max: 126 }).map((it) => String.fromCharCode(it)),
    minLength: 4,
    maxLength: 60,
  })
  .filter(
    (it) => it === it.trim() && it.length >= 4 && !it.startsWith(']') && !/^(?:(.)\1)+$/.test(it),
  )

describe('wedge decoder', () => {
  it('[WD1] [S3.8] reads any printable value at any pace, with any terminator, on any layout', () => {
    fc.assert(
      fc.property(
        values,
        gaps,
        terminators,
        osLayouts,
        fc.boolean(),
        (value, gapMs, terminator, osLayout, hasShiftKeys) => {
          const keys = scanned(value, { gapMs, terminator, osLayout, hasShiftKeys })

          const { results } = play(keys, { settings: { layout: osLayout === 'us' ? null : 'us' } })

          expect(results.map((it) => [it.kind, it.raw])).toEqual([['scan', value]])
        },
      ),
    )
  })

  it('[WD1] reads numbers and GTINs on any layout without knowing it', () => {
    const numbers = fc.string({ unit: fc.nat(9).map(String), minLength: 5, maxLength: 20 })
    fc.assert(
      fc.property(
        fc.oneof(numbers, fc.constant(EAN)),
        gaps,
        osLayouts,
        (value, gapMs, osLayout) => {
          fc.pre(!/^(?:(.)\1)+$/.test(value))

          expect(shortOf(play(scanned(value, { gapMs, osLayout })))).toEqual([`scan ${value}`])
        },
      ),
    )
  })

  it('[WD1] reads uneven gaps of 2 to 100 ms', () => {
    fc.assert(
      fc.property(fc.array(gaps, { minLength: 14, maxLength: 14 }), (gapMs) => {
        expect(shortOf(play(scanned(EAN, { gapMs })))).toEqual([`scan ${EAN}`])
      }),
    )
  })

  it('[WD2] reads two scans that follow each other without a pause', () => {
    fc.assert(
      fc.property(values, values, gaps, terminators, (first, second, gapMs, terminator) => {
        const one = scanned(first, { gapMs, terminator })
        const both = then(one, gapMs, scanned(second, { gapMs, terminator }))

        expect(shortOf(play(both))).toEqual([`scan ${first}`, `scan ${second}`])
      }),
    )
  })

  it('[WD3] takes what follows a terminator at once as its echo', () => {
    const { effects, results } = play(
      then(scanned(EAN), 30, [key('Enter', 0), key('ArrowDown', 10), key('Tab', 15)]),
    )

    expect(results).toHaveLength(1)
    expect(effects.slice(-4)).toEqual(['swallow', 'swallow', 'swallow', 'swallow'])
  })

  it('[WD3] leaves an Enter alone that a person presses later', () => {
    const { effects, results } = play(
      then(scanned(EAN), 200, [key('Enter', 0), key('ArrowDown', 300)]),
    )

    expect(results).toHaveLength(1)
    expect(effects.slice(-2)).toEqual(['pass', 'pass'])
  })

  it('[WD3] takes the line feed of a slow scanner as an echo, too', () => {
    const { effects, results } = play(scanned(EAN, { gapMs: 95, terminator: 'Enter ArrowDown' }))

    expect([results.length, effects.at(-1)]).toEqual([1, 'swallow'])
  })

  it('[WD4] does not take a person for a scanner', () => {
    const { effects, results } = play(typedByHand(EAN))

    expect(results.map((it) => [it.kind, it.raw, it.terminator])).toEqual([['typed', EAN, 'Enter']])
    expect(new Set(effects)).toEqual(new Set(['pass']))
  })

  it('[WD4] leaves Tab and unfinished typing of a person alone', () => {
    expect(play(typedByHand('mozzarella', { terminator: 'Tab' })).results).toEqual([])
    expect(play(typedByHand('mozzarella', { terminator: 'none' })).results).toEqual([])
  })

  it('[WD4] leaves a quick person alone in another field', () => {
    const gapMs = [95, 60, 110, 85, 70, 118, 90]
    const inSearch = play(scanned('mozzarella', { gapMs, isInOtherField: true }))
    const inScanField = play(scanned('mozzarella', { gapMs }))

    expect(shortOf(inSearch)).toEqual(['typed mozzarella'])
    expect(shortOf(inScanField)).toEqual(['scan mozzarella'])
  })

  it('[WD4] does not take a held key for a scanner', () => {
    const held = Array.from({ length: 20 }, (_, at) =>
      key('7', 1000 + at * 30, { code: 'Digit7', repeat: at > 0 }),
    )

    const { results } = play([...held, key('Enter', 1800)])

    expect(results.map((it) => it.kind)).toEqual(['typed'])
  })

  it('[WD4] does not take quick typing with a held key for a scanner', () => {
    const quick = scanned('123456', { gapMs: [100, 60, 110, 85, 118], terminator: 'none' })
    const held = Array.from({ length: 3 }, (_, at) =>
      key('6', at * 33, { code: 'Digit6', repeat: true }),
    )

    const { results } = play(then(then(quick, 33, held), 60, [key('Enter', 0)]))

    expect(results.map((it) => it.kind)).toEqual(['typed'])
  })

  it('[WD4] ends nothing by a held Enter', () => {
    expect(
      play([key('7', 1000, { code: 'Digit7' }), key('Enter', 1200, { repeat: true })]).results,
    ).toEqual([])
  })

  it('[WD4] takes a scan out of a line that a person has begun', () => {
    const typed = typedByHand('12', { terminator: 'none' })

    expect(shortOf(play(then(typed, 400, scanned(EAN))))).toEqual([`scan ${EAN}`])
    expect(shortOf(play(then(typed, 1500, scanned('ABC-77'))))).toEqual(['scan ABC-77'])
  })

  it('[WD36] holds a value without a right check digit for partial when its head may stand right before it', () => {
    const head = scanned(EAN.slice(0, 1), { terminator: 'none' })
    const rest = scanned(EAN.slice(1), { gapMs: 5 })

    expect(shortOf(play(then(head, 300, rest)))).toEqual([`partial ${EAN.slice(1)}`])
  })

  it('[WD5] learns the terminator from three scans, then holds every burst without one for partial', () => {
    let keys = scanned(EAN, { terminator: 'none' })
    expect(shortOf(play(keys))).toEqual([`unterminated ${EAN}`])

    for (let at = 0; at < 3; at += 1) keys = then(keys, 2000, scanned(EAN))
    keys = then(keys, 2000, scanned(EAN, { terminator: 'none' }))
    const played = play(keys)

    expect(shortOf(played)).toEqual([
      `unterminated ${EAN}`,
      ...Array(3).fill(`scan ${EAN}`),
      `partial ${EAN}`,
    ])
    expect(played.state.memory).toEqual({ terminatedScans: 3, terminator: 'Enter', layout: null })
  })

  it('[WD5] holds a burst without terminator and check digit for partial from the start', () => {
    expect(shortOf(play(scanned('ABC-77', { terminator: 'none' })))).toEqual(['partial ABC-77'])
  })

  it('[WD6] shows a scan that was cut short as partial, at every pace', () => {
    fc.assert(
      fc.property(gaps, fc.integer({ min: 6, max: 12 }), (gapMs, length) => {
        const keys = scanned(EAN.slice(0, length), { gapMs, terminator: 'none' })

        expect(play(keys, { memory: LEARNT }).results.map((it) => it.kind)).toEqual(['partial'])
      }),
    )
  })

  it('[WD6] never counts the second half of a broken scan', () => {
    const keys = then(scanned('ABC-77', { terminator: 'none' }), 600, scanned('XYZ-12'))

    expect(shortOf(play(keys))).toEqual(['partial ABC-77', 'partial XYZ-12'])
  })

  it('[WD6] counts the whole scan that follows a broken one', () => {
    const keys = then(scanned('400638', { terminator: 'none' }), 600, scanned(EAN))

    expect(shortOf(play(keys, { memory: LEARNT }))).toEqual(['partial 400638', `scan ${EAN}`])
  })

  it('[WD6] joins a scan whose connection stuttered, and counts it only by its check digit', () => {
    const whole = then(scanned('400638', { terminator: 'none' }), 220, scanned('1333931'))
    const doubtful = then(scanned('ABC-77', { terminator: 'none' }), 220, scanned('XYZ'))

    expect(shortOf(play(whole))).toEqual([`scan ${EAN}`])
    expect(shortOf(play(doubtful))).toEqual(['partial ABC-77XYZ'])
  })

  it('[WD6] does not count half of a slow scan that stuttered', () => {
    const head = scanned('4006381', { gapMs: [100, 70, 119, 90], terminator: 'none' })
    const even = then(head, 180, scanned('333938', { gapMs: 100 }))
    const uneven = then(head, 180, scanned('333938', { gapMs: [100, 70, 119, 90] }))

    expect(shortOf(play(even))).toEqual(['partial 333938'])
    expect(shortOf(play(uneven))).toEqual(['typed 4006381333938'])
  })

  it.each([450, 1300])('[WD37] holds the tail of a scan that broke %i ms before for partial', (afterMs) => {
    const head = scanned('93006012441', { terminator: 'none' })

    const quick = play(then(head, afterMs, scanned('19')), { memory: LEARNT })
    const slow = play(then(head, afterMs, scanned('1925', { gapMs: [100, 70, 119] })), { memory: LEARNT })

    expect(shortOf(quick)).toEqual(['partial 93006012441', 'partial 19'])
    expect(shortOf(slow)).toEqual(['partial 93006012441', 'partial 1925'])
  })

  it('[WD37] holds a tail that stuttered itself for partial', () => {
    const head = scanned('93006012441', { terminator: 'none' })
    const tail = then(scanned('1', { terminator: 'none' }), 250, scanned('9'))

    expect(shortOf(play(then(head, 500, tail)))).toEqual(['partial 93006012441', 'partial 19'])
  })

  it('[WD37] holds up to three characters at the pace of a scanner for partial, whatever came before', () => {
    for (const tail of ['9', '19', '419'])
      for (const gapMs of [2, 8, 60])
        expect(shortOf(play(scanned(tail, { gapMs })))).toEqual([`partial ${tail}`])
  })

  it('[WD4] [WD37] leaves a short entry to a person, also soon after a broken scan', () => {
    const head = scanned('93006012441', { terminator: 'none' })

    expect(shortOf(play(typedByHand('19')))).toEqual(['typed 19'])
    expect(shortOf(play(typedByHand('7', { gapMs: 130 })))).toEqual(['typed 7'])
    expect(shortOf(play(then(head, 700, typedByHand('1925'))))).toEqual([
      'partial 93006012441',
      'typed 1925',
    ])
    expect(shortOf(play(then(head, 9000, scanned('192', { gapMs: 100 }))))).toEqual([
      'partial 93006012441',
      'typed 192',
    ])
    expect(shortOf(play(scanned('19', { gapMs: 8, isInOtherField: true })))).toEqual(['typed 19'])
  })

  it('[WD6] ends a run late when the clock was late', () => {
    const keys = then(scanned('400638', { terminator: 'none' }), 5000, [key('Enter', 0)])

    const { effects, results } = play(keys)

    expect(results.map((it) => it.kind)).toEqual(['partial'])
    expect(effects.at(-1)).toBe('pass')
  })

  it('[WD6] says when it wants to be woken: 300 ms after the last key of a machine', () => {
    const settings = WEDGE_DEFAULTS
    const keys = scanned('400638', { terminator: 'none', startAt: 1000 })
    const state = keys.reduce(
      (it, input) => stepWedge(it, input, settings).state,
      createWedgeState(),
    )

    expect(nextTickAt(state)).toBe(1000 + 5 * 8 + 300)
    expect(tickWedge(state, 1339, settings).results).toEqual([])
    expect(tickWedge(state, 1340, settings).results).toHaveLength(1)
    expect(nextTickAt(tickWedge(state, 1340, settings).state)).toBeNull()
  })

  it('[WD6] shows what a lost window interrupts as partial and forgets what a person began', () => {
    const half = scanned('400638', { terminator: 'none' }).reduce(
      (it, input) => stepWedge(it, input, WEDGE_DEFAULTS).state,
      createWedgeState(LEARNT),
    )
    const typing = typedByHand('400', { terminator: 'none' }).reduce(
      (it, input) => stepWedge(it, input, WEDGE_DEFAULTS).state,
      createWedgeState(LEARNT),
    )

    expect(interruptWedge(half, 1100, WEDGE_DEFAULTS).results.map((it) => it.raw)).toEqual([
      '400638',
    ])
    expect(interruptWedge(typing, 3000, WEDGE_DEFAULTS)).toMatchObject({
      results: [],
      state: { line: [] },
    })
  })

  it('[WD7] reads a US scanner on German, French and Arabic keyboards by the places of the keys', () => {
    for (const osLayout of ['german', 'french', 'arabic'] as const) {
      const [result] = play(scanned('ZY-1346/a', { osLayout })).results

      expect(result).toMatchObject({ kind: 'scan', raw: 'ZY-1346/a', byCode: 'ZY-1346/a' })
      expect(result?.asTyped).not.toBe('ZY-1346/a')
    }
  })

  it('[WD8] keeps what the keyboard typed beside what the places say', () => {
    const [result] = play(scanned('1346', { osLayout: 'french' })).results

    expect(result).toMatchObject({ raw: '1346', asTyped: '&"\'-', byCode: '1346' })
  })

  it("[WD9] believes the characters of a scanner that is set to the tablet's layout, once they prove it", () => {
    const numbers = scannedInLayout(EAN, { osLayout: 'french' })
    const both = then(numbers, 2000, scannedInLayout('AZQW', { osLayout: 'french' }))

    expect(shortOf(play(numbers))).toEqual([`scan ${EAN}`])
    expect(shortOf(play(both))).toEqual([`scan ${EAN}`, 'scan AZQW'])
    expect(shortOf(play(scannedInLayout('SKU2040', { osLayout: 'french' })))).toEqual([
      'scan SKU2040',
    ])
  })

  it('[WD9] keeps to the layout that the settings name', () => {
    const keys = scannedInLayout('XYZ', { osLayout: 'german' })
    const longer = scannedInLayout('XYZ-1', { osLayout: 'german' })

    expect(shortOf(play(longer, { settings: { layout: 'text' } }))).toEqual(['scan XYZ-1'])
    expect(shortOf(play(keys, { settings: { layout: 'us' } }))).toEqual(['partial XZY'])
  })

  it('[WD9] trusts the characters when the platform names no places', () => {
    const keys = scanned('Z-77/b').map((it) => ({ ...it, code: '' }))

    expect(shortOf(play(keys))).toEqual(['scan Z-77/b'])
  })

  it('[WD9] believes the characters where AltGr or a key that a US keyboard lacks was used', () => {
    const altGr = scanned('Z-@Y').map((it, at) =>
      at === 2 ? { ...it, key: 'q', altKey: true, ctrlKey: true } : it,
    )
    const european = scannedInLayout('Z-Y1', { osLayout: 'german' }).map((it, at) =>
      at === 1 ? { ...it, key: '<', code: 'IntlBackslash' } : it,
    )

    expect(shortOf(play(altGr))).toEqual(['scan Z-qY'])
    expect(shortOf(play(european, { memory: { ...LEARNT, layout: 'us' } }))).toEqual(['scan Z<Y1'])
  })

  it('[WD9] reads a dead key by its place, whatever was learnt', () => {
    const keys = scanned('A=1B', { osLayout: 'german' })

    expect(shortOf(play(keys, { memory: { ...LEARNT, layout: 'text' } }))).toEqual(['scan A=1B'])
  })

  it('[WD14] reads letters as sent, whatever Caps Lock says', () => {
    fc.assert(
      fc.property(values, osLayouts, (value, osLayout) => {
        const { results } = play(scanned(value, { capsLock: true, osLayout }), {
          settings: { layout: 'us' },
        })

        expect(results.map((it) => it.raw)).toEqual([value])
      }),
    )
  })

  it('[WD14] takes capital letters that come without a Shift of their own', () => {
    const keys = scanned('AB!77').map((it) => ({ ...it, shiftKey: false }))

    expect(shortOf(play(keys))).toEqual(['scan AB!77'])
  })

  it('[WD15] takes the symbology identifier off into a field of its own, on any layout', () => {
    for (const osLayout of ['us', 'german', 'french'] as const) {
      const [result] = play(scanned(`]E0${EAN}`, { osLayout })).results

      expect(result).toMatchObject({ kind: 'scan', raw: EAN, symbology: 'E0', byCode: `]E0${EAN}` })
    }
  })

  it('[WD16] takes a configured prefix off, before the symbology identifier', () => {
    const { results } = play(scanned(`~#]C1${EAN}`), { settings: { prefixes: ['~#', '!'] } })

    expect(results).toMatchObject([{ kind: 'scan', raw: EAN, symbology: 'C1' }])
  })

  it('[WD17] reads Ctrl+] as GS and keeps it from the browser', () => {
    const { effects, results } = play(scanned(']C10104006381333931\x1d10AB\x1d17'))

    expect(results).toMatchObject([
      { kind: 'scan', raw: '0104006381333931\x1d10AB\x1d17', symbology: 'C1' },
    ])
    expect(effects[19]).toBe('swallow')
  })

  it('[WD17] leaves the shortcuts of a person alone', () => {
    const shortcuts = ['d', 'r', '6', '-', 'j', 'm', 'i', 'c'].map((it, at) =>
      key(it, 1000 + at * 400, { ctrlKey: true }),
    )

    const { effects, results } = play(shortcuts)

    expect(results).toEqual([])
    expect(new Set(effects)).toEqual(new Set(['pass']))
  })

  it('[WD17] leaves a shortcut alone that comes after slow typing', () => {
    const { effects, results } = play(
      then(typedByHand('12', { terminator: 'none' }), 400, [key('j', 0, { ctrlKey: true })]),
    )

    expect([results, effects.at(-1)]).toEqual([[], 'pass'])
  })

  it('[WD10] reports a scanner that sends every character twice, with what it meant', () => {
    const twice = Array.from(EAN, (it) => it + it).join('')
    const [terminated] = play(scanned(twice, { gapMs: [1, 9] })).results
    const [cut] = play(scanned(twice, { gapMs: [1, 9], terminator: 'none' })).results

    expect(terminated).toMatchObject({
      kind: 'faulty',
      fault: 'doubled',
      raw: twice,
      suggestion: EAN,
    })
    expect(cut).toMatchObject({ kind: 'faulty', fault: 'doubled' })
  })

  it('[WD11] does not count two barcodes that arrive as one', () => {
    expect(shortOf(play(scanned(EAN + EAN)))).toEqual([`partial ${EAN}${EAN}`])
  })

  it('[WD11] takes sixteen digits for one value, unless both halves are the same', () => {
    expect(shortOf(play(scanned('9638507440170725')))).toEqual(['scan 9638507440170725'])
    expect(shortOf(play(scanned('9638507496385074')))).toEqual(['partial 9638507496385074'])
  })

  it('[WD12] does not count a scan in which a key hung', () => {
    const head = scanned('400638', { terminator: 'none' })
    const hung = Array.from({ length: 9 }, (_, at) =>
      key('8', at * 33, { code: 'Digit8', repeat: true }),
    )

    const { results } = play(then(then(head, 33, hung), 33, [key('Enter', 0)]))

    expect(results.map((it) => it.kind)).toEqual(['partial'])
  })

  it('[WD13] refuses values over 255 characters', () => {
    expect(play(scanned('ab'.repeat(127) + 'c')).results).toMatchObject([{ kind: 'scan' }])
    expect(play(scanned('ab'.repeat(128))).results).toMatchObject([
      { kind: 'faulty', fault: 'too-long' },
    ])

    const [endless] = play(scanned('ab'.repeat(5000))).results
    expect(endless).toMatchObject({ kind: 'faulty', fault: 'too-long' })
    expect(endless?.raw).toHaveLength(255)
  })

  it('[WD13] refuses a scan that found no room behind a very long line', () => {
    const line = typedByHand('lorem ipsum '.repeat(24), { terminator: 'none' })

    expect(play(then(line, 400, scanned(EAN + EAN.slice(5)))).results).toMatchObject([
      { kind: 'faulty', fault: 'too-long' },
    ])
  })

  it('[WD18] measures by the time stamps of the events', () => {
    const [result] = play(scanned('ABC77', { gapMs: [2, 9], startAt: 5000 })).results

    expect(result).toMatchObject({ ms: 24, maxGapMs: 9, endedAt: 5024, terminator: 'Enter' })
  })

  it('[WD18] bears time stamps that stand still or run backwards', () => {
    const still = scanned(EAN, { gapMs: 0 })
    const backwards = scanned(EAN, { gapMs: [5, -3] })

    expect(shortOf(play(still))).toEqual([`scan ${EAN}`])
    expect(shortOf(play(backwards))).toEqual([`scan ${EAN}`])
  })
})
