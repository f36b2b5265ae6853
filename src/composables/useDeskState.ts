// The desk's numbers as reactive values: tally, feed, bucket counts, storage health, and since when they are old.
import {
  computed,
  onScopeDispose,
  shallowRef,
  type ComputedRef,
  type Ref,
  type ShallowRef,
} from 'vue'
import type { BucketCounts, Tally } from '../domain/counted-item'
import type { EpochMs } from '../domain/ids'
import type { CountingDesk, FeedEntry, StorageHealth } from '../ports/counting'
import type { Clock } from '../domain/time-and-ids'
import type { Bus } from '../ports/platform'
import { coalesced } from './coalesced'

/** Rows of the feed on screen; older ones are in the lists. */
export const FEED_ROWS = 40
/** A read that failed is tried again after this, then ever more rarely. */
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 30_000

/** A read fails: what is on screen is of `since`; null where it was never read. */
export interface Staleness {
  readonly since: EpochMs | null
}

export interface DeskState {
  /** null until it was read once. */
  readonly tally: Readonly<ShallowRef<Tally | null>>
  readonly feed: Readonly<ShallowRef<readonly FeedEntry[]>>
  /** null until they were read once. */
  readonly counts: Readonly<ShallowRef<BucketCounts | null>>
  readonly health: Readonly<ShallowRef<StorageHealth>>
  /** null while all of it is as the device has it. Rule: UI57 */
  readonly staleness: ComputedRef<Staleness | null>
}

export interface DeskStateDeps {
  readonly desk: CountingDesk
  readonly bus: Bus
  readonly clock: Clock
  /** Told once when a read begins to fail. */
  readonly onUnread: (error: unknown) => void
}

/** Needs an effect scope. */
export function useDeskState({ desk, bus, clock, onUnread }: DeskStateDeps): DeskState {
  const tally = shallowRef<Tally | null>(null)
  const feed = shallowRef<readonly FeedEntry[]>([])
  const counts = shallowRef<BucketCounts | null>(null)
  const health = shallowRef<StorageHealth>(desk.health())
  const reading = (read: () => Promise<void>): FollowedRead => followRead(read, clock, onUnread)

  const tallyRead = reading(async () => void (tally.value = await desk.tally()))
  const feedRead = reading(async () => void (feed.value = await desk.feed(FEED_ROWS)))
  const countsRead = reading(async () => void (counts.value = await desk.counts()))
  const reads = [tallyRead, feedRead, countsRead]
  const staleness = computed<Staleness | null>(() => {
    const failing = reads.flatMap((it) => it.staleness.value ?? [])
    if (failing.length === 0) return null
    // The oldest speaks for all; what was never read is older than anything.
    const times = failing.map((it) => it.since ?? -Infinity)
    const oldest = Math.min(...times)
    return { since: Number.isFinite(oldest) ? oldest : null }
  })

  function readAll(): void {
    for (const it of reads) it.read()
    health.value = desk.health()
  }

  function readWhenVisible(): void {
    if (document.visibilityState === 'visible') readAll()
  }

  const stopDesk = desk.onChange((what) => {
    if (what === 'tally') tallyRead.read()
    else if (what === 'feed') feedRead.read()
    else health.value = desk.health()
  })
  // Tally and feed are the desk's to tell.
  const stopBus = bus.listen((message) => {
    if (message.kind !== 'lines' || message.sessionId !== desk.sessionId) return
    if (message.counts === null) return countsRead.read()
    counts.value = message.counts
    countsRead.wasTold()
  })
  document.addEventListener('visibilitychange', readWhenVisible)
  onScopeDispose(() => {
    stopDesk()
    stopBus()
    for (const it of reads) it.stop()
    document.removeEventListener('visibilitychange', readWhenVisible)
  })
  readAll()
  return { tally, feed, counts, health, staleness }
}

interface FollowedRead {
  readonly read: () => void
  /** The value came another way. */
  readonly wasTold: () => void
  readonly stop: () => void
  readonly staleness: Readonly<Ref<Staleness | null>>
}

/** A read that is tried again by itself while it fails, and knows of when its last answer is. */
function followRead(
  read: () => Promise<void>,
  clock: Clock,
  onUnread: (error: unknown) => void,
): FollowedRead {
  const staleness = shallowRef<Staleness | null>(null)
  let readAt: EpochMs | null = null
  let pauseMs = FIRST_PAUSE_MS
  let timer: ReturnType<typeof setTimeout> | undefined
  let isStopped = false

  function wasTold(): void {
    clearTimeout(timer)
    readAt = clock.now()
    pauseMs = FIRST_PAUSE_MS
    staleness.value = null
  }

  function failed(error: unknown): void {
    if (isStopped) return
    if (staleness.value === null) onUnread(error)
    staleness.value = { since: readAt }
    clearTimeout(timer)
    timer = setTimeout(run, pauseMs)
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
  }

  const run = coalesced(async () => {
    try {
      await read()
      wasTold()
    } catch (error) {
      failed(error)
    }
  })

  function stop(): void {
    isStopped = true
    clearTimeout(timer)
  }

  return { read: run, wasTold, stop, staleness }
}
