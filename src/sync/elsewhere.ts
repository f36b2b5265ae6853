// What other devices did in the sessions that are open here: told along with the server's answers, fetched when it changed.
import type { EpochMs, SessionId } from '../domain/ids'
import type { HeardElsewhere } from '../domain/session'
import type { NetworkDeps } from './network-deps'
import { changeSession, readSession, tellLock } from './session-row'

/** While something may come from elsewhere the server is asked after a tenth of the time since the last news, never sooner. */
const LOOK_MIN_MS = 5000
const LOOK_SHARE = 10
/** Stamps are taken when a request begins, not when it commits, and by several clocks: as much is read again. */
export const STAMP_OVERLAP_MS = 120_000

export interface Elsewhere {
  /** The session was locked, and is pulled whole right after: what the answer tells is the beginning. */
  opened: (sessionId: SessionId, told: HeardElsewhere, isTakenOver: boolean) => void
  /** An answer came. Has changes pulled when another device was heard of since the last one. */
  heard: (sessionId: SessionId, told: HeardElsewhere) => void
  /** An answer to rows of ours: tells the same, and up to when nobody else wrote anything. */
  answered: (
    sessionId: SessionId,
    told: HeardElsewhere,
    serverTime: EpochMs | null,
  ) => Promise<void>
  /** How long to wait for the next heartbeat: `regularMs`, or less while something may come from elsewhere. */
  pauseMs: (sessionId: SessionId, regularMs: number) => number
  /** Begin to pull changes. null: the server's clock is not known, so that nothing tells where to begin. */
  beginPull: (sessionId: SessionId) => Promise<ChangesPull | null>
  closed: (sessionId: SessionId) => void
}

export interface ChangesPull {
  /** Server time; rows changed since then are asked for. */
  readonly since: EpochMs
  /** Call when they are all here. */
  readonly done: () => void
}

interface Known {
  /** When the server last heard of another device; undefined on a server that does not tell. */
  heardAt: EpochMs | undefined
  /** Monotone time of the last news; null while nothing is expected from elsewhere. */
  newsAt: number | null
  /** Nobody else has written anything up to here that this device lacks; null before it was told. */
  through: EpochMs | null
  /** News came whose rows are not here yet: until then `through` stays. */
  isBehind: boolean
}

/** @param pullChanges asks for a pull of a session's changes, soon and without waiting for it */
export function createElsewhere(
  deps: NetworkDeps,
  pullChanges: (sessionId: SessionId) => void,
): Elsewhere {
  const open = new Map<SessionId, Known>()

  function heard(sessionId: SessionId, { heardElsewhereAt }: HeardElsewhere): void {
    const known = open.get(sessionId)
    if (known === undefined) return
    const isSilentServer = heardElsewhereAt === undefined
    if (isSilentServer) {
      // Looked at with each heartbeat, but only where it costs no more than what changed.
      if (deps.api.clockOffset() === null) return
    } else {
      if (heardElsewhereAt === known.heardAt) return
      known.newsAt = deps.clock.mono()
    }
    known.heardAt = heardElsewhereAt
    known.isBehind = true
    pullChanges(sessionId)
  }

  return {
    opened(sessionId, told, isTakenOver) {
      const isExpecting = isTakenOver || told.pendingElsewhere.length > 0
      open.set(sessionId, {
        heardAt: told.heardElsewhereAt,
        newsAt: isExpecting ? deps.clock.mono() : null,
        through: null,
        isBehind: false,
      })
    },
    heard,
    async answered(sessionId, told, serverTime) {
      const known = open.get(sessionId)
      if (known === undefined) return
      const hasNews = told.heardElsewhereAt !== known.heardAt
      if (hasNews) {
        heard(sessionId, told)
        await showPending(deps, sessionId, told)
      } else if (!known.isBehind && serverTime !== null) known.through = serverTime
    },
    pauseMs(sessionId, regularMs) {
      const newsAt = open.get(sessionId)?.newsAt ?? null
      if (newsAt === null) return regularMs
      const share = (deps.clock.mono() - newsAt) / LOOK_SHARE
      return Math.min(regularMs, Math.max(LOOK_MIN_MS, share))
    },
    async beginPull(sessionId) {
      const known = open.get(sessionId)
      const stamps = [known?.through, (await readSession(deps, sessionId))?.seenThrough]
      const through = Math.max(...stamps.map((it) => it ?? 0))
      if (through === 0) return null
      const heardAt = known?.heardAt
      return {
        since: through - STAMP_OVERLAP_MS,
        done() {
          if (known !== undefined && known.heardAt === heardAt) known.isBehind = false
        },
      }
    },
    closed: (sessionId) => void open.delete(sessionId),
  }
}

/** What is missing from other devices, on screen as it is now and not only as it was at the opening. */
async function showPending(
  deps: NetworkDeps,
  sessionId: SessionId,
  { pendingElsewhere }: HeardElsewhere,
): Promise<void> {
  const row = await changeSession(deps, sessionId, (it) =>
    it.lock.lease === null
      ? it
      : { ...it, lock: { ...it.lock, lease: { ...it.lock.lease, pendingElsewhere } } },
  )
  if (row !== undefined) tellLock(deps, sessionId, row.lock.state)
}
