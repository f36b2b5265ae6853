// Reloading the page by itself when nothing else brings the storage back: only when no scan is lost by it, and not for ever.
import type { Clock } from '../domain/time-and-ids'
import type { StorageHealth } from '../ports/counting'
import type { Timers } from '../ports/platform'

/** A few reloads bring a lost connection back; more would only hide that the storage is broken. */
const RELOADS_MAX = 3
const RELOADS_WITHIN_MS = 5 * 60_000
const KEY = 'shelfcount:reloads'
/** The refusal is heard to its end, and the alarm is seen, before the page goes. */
const ALARM_MS = 1000
/** A scan that is being typed is over within this, or its end got lost. */
const KEYS_PATIENCE_MS = 2000
const KEYS_LOOK_MS = 50

export interface ReloadDeps {
  /** Remembers the reloads from one page life to the next, in this window: sessionStorage. */
  readonly storage: Pick<Storage, 'getItem' | 'setItem'>
  readonly clock: Clock
  readonly timers: Timers
  readonly reload: () => void
  /** Keys of a scan are on their way into this page. */
  readonly hasKeysPending: () => boolean
}

export interface RecoverByReload {
  /** @returns false when it was done as often as it may be: then it does not help, and a person must see what is wrong */
  readonly reload: () => boolean
  /** Another window has upgraded the storage: only newer code, which a reload brings, opens it. Never within a scan. */
  readonly reloadForUpgrade: () => Promise<void>
  /**
   * Reload when the storage is dead and every waiting scan is spilled: the next page life stores them, once.
   *
   * @param spilled how many scans lie in the spill
   * @returns how to stop
   */
  readonly watch: (
    writer: { readonly onHealth: (listener: (health: StorageHealth) => void) => () => void; readonly health: () => StorageHealth },
    spilled: () => number,
  ) => () => void
}

/** Rules: docs/SPEC.md KP5-KP7, KX2 */
export function createRecoverByReload({ storage, clock, timers, reload, hasKeysPending }: ReloadDeps): RecoverByReload {
  let isWaiting = false

  function reloadIfAllowed(): boolean {
    const now = clock.now()
    const recent = readTimes(storage.getItem(KEY)).filter((at) => at <= now && now - at < RELOADS_WITHIN_MS)
    if (recent.length >= RELOADS_MAX) return false
    try {
      storage.setItem(KEY, JSON.stringify([...recent, now]))
    } catch {
      // What cannot be counted cannot be limited.
      return false
    }
    reload()
    return true
  }

  const isDeadAndSpilled = (health: StorageHealth, spilled: () => number): boolean =>
    health.state === 'dead' && spilled() >= health.waiting

  return {
    reload: reloadIfAllowed,
    reloadForUpgrade: async () => {
      if (isWaiting) return
      isWaiting = true
      await untilTyped()
      isWaiting = false
      reloadIfAllowed()
    },
    watch: (writer, spilled) =>
      writer.onHealth((changed) => {
        if (isWaiting || !isDeadAndSpilled(changed, spilled)) return
        isWaiting = true
        void untilHeardAndTyped().then(() => {
          isWaiting = false
          // A scan that came in meanwhile is spilled too, or it saved them all.
          if (isDeadAndSpilled(writer.health(), spilled)) reloadIfAllowed()
        })
      }),
  }

  async function untilHeardAndTyped(): Promise<void> {
    await timers.sleep(ALARM_MS)
    await untilTyped()
  }

  async function untilTyped(): Promise<void> {
    for (let waited = 0; waited < KEYS_PATIENCE_MS && hasKeysPending(); waited += KEYS_LOOK_MS)
      await timers.sleep(KEYS_LOOK_MS)
  }
}

/** Whatever else lies there is nothing that we wrote. */
function readTimes(text: string | null): readonly number[] {
  const parsed = parsedOf(text ?? '[]')
  return Array.isArray(parsed) ? parsed.filter((it) => typeof it === 'number') : []
}

function parsedOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return 'unreadable'
  }
}
