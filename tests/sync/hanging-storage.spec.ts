// A storage that never answers while a lock of all windows is held: the lock is let go, and the others go on.
import { expect, it, describe } from 'vitest'
import type { NetworkDeps } from '../../src/sync/network-deps'
import { pullSession } from '../../src/sync/pull'
import { createScheduler } from '../../src/sync/scheduler'
import { SESSION } from '../support/builders'
import { settle } from '../support/fake-time'
import { openDevice } from '../support/network-engine'

/** The next transaction that writes to `table` never answers. */
function hangingOnce(deps: NetworkDeps, table: string): NetworkDeps {
  let hangs = true
  const tx = ((tables: readonly string[], mode: string, work: never) => {
    if (!hangs || mode !== 'rw' || !tables.includes(table)) return deps.scans.tx(tables as never, mode as never, work)
    hangs = false
    return new Promise(() => undefined)
  }) as typeof deps.scans.tx
  return { ...deps, scans: { ...deps.scans, tx } }
}

describe('work that hangs in a dead storage', () => {
  it('[SM68] lets the next pull of the session have its turn', async () => {
    const ana = await openDevice()
    const outcome: string[] = []
    const hung = pullSession(hangingOnce(ana.deps, 'sessions'), SESSION).catch((error: unknown) => outcome.push((error as Error).name))
    const next = pullSession(ana.deps, SESSION).then(() => outcome.push('pulled'))

    await ana.time.advance(ana.deps.limits.stallMs - 1000)
    await settle()
    const before = [...outcome]
    await ana.time.advance(2000)
    await Promise.all([hung, next])

    expect(before).toEqual([])
    expect(outcome).toEqual(['TimeoutError', 'pulled'])
    await ana.engine.close()
  })

  it('[SM68] lets runs go on after the push of an opening', async () => {
    const ana = await openDevice()
    const scheduler = createScheduler(ana.deps, { isSignedIn: true })
    const outcome: string[] = []
    const hung = scheduler.aloneIfFree(() => new Promise(() => undefined)).catch((error: unknown) => outcome.push((error as Error).name))
    const next = scheduler.alone(() => Promise.resolve()).then(() => outcome.push('ran'))

    await ana.time.advance(ana.deps.limits.stallMs + 1000)
    await Promise.all([hung, next])

    expect(outcome).toEqual(['TimeoutError', 'ran'])
    scheduler.stop()
    await ana.engine.close()
  })
})
