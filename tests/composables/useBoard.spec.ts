// The board on screen: asked when hints come, by the clock when none do, never more often than it can bear.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, shallowRef, type EffectScope } from 'vue'
import { estimateWords, holderWords, unsentWords } from '../../src/composables/board-words'
import { useBoard } from '../../src/composables/useBoard'
import type { BoardCount, BoardSession } from '../../src/domain/board'
import {
  asId,
  type CycleCountId,
  type DeviceId,
  type FacilityId,
  type SessionId,
  type UserName,
} from '../../src/domain/ids'
import type { BusMessage } from '../../src/ports/platform'
import type { BoardRead } from '../../src/ports/watch'
import { createFakeBus } from '../support/fake-desk'

const HERE = asId<FacilityId>('north')
const OFFLINE = { ok: false, reason: 'offline', message: '' } as const

function aSession(id: string, over: Partial<BoardSession> = {}): BoardSession {
  return {
    sessionId: asId<SessionId>(id),
    cycleCountId: asId<CycleCountId>('C'),
    name: `Aisle ${id}`,
    area: '',
    status: 'assigned',
    createdBy: null,
    recountRound: null,
    wanted: 10,
    counted: 1,
    extra: 0,
    unmatched: 0,
    lastScanAt: null,
    lock: null,
    devices: [],
    pulse: [],
    ...over,
  }
}

const aCount = (id = 'C', over: Partial<BoardCount> = {}): BoardCount => ({
  cycleCountId: asId<CycleCountId>(id),
  name: `Count ${id}`,
  status: 'in-progress',
  countType: 'directed',
  dueAt: null,
  progress: null,
  ...over,
})

let scope: EffectScope
beforeEach(() => {
  vi.useFakeTimers({ now: 1_780_000_000_000 })
  scope = effectScope()
})
afterEach(() => {
  scope.stop()
  vi.useRealTimers()
})

/** A board over a server that answers what it is told, and hints that a test gives. */
async function open() {
  const asked: { facilityId: string; after: string | null; withProgress: boolean }[] = []
  const watched: (string | null)[] = []
  const screen = { isVisible: true }
  const server: { answer: Partial<BoardRead> | typeof OFFLINE } = { answer: {} }
  const bus = createFakeBus()
  const place = shallowRef(HERE)
  const board = scope.run(() =>
    useBoard({
      sync: {
        board: async (facilityId, ask) => {
          asked.push({ ...ask, facilityId })
          if ('ok' in server.answer) return OFFLINE
          const answer = {
            cursor: `c${asked.length}`,
            isWhole: ask.after === null,
            hasMore: false,
            counts: [aCount()],
            sessions: [],
            serverTime: Date.now() + 5000,
            ...server.answer,
          }
          return { ok: true, answer }
        },
        watchBoard: async (facilityId) => void watched.push(facilityId),
      },
      bus,
      clock: { now: () => Date.now() },
      facilityId: () => place.value,
      isVisible: () => screen.isVisible,
    }),
  )!
  const stream = (what: Extract<BusMessage, { kind: 'board' }>['stream'], facilityId = HERE) =>
    bus.post({ kind: 'board', facilityId, stream: what })
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
  await pass(0)
  return { board, asked, watched, server, screen, place, stream, pass }
}

describe('without a stream', () => {
  it('[BD11] the board says so and asks every ten seconds', async () => {
    const { board, asked, stream, pass } = await open()
    stream('dead')
    await pass(30_000)

    expect(board.mode.value).toBe('polling')
    expect(asked).toHaveLength(4)
  })

  it('[BD11] what broke while it was live is asked for at once', async () => {
    const { board, asked, stream, pass } = await open()
    await pass(3000)
    stream('hint')
    await pass(5000)
    const before = asked.length
    stream('dead')
    await pass(0)

    expect([asked.length - before, board.mode.value]).toEqual([1, 'polling'])
  })

  it('[BD11] a failed question is asked again, what was read stays in sight with its time', async () => {
    const { board, server, asked, pass } = await open()
    const readAt = board.readAt.value
    server.answer = OFFLINE
    await pass(10_000)
    expect([board.failure.value?.reason, board.readAt.value, board.counts.value.length]).toEqual(['offline', readAt, 1])

    server.answer = {}
    await pass(10_000)
    expect([board.failure.value, asked.length]).toEqual([null, 3])
  })

  it('[BD11] a stream that was refused is tried again once the board may be read', async () => {
    const { watched, server, stream, pass } = await open()
    server.answer = OFFLINE
    stream('refused')
    await pass(10_000)
    expect(watched).toEqual([HERE])

    server.answer = {}
    await pass(10_000)
    expect(watched).toEqual([HERE, HERE])
  })
})

describe('with a stream', () => {
  it('[BD14] a storm of hints is one question every two seconds, and the last hint is not lost', async () => {
    const { asked, stream, pass } = await open()
    for (let at = 0; at < 10_000; at += 100) {
      stream('hint')
      await pass(100)
    }
    const during = asked.length
    stream('hint')
    await pass(2000)

    expect(during).toBeLessThanOrEqual(6)
    expect(asked.length - during).toBe(1)
    await pass(20_000)
    expect(asked.length - during).toBe(1)
  })

  it('[BD14] it asks every half minute all the same', async () => {
    const { asked, stream, pass } = await open()
    await pass(3000)
    stream('hint')
    await pass(0)
    const before = asked.length
    await pass(60_000)

    expect(asked.length - before).toBe(2)
  })

  it('[BD14] hints of other facilities are nothing', async () => {
    const { board, asked, stream, pass } = await open()
    stream('hint', asId<FacilityId>('south'))
    await pass(3000)

    expect([asked.length, board.mode.value]).toEqual([1, 'opening'])
  })

  it('[BD14] whole counts are added up at most every fifteen seconds', async () => {
    const { asked, stream, pass } = await open()
    for (let at = 0; at < 30_000; at += 500) {
      stream('hint')
      await pass(500)
    }

    expect(asked.filter((it) => it.withProgress)).toHaveLength(2)
  })

  it('[BD14] a hidden screen asks nothing and holds no stream; it asks as soon as it is seen', async () => {
    const { board, asked, watched, screen, pass } = await open()
    screen.isVisible = false
    board.onVisibility()
    await pass(300_000)
    expect([asked.length, watched.at(-1)]).toEqual([1, null])

    screen.isVisible = true
    board.onVisibility()
    await pass(0)
    expect([asked.length, watched.at(-1)]).toEqual([2, HERE])
  })

  it('[BD14] a board that was left asks no more', async () => {
    const { asked, watched, stream, pass } = await open()
    scope.stop()
    stream('hint')
    await pass(300_000)

    expect([asked.length, watched.at(-1)]).toEqual([1, null])
  })
})

