// Virtual time: a heap of events with a seeded tie-break. Everything that waits for anything waits here.
import { inTask, runMicrotasks } from './microtasks'
import type { Chance } from './random'
import type { Trace } from './trace'

/** Who an event belongs to: a window's life. Once it is over, its events never happen and its promises never settle. */
export interface Life {
  readonly name: string
  isOver: boolean
  /** Virtual time until which the window is frozen: its events wait. */
  frozenUntil: number
  /** Events that happened in this life so far. */
  steps: number
  /** Ends the life before the event of this number; exhaustive crashes. */
  endsAtStep: number | null
  onEnd: () => void
  /** Called when something has to wait because the window is frozen. */
  onHeldUp?: (() => void) | undefined
}

interface Until {
  readonly time: number
  readonly steps?: number
  readonly isDone?: () => boolean
}

type End = 'done' | 'time' | 'steps' | 'empty'

/** Node looks after rejections between two tasks; it takes ever longer over them the more there are. */
const SLICE_STEPS = 200
/** A transaction that goes on asking for ever is left alone after so many looks. */
const CHECK_ROUNDS_MAX = 100

export interface Scheduler {
  readonly now: () => number
  /**
   * @param life null: the world itself
   * @param label what the trace says; a function is asked when it happens
   * @param place where its place among what happens at the same moment is drawn; left out: from the one stream of all
   * @returns how to cancel
   */
  readonly after: (
    ms: number,
    life: Life | null,
    label: string | (() => string),
    run: () => void,
    place?: Chance,
  ) => () => void
  /** Run after the microtasks of the current event are done. */
  readonly turn: (check: () => void) => void
  /** Run events until `isDone`, the time or the steps are over. */
  readonly run: (until: Until) => Promise<End>
  readonly steps: () => number
}

/** Counts a step of a life, or ends the life before it. @returns whether it goes on */
export function takeStep(life: Life): boolean {
  if (life.endsAtStep !== null && life.steps >= life.endsAtStep) life.onEnd()
  life.steps += 1
  return !life.isOver
}

interface Event {
  at: number
  readonly tie: number
  readonly order: number
  readonly life: Life | null
  readonly label: string | (() => string)
  readonly run: () => void
  isCancelled: boolean
}

export function createScheduler(chance: Chance, trace: Trace): Scheduler {
  const heap: Event[] = []
  let time = 0
  let order = 0
  let steps = 0
  let checks: (() => void)[] = []

  function after(
    ms: number,
    life: Life | null,
    label: string | (() => string),
    run: () => void,
    place: Chance = chance,
  ): () => void {
    const event: Event = {
      at: time + Math.max(0, ms),
      tie: place.next(),
      order: (order += 1),
      life,
      label,
      run,
      isCancelled: false,
    }
    push(heap, event)
    return () => {
      event.isCancelled = true
    }
  }

  /** All that follows from an event without waiting happens before the next one. */
  function drain(): void {
    runMicrotasks()
    // A transaction that awaits something foreign is found out here.
    for (let round = 0; checks.length > 0 && round < CHECK_ROUNDS_MAX; round++) {
      const due = checks
      checks = []
      for (const check of due) check()
      runMicrotasks()
    }
  }

  function step(event: Event): void {
    const { life } = event
    if (event.isCancelled || life?.isOver === true) return
    if (life !== null && life.frozenUntil > event.at) {
      life.onHeldUp?.()
      event.at = life.frozenUntil
      push(heap, event)
      return
    }
    time = Math.max(time, event.at)
    steps += 1
    if (life !== null && !takeStep(life)) return
    trace.note(time, life?.name ?? '', typeof event.label === 'string' ? event.label : event.label())
    event.run()
    drain()
  }

  /** @returns null: it goes on in the next task */
  function runSlice({ time: until, steps: most = Infinity, isDone }: Until, first: number): End | null {
    drain()
    for (const from = steps; steps - from < SLICE_STEPS; ) {
      if (isDone?.() === true) return 'done'
      const next = heap[0]
      if (next === undefined) return 'empty'
      if (next.at > until) {
        time = Math.max(time, until)
        return 'time'
      }
      if (steps - first >= most) return 'steps'
      pop(heap)
      step(next)
    }
    return null
  }

  async function run(until: Until): Promise<End> {
    const first = steps
    let end: End | null = null
    while (end === null) end = await inTask(() => runSlice(until, first))
    return end
  }

  return {
    now: () => time,
    after,
    turn: (check) => void checks.push(check),
    steps: () => steps,
    run,
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && (a.tie < b.tie || (a.tie === b.tie && a.order < b.order)))
}

function push(heap: Event[], event: Event): void {
  let at = heap.push(event) - 1
  while (at > 0) {
    const parent = (at - 1) >> 1
    const above = heap[parent]
    if (above === undefined || !isBefore(event, above)) break
    heap[at] = above
    at = parent
  }
  heap[at] = event
}

function pop(heap: Event[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    const right = heap[child + 1]
    const left = heap[child]
    if (left === undefined) break
    if (right !== undefined && isBefore(right, left)) child += 1
    const smaller = heap[child]
    if (smaller === undefined || !isBefore(smaller, last)) break
    heap[at] = smaller
    at = child
  }
  heap[at] = last
}
