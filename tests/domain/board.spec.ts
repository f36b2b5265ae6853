// What a board makes of what it knows: pace, silence, concerns, and when a count may be done.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  activityOf,
  concernsOf,
  estimateOf,
  outlookOf,
  paceOf,
  type BoardSession,
  type CountProgress,
} from '../../src/domain/board'
import { asId, type CycleCountId, type DeviceId, type SessionId, type UserName } from '../../src/domain/ids'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const NOW = 1_780_000_000_000
const MINUTE_NOW = Math.floor(NOW / MINUTE)
const PAD = asId<DeviceId>('pad')
const ANA = asId<UserName>('ana')

/** Ana counts on her pad: ten scans a minute until a moment ago, heard of ten seconds ago. */
function aSession(over: Partial<BoardSession> = {}): BoardSession {
  return {
    sessionId: asId<SessionId>('S'),
    cycleCountId: asId<CycleCountId>('C'),
    name: 'Aisle 4',
    area: '',
    status: 'assigned',
    createdBy: ANA,
    recountRound: null,
    wanted: 100,
    counted: 40,
    extra: 0,
    unmatched: 0,
    lastScanAt: NOW - 5000,
    lock: { userName: ANA, deviceId: PAD, since: NOW - HOUR, until: NOW + MINUTE, isReleased: false },
    devices: [heard(10_000)],
    pulse: pulse(0, 10),
    ...over,
  }
}

function heard(agoMs: number, unsentScans = 0): BoardSession['devices'][number] {
  return { deviceId: PAD, deviceName: null, userName: ANA, unsentScans, lastHeardAt: NOW - agoMs }
}

/** Ten minutes of scanning that ended so many minutes ago. */
function pulse(endedMinutes: number, scans: number) {
  return Array.from({ length: 10 }, (_, index) => ({ minute: MINUTE_NOW - endedMinutes - 9 + index, scans }))
}

describe('the pace', () => {
  it('[BD12] is scans a minute over the last five minutes, and falls as time passes', () => {
    const session = aSession()

    expect([0, 2, 4, 5].map((it) => paceOf(session, NOW + it * MINUTE))).toEqual([10, 6, 2, 0])
  })
})

describe('what goes on', () => {
  it.each([
    ['counting', {}],
    ['waiting', { lock: null, lastScanAt: null, counted: 0 }],
    ['left', { lock: null }],
    ['left', { lock: { ...aSession().lock!, isReleased: true } }],
    ['submitted', { status: 'submitted' }],
    ['approved', { status: 'approved' }],
    ['voided', { status: 'voided' }],
  ] as const)('[BD12] %s: %o', (activity, over) => {
    expect(activityOf(aSession(over), NOW)).toBe(activity)
  })

  it('[BD12] is quiet after three minutes without a scan, by the mere passing of time, while its device is heard of', () => {
    const session = aSession({ lastScanAt: NOW, devices: [{ ...heard(0), lastHeardAt: NOW + HOUR }] })

    expect([2.9, 3].map((it) => activityOf(session, NOW + it * MINUTE))).toEqual(['counting', 'quiet'])
  })

  it('[BD12] a slow counter is not quiet in a usual pause, and who has hardly begun is not missed', () => {
    const slow = aSession({ lastScanAt: NOW - 4 * MINUTE, pulse: pulse(4, 1) })
    const beginner = aSession({ lastScanAt: NOW - 14 * MINUTE, pulse: [{ minute: MINUTE_NOW - 14, scans: 4 }] })

    expect([slow, beginner].map((it) => activityOf(it, NOW))).toEqual(['counting', 'counting'])
    expect(activityOf({ ...slow, lastScanAt: NOW - 5 * MINUTE }, NOW)).toBe('quiet')
  })

  it('[BD12] is not heard of two and a half minutes after the device said something last, whatever others say', () => {
    const other = { ...heard(0), deviceId: asId<DeviceId>('other') }

    expect(activityOf(aSession({ devices: [heard(2.4 * MINUTE), other] }), NOW)).toBe('counting')
    expect(activityOf(aSession({ devices: [heard(2.5 * MINUTE), other] }), NOW)).toBe('unheard')
  })

  it('[BD12] who has just taken the lock has been heard of', () => {
    const lock = { ...aSession().lock!, since: NOW - 1000 }
    expect(activityOf(aSession({ lock, devices: [] }), NOW)).toBe('counting')
  })
})

