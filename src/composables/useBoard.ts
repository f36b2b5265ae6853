// The board on screen: hints say when to ask, asking is the truth; without a stream it asks by the clock, and says so.
import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { BoardCount, BoardSession } from '../domain/board'
import type { CycleCountId, FacilityId, SessionId } from '../domain/ids'
import type { Clock } from '../domain/time-and-ids'
import type { Bus } from '../ports/platform'
import type { BoardRead } from '../ports/watch'
import type { SyncWorkerApi } from '../worker/protocol'
import { trying } from './trying'
import type { ShownFailure } from './words'

/** Hints that come faster wait: a board changes at most so often. */
const GAP_MS = 2000
/** Without a stream. */
const POLL_MS = 10_000
/** With one, all the same: a hint may get lost. */
const SAFETY_MS = 30_000
/** Adding up whole counts reads all of their lines: no more often than this. */
const PROGRESS_MS = 15_000
/** Words like "4 min ago", and silence, move on by themselves. */
const TICK_MS = 5000

/** `live`: hints come; `polling`: asked every ten seconds; `opening`: not known yet. */
export type BoardMode = 'opening' | 'live' | 'polling'

export interface LiveBoard {
  readonly counts: Readonly<ShallowRef<readonly BoardCount[]>>
  /** In the order in which they were made, count by count: a live list does not jump. */
  readonly sessions: Readonly<ShallowRef<readonly BoardSession[]>>
  readonly mode: Readonly<Ref<BoardMode>>
  readonly failure: Readonly<ShallowRef<ShownFailure | null>>
  readonly hasMore: Readonly<Ref<boolean>>
  /** Device time of the last answer; null before the first. */
  readonly readAt: Readonly<Ref<number | null>>
  /** The server's time, moving on. */
  readonly now: Readonly<Ref<number>>
  readonly refresh: () => void
}

export interface BoardDeps {
  readonly sync: Pick<SyncWorkerApi, 'board' | 'watchBoard'>
  readonly bus: Bus
  readonly clock: Pick<Clock, 'now'>
  /** May change while the board is open: a choice that was just made arrives late. */
  readonly facilityId: () => FacilityId
  /** A hidden screen rests. */
  readonly isVisible: () => boolean
}

/** Rules: docs/SPEC.md BD11, BD14 */
export function useBoard(deps: BoardDeps): LiveBoard & { readonly onVisibility: () => void } {
  const { sync, bus, clock, facilityId } = deps
  const shown = createBoardRows()
  const mode = ref<BoardMode>('opening')
  const failure = shallowRef<ShownFailure | null>(null)
  const hasMore = ref(false)
  const readAt = ref<number | null>(null)
  const now = ref(clock.now())
  let offsetMs = 0
  let cursor: string | null = null
  let progressAt = -Infinity
  let startedAt = -Infinity
  let isAsking = false
  let isWantedAgain = false
  let isRefused = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let isOver = false

  function plan(inMs: number): void {
    clearTimeout(timer)
    if (!isOver && deps.isVisible()) timer = setTimeout(() => void ask(), inMs)
  }

  /** Soon, but not sooner than the gap allows. */
  function want(): void {
    if (isAsking) isWantedAgain = true
    else plan(Math.max(0, startedAt + GAP_MS - clock.now()))
  }

  async function ask(): Promise<void> {
    isAsking = true
    startedAt = clock.now()
    const withProgress = cursor === null || startedAt - progressAt >= PROGRESS_MS
    const asked = facilityId()
    const outcome = await trying(sync.board(asked, { after: cursor, withProgress }))
    isAsking = false
    if (isOver) return
    if (asked !== facilityId()) return ask()
    failure.value = outcome.ok ? null : outcome
    if (outcome.ok) take(outcome.answer, withProgress)
    const isAgain = isWantedAgain
    isWantedAgain = false
    if (isAgain) want()
    else plan(mode.value === 'live' ? SAFETY_MS : POLL_MS)
  }

  function take(answer: BoardRead, withProgress: boolean): void {
    cursor = answer.cursor
    if (withProgress) progressAt = startedAt
    offsetMs = answer.serverTime - clock.now()
    readAt.value = clock.now()
    hasMore.value = answer.hasMore
    now.value = answer.serverTime
    shown.take(answer)
    // Signed in again, or allowed again: the stream has not noticed.
    if (isRefused) open()
  }

  function open(): void {
    isRefused = false
    void sync.watchBoard(facilityId())
  }

  const stopListening = bus.listen((message) => {
    if (message.kind !== 'board' || message.facilityId !== facilityId()) return
    const wasLive = mode.value === 'live'
    mode.value = message.stream === 'hint' ? 'live' : 'polling'
    isRefused = message.stream === 'refused'
    // Whatever was missed when it broke is asked for now.
    if (message.stream === 'hint' || wasLive) want()
  })

  function onVisibility(): void {
    if (deps.isVisible()) {
      open()
      want()
      return
    }
    clearTimeout(timer)
    void sync.watchBoard(null)
  }

  /** Nothing of the facility before stays. */
  watch(facilityId, () => {
    cursor = null
    readAt.value = null
    mode.value = 'opening'
    shown.clear()
    open()
    if (!isAsking) void ask()
  })

  const ticker = setInterval(() => (now.value = clock.now() + offsetMs), TICK_MS)
  open()
  void ask()
  onScopeDispose(() => {
    isOver = true
    clearTimeout(timer)
    clearInterval(ticker)
    stopListening()
    void sync.watchBoard(null)
  })
  const { counts, sessions } = shown
  return { counts, sessions, mode, failure, hasMore, readAt, now, refresh: want, onVisibility }
}

/** What has been read so far, put together. Rows that did not change stay the same objects: nothing is drawn for them. */
function createBoardRows() {
  const counts = shallowRef<readonly BoardCount[]>([])
  const sessions = shallowRef<readonly BoardSession[]>([])
  const byId = new Map<SessionId, BoardSession>()

  function take(answer: BoardRead): void {
    const before = new Map(counts.value.map((it) => [it.cycleCountId, it]))
    counts.value = answer.counts.map((it) => ({
      ...it,
      progress: it.progress ?? before.get(it.cycleCountId)?.progress ?? null,
    }))
    const order = new Map<CycleCountId, number>(
      answer.counts.map((it, index) => [it.cycleCountId, index]),
    )
    if (answer.isWhole) byId.clear()
    for (const it of answer.sessions) byId.set(it.sessionId, it)
    for (const it of byId.values())
      if (it.status === 'voided' || !order.has(it.cycleCountId)) byId.delete(it.sessionId)
    sessions.value = [...byId.values()].sort(
      (a, b) =>
        (order.get(a.cycleCountId) ?? 0) - (order.get(b.cycleCountId) ?? 0) ||
        a.name.localeCompare(b.name, 'en', { numeric: true }) ||
        (a.sessionId < b.sessionId ? -1 : 1),
    )
  }

  function clear(): void {
    byId.clear()
    counts.value = []
    sessions.value = []
  }

  return { counts, sessions, take, clear }
}
