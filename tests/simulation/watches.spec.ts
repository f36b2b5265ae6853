// What the simulator says about commits that must not be: each is told to it, and it must object; and to none that may be.
import { describe, expect, it } from 'vitest'
import type { Change } from '../../src/db/memory-table'
import { asId } from '../../src/domain/ids'
import type { SessionId } from '../../src/domain/ids'
import { Oracle } from './oracle'
import type { Violation } from './oracle'
import { SimWorld } from './sim-world'
import { drawSwarm } from './swarm'

const DATABASE = 'scans:https://count.example:8080:ana'
const S1 = asId<SessionId>('S1')

const row = (more: object) => ({ uuid: 'r1', sessionId: 'S1', logId: 'L', lineKey: 'TEA', origin: 'server', rev: 4, matchRev: 1, quantity: 4, ...more })

async function aWorld() {
  const world = new SimWorld({ seed: 1, swarm: { ...drawSwarm(1), profile: 'extended' }, traceLines: 0 })
  const [device] = world.devices
  if (device === undefined) throw new Error('A world without a device')
  const database = device.database(DATABASE)
  const store = database.open()
  /** As a transaction of the product would, whatever it holds. */
  const commit = (puts: Readonly<Record<string, readonly object[]>>, deletes: Readonly<Record<string, readonly string[]>> = {}): Promise<void> =>
    store.tx(['inventoryCountRecords', 'outbox', 'acks', 'items', 'counters', 'meta', 'quarantine'], 'rw', async (tx) => {
      for (const [table, rows] of Object.entries(puts)) await tx.bulkPut(table as 'outbox', rows as never)
      for (const [table, keys] of Object.entries(deletes)) await tx.bulkDelete(table as 'outbox', keys as never)
    })
  return { world, device, commit }
}

describe('what a screen shows', () => {
  it.each([
    ['an older revision', { rev: 3, quantity: 3 }],
    ['the same revision with another quantity', { quantity: 5 }],
    ['an older match', { matchRev: 0 }],
  ])('[SM83] [I10] is never %s of a row of the server', async (_, older) => {
    const { world, commit } = await aWorld()

    await commit({ inventoryCountRecords: [row({})] })
    await commit({ inventoryCountRecords: [row(older)] })

    expect(world.violation).toMatchObject({ invariant: 'I10' })
  })

  it('[SM83] [I10] is never an older revision of a row that was gone meanwhile', async () => {
    const { world, commit } = await aWorld()

    await commit({ inventoryCountRecords: [row({})] })
    await commit({}, { inventoryCountRecords: ['r1'] })
    await commit({ inventoryCountRecords: [row({ rev: 2, quantity: 2 })] })

    expect(world.violation).toMatchObject({ invariant: 'I10' })
  })

  it('[SM83] may be an older one while the device takes in that the server was put back', async () => {
    const { world, commit } = await aWorld()

    await commit({ inventoryCountRecords: [row({})], meta: [{ k: 'epoch', epoch: 'before' }] })
    await commit({ inventoryCountRecords: [row({ rev: 3, quantity: 3 })] })
    expect(world.violation).toBeNull()
    await commit({ meta: [{ k: 'epoch', epoch: world.server.epoch }] })
    await commit({ inventoryCountRecords: [row({ rev: 2, quantity: 2 })] })

    expect(world.violation).toMatchObject({ invariant: 'I10' })
  })

  it('[SM83] begins anew where the disk went back', async () => {
    const { world, device, commit } = await aWorld()

    await commit({ inventoryCountRecords: [row({ rev: 3, quantity: 3 })] })
    await commit({ inventoryCountRecords: [row({})] })
    device.database(DATABASE).lose(1)
    world.views.reread(device)
    await commit({ inventoryCountRecords: [row({ rev: 3, quantity: 3, lineKey: 'RICE' })] })

    expect(world.violation).toBeNull()
  })

  describe('of a row whose scans this disk has lost in part', () => {
    const left = { inventoryCountRecords: [row({ origin: 'own', logId: null, rev: 2, quantity: 2, matchRev: 0 })], outbox: [{ uuid: 'r1', sessionId: 'S1' }] }
    const removed = (world: SimWorld, rev: number): void => void world.server.audit.rows.push({ epoch: world.server.epoch, row: { uuid: 'r1', rev, isDeleted: true } } as never)

    it('[SM105] may be what is left of them, once somebody has removed the row on the server', async () => {
      const { world, commit } = await aWorld()

      await commit({ inventoryCountRecords: [row({})] })
      removed(world, 4)
      await commit(left)

      expect(world.violation).toBeNull()
    })

    it.each([
      ['while the row is on the server', null, left],
      ['where an older revision of it was removed', 3, left],
      ['as a row of the server', 4, { inventoryCountRecords: [row({ rev: 2, quantity: 2 })] }],
    ])('[SM105] [I10] is never that %s', async (_, removedRev, after) => {
      const { world, commit } = await aWorld()

      await commit({ inventoryCountRecords: [row({})] })
      if (removedRev !== null) removed(world, removedRev)
      await commit(after)

      expect(world.violation).toMatchObject({ invariant: 'I10' })
    })
  })
})

