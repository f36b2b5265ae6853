// The worker's own storage fails while the page goes on saving: it is said, and nobody has to help once it is back.
import { expect, it } from 'vitest'
import type { SyncState } from '../../src/ports/platform'
import type { NetworkDeps } from '../../src/sync/network-deps'
import { createScheduler } from '../../src/sync/scheduler'
import { aScan, SESSION, TEA } from '../support/builders'
import { openDevice } from '../support/network-engine'
import type { TestDevice } from '../support/network-engine'

const LOST = 'UnknownError: Connection to Indexed Database server lost'

/** The engine's own handle on the storage: the test's one goes on working, as a page's does. */
function breakable(deps: NetworkDeps) {
  let isLost = false
  const tx = ((...args: Parameters<typeof deps.scans.tx>) =>
    isLost ? Promise.reject(new Error(LOST)) : deps.scans.tx(...args)) as typeof deps.scans.tx
  return { deps: { ...deps, scans: { ...deps.scans, tx } }, lose: () => (isLost = true), mend: () => (isLost = false) }
}

const toldLast = ({ engine }: TestDevice): SyncState | undefined =>
  engine.messages.flatMap((it) => (it.kind === 'status' ? [it.status] : [])).at(-1)

it('[KP18] [I13] folds and sends by itself when its storage is back, and says meanwhile that it cannot', async () => {
  const ana = await openDevice()
  const { deps, lose, mend } = breakable(ana.deps)
  const scheduler = createScheduler(deps, { isSignedIn: true })
  await ana.scans(aScan(TEA))
  void scheduler.scanned()
  await ana.time.advance(1000)
  expect(ana.server.total(SESSION, TEA)).toBe(1)
  expect(toldLast(ana)).toMatchObject({ status: 'synced' })

  lose()
  await ana.scans(aScan(TEA), aScan(TEA))
  void scheduler.scanned()
  await ana.time.advance(60_000)
  expect(toldLast(ana)).toMatchObject({ status: 'error', trouble: 'app', problem: expect.stringContaining('lost') as string })
  expect(ana.server.total(SESSION, TEA)).toBe(1)

  mend()
  await ana.time.advance(deps.limits.backoffCapMs + 1000)
  expect(ana.server.total(SESSION, TEA)).toBe(3)
  expect(toldLast(ana)).toMatchObject({ status: 'synced', trouble: null, problem: null })
  scheduler.stop()
  await ana.engine.close()
})