describe('what is shown', () => {
  it('[BD2] changes are put into what is there; what did not change stays the very same', async () => {
    const { board, server, asked, pass } = await open()
    server.answer = { isWhole: true, sessions: [aSession('2'), aSession('10'), aSession('1')] }
    await pass(10_000)
    const [one, two] = board.sessions.value
    server.answer = { isWhole: false, sessions: [aSession('2', { counted: 2 }), aSession('3')] }
    await pass(10_000)

    expect(board.sessions.value.map((it) => it.name)).toEqual(['Aisle 1', 'Aisle 2', 'Aisle 3', 'Aisle 10'])
    expect(board.sessions.value[0]).toBe(one)
    expect([two?.counted, board.sessions.value[1]?.counted]).toEqual([1, 2])
    expect(asked.map((it) => it.after)).toEqual([null, 'c1', 'c2'])
  })

  it('[BD2] discarded sessions and those of counts that are over leave the board; a whole answer replaces everything', async () => {
    const { board, server, pass } = await open()
    const other = aSession('9', { cycleCountId: asId<CycleCountId>('D') })
    server.answer = { isWhole: true, counts: [aCount(), aCount('D')], sessions: [aSession('1'), aSession('2'), other] }
    await pass(10_000)
    server.answer = { isWhole: false, sessions: [aSession('2', { status: 'voided' })] }
    await pass(10_000)
    expect(board.sessions.value.map((it) => it.sessionId)).toEqual(['1'])

    server.answer = { isWhole: true, sessions: [aSession('5')] }
    await pass(10_000)
    expect(board.sessions.value.map((it) => it.sessionId)).toEqual(['5'])
  })

  it('[BD2] another facility begins anew, also while the first is being asked for', async () => {
    const { board, asked, watched, server, place, pass } = await open()
    server.answer = { isWhole: true, sessions: [aSession('1')] }
    await pass(10_000)
    server.answer = { isWhole: true, counts: [], sessions: [] }
    place.value = asId<FacilityId>('south')
    await pass(0)

    expect(asked.at(-1)).toMatchObject({ facilityId: 'south', after: null })
    expect([board.sessions.value, watched.at(-1)]).toEqual([[], 'south'])
  })

  it('[BD5] the progress of a count stays until it is added up again', async () => {
    const progress = { wanted: 9, counted: 1, inLast10: 0, inLast30: 0, firstAt: null, at: 1 }
    const { board, server, pass } = await open()
    server.answer = { counts: [aCount('C', { progress })] }
    await pass(10_000)
    server.answer = {}
    await pass(10_000)

    expect(board.counts.value[0]?.progress).toEqual(progress)
  })

  it('[BD12] the time is the server’s, and moves on by itself', async () => {
    const { board, pass } = await open()
    const before = board.now.value
    await pass(5000)

    expect([before - (Date.now() - 5000), board.now.value - before]).toEqual([5000, 5000])
  })
})

describe('in words', () => {
  const NOW = Date.UTC(2026, 4, 4, 8)

  it('[BD13] an estimate is rounded to five minutes and never one figure where there is a range', () => {
    const between = (from: number, to: number | null) =>
      estimateWords({ kind: 'between', from: NOW + from * 60_000, to: to === null ? null : NOW + to * 60_000 }, NOW, 'UTC')

    expect(between(64, 112)).toBe('Done at this pace between 09:05 and 09:50.')
    expect(between(64, 66)).toBe('Done at this pace at about 09:05.')
    expect(between(64, null)).toBe('Done at this pace not before 09:05; it may take more than a day.')
    expect(estimateWords({ kind: 'unknown', why: 'too-little' }, NOW, 'UTC')).toBe(
      'Too little is counted to say when it will be done.',
    )
  })

  it('[BD7] devices have names where somebody gave them one, and say what they have not sent and when they were heard of', () => {
    const device = (over: object) => ({
      deviceId: asId<DeviceId>('d'),
      deviceName: 'iPad-2',
      userName: asId<UserName>('ana'),
      unsentScans: 12,
      lastHeardAt: NOW - 4 * 60_000,
      ...over,
    })
    const lock = { userName: asId<UserName>('ana'), deviceId: asId<DeviceId>('d'), since: NOW, until: null, isReleased: false }
    const session = aSession('1', { lock, devices: [device({}), device({ deviceName: null, unsentScans: 1 }), device({ unsentScans: 0 })] })

    expect(unsentWords(session, NOW, 'UTC')).toEqual([
      'iPad-2: 12 scans not sent, heard 4 min ago',
      'Ana’s device: 1 scan not sent, heard 4 min ago',
    ])
    expect(holderWords(session)).toBe('Ana, iPad-2')
    expect(holderWords(aSession('1'))).toBe('–')
  })
})