describe('what waits to be sent', () => {
  const own = row({ origin: 'own', logId: null })
  const waiting = { uuid: 'r1', sessionId: 'S1' }
  const line = (standing: number): object => ({ sessionId: 'S1', lineKey: 'TEA', standing, bucket: 'counted', lastScanAt: 1 })

  it('[SM84] [I5] is no row that the server has at this revision', async () => {
    const { world, commit } = await aWorld()
    world.server.audit.verdicts.push({ epoch: world.server.epoch, sessionId: 'S1', uuid: 'r1', rev: 4, verdict: 'applied', code: null } as never)
    world.oracle.checkServer()

    await commit({ inventoryCountRecords: [own], outbox: [waiting] })
    expect(world.violation).toBeNull()
    await commit({ acks: [{ ...waiting, ackedRev: 4, ackedMatchRev: 1, ackedStanding: 4 }] })

    expect(world.violation).toMatchObject({ invariant: 'I5' })
  })

  it.each([
    ['that is not there', {}],
    ['of somebody else', { inventoryCountRecords: [row({})] }],
  ])('[SM84] [I5] is no row %s', async (_, rows) => {
    const { world, commit } = await aWorld()

    await commit({ ...rows, outbox: [waiting] })

    expect(world.violation).toMatchObject({ invariant: 'I5' })
  })

  it('[SM84] may be an acknowledged row whose item turned from counted to uncounted, until it is acknowledged anew', async () => {
    const { world, commit } = await aWorld()
    world.server.audit.verdicts.push({ epoch: world.server.epoch, sessionId: 'S1', uuid: 'r1', rev: 4, verdict: 'applied', code: null } as never)
    world.oracle.checkServer()
    const acks = [{ ...waiting, ackedRev: 4, ackedMatchRev: 1, ackedStanding: 4 }]

    await commit({ inventoryCountRecords: [own], acks, items: [line(4)] })
    await commit({ items: [line(0)], outbox: [waiting] })
    expect(world.violation).toBeNull()
    await commit({ acks })

    expect(world.violation).toMatchObject({ invariant: 'I5' })
  })
})

describe('an approved session', () => {
  it.each([
    ['extended', 1000],
    ['hotwax', 3 * 60_000],
  ] as const)('[SM86] [I17] of a %s server has the same total for good', async (profile, laterMs) => {
    const { world } = await aWorld()
    let [at, quantity] = [0, 4]
    const server = {
      profile,
      audit: world.server.audit,
      sessionIds: () => ['S1'],
      statusOf: () => 'approved',
      rowsOf: () => [{ seq: '00001', quantity }],
    }
    const found: Violation[] = []
    const oracle = new Oracle({ now: () => at, server: server as never, marks: world.marks, violated: (it) => found.push(it) })
    oracle.checkServer()

    at = laterMs
    oracle.checkServer()
    expect(found).toEqual([])
    quantity = 5
    oracle.checkServer()

    expect(found).toMatchObject([{ invariant: 'I17' }])
  })
})

describe('a rebuild in the middle of the work', () => {
  const counters = [{ sessionId: 'S1', kind: 'buckets', counted: 1, uncounted: 0, undirected: 0, unmatched: 0 }]
  const recount = { ...counters[0], kind: 'recount', through: 'TEA' }
  const item = { sessionId: 'S1', lineKey: 'TEA', quantity: 4, bucket: 'counted' }
  const change = (table: string, before: object, after: object): Change => ({ table, before: { ...before }, after: { ...after }, takeBack: () => undefined })

  async function rebuilding() {
    const made = await aWorld()
    const life = { ...made.world.windows[0]?.[0]?.workerLife, isOver: false } as never
    const end = made.world.rebuilds.begin(made.device, DATABASE, { sessionId: S1, life })
    return { ...made, end }
  }

  it('[SM85] [I9] writes what was there', async () => {
    const { world, commit } = await rebuilding()
    await commit({ counters, items: [item], meta: [{ k: 'aggCursor', gid: 1 }] })

    await commit({ counters: [...counters, recount] })
    await commit({ counters, items: [item], meta: [{ k: 'rebuilding:S1' }] })
    await commit({ counters, items: [{ ...item, quantity: 5 }] })
    expect(world.violation).toBeNull()
    expect(world.marks.counts.get('rebuild-compared')).toBe(2)
    await commit({ counters, items: [{ ...item, quantity: 6 }], meta: [{ k: 'rebuilding:S1' }] })

    expect(world.violation).toMatchObject({ invariant: 'I9' })
  })

  it('[SM85] is not a fold beside it, and not what comes after it', async () => {
    const { world, device, end } = await rebuilding()
    const moved = [change('counters', counters[0] ?? {}, { ...counters[0], counted: 2 })]

    world.rebuilds.onCommit(device, DATABASE, [...moved, change('meta', { k: 'aggCursor', gid: 1 }, { k: 'aggCursor', gid: 2 })])
    end()
    world.rebuilds.onCommit(device, DATABASE, moved)

    expect(world.violation).toBeNull()
    expect(world.marks.counts.has('rebuild-compared')).toBe(false)
  })
})
