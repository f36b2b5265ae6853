// Bring the server's items of a session in, page by page: a join by revision, never an overwrite.
import { RemoteError } from '../domain/errors'
import type { SessionId } from '../domain/ids'
import type { ServerItem } from '../ports/server'
import type { NetworkDeps } from './network-deps'
import { changeSession } from './session-row'
import { beginPull, storeInventoryCountItems } from './store-inventory-count-items'

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
  const { signal } = options
  await deps.mutex.run(
    `pull:${deps.storeName}:${sessionId}`,
    signal === undefined ? {} : { signal },
    () => pullAlone(deps, sessionId, options),
  )
}

interface PullOptions {
  readonly signal?: AbortSignal | undefined
  readonly onPage?: (items: readonly ServerItem[]) => void
}

async function pullAlone(
  deps: NetworkDeps,
  sessionId: SessionId,
  options: PullOptions,
): Promise<void> {
  const pull = beginPull()
  const { pullPage, pullPagesMax } = deps.limits
  for (let pageIndex = 0; pageIndex < pullPagesMax; pageIndex++) {
    const page = await deps.api.itemsPage(sessionId, pageIndex, pullPage, options.signal)
    await storeInventoryCountItems(deps, sessionId, page.items, { pull, isComplete: !page.more })
    options.onPage?.(page.items)
    if (page.more) continue
    const pulledAt = deps.clock.now() + (deps.api.clockOffset()?.offsetMs ?? 0)
    await changeSession(deps, sessionId, (row) => ({ ...row, pulledAt }))
    deps.log.write('info', 'pull', { sessionId, pages: pageIndex + 1 })
    return
  }
  throw new RemoteError(
    'rejected',
    `Session ${sessionId} has more than ${pullPage * pullPagesMax} items`,
  )
}
