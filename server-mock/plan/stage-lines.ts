// The lines of sessions that an import is going to make, written before the sessions are there: nobody waits for all of them.
import { insertRowsOf, type RowOf } from '../counts/item-store'
import { readBook } from '../counts/row-world'
import type { Db, Sql } from '../db/db'
import { giveWay } from '../give-way'
import type { Caller, ServerContext } from '../http/context'
import { requestedRow } from '../rules/clone-rows'
import type { ImportCount, ImportRow, ImportSession } from '../rules/import-rows'
import { forgetStaged, noteStaged, noteWritten, type ClaimedJob } from './import-store'
import { findOpenCount, findOpenSession } from './open-counts'

/** Lines in one transaction: on PGlite everybody else waits for each. Two of them fit between two scans of a fast counter. */
export const STAGED_LINES = 250
const DELETED_LINES = 500
/** 50,000 lines, and whoever else deletes the same ones. */
const DELETIONS_MAX = 1000

/** A session that is to be, with its lines already written. */
export interface StagedSession {
  readonly sessionId: string
  /** After its last line. */
  readonly nextSeq: number
}
export type Staged = ReadonlyMap<ImportSession, StagedSession>
/** Known before anything is written, so that whoever fails knows what to take away. */
export type StagedSessions = Map<ImportSession, StagedSession>

export interface Staging extends Pick<ServerContext, 'db' | 'clock' | 'ids'> {
  readonly job: ClaimedJob
  readonly caller: Caller
}

/**
 * Sessions that are open already are left out: their lines come with the counts.
 * @param staged is filled before the first line is written
 * @throws JobGone when it was cancelled or taken up by somebody else meanwhile. `discardStaged` takes away what is there.
 */
export async function stageLines(
  staging: Staging,
  counts: readonly ImportCount[],
  staged: StagedSessions,
): Promise<void> {
  const { db, ids, job } = staging
  for (const count of counts)
    for (const session of await newSessionsOf(staging, count))
      staged.set(session, { sessionId: ids.next(), nextSeq: linesOf(session).length + 1 })
  await noteStaged(
    db,
    job,
    [...staged.values()].map((it) => it.sessionId),
  )
  let written = 0
  for (const count of counts) {
    const lines = count.sessions.flatMap((session) => placedLines(session, staged.get(session)))
    for (let from = 0; from < lines.length; from += STAGED_LINES) {
      const chunk = lines.slice(from, from + STAGED_LINES)
      written += chunk.length
      await db.tx((sql) =>
        writeChunk(sql, staging, { facilityId: count.head.facilityId, chunk, written }),
      )
      await giveWay()
    }
  }
}

/** Those that no open session of an open count stands for. */
async function newSessionsOf(
  { db, caller }: Staging,
  { head, sessions }: ImportCount,
): Promise<readonly ImportSession[]> {
  const open = await findOpenCount(db, caller, head)
  if (open === null) return sessions
  const fresh: ImportSession[] = []
  for (const session of sessions)
    if ((await findOpenSession(db, open.workEffortId, session)) === null) fresh.push(session)
  return fresh
}

type Line = ImportRow & { readonly productId: string }

/** A hard count's rows ask for no product. */
export function linesOf(session: ImportSession): readonly Line[] {
  return session.rows.filter((it): it is Line => it.productId !== null)
}

interface PlacedLine {
  readonly line: Line
  readonly sessionId: string
  readonly seq: number
}

function placedLines(
  session: ImportSession,
  staged: StagedSession | undefined,
): readonly PlacedLine[] {
  if (staged === undefined) return []
  return linesOf(session).map((line, index) => ({
    line,
    sessionId: staged.sessionId,
    seq: index + 1,
  }))
}

interface Chunk {
  readonly facilityId: string
  readonly chunk: readonly PlacedLine[]
  /** With this one. */
  readonly written: number
}

async function writeChunk(
  sql: Sql,
  { job, caller, clock }: Staging,
  { facilityId, chunk, written }: Chunk,
): Promise<void> {
  const now = clock.now()
  // First: whoever has taken the job up holds its row, and this attempt ends here.
  await noteWritten(sql, job, { written, now })
  const book = await readBook(
    sql,
    facilityId,
    chunk.map((it) => it.line.productId),
  )
  const bookOf = (productId: string) => book.get(productId) ?? null
  const rows: RowOf[] = chunk.map(({ line: { productId, identifier }, sessionId, seq }) => ({
    sessionId,
    row: requestedRow({ productId, productIdentifier: identifier }, seq, {
      sessionId,
      userName: caller.userName,
      now,
      bookOf,
    }),
  }))
  await insertRowsOf(sql, rows)
}

/** Lines of sessions that were never made; a session that is there keeps its own. In portions, and safe to repeat. */
export async function discardStaged(
  db: Db,
  jobId: string,
  sessionIds: readonly string[],
): Promise<void> {
  if (sessionIds.length === 0) return
  for (let portions = 0; portions < DELETIONS_MAX; portions += 1) {
    const deleted = await db.query(
      `delete from session_item where (session_id, item_seq) in (
         select i.session_id, i.item_seq from session_item i where i.session_id in (
           select id from unnest($1::text[]) id where not exists (select 1 from count_session s where s.session_id = id))
         limit ${DELETED_LINES})
       returning 1`,
      [sessionIds],
    )
    if (deleted.length === 0) return forgetStaged(db, jobId, sessionIds)
    await giveWay()
  }
}
