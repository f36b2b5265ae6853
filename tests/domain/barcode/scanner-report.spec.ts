// A test scan told key by key: what arrived, at which pace, and what is wrong with the scanner's set-up.
import { describe, expect, it } from 'vitest'
import { isEcho, scannerReportOf, withEcho, type ScannerReport } from '../../../src/domain/barcode/scanner-report'
import { prefixProblemOf } from '../../../src/domain/barcode/scanner-set-up'
import type { KeyInput } from '../../../src/domain/barcode/stroke'
import { createWedgeState, stepWedge, tickWedge } from '../../../src/domain/barcode/wedge-decoder'
import { NOTHING_LEARNT, WEDGE_DEFAULTS, type WedgeMemory, type WedgeResult, type WedgeSettings } from '../../../src/domain/barcode/wedge-result'
import { key, scanned, typedByHand } from '../../support/key-streams'

const EAN = '4006381333931'
const LEARNT: WedgeMemory = { terminatedScans: 3, terminator: 'Enter', layout: null }

function resultOf(keys: readonly KeyInput[], set: Partial<WedgeSettings> = {}, memory = NOTHING_LEARNT): WedgeResult {
  const settings = { ...WEDGE_DEFAULTS, ...set }
  const results: WedgeResult[] = []
  let state = createWedgeState(memory)
  for (const input of keys) {
    const step = stepWedge(state, input, settings)
    results.push(...step.results)
    state = step.state
  }
  results.push(...tickWedge(state, (keys.at(-1)?.timeStamp ?? 0) + 10_000, settings).results)
  const result = results[0]
  if (result === undefined) throw new Error('nothing came of it')
  return result
}

function report(keys: readonly KeyInput[], set: Partial<WedgeSettings> = {}): ScannerReport {
  return scannerReportOf(keys, resultOf(keys, set), { ...WEDGE_DEFAULTS, ...set })
}

const doubledKeys = (value: string): readonly KeyInput[] => scanned([...value].map((it) => it + it).join(''))

describe('the report of a test scan', () => {
  it('[WS1] names each key with the pause before it, the end, the identifier and control characters', () => {
    const { keys, result, gapMsMedian, faults } = report(scanned(']C101AB\x1d', { gapMs: 7 }))

    expect(keys.map((it) => (it.kind === 'end' ? it.terminator : 'char' in it ? it.char : it.key)).join(' ')).toBe(']  C 1 0 1 A B \x1d Enter'.replace('  ', ' '))
    expect(keys[0]).toMatchObject({ kind: 'character', gapMs: 0 })
    expect(keys[1]).toMatchObject({ kind: 'character', gapMs: 7 })
    expect(keys[7]).toMatchObject({ kind: 'control', char: '\x1d' })
    expect(keys[8]).toEqual({ kind: 'end', terminator: 'Enter', gapMs: 7 })
    expect(result).toMatchObject({ raw: '01AB\x1d', symbology: 'C1' })
    expect([gapMsMedian, faults]).toEqual([7, []])
  })

  it('[WS1] leaves out what a person did before the scan, and adds what echoes its end', () => {
    const before = [key('Tab', 500, { code: 'Tab' }), key('a', 700, { code: 'KeyA' })]
    const scan = scanned(EAN, { startAt: 9000 })

    const told = report([...before, ...scan])
    expect(told.keys).toHaveLength(14)

    const lineFeed = key('j', (scan.at(-1)?.timeStamp ?? 0) + 5, { code: 'KeyJ', ctrlKey: true })
    expect(isEcho(told, lineFeed)).toBe(true)
    expect(withEcho(told, lineFeed)).toMatchObject({ remarks: ['several-ends'] })
    expect(withEcho(told, lineFeed).keys.at(-1)).toEqual({ kind: 'end', terminator: 'LF', gapMs: 5 })
    expect(isEcho(told, key('Enter', lineFeed.timeStamp + 2000, { code: 'Enter' }))).toBe(false)
  })

  it('[WS2] finds nothing wrong with a scanner that is in order', () => {
    for (const terminator of ['Enter', 'Tab'] as const) expect(report(scanned(EAN, { terminator })).faults).toEqual([])
  })

  it('[WS2] tells each fault apart', () => {
    const held = scanned('AB12CD34').map((it, nth) => (nth === 4 ? { ...it, repeat: true } : it))
    const streams: Readonly<Record<string, readonly KeyInput[]>> = {
      doubled: doubledKeys(EAN),
      'too-long': scanned('A1'.repeat(130)),
      'no-end': scanned(EAN, { terminator: 'none' }),
      'repeated-key': held,
      glued: scanned(`${EAN}${EAN}`),
      stutter: scanned('AB12CD34', { gapMs: [8, 8, 8, 200] }),
      typed: typedByHand(EAN),
      prefix: scanned(`~#${EAN}`),
      'check-digit': scanned('4006381333932'),
    }

    for (const [fault, keys] of Object.entries(streams)) expect(report(keys).faults, fault).toEqual([fault])
    expect(report(doubledKeys(EAN)).result).toMatchObject({ suggestion: EAN })
  })

  it('[WS2] remarks on what does no harm: slow, another keyboard, Caps Lock, control characters, two ends', () => {
    expect(report(scanned(EAN, { gapMs: 90 })).remarks).toEqual(['slow'])
    expect(report(scanned('AY-12Z', { osLayout: 'german' })).remarks).toEqual(['layout'])
    expect(report(scanned(EAN, { capsLock: true })).remarks).toEqual(['caps-lock'])
    expect(report(scanned('0104006381333931\x1d10AB')).remarks).toEqual(['control-characters'])
  })

  it('[WS3] suggests a prefix only where a whole barcode stands behind something that is none', () => {
    expect(report(scanned(`~#${EAN}`)).suggestedPrefix).toBe('~#')
    expect(report(scanned(`SKU${EAN}`)).suggestedPrefix).toBe('SKU')
    expect(report(scanned('4006381333932')).suggestedPrefix).toBeNull()
    expect(report(scanned(`99${EAN}`)).suggestedPrefix).toBeNull()
    expect(report(scanned(`X9${EAN}`)).suggestedPrefix).toBeNull()
    expect(report(scanned('ROOM-12')).suggestedPrefix).toBeNull()
  })

  it('[WS3] says what was taken off', () => {
    expect(report(scanned(`~#]E0${EAN}`), { prefixes: ['~#'] })).toMatchObject({ prefix: '~#', faults: [], result: { raw: EAN } })
    expect(report(scanned(EAN), { prefixes: ['~#'] }).prefix).toBeNull()
  })
})

describe('what may be set up', () => {
  it('[WS4] digits, symbology identifiers and long texts are no prefix', () => {
    expect(['', '~#', 'A1'].map(prefixProblemOf)).toEqual([null, null, null])
    expect(['40', ']E0', 'x'.repeat(21)].map(prefixProblemOf)).toEqual(['digits', 'identifier', 'too-long'])
  })

  it('[WS5] a set end beats what was learnt, both ways', () => {
    const keys = scanned(EAN, { terminator: 'none' })

    expect(resultOf(keys, {}, LEARNT).kind).toBe('partial')
    expect(resultOf(keys, { end: 'none' }, LEARNT).kind).toBe('unterminated')
    expect(resultOf(keys, {}).kind).toBe('unterminated')
    expect(resultOf(keys, { end: 'sent' }).kind).toBe('partial')
  })
})
