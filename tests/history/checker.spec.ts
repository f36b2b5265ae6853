// The judge itself: it takes right histories and refuses each kind of wrong one, made by hand.
import { describe, expect, it } from 'vitest'
import { checkHistory } from './check-history'
import { createHistory, type Kind, type Operation, type SeenRow } from './history'

const S = 's'
type Step = readonly [
  process: string,
  operation: Operation,
  kind: Exclude<Kind, 'invoke'>,
  outcome?: Operation,
]

/** One after the other, each ended before the next begins. */
function judge(...steps: readonly Step[]): readonly string[] {
  const history = createHistory()
  for (const [process, operation, kind, outcome] of steps)
    history.invoke(process, operation)(kind, outcome)
  return checkHistory(history.entries)
}

const scan = (kind: Exclude<Kind, 'invoke'> = 'ok', key = 'k'): Step => [
  'a',
  { op: 'scan', session: S, key },
  kind,
]
const undo = (kind: Exclude<Kind, 'invoke'> = 'ok'): Step => [
  'a',
  { op: 'undo', session: S, key: 'k' },
  kind,
]
const row = (over: Partial<SeenRow> = {}): SeenRow => ({
  uuid: 'u',
  key: 'k',
  quantity: 1,
  rev: 1,
  ...over,
})
const read = (...rows: readonly SeenRow[]): Step => [
  'judge',
  { op: 'read', session: S },
  'ok',
  { op: 'read', session: S, rows },
]
const lock = (process: string, fence: number): Step => [
  process,
  { op: 'lock', session: S },
  'ok',
  { op: 'lock', session: S, fence, holder: process },
]
const submit = (kind: Exclude<Kind, 'invoke'> = 'ok'): Step => [
  'a',
  { op: 'submit', session: S },
  kind,
]
const push = (rev: number): Step => [
  'a',
  { op: 'push', session: S },
  'ok',
  { op: 'push', session: S, acked: [{ uuid: 'u', rev }] },
]

