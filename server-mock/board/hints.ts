// Streams that say "something changed here": bounded in number, life and patience; what changed is asked for as ever.
import type { ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import { readOldestRunning } from './read-board'

export interface HintAsk {
  readonly facilityId: string
  readonly userId: string
  /** Asked with every sign of life: a sign-in that is over, or a permission that was taken, ends the stream. */
  readonly isStillAllowed: () => Promise<boolean>
}

export interface Hints {
  /** Begins with a hint, so that nothing between a pull and the stream is missed. @throws HttpError 429, 503 */
  open(ask: HintAsk): ReadableStream<Uint8Array>
}

interface Listener {
  readonly facilityId: string
  readonly userId: string
  say(text: string): void
  end(): void
}

interface Place {
  readonly listeners: Set<Listener>
  /** Oldest transaction that was running when it was looked at last. */
  cursor: number
}

const SIGN_OF_LIFE = ': here\n\n'
/** Signs that a listener has not fetched: then it has gone, whatever its socket says. */
const UNREAD_MAX = 8

/**
 * Each process looks into the database itself, once per facility that somebody watches, so that it does not matter
 * which process took a scan in. Rules: docs/SPEC.md BD8, BD9
 */
export function createHints(context: ServerContext): Hints {
  const { limits } = context
  const listeners = new Set<Listener>()
  const places = new Map<string, Place>()
  context.closing?.addEventListener('abort', () => {
    for (const it of [...listeners]) it.end()
  })

  function add(listener: Listener): void {
    listeners.add(listener)
    const place = places.get(listener.facilityId) ?? { listeners: new Set(), cursor: 0 }
    place.listeners.add(listener)
    listener.say(hintOf(place.cursor))
    if (places.has(listener.facilityId)) return
    places.set(listener.facilityId, place)
    void watch(listener.facilityId, place)
  }

  function remove(listener: Listener): void {
    listeners.delete(listener)
    places.get(listener.facilityId)?.listeners.delete(listener)
  }

  async function watch(facilityId: string, place: Place): Promise<void> {
    while (place.listeners.size > 0) {
      try {
        if (await hasChanged(context, facilityId, place))
          for (const it of place.listeners) it.say(hintOf(place.cursor))
      } catch (error) {
        // The streams stay: whoever asks for the board now is told what is the matter.
        context.log(`board of ${facilityId}: ${String(error)}`)
      }
      await pause(limits.hintEveryMs)
    }
    places.delete(facilityId)
  }

  return {
    open(ask) {
      const own = [...listeners].filter((it) => it.userId === ask.userId).length
      if (context.closing?.aborted === true)
        throw new HttpError(503, 'The server is about to stop', undefined, { retryAfterSeconds: 5 })
      if (own >= limits.streamsPerUserMax || listeners.size >= limits.streamsMax)
        throw new HttpError(429, 'Too many boards are open at once', 'THROTTLED', {
          retryAfterSeconds: 60,
        })
      return streamOf(ask, context, { add, remove })
    },
  }
}

/** Moves the place's cursor on. Two statements, whatever goes on. */
async function hasChanged(
  { db }: ServerContext,
  facilityId: string,
  place: Place,
): Promise<boolean> {
  const before = place.cursor
  place.cursor = await readOldestRunning(db)
  const rows = await db.query(
    `select 1 from cycle_count c
       join count_session s on s.work_effort_id = c.work_effort_id
       join session_change x on x.session_id = s.session_id
     where c.facility_id = $1 and x.changed_xid >= $2
       and c.status_id in ('CYCLE_CNT_IN_PRGS', 'CYCLE_CNT_CMPLTD')
     limit 1`,
    [facilityId, before],
  )
  return rows.length > 0
}

function hintOf(cursor: number): string {
  return `id: ${cursor}\nevent: changed\ndata: {}\n\n`
}

interface Registry {
  add(listener: Listener): void
  remove(listener: Listener): void
}

/** Registered when somebody reads: what is never read costs nothing. */
function streamOf(ask: HintAsk, context: ServerContext, registry: Registry) {
  const { limits, clock } = context
  const encoder = new TextEncoder()
  const openedAt = clock.now()
  let stop = (): void => undefined

  function start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const listener: Listener = {
      facilityId: ask.facilityId,
      userId: ask.userId,
      say: (text) => {
        if ((controller.desiredSize ?? 0) < -UNREAD_MAX) listener.end()
        else controller.enqueue(encoder.encode(text))
      },
      end: () => {
        stop()
        controller.close()
      },
    }
    const timer = setInterval(
      () =>
        void isOver().then((over) => {
          if (stop !== forget) return
          if (over) listener.end()
          else listener.say(SIGN_OF_LIFE)
        }),
      limits.signOfLifeMs,
    )
    timer.unref()
    function forget(): void {
      stop = () => undefined
      clearInterval(timer)
      registry.remove(listener)
    }
    stop = forget
    registry.add(listener)
  }

  async function isOver(): Promise<boolean> {
    if (clock.now() - openedAt >= limits.streamLifeMs) return true
    try {
      return !(await ask.isStillAllowed())
    } catch (error) {
      // Nobody can be asked now: better silence than a door left open.
      context.log(`a board's stream was ended: ${String(error)}`)
      return true
    }
  }

  let isStarted = false
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (isStarted) return
        isStarted = true
        start(controller)
      },
      cancel: () => stop(),
    },
    { highWaterMark: 0 },
  )
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref())
}