describe('what somebody should look at', () => {
  it('[BD12] silence, scans that are long unsent, unknown barcodes; not what is on its way, nor what is over', () => {
    const concern = (over: Partial<BoardSession>) => concernsOf(aSession(over), NOW)

    expect(concern({})).toEqual([])
    expect(concern({ devices: [heard(10_000, 3)] })).toEqual([])
    expect(concern({ devices: [heard(2 * MINUTE, 3)] })).toEqual(['unsent'])
    expect(concern({ devices: [heard(HOUR, 3)], unmatched: 1 })).toEqual(['unheard', 'unsent', 'unmatched'])
    expect(concern({ status: 'submitted', devices: [heard(HOUR, 3)] })).toEqual(['unsent'])
    expect(concern({ status: 'voided', devices: [heard(HOUR, 3)], unmatched: 1 })).toEqual([])
  })
})

const aProgress = (over: Partial<CountProgress> = {}): CountProgress => ({
  wanted: 400,
  counted: 100,
  inLast10: 40,
  inLast30: 90,
  firstAt: NOW - HOUR,
  at: NOW,
  ...over,
})

describe('when a count may be done', () => {
  it('[BD13] lies between the faster and the slower pace, each give or take the play of chance', () => {
    const estimate = estimateOf(aProgress())

    // 300 lines left; (40 + √40) / 10 a minute, and (90 − √90) / 30.
    expect(estimate.kind === 'between' && Math.round((estimate.from - NOW) / MINUTE)).toBe(65)
    expect(estimate.kind === 'between' && Math.round((estimate.to! - NOW) / MINUTE)).toBe(112)
  })

  it.each([
    ['no-list', { wanted: null }],
    ['not-begun', { counted: 0, inLast10: 0, inLast30: 0, firstAt: null }],
    ['too-little', { counted: 9, inLast10: 9, inLast30: 9 }],
    ['too-little', { firstAt: NOW - 4 * MINUTE }],
    ['nobody-counts', { inLast10: 0, inLast30: 0 }],
  ] as const)('[BD13] nobody can say: %s', (why, over) => {
    expect(estimateOf(aProgress(over))).toEqual({ kind: 'unknown', why })
  })

  it('[BD13] a count of which everything is counted is done, an empty one is not', () => {
    expect(estimateOf(aProgress({ counted: 400 }))).toEqual({ kind: 'done' })
    expect(estimateOf(aProgress({ wanted: 0, counted: 0, firstAt: null }))).not.toEqual({ kind: 'done' })
  })

  it('[BD13] has no end where counting has as good as stopped', () => {
    expect(estimateOf(aProgress({ inLast10: 0, inLast30: 12 }))).toMatchObject({ kind: 'between', to: null })
  })

  it('[BD13] is a range of moments to come, whatever was counted', () => {
    fc.assert(
      fc.property(
        fc.record({
          wanted: fc.integer({ min: 1, max: 50_000 }),
          counted: fc.integer({ min: 1, max: 50_000 }),
          inLast10: fc.nat(2000),
          more: fc.nat(2000),
          minutes: fc.nat(3000),
        }),
        ({ wanted, counted, inLast10, more, minutes }) => {
          const estimate = estimateOf({
            wanted,
            counted,
            inLast10,
            inLast30: inLast10 + more,
            firstAt: NOW - minutes * MINUTE,
            at: NOW,
          })
          if (estimate.kind !== 'between') return
          expect(estimate.from).toBeGreaterThan(NOW)
          if (estimate.to !== null) expect(estimate.to).toBeGreaterThanOrEqual(estimate.from)
        },
      ),
    )
  })

  it('[BD13] is in time or late only where the whole range says so', () => {
    const estimate = estimateOf(aProgress())
    const due = (minutes: number) => outlookOf(estimate, NOW + minutes * MINUTE, NOW)

    expect([due(120), due(90), due(60), due(-1)]).toEqual(['in-time', 'open', 'late', 'late'])
    expect(outlookOf(estimate, null, NOW)).toBeNull()
    expect(outlookOf({ kind: 'unknown', why: 'too-little' }, NOW + MINUTE, NOW)).toBeNull()
    expect(outlookOf({ kind: 'done' }, NOW - MINUTE, NOW)).toBeNull()
  })
})
