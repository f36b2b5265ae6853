// What exists on this device alone.
import { describe, expect, it } from 'vitest'
import type { RowUuid } from '../../src/domain/ids'
import { asId } from '../../src/domain/ids'
import { LIMITS } from '../../src/domain/limits'
import type { ScanEventDraft } from '../../src/domain/scan-event'
import type { ScansStore } from '../../src/ports/scans-schema'
import { foldNew } from '../../src/sync/fold'
import { pushSession } from '../../src/sync/push'
import { rebuildSession } from '../../src/sync/rebuild'
import { unsentScans } from '../../src/sync/unsent'
import { createScanWriter } from '../../src/usecases/scan-writer'
import type { Spill } from '../../src/usecases/scan-writer'
import { onlyHere, unsentLines } from '../../src/usecases/unsent-lines'
import { ANA, aScan, RICE, SESSION, TEA } from '../support/builders'
import { createFakeTime } from '../support/fake-time'
import { openDevice } from '../support/network-engine'
import type { TestDevice } from '../support/network-engine'
import { storeWith } from '../support/test-desk'
import { createFakeIds, dump, openTestEngine, outboxOf, SILENT_LOG } from '../support/test-engine'

describe('lines that only this device has', () => {
  it('[SH6] are the unsent ones, the refused ones, and those that nobody has folded yet; each once', async () => {
    const { deps, append, scans } = await openTestEngine()
    expect(await unsentLines(scans)).toBe(0)

    await append([aScan(TEA), aScan(TEA), aScan(RICE)])
    expect(await unsentLines(scans)).toBe(2)
    await foldNew(deps)
    expect(await unsentLines(scans)).toBe(2)

    const entry = { sessionId: SESSION, code: 'X', message: '', rev: 1, at: 0 }
    await scans.tx(['quarantine'], 'rw', (tx) =>
      tx.bulkPut('quarantine', [
        { ...entry, uuid: asId<RowUuid>('refused'), kind: 'rejected' },
        { ...entry, uuid: asId<RowUuid>('evidence'), kind: 'held', code: 'HELD' },
      ]),
    )
    expect(await unsentLines(scans)).toBe(3)
  })

  it('[SH7] are the rows of a closed session that a base server was never sent, too', async () => {
    const ana = await aClosedSession()
    await pushSession(ana.deps, ana.memory, SESSION)

    expect(await unsentLines(ana.engine.scans)).toBe(2)
    expect(await unsentScans(ana.deps, SESSION)).toBe(3)
  })

  it('[SH7] are not the rows that an extended server holds as evidence', async () => {
    const ana = await aClosedSession('extended')
    await pushSession(ana.deps, ana.memory, SESSION)

    expect(await unsentLines(ana.engine.scans)).toBe(0)
    expect(await unsentScans(ana.deps, SESSION)).toBe(0)
  })

  it('[SH7] are one line where a row was kept back and has changed since', async () => {
    const ana = await aClosedSession()
    await pushSession(ana.deps, ana.memory, SESSION)
    await ana.scans(aScan(TEA))
    await foldNew(ana.deps)

    expect(await unsentLines(ana.engine.scans)).toBe(2)
  })

  it('[SH7] [I9] stay what they are when a session is added up again', async () => {
    const ana = await aClosedSession()
    await pushSession(ana.deps, ana.memory, SESSION)
    const before = await dump(ana.engine.scans)

    await rebuildSession(ana.deps, SESSION)

    expect(await dump(ana.engine.scans)).toBe(before)
    expect(await outboxOf(ana.engine.scans)).toEqual([])
  })
})

describe('scans that a window left beside the database', () => {
  it('[SH8] are saved before anybody is asked, so that a file takes them along, and count as unsent', async () => {
    const { scans } = await openTestEngine()
    const beside = [aScan(TEA), aScan(TEA), aScan(RICE)]
    const { writer, spill } = aWindow(scans, beside)

    expect(await onlyHere(writer, spill)).toBe(2)
    expect(beside).toEqual([])
    expect(await scans.tx(['scanEvents'], 'r', (tx) => tx.count('scanEvents', ':id', {}))).toBe(3)
  })

  it('[SH8] count as unsent also where they cannot be saved', async () => {
    const { scans } = await openTestEngine()
    const full = storeWith(scans, (_tables, mode) => (mode === 'rw' ? Promise.reject(new Error('disk full')) : Promise.resolve()))
    const beside = [aScan(TEA), aScan(TEA), aScan(RICE)]
    const { writer, spill } = aWindow(full, beside)

    expect(await onlyHere(writer, spill)).toBe(2)
    expect(beside).toHaveLength(3)
  })
})

/** A window whose spill, which all windows of the user share, holds `beside`. */
function aWindow(store: ScansStore, beside: ScanEventDraft[]) {
  const spill: Spill = {
    read: () => [...beside],
    write: () => undefined,
    remove: (ids) => void beside.splice(0, beside.length, ...beside.filter((it) => !ids.includes(it.eventId))),
  }
  const writer = createScanWriter({
    store,
    reopen: async () => store,
    spill,
    ids: createFakeIds('log'),
    timers: createFakeTime().timers,
    log: SILENT_LOG,
    limits: LIMITS,
    userName: ANA,
  })
  return { writer, spill }
}

/** Two lines of three scans, of a session that was approved before they went out. */
async function aClosedSession(profile: 'extended' | 'hotwax' = 'hotwax'): Promise<TestDevice> {
  const ana = await openDevice({ profile })
  await ana.scans(aScan(TEA), aScan(TEA), aScan(RICE))
  await foldNew(ana.deps)
  const session = ana.server.session(SESSION)
  session.header = { ...session.header, status: 'approved' }
  return ana
}
