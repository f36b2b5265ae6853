// A server that answers 500 may be in trouble, or choke on one row: what goes through beside it tells which.
import { RemoteError } from '../domain/errors'
import type { RowUuid } from '../domain/ids'
import type { QuarantineRow } from '../ports/scans-schema'
import type { EngineDeps } from './engine-deps'
import type { UnsentRow } from './unsent'

/** Answers 500 in a row after which the batch is cut up: Moqui says 500 also for one bad row. */
export const SERVER_ERRORS_BEFORE_SEARCH = 5
/** Answers 500 in a row that end a search: from the largest batch down to a row of its own, and a few rows on. */
const SEARCH_FAILURES_MAX = 12
/** In quarantine, whatever code the server gives its failure: such a row is sent again by itself. */
export const SERVER_ERROR_CODE = 'HTTP_500'
const INTERNAL_ERROR = 500
const REFUSED_MAX = 1000

/** What a session's 500s have told so far. */
export interface ServerErrors {
  /** In a row. */
  readonly count: number
  /** The last search found nothing that goes through up to here, in uuid order: the next one goes on behind it. */
  readonly after: RowUuid | ''
}

export interface FailedRow {
  readonly row: UnsentRow
  readonly error: RemoteError
}

/** What requests of one run have met; a search stops where they say that the server is in trouble. */
export interface RunAnswers {
  /** Answers 500 since something went through. */
  failuresInARow: number
  hasPassed: boolean
}

export interface SearchResult {
  /** Rows that failed by themselves, where others went through since the search began. */
  readonly blamed: readonly FailedRow[]
  /** Rows that failed by themselves after the last one that went through. */
  readonly suspects: readonly FailedRow[]
  /** All rows were tried. */
  readonly isComplete: boolean
  /** What ended the search; null: it saw all rows, and some went through. */
  readonly error: RemoteError | null
}

export function isServerError(error: unknown): error is RemoteError {
  return error instanceof RemoteError && error.details.status === INTERNAL_ERROR
}

/**
 * Send rows in parts: half as many after each failure, twice as many after each success, so that a row that is to blame
 * costs the others O(log n) requests (I14). Ends after `SEARCH_FAILURES_MAX` failures in a row: then the server is in
 * trouble, or what fails is many rows in a row, and the next search goes on behind them. Rules: docs/SPEC.md PU7, PU34
 *
 * @param send counts what it meets in `answers`
 * @throws {RemoteError} of another kind than 500, as it came
 */
export async function sendAround500(
  rows: readonly UnsentRow[],
  answers: Readonly<RunAnswers>,
  send: (part: readonly UnsentRow[]) => Promise<void>,
): Promise<SearchResult> {
  const blamed: FailedRow[] = []
  let suspects: FailedRow[] = []
  let hasPassed = false
  let error: RemoteError | null = null
  let at = 0
  let size = rows.length
  // At least one request: the server may be well again.
  while (at < rows.length && (error === null || answers.failuresInARow < SEARCH_FAILURES_MAX)) {
    const part = rows.slice(at, at + size)
    const [only] = part
    error = await serverErrorOf(() => send(part))
    if (error === null) {
      blamed.push(...suspects)
      suspects = []
      hasPassed = true
      at += part.length
      size *= 2
    } else if (part.length === 1 && only !== undefined) {
      suspects.push({ row: only, error })
      at++
    } else size = Math.ceil(part.length / 2)
  }
  const isComplete = at === rows.length
  if (isComplete && hasPassed)
    return { blamed: [...blamed, ...suspects], suspects: [], isComplete, error: null }
  return { blamed, suspects, isComplete, error }
}

async function serverErrorOf(work: () => Promise<void>): Promise<RemoteError | null> {
  try {
    await work()
    return null
  } catch (error) {
    if (!isServerError(error)) throw error
    return error
  }
}

/**
 * Rows that were quarantined for a 500 go among the unsent ones again: the server may be mended, and nobody has to come
 * and say so (I13). Rules: docs/SPEC.md PU36
 *
 * @returns what was known of them
 */
export function takeBackBlamed({
  scans,
}: Pick<EngineDeps, 'scans'>): Promise<readonly QuarantineRow[]> {
  return scans.tx(['quarantine', 'outbox', 'inventoryCountRecords'], 'rw', async (tx) => {
    const refused = await tx.range('quarantine', ':id', { limit: REFUSED_MAX })
    const blamed = refused.filter((it) => it.kind === 'rejected' && it.code === SERVER_ERROR_CODE)
    const rows = await tx.bulkGet(
      'inventoryCountRecords',
      blamed.map((it) => it.uuid),
    )
    const own = blamed.filter((_, index) => rows[index]?.origin === 'own')
    await tx.bulkPut(
      'outbox',
      own.map(({ uuid, sessionId }) => ({ uuid, sessionId })),
    )
    await tx.bulkDelete(
      'quarantine',
      own.map((it) => it.uuid),
    )
    return own
  })
}
