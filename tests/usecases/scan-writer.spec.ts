import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../src/db/memory-store'
import { LIMITS } from '../../src/domain/limits'
import type { ScanEventDraft } from '../../src/domain/scan-event'
import { SCANS_SCHEMA } from '../../src/ports/scans-schema'
import type { ScansStore } from '../../src/ports/scans-schema'
import { createScanWriter, QUEUE_MAX } from '../../src/usecases/scan-writer'
import type { ScanWriterDeps } from '../../src/usecases/scan-writer'
import { ANA, aScan, SESSION, TEA } from '../support/builders'
import { createFakeTime, settle } from '../support/fake-time'
import { createFakeIds, SILENT_LOG } from '../support/test-engine'

type Disk = 'works' | 'fails' | 'hangs' | 'commits without telling'

/** A writer on a disk whose state the test sets, with a spill that survives the page. */
function aWriter(overrides: Partial<ScanWriterDeps> = {}, spilled = new Map<string, ScanEventDraft>()) {
  const time = createFakeTime()
  const disk: { state: Disk; heldUp: (() => void)[] } = { state: 'works', heldUp: [] }
  const commits: number[] = []
  const store: ScansStore = createMemoryStore(SCANS_SCHEMA, {
    turn: (check) => void setImmediate(check),
    beforeCommit: async (_tables, mode) => {
      if (mode === 'r') return
      if (disk.state === 'fails') throw new Error('disk full')
      if (disk.state === 'hangs') await new Promise<void>((resolve) => disk.heldUp.push(resolve))
      commits.push(1)
    },
    afterCommit: async (_tables, mode) => {
      if (mode === 'rw' && disk.state === 'commits without telling') await new Promise<void>((resolve) => disk.heldUp.push(resolve))
    },
  })
  let reopened = 0
  const writer = createScanWriter({
    store,
    reopen: async () => {
      reopened += 1
      return store
    },
    spill: {
      read: () => [...spilled.values()],
      write: (drafts) => drafts.forEach((it) => spilled.set(it.eventId, it)),
      remove: (ids) => ids.forEach((id) => spilled.delete(id)),
    },
    ids: createFakeIds('log'),
    timers: time.timers,
    log: SILENT_LOG,
    limits: LIMITS,
    userName: ANA,
    ...overrides,
  })
  const stored = () => store.tx(['scanEvents'], 'r', (tx) => tx.range('scanEvents', ':id', { limit: 9999 }))
  return { writer, disk, commits, spilled, stored, time, store, reopened: () => reopened }
}

/** As WebKit's after its network process has died. */
function deadStore(words: string): ScansStore {
  const cost = { requests: 0, rowsRead: 0, rowsWritten: 0 }
  return { cost, tx: () => Promise.reject(new Error(words)), close: () => undefined }
}

/** A database that never opens. */
function silentStore(): ScansStore {
  const cost = { requests: 0, rowsRead: 0, rowsWritten: 0 }
  return { cost, tx: () => new Promise(() => undefined), close: () => undefined }
}

function release(disk: { heldUp: (() => void)[] }): void {
  for (const go of disk.heldUp.splice(0)) go()
}