describe('the judge of histories', () => {
  it('[HH1] takes a right one: sums of several rows, an undo, a refused scan, one whose outcome nobody knows', () => {
    expect(
      judge(
        scan(),
        scan(),
        scan('fail'),
        undo(),
        read(row({ quantity: 2, rev: 2 }), row({ uuid: 'v', quantity: -1, rev: 1 })),
      ),
    ).toEqual([])
    for (const quantity of [1, 2])
      expect(judge(scan(), scan('unknown'), read(row({ quantity })))).toEqual([])
  })

  it.each([
    ['a lost scan', [scan(), scan(), read(row())]],
    ['a scan counted twice', [scan(), read(row({ quantity: 2 }))]],
    ['a refused scan that was counted', [scan('fail'), read(row())]],
    ['a scan counted under another value', [scan(), read(row({ key: 'other' }))]],
    ['an undo that took nothing back', [scan(), undo(), read(row())]],
    ['an undo that took back twice', [scan(), scan(), undo(), read(row({ quantity: 0 }))]],
    [
      'more than even the unknown ones explain',
      [scan(), scan('unknown'), read(row({ quantity: 3 }))],
    ],
    ['a row of nobody', [scan(), read(row(), row({ uuid: 'v', key: 'stray' }))]],
  ] satisfies [string, Step[]][])('[HH1] refuses %s', (_what, steps) => {
    expect(judge(...steps).length).toBeGreaterThan(0)
  })

  it('[HH1] refuses a session that was not read at the end', () => {
    expect(judge(scan())).toEqual([`${S} was never read`])
    expect(judge(scan(), read(row()), scan('fail', 'x'))).toHaveLength(1)
  })

  it('[HH2] takes fences that grow with each holder, and extensions that keep theirs', () => {
    expect(
      judge(lock('a', 1), lock('a', 1), lock('b', 2), lock('b', 2), lock('a', 3), read()),
    ).toEqual([])
  })

  it('[HH2] takes the answer of a lost call that ends late', () => {
    const history = createHistory()
    const endLate = history.invoke('a', { op: 'lock', session: S })
    history.invoke('b', { op: 'lock', session: S })('ok', {
      op: 'lock',
      session: S,
      fence: 2,
      holder: 'b',
    })
    endLate('ok', { op: 'lock', session: S, fence: 1, holder: 'a' })
    history.invoke('judge', { op: 'read', session: S })('ok', { op: 'read', session: S, rows: [] })
    expect(checkHistory(history.entries)).toEqual([])
  })

  it.each([
    ['one fence for two holders', [lock('a', 1), lock('b', 1)]],
    ['a fence that goes back', [lock('a', 2), lock('b', 1)]],
    ['a holder whose own fence goes back', [lock('a', 2), lock('a', 1)]],
    ['a grant without a fence', [['a', { op: 'lock', session: S }, 'ok'] as const]],
  ] satisfies [string, Step[]][])('[HH2] refuses %s', (_what, steps) => {
    expect(judge(...steps, read()).length).toBeGreaterThan(0)
  })

  it.each([
    ['a revision that goes back', [scan(), read(row({ rev: 2 })), read(row({ rev: 1 }))]],
    ['a row that vanishes', [read(row({ quantity: 0 })), read()]],
    ['two quantities under one revision', [scan(), read(row({ quantity: 2 })), read(row())]],
    ['an acknowledged revision that is not there', [scan(), push(2), read(row({ rev: 1 }))]],
    ['an acknowledged row that is gone', [push(1), read()]],
  ] satisfies [string, Step[]][])('[HH3] refuses %s', (_what, steps) => {
    expect(judge(...steps)).toHaveLength(1)
  })

  it('[HH3] takes an older answer to a reading that began earlier', () => {
    const history = createHistory()
    const endSlow = history.invoke('a', { op: 'read', session: S })
    history.invoke('b', { op: 'read', session: S })('ok', {
      op: 'read',
      session: S,
      rows: [row({ rev: 2, quantity: 0 })],
    })
    endSlow('ok', { op: 'read', session: S, rows: [row({ rev: 1, quantity: 0 })] })
    history.invoke('judge', { op: 'read', session: S })('ok', {
      op: 'read',
      session: S,
      rows: [row({ rev: 2, quantity: 0 })],
    })
    expect(checkHistory(history.entries)).toEqual([])
  })

  it('[HH4] refuses a record that is no record: an end without a begin, or two', () => {
    const history = createHistory()
    const end = history.invoke('a', { op: 'scan', session: S, key: 'k' })
    end('ok')
    end('ok')
    history.invoke('judge', { op: 'read', session: S })('ok', {
      op: 'read',
      session: S,
      rows: [row()],
    })
    expect(checkHistory(history.entries)).toEqual(['scan 1 of a ends twice'])
    expect(
      checkHistory([{ process: 'a', id: 9, kind: 'ok', op: 'read', session: S, rows: [] }]),
    ).toContain('read 9 of a ends what was not begun')
  })

  it('[HH6] takes a session that stays as it was handed in, and one that was not handed in', () => {
    expect(judge(scan(), submit(), read(row()), read(row()))).toEqual([])
    expect(judge(submit('unknown'), scan(), read(row({ rev: 1 })), read(row({ rev: 2 })))).toEqual([])
  })

  it.each([
    ['a row that changed', [scan(), submit(), read(row()), read(row({ rev: 2 }))]],
    ['a row that came', [scan(), submit(), read(row()), read(row(), row({ uuid: 'v', quantity: 0 }))]],
    ['a scan by whoever handed it in', [submit(), scan(), read(row())]],
  ] satisfies [string, Step[]][])('[HH6] refuses %s after a submit', (_what, steps) => {
    expect(judge(...steps)).toHaveLength(1)
  })
})
