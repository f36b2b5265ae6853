// Bring the server's items of a session in, page by page: a join by revision, never an overwrite.
import { RemoteError } from '../domain/errors'
import type { EpochMs, SessionId } from '../domain/ids'
import type { ServerItem } from '../ports/server'
import type { NetworkDeps } from './network-deps'
import { changeSession, readSession } from './session-row'
import { beginPull, storeInventoryCountItems } from './store-inventory-count-items'
import { letGoAfter } from './while-wanted'

/**
 * Read all items of a session and join them with what is here. Own unsent work stays as it is (S3.29, C3).
 *
 * A pull that breaks off leaves joined pages joined and removes nothing. Pulls of one session run one after the other
 * over all windows: a page that another pull brought meanwhile would look like rows that vanished.
 *
 * @param onPage sees each page after it was joined
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
  const pull = beginPull({ isAfterRestore, isFirst })
  const { pullPage, pullPagesMax } = deps.limits
  const offset = deps.api.clockOffset()
  // What changes from here on may be missed: the next pull of changes begins at this moment.
  const seenThrough = offset === null ? null : deps.clock.now() + offset.offsetMs
  for (let pageIndex = 0; pageIndex < pullPagesMax; pageIndex++) {
    const page = await deps.api.itemsPage(sessionId, pageIndex, pullPage, options.signal, since)
    const isComplete = !page.more && since === undefined
    await storeInventoryCountItems(deps, sessionId, page.items, { pull, isComplete })
    options.onPage?.(page.items)
    if (page.more) continue
    const pulledAt = deps.clock.now() + (deps.api.clockOffset()?.offsetMs ?? 0)
    await changeSession(deps, sessionId, (row) => ({
      ...row,
      ...(since === undefined ? { pulledAt } : {}),
      ...(seenThrough === null ? {} : { seenThrough }),
    }))
    deps.log.write('info', since === undefined ? 'pull' : 'pull-changes', {
      sessionId,
      pages: pageIndex + 1,
    })
    return
  }
  throw new RemoteError(
    'rejected',
    `Session ${sessionId} has more than ${pullPage * pullPagesMax} items`,
  )
}