describe('scan writer', () => {
  it('[SE11] [S3.5] says saved only after the commit', async () => {
    const { writer, disk, stored } = aWriter()
    disk.state = 'hangs'
    const said: string[] = []
    void writer.write(aScan(TEA)).then((it) => said.push(it.kind))
    await settle()
    expect(said).toEqual([])
    expect(writer.waitingStanding(SESSION)).toBe(1)

    disk.state = 'works'
    release(disk)
    await settle()

    expect(said).toEqual(['saved'])
    expect(await stored()).toHaveLength(1)
    expect(writer.waiting()).toBe(0)
  })

  it('[SE12] takes the scans that came during a commit in together, in their order', async () => {
    const { writer, disk, stored, commits } = aWriter()
    disk.state = 'hangs'
    const scans = Array.from({ length: 30 }, (_, n) => aScan(`value ${n}`))
    const writes = scans.map((scan) => writer.write(scan))
    await settle()
    disk.state = 'works'
    release(disk)
    await Promise.all(writes)

    expect((await stored()).map((it) => it.raw)).toEqual(scans.map((it) => it.raw))
    expect(commits).toHaveLength(2)
  })

  it('[SE13] writes again on a new handle when the first write does not settle in time, and counts it once', async () => {
    const { writer, disk, stored, time, reopened } = aWriter()
    disk.state = 'commits without telling'
    const write = writer.write(aScan(TEA))
    await time.advance(LIMITS.writeTimeoutMs)
    disk.state = 'works'
    release(disk)

    expect(await write).toMatchObject({ kind: 'saved', seq: 1 })
    expect(reopened()).toBe(1)
    expect(await stored()).toHaveLength(1)
  })

  it('[KP7] gives up at once when the connection is lost on a new handle, too: only a reload helps then', async () => {
    const lost = 'UnknownError: Connection to Indexed Database server lost. Refresh the page to try again'
    const { writer, stored, spilled } = aWriter({ store: deadStore(lost), reopen: async () => deadStore(lost) })

    expect(await writer.write(aScan(TEA))).toEqual({ kind: 'waiting' })
    await settle()

    expect(writer.health()).toMatchObject({ state: 'dead', waiting: 1 })
    expect(spilled.size).toBe(1)
    expect(await stored()).toEqual([])
  })

  it('[KP7] gives up after four writes in a row that never answer', async () => {
    const { writer, spilled, time } = aWriter({ store: silentStore(), reopen: async () => silentStore() })
    const states: string[] = []
    writer.onHealth((health) => states.push(health.state))
    const write = writer.write(aScan(TEA))

    await time.advance(2 * LIMITS.writeTimeoutMs)
    expect(await write).toEqual({ kind: 'waiting' })
    expect(states).toEqual(['struggling'])
    await time.advance(2 * LIMITS.writeTimeoutMs + 1000)

    expect(states).toEqual(['struggling', 'dead'])
    expect(spilled.size).toBe(1)
  })

  it('[KP7] raises the alarm when a probe is not answered on a new handle either, though nothing waits', async () => {
    const { writer, time } = aWriter({ store: silentStore(), reopen: async () => silentStore() })
    const probe = writer.probe()
    await time.advance(1000 + LIMITS.writeTimeoutMs)
    await probe

    expect(writer.health()).toMatchObject({ state: 'dead', waiting: 0 })
  })

  it('[SE14] tells the caller, spills and raises the alarm when the second write fails too; then saves by itself', async () => {
    const { writer, disk, stored, spilled, time } = aWriter()
    const states: string[] = []
    writer.onHealth((health) => states.push(health.state))
    disk.state = 'fails'

    const outcome = await writer.write(aScan(TEA))
    expect(outcome).toEqual({ kind: 'waiting' })
    expect(spilled.size).toBe(1)
    expect(writer.health()).toEqual({ state: 'struggling', waiting: 1 })

    disk.state = 'works'
    await time.advance(1000)
    expect(await stored()).toHaveLength(1)
    expect(spilled.size).toBe(0)
    expect(states).toEqual(['struggling', 'well'])
  })

  it('[SE14] gives up after a bounded number of tries, and starts again with the next probe', async () => {
    const { writer, disk, stored, time, reopened } = aWriter()
    disk.state = 'fails'
    await writer.write(aScan(TEA))
    await time.advance(600_000)
    expect(writer.health()).toMatchObject({ state: 'dead', waiting: 1, message: 'Error: disk full' })
    const tries = reopened()
    await time.advance(600_000)
    expect(reopened()).toBe(tries)

    disk.state = 'works'
    await writer.probe()

    expect(writer.health()).toEqual({ state: 'well' })
    expect(await stored()).toHaveLength(1)
  })

  it('[SE14] says that nothing can be saved when there is no room to spill either', async () => {
    const full = { read: () => [], write: () => { throw new Error('quota') }, remove: () => undefined }
    const { writer, disk } = aWriter({ spill: full })
    disk.state = 'fails'

    await writer.write(aScan(TEA))

    expect(writer.health()).toMatchObject({ state: 'dead' })
  })

  it('[SE15] stores what an earlier page life spilled, once, however often', async () => {
    const spilled = new Map([aScan(TEA), aScan('x')].map((it): [string, ScanEventDraft] => [it.eventId, it]))
    const copies = new Map(spilled)
    const { writer, stored } = aWriter({}, spilled)

    expect(await writer.drain()).toBe(2)
    expect(spilled.size).toBe(0)
    for (const [id, draft] of copies) spilled.set(id, draft)
    await writer.drain()

    expect((await stored()).map((it) => it.raw)).toEqual([TEA, 'x'])
  })

  it('[SE16] refuses aloud when too many wait', async () => {
    const { writer, disk } = aWriter()
    disk.state = 'hangs'
    for (let n = 0; n < QUEUE_MAX; n++) void writer.write(aScan('x'))

    expect(await writer.write(aScan('x'))).toEqual({ kind: 'full' })
    expect(writer.waiting()).toBe(QUEUE_MAX)
  })

  it('[SE11] writes one log per page life and session', async () => {
    const spilled = new Map<string, ScanEventDraft>()
    const { writer, stored } = aWriter({}, spilled)
    await writer.write(aScan('x'))
    await writer.write(aScan('y', { sessionId: 'S2' as never }))
    await writer.write(aScan('z'))

    expect((await stored()).map((it) => [it.raw, it.seq])).toEqual([['x', 1], ['y', 1], ['z', 2]])
    expect(new Set((await stored()).map((it) => it.logId)).size).toBe(2)
  })

  it('[SE35] tells of scans that are saved after their callers were told that they wait, and of none else', async () => {
    const told: string[] = []
    const { writer, disk, time } = aWriter({ onSaved: (sessionId) => told.push(sessionId) })
    await writer.write(aScan(TEA))
    expect(told).toEqual([])
    disk.state = 'fails'
    await writer.write(aScan(TEA))
    disk.state = 'works'
    await time.advance(1000)

    expect(told).toEqual([SESSION])
  })

  it('[SE35] tells of scans that an earlier page life left', async () => {
    const told: string[] = []
    const left = aScan(TEA)
    const { writer } = aWriter({ onSaved: (sessionId) => told.push(sessionId) }, new Map([[left.eventId, left]]))

    await writer.drain()

    expect(told).toEqual([SESSION])
  })

  it('[SE37] closes the handle that it gives up', async () => {
    const closed: string[] = []
    const { store } = aWriter()
    const handle = (name: string, isDead: boolean): ScansStore => ({
      ...store,
      tx: (...args) => (isDead ? Promise.reject(new Error('dead')) : store.tx(...args)),
      close: () => closed.push(name),
    })
    const { writer } = aWriter({ store: handle('first', true), reopen: async () => handle('second', false) })

    expect(await writer.write(aScan(TEA))).toMatchObject({ kind: 'saved' })
    expect(closed).toEqual(['first'])
  })

  it('[SE30] stores what was computed from what was read only if nothing came in between', async () => {
    const { writer, stored } = aWriter()
    await writer.write(aScan('x'))

    expect(await writer.writeIfCurrent([aScan('late')], 0)).toBe('overtaken')
    expect(await writer.writeIfCurrent([aScan('y'), aScan('z')], 1)).toBe('saved')
    expect((await stored()).map((it) => [it.raw, it.seq])).toEqual([['x', 1], ['y', 2], ['z', 3]])
  })

  it('[SE30] is stored apart from the scans that wait with it', async () => {
    const { writer, disk, stored } = aWriter()
    disk.state = 'hangs'
    const first = writer.write(aScan('x'))
    await settle()
    const rest = [writer.write(aScan('y')), writer.writeIfCurrent([aScan('amount')], 0), writer.write(aScan('z'))]
    disk.state = 'works'
    release(disk)

    expect(await first).toMatchObject({ kind: 'saved' })
    expect(await Promise.all(rest)).toMatchObject([{ kind: 'saved' }, 'overtaken', { kind: 'saved' }])
    expect((await stored()).map((it) => it.raw)).toEqual(['x', 'y', 'z'])
  })

  it('[SE30] [SE13] counts it once when its first commit was not heard of', async () => {
    const { writer, disk, stored, time } = aWriter()
    disk.state = 'commits without telling'
    const write = writer.writeIfCurrent([aScan(TEA)], 0)
    await time.advance(LIMITS.writeTimeoutMs)
    disk.state = 'works'
    release(disk)

    expect(await write).toBe('saved')
    expect(await stored()).toHaveLength(1)
  })

  it('[SE30] [SE14] drops it when storage fails, and keeps the scans around it', async () => {
    const { writer, disk, stored, spilled, time } = aWriter()
    disk.state = 'fails'
    const before = writer.write(aScan('before'))
    const amount = writer.writeIfCurrent([aScan('amount')], 0)
    const behind = writer.write(aScan('behind'))

    expect(await Promise.all([before, amount, behind])).toEqual([{ kind: 'waiting' }, 'not-kept', { kind: 'waiting' }])
    expect([...spilled.values()].map((it) => it.raw)).toEqual(['before', 'behind'])
    disk.state = 'works'
    await time.advance(1000)
    expect((await stored()).map((it) => it.raw)).toEqual(['before', 'behind'])
  })

  it('[SE14] is well again when nothing that failed is left to be saved', async () => {
    const { writer, disk } = aWriter()
    disk.state = 'fails'

    expect(await writer.writeIfCurrent([aScan('amount')], 0)).toBe('not-kept')
    disk.state = 'works'
    expect(await writer.write(aScan(TEA))).toMatchObject({ kind: 'saved' })
    expect(writer.health()).toEqual({ state: 'well' })
  })
})
