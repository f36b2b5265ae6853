// Base profile: a second copy of a request may arrive after its answer and turn a row back. So a session whose rows went
// out more than once is looked at once more when the last copy has had its time (decision 14; sync.md 2.12, "when idle").
import type { RowUuid, SessionId } from '../domain/ids'
import type { MetaRow, ScansTx } from '../ports/scans-schema'
import { LAST } from '../ports/store'
import type { EngineDeps } from './engine-deps'

export interface LookAgain {
  /** Rows are about to go out, again or for the first time. Tables: `meta` for writing, `acks`. */
  readonly note: (tx: ScansTx, sessionId: SessionId, uuids: readonly RowUuid[]) => Promise<void>
  /** Another window or life has left a look that this one has not met yet. Table: `meta`. Rule: docs/SPEC.md SM93 */
  readonly isLeftBehind: (tx: ScansTx, sessionId: SessionId) => Promise<boolean>
  /** Sessions from which nothing has gone out for so long that nothing of it can still arrive. */
  readonly due: () => Promise<readonly SessionId[]>
  /** It was looked at; what went out meanwhile wants another look. */
  readonly done: (sessionId: SessionId) => Promise<void>
  /** Whether to ask the server after a session that is not held here: once in the time that a copy may be under way. */
  readonly mayAsk: (sessionId: SessionId) => boolean
  /** It was asked, and answered that nobody has handed the session in. */
  readonly asked: (sessionId: SessionId) => void
  /** Monotone time at which the next one is due; null: none has to be waited for. */
  readonly nextAt: () => number | null
}

type LookNote = Extract<MetaRow, { readonly k: `lookAgain:${string}` }>

const PREFIX = 'lookAgain:'
/** More opened sessions than anybody keeps on a device. */
const NOTES_MAX = 500

const keyOf = (sessionId: SessionId): LookNote['k'] => `${PREFIX}${sessionId}`

/** Extended profile: revisions make late copies harmless. */
export const NO_LOOKS: LookAgain = {
  note: () => Promise.resolve(),
  isLeftBehind: () => Promise.resolve(false),
  due: () => Promise.resolve([]),
  done: () => Promise.resolve(),
  mayAsk: () => false,
  asked: () => undefined,
  nextAt: () => null,
}

interface Met {
  readonly since: number
  /** Monotone. How old the note of another window or life was when this one met it cannot be known. */
  readonly from: number
}

/** The notes outlive the worker; how long each has waited is known to this life alone. Rules: docs/SPEC.md SM65-SM67, SM74 */
export function createLookAgain({ scans, clock, limits }: Pick<EngineDeps, 'scans' | 'clock' | 'limits'>): LookAgain {
  const met = new Map<SessionId, Met>()
  /** Monotone. When the server was last asked after a session that is not held here. */
  const askedAt = new Map<SessionId, number>()
  /** Refused rows have no acknowledgement, and were under way all the same. */
  const sent = new Set<RowUuid>()

  function meet(notes: readonly LookNote[]): void {
    const noted = new Set(notes.map((it) => it.sessionId))
    for (const sessionId of met.keys()) if (!noted.has(sessionId)) met.delete(sessionId)
    for (const { sessionId, since } of notes)
      if (met.get(sessionId)?.since !== since) met.set(sessionId, { since, from: clock.mono() })
  }

  const dueAt = ({ from }: Met): number => from + limits.inFlightGraceMs

  return {
    async note(tx, sessionId, uuids) {
      const acks = await tx.bulkGet('acks', uuids)
      const wentOutBefore = uuids.some((uuid, index) => acks[index] !== undefined || sent.has(uuid))
      for (const uuid of uuids) sent.add(uuid)
      if (!wentOutBefore) return
      const since = clock.now()
      await tx.put('meta', { k: keyOf(sessionId), sessionId, since })
      met.set(sessionId, { since, from: clock.mono() })
    },
    async isLeftBehind(tx, sessionId) {
      const note = await tx.get('meta', keyOf(sessionId))
      return note !== undefined && 'since' in note && note.since !== met.get(sessionId)?.since
    },
    async due() {
      meet(await scans.tx(['meta'], 'r', readNotes))
      return [...met].filter(([, it]) => dueAt(it) <= clock.mono()).map(([sessionId]) => sessionId)
    },
    async done(sessionId) {
      const looked = met.get(sessionId)
      await scans.tx(['meta'], 'rw', async (tx) => {
        const stored = await tx.get('meta', keyOf(sessionId))
        if (stored !== undefined && 'since' in stored && stored.since === looked?.since)
          await tx.bulkDelete('meta', [keyOf(sessionId)])
      })
      met.delete(sessionId)
      askedAt.delete(sessionId)
    },
    mayAsk: (sessionId) => clock.mono() >= (askedAt.get(sessionId) ?? -Infinity) + limits.inFlightGraceMs,
    asked: (sessionId) => void askedAt.set(sessionId, clock.mono()),
    nextAt() {
      // One that is due and was not done waits for its lock or its server, not for the time.
      const times = [...met.values()].map(dueAt).filter((at) => at > clock.mono())
      return times.length === 0 ? null : Math.min(...times)
    },
  }
}

async function readNotes(tx: ScansTx): Promise<readonly LookNote[]> {
  const rows = await tx.range('meta', ':id', { lower: PREFIX, upper: `${PREFIX}${LAST}`, limit: NOTES_MAX })
  return rows.filter((row): row is LookNote => row.k.startsWith(PREFIX))
}
