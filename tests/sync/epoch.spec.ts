// A server that was put back: what it acknowledged before is offered again, whoever the row belongs to on this device.
import { afterEach, describe, expect, it } from 'vitest'
import { RemoteError } from '../../src/domain/errors'
import { asId } from '../../src/domain/ids'
import type { LogId, RowUuid } from '../../src/domain/ids'
import { checkEpoch } from '../../src/sync/epoch'
import { foldNew } from '../../src/sync/fold'
import { pullSession } from '../../src/sync/pull'
import { pushSession } from '../../src/sync/push'
import { aScan, aServerItem, RICE, SESSION, TEA, units } from '../support/builders'
import type { FakeRow } from '../support/fake-server'
import { openDevice } from '../support/network-engine'
import type { TestDevice } from '../support/network-engine'
import { allLines } from '../support/test-engine'

const opened: TestDevice[] = []

afterEach(async () => {
  for (const device of opened.splice(0)) await device.engine.close()
})

async function counted(scans: number) {
  const device = await openDevice()
  opened.push(device)
  const { deps, server } = device
  await checkEpoch(deps)
  await device.scans(...Array.from({ length: scans }, () => aScan(TEA)))
  await foldNew(deps)
  await pushSession(deps, device.memory, SESSION)
  const rows = server.session(SESSION).rows
  const [row] = rows.values()
  if (row?.uuid == null) return expect.unreachable('nothing arrived')
  const { uuid } = row
  return {
    ...device,
    /** As the server has it from now on. */
    serverHas: (changes: Partial<FakeRow>) => void rows.set(uuid, { ...row, ...changes }),
    serverLacks: () => void rows.delete(uuid),
    async goesOn() {
      server.restoreFromBackup()
      await checkEpoch(deps)
      await foldNew(deps)
      await pushSession(deps, device.memory, SESSION)
    },
    total: () => server.total(SESSION, TEA),
    quantity: async () => (await allLines(device.engine.scans)).map((line) => line.quantity),
  }
}

describe('new server epoch', () => {
  it('[CR23] [I3] sends what it has of a log whose end this disk lost, when the restored server lacks the row (seed 1267)', async () => {
    const ana = await counted(3)
    ana.serverHas({ rev: 7, quantity: units(7), standing: 7 })
    await pullSession(ana.deps, SESSION)
    expect(await ana.quantity()).toEqual([units(7)])

    ana.serverLacks()
    await ana.goesOn()

    expect(ana.total()).toBe(3)
    expect(await ana.quantity()).toEqual([units(3)])
  })

  it('[CR23] [I3] does so also where the restored server shows less of the row than this disk has', async () => {
    const ana = await counted(3)
    ana.serverHas({ rev: 7, quantity: units(7), standing: 7 })
    await pullSession(ana.deps, SESSION)

    ana.serverHas({ rev: 2, quantity: units(2), standing: 2 })
    await ana.goesOn()

    expect(ana.total()).toBe(3)
    expect(await ana.quantity()).toEqual([units(3)])
  })

  it('[CR23] [I3] does so also where a pull removed the row before the new epoch was noticed', async () => {
    const ana = await counted(3)
    ana.serverHas({ rev: 7, quantity: units(7), standing: 7 })
    await pullSession(ana.deps, SESSION)
    ana.serverLacks()
    await pullSession(ana.deps, SESSION)

    await ana.goesOn()

    expect(ana.total()).toBe(3)
    expect(await ana.quantity()).toEqual([units(3)])
  })

  it('[JN11] [I10] shows what the restored server shows of other devices, and of a log that it still knows more of', async () => {
    const ana = await counted(3)
    const key = asId<RowUuid>('row-of-ben')
    const other = aServerItem({ uuid: key, importItemSeqId: '9', logId: asId<LogId>('log-of-ben'), productIdentifier: RICE, rev: 5, quantity: units(5), standing: 5 })
    const rows = ana.server.session(SESSION).rows
    rows.set(key, { ...other, acceptedRevs: [] })
    ana.serverHas({ rev: 7, quantity: units(7), standing: 7 })
    await pullSession(ana.deps, SESSION)

    rows.set(key, { ...other, rev: 2, quantity: units(2), standing: 2, acceptedRevs: [] })
    ana.serverHas({ rev: 5, quantity: units(5), standing: 5 })
    await ana.goesOn()

    expect((await ana.quantity()).reduce((sum, quantity) => sum + quantity, 0)).toBe(units(7))
    expect(ana.total()).toBe(5)
  })

  it('[JN17] [I3] sends again what it counted in a session that this disk does not know any more, and whose scans came back from beside it (seed 14676)', async () => {
    const ana = await counted(3)
    await ana.engine.scans.tx(['sessions'], 'rw', (tx) => tx.bulkDelete('sessions', [SESSION]))

    ana.serverLacks()
    await ana.goesOn()

    expect(ana.total()).toBe(3)
  })

  it.each(['forbidden', 'not-found'] as const)('[CR24] [I3] [I16] offers all again in a session that is %s just then (seed 9407)', async (reason) => {
    const ana = await counted(3)
    ana.serverLacks()
    ana.server.refuse = (call) => (call === 'itemsPage' ? new RemoteError(reason, 'not now') : null)
    await ana.goesOn()

    expect(ana.total()).toBe(3)
  })
})
