// Bring the server's items of a session in, page by page: a join by revision, never an overwrite.
import { RemoteError } from '../domain/errors'
import type { EpochMs, SessionId } from '../domain/ids'
import type { ServerItem } from '../ports/server'
import type { NetworkDeps } from './network-deps'
import { changeSession, readSession } from './session-row'
import { beginPull, storeInventoryCountItems, type PullMemory } from './store-inventory-count-items'
import { letGoAfter } from './while-wanted'

/** Of one pull: one more than what it takes where somebody removes rows once. */
const ROUNDS_MAX = 3

/**
 * Read all items of a session and join them with what is here. Own unsent work stays as it is (S3.29, C3).
 *
 * A pull that breaks off leaves joined pages joined and removes nothing. Pulls of one session run one after the other
 * over all windows: a page that another pull brought meanwhile would look like rows that vanished.
 *
 * @param onPage sees each page once all of them were joined
 * @throws {RemoteError} `rejected` for a session larger than the page limit
 */
export async function pullSession(
  deps: NetworkDeps,
  sessionId: SessionId,
  options: PullOptions = {},
): Promise<void> {
  await inTurn(deps, sessionId, options)
}

interface PullOptions {
  readonly signal?: AbortSignal | undefined
  /** What the server shows now counts, also where it showed more before. */
  readonly isAfterRestore?: boolean
  readonly onPage?: (items: readonly ServerItem[]) => void
}

/**
 * Bring in what others changed since a moment, and nothing else: the cost grows with the change. Rows that are gone are
 * not noticed; a pull of all of them is for that.
 *
 * @throws {RemoteError} joined pages stay joined
 */
export async function pullChanges(
  deps: NetworkDeps,
  sessionId: SessionId,
  since: EpochMs,
  signal?: AbortSignal,
): Promise<void> {
  await inTurn(deps, sessionId, { signal, since })
}

/** One after the other over all windows; one that hangs in a dead storage gives its turn up. Rules: docs/SPEC.md SM68 */
async function inTurn(
  deps: NetworkDeps,
  sessionId: SessionId,
  options: PullOptions & { readonly since?: EpochMs },
): Promise<void> {
  const { signal } = options
  await deps.mutex.run(
    `pull:${deps.storeName}:${sessionId}`,
    signal === undefined ? {} : { signal },
    () => letGoAfter(deps.timers, deps.limits.stallMs, pullAlone(deps, sessionId, options)),
  )
}

async function pullAlone(
  deps: NetworkDeps,
  sessionId: SessionId,
  options: PullOptions & { readonly since?: EpochMs },
): Promise<void> {
  const { since, isAfterRestore = false } = options
  const isFirst = since === undefined && (await readSession(deps, sessionId))?.pulledAt == null
  const offset = deps.api.clockOffset()
  // What changes from here on may be missed: the next pull of changes begins at this moment.
  const seenThrough = offset === null ? null : deps.clock.now() + offset.offsetMs
  const read = await readRounds(deps, sessionId, { ...options, isAfterRestore, isFirst })
  for (const items of read.pages) options.onPage?.(items)
  const pulledAt = deps.clock.now() + (deps.api.clockOffset()?.offsetMs ?? 0)
  await changeSession(deps, sessionId, (row) => ({
    ...row,
    ...(since === undefined ? { pulledAt } : {}),
    ...(seenThrough === null ? {} : { seenThrough }),
  }))
  deps.log.write('info', since === undefined ? 'pull' : 'pull-changes', {
    sessionId,
    pages: read.pages.length,
  })
}

interface Round {
  readonly pull: PullMemory
  readonly pages: readonly (readonly ServerItem[])[]
  readonly isSettled: boolean
}

type Reading = Pick<PullOptions, 'signal'> & { readonly since?: EpochMs; readonly isAfterRestore: boolean; readonly isFirst: boolean }

/**
 * Pages are places in a list: where a row goes while they are read, the others move up, and one of them falls between
 * two pages (seed 153). Rows that no page showed are removed only when two rounds have shown the same: whatever went
 * in between is in one of them alone. A session on one page needs no second look; one that gives no rest keeps what
 * is here, and the next pull asks again.
 *
 * @returns the last round
 */
async function readRounds(deps: NetworkDeps, sessionId: SessionId, reading: Reading): Promise<Round> {
  let round = await readPages(deps, sessionId, reading, null)
  for (let more = 1; more < ROUNDS_MAX && !round.isSettled; more++)
    round = await readPages(deps, sessionId, { ...reading, isFirst: false }, round.pull.seen)
  if (!round.isSettled) deps.log.write('warn', 'pull-without-rest', { sessionId })
  return round
}

/** @param before what the round before has shown */
async function readPages(
  deps: NetworkDeps,
  sessionId: SessionId,
  { signal, since, ...memory }: Reading,
  before: ReadonlySet<string> | null,
): Promise<Round> {
  const pull = beginPull(memory)
  const { pullPage, pullPagesMax } = deps.limits
  const pages: (readonly ServerItem[])[] = []
  for (let pageIndex = 0; pageIndex < pullPagesMax; pageIndex++) {
    const page = await deps.api.itemsPage(sessionId, pageIndex, pullPage, signal, since)
    pages.push(page.items)
    const isComplete = !page.more && since === undefined
    const isSure = (): boolean => pageIndex === 0 || (before !== null && isSame(pull.seen, before))
    const isSettled = await storeInventoryCountItems(deps, sessionId, page.items, { pull, isComplete, isSure })
    if (!page.more) return { pull, pages, isSettled }
  }
  throw new RemoteError(
    'rejected',
    `Session ${sessionId} has more than ${pullPage * pullPagesMax} items`,
  )
}

function isSame(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((it) => b.has(it))
}
