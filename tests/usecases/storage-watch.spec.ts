import { afterEach, describe, expect, it } from 'vitest'
import { asId } from '../../src/domain/ids'
import type { DeviceId, LogId } from '../../src/domain/ids'
import type { StorageMarker } from '../../src/domain/storage-marker'
import { ACK_TABLES, markAcks } from '../../src/sync/acknowledge'
import { foldNew } from '../../src/sync/fold'
import type { MarkerMemory } from '../../src/usecases/storage-watch'
import { watchStorage } from '../../src/usecases/storage-watch'
import { aScan, DEVICE, LOG, SESSION, TEA } from '../support/builders'
import type { TestEngine } from '../support/test-engine'
import { allRows, openTestEngine } from '../support/test-engine'

const opened: TestEngine[] = []
const engine = async (): Promise<TestEngine> => {
  const made = await openTestEngine()
  opened.push(made)
  return made
}
afterEach(async () => {
  for (const it of opened.splice(0)) await it.close()
})

function aMemory(): MarkerMemory & { marker: StorageMarker | null } {
  const memory = {
    marker: null as StorageMarker | null,
    read: () => structuredClone(memory.marker),
    write: (marker: StorageMarker) => void (memory.marker = structuredClone(marker)),
  }
  return memory
}

/** A device that committed five scans, three of which the server has. */
async function worked(memory: MarkerMemory) {
  const before = await engine()
  const watch = await watchStorage(before.scans, DEVICE, memory)
  await before.append([aScan(TEA), aScan(TEA), aScan(TEA)])
  watch.committed({ logId: LOG, sessionId: SESSION, head: 3 })
  await foldNew(before.deps)
  const [row] = await allRows(before.scans)
  await before.scans.tx([...ACK_TABLES], 'rw', (tx) =>
    markAcks(tx, SESSION, [{ uuid: row!.uuid, rev: 3, matchRev: 0, standing: 3, importItemSeqId: null, at: 0 }]),
  )
  await watch.looked()
  await before.append([aScan(TEA), aScan(TEA)])
  watch.committed({ logId: LOG, sessionId: SESSION, head: 5 })
  await watch.looked()
  return { before, watch }
}

describe('the watch over the storage', () => {
  it('[SR3] remembers how far a log was committed, and how far the server had it', async () => {
    const memory = aMemory()
    const { watch } = await worked(memory)

    expect(memory.marker).toEqual({ deviceId: DEVICE, logs: [{ logId: LOG, sessionId: SESSION, head: 5, sentHead: 3 }] })
    expect(watch.unsentOf(LOG)).toBe(2)
  })

  it('[SR3] adds up what several windows commit, and forgets old logs that were sent', async () => {
    const memory = aMemory()
    const { scans } = await engine()
    const [one, two] = [await watchStorage(scans, DEVICE, memory), await watchStorage(scans, DEVICE, memory)]

    for (let nth = 0; nth < 150; nth++) one.committed({ logId: asId<LogId>(`one-${nth}`), sessionId: SESSION, head: 1 })
    two.committed({ logId: asId<LogId>('two'), sessionId: SESSION, head: 4 })
    one.committed({ logId: asId<LogId>('one-149'), sessionId: SESSION, head: 2 })

    expect(memory.marker?.logs).toHaveLength(100)
    expect(memory.marker?.logs.slice(-2).map((it) => [it.logId, it.head])).toEqual([['two', 4], ['one-149', 2]])
    await one.looked()
    expect(memory.marker?.logs.length).toBe(100)
  })

  it('[SR4] notices an emptied database with what may be missing, once', async () => {
    const memory = aMemory()
    await worked(memory)
    const after = await engine()
    const fresh = asId<DeviceId>('device-2')

    const first = await watchStorage(after.scans, fresh, memory)
    const second = await watchStorage(after.scans, fresh, memory)

    expect(first.finding).toEqual({ kind: 'wiped', scansMissing: 2 })
    expect(second.finding).toEqual({ kind: 'intact' })
  })

  it('[SR4] notices an earlier state of the database, and counts only what the server cannot have', async () => {
    const memory = aMemory()
    await worked(memory)
    const older = await engine()
    await older.append([aScan(TEA)])

    expect((await watchStorage(older.scans, DEVICE, memory)).finding).toEqual({ kind: 'set-back', scansMissing: 2 })
  })

  it('[SR4] finds nothing wrong with a database that has everything, or on a first start', async () => {
    const memory = aMemory()
    const { before } = await worked(memory)

    expect((await watchStorage(before.scans, DEVICE, memory)).finding).toEqual({ kind: 'intact' })
    expect((await watchStorage(before.scans, DEVICE, aMemory())).finding).toEqual({ kind: 'intact' })
  })
})
