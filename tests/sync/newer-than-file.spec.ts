// Base profile: rows of a log that came by file, and what a server without revisions tells of them (docs/adr/0043).
import { afterEach, describe, expect, it } from 'vitest'
import type { Handover } from '../../src/domain/handover'
import { rowUuidOf } from '../../src/domain/row-uuid'
import { asId } from '../../src/domain/ids'
import type { LogId, ProductId, RowUuid } from '../../src/domain/ids'
import type { ScanEventDraft } from '../../src/domain/scan-event'
import { foldNew } from '../../src/sync/fold'
import { collectUnsent } from '../../src/sync/give-scans'
import { matchItem } from '../../src/sync/matching'
import { pullSession } from '../../src/sync/pull'
import { pushSession } from '../../src/sync/push'
import { rebuildSession } from '../../src/sync/rebuild'
import { takeOverScans } from '../../src/sync/take-over-scans'
import { appendScans } from '../../src/usecases/append-scans'
import { savedScans, syncedScans } from '../../src/usecases/scan-totals'
import { aScan, aServerItem, keyOf, negationOf, SESSION, TEA, units } from '../support/builders'
import type { TestDevice } from '../support/network-engine'
import { openDevice } from '../support/network-engine'
import { allLines, allRows, dump, outboxOf } from '../support/test-engine'

const opened: TestDevice[] = []
afterEach(async () => {
  for (const it of opened.splice(0)) await it.engine.close()
})

interface Giver extends TestDevice {
  readonly logId: LogId
  /** A scan a second, by its own clock. */
  readonly scan: () => Promise<ScanEventDraft>
  readonly undo: (scan: ScanEventDraft, logId?: LogId) => Promise<void>
}

async function twoDevices(): Promise<{ giver: Giver; taker: TestDevice }> {
  const giver = await device('iPad-1')
  const taker = await device('iPad-2', giver)
  const logId = asId<LogId>('log-of-giver')
  let at = 1000
  const append = async (draft: ScanEventDraft, log = logId): Promise<void> => {
    await appendScans(giver.engine.scans, {
      sessionId: SESSION,
      userName: draft.userName,
      logId: log,
      knownHead: 0,
      mintLog: () => log,
      drafts: [draft],
    })
  }
  const by = () => ({ deviceId: giver.deps.caller.deviceId, at: (at += 1000) })
  return {
    taker,
    giver: {
      ...giver,
      logId,
      scan: async () => {
        const scan = aScan(TEA, by())
        await append(scan)
        return scan
      },
      undo: (scan, log) => append(negationOf(scan, by()), log),
    },
  }
}

async function device(deviceId: string, beside?: TestDevice): Promise<TestDevice> {
  const made = await openDevice({
    deviceId,
    profile: 'hotwax',
    ...(beside === undefined ? {} : { server: beside.server, time: beside.time }),
  })
  opened.push(made)
  await made.engine.scans.tx(['meta'], 'rw', (tx) =>
    tx.put('meta', { k: 'device', deviceId, name: deviceId }),
  )
  return made
}

async function save(it: TestDevice): Promise<Handover> {
  const handover = await collectUnsent(it.deps, 'https://counts.example')
  if (typeof handover === 'string') throw new Error(handover)
  return structuredClone(handover)
}

async function send(it: TestDevice): Promise<void> {
  await foldNew(it.deps)
  await pushSession(it.deps, it.memory, SESSION)
}

const pull = (it: TestDevice): Promise<void> => pullSession(it.deps, SESSION)

/** The scans of the file are stored, and nothing after them. */
function dyingBeforeTheFold(deps: TestDevice['deps']): TestDevice['deps'] {
  let isStored = false
  const { scans } = deps
  return {
    ...deps,
    scans: {
      ...scans,
      tx: (tables, mode, work) => {
        if (isStored) return Promise.reject(new Error('died'))
        isStored = mode === 'rw'
        return scans.tx(tables, mode, work)
      },
    },
  }
}

const shown = async (it: TestDevice) =>
  (await allLines(it.engine.scans)).reduce((sum, line) => sum + line.quantity, 0) / units(1)

const tallyOf = (it: TestDevice) =>
  it.engine.scans.tx(['logs', 'counters'], 'r', async (tx) => ({
    saved: await savedScans(tx, SESSION),
    synced: await syncedScans(tx, SESSION),
  }))

async function expectSameAfterRebuild(it: TestDevice): Promise<void> {
  const before = await dump(it.engine.scans)
  await rebuildSession(it.deps, SESSION)
  expect(await dump(it.engine.scans)).toBe(before)
}

describe('a row of a log that came by file, on a base server', () => {
  it('[HF16] [I9] gives way on a pull to what its own device sends later, and stays so over a rebuild (seed 557)', async () => {
    const { giver, taker } = await twoDevices()
    await giver.scan()
    await takeOverScans(taker.deps, await save(giver))
    await send(taker)
    await giver.scan()
    await giver.scan()
    await send(giver)

    await pull(taker)

    expect(await shown(taker)).toBe(3)
    await expectSameAfterRebuild(taker)
    expect(await tallyOf(taker)).toEqual({ saved: 1, synced: 1 })

    await giver.scan()
    await send(giver)
    await pull(taker)
    expect(await shown(taker)).toBe(4)
    await expectSameAfterRebuild(taker)
    await send(taker)
    expect(taker.server.total(SESSION, TEA)).toBe(4)
  })

  it('[HF16] gives way to an undo of its own device, which says an amount that the file had, too', async () => {
    const { giver, taker } = await twoDevices()
    await giver.scan()
    const second = await giver.scan()
    await takeOverScans(taker.deps, await save(giver))
    await send(taker)
    await giver.undo(second)
    await send(giver)

    await pull(taker)

    expect(await shown(taker)).toBe(1)
    await expectSameAfterRebuild(taker)
  })

  it('[HF10] is not sent where its own device has taken a scan back meanwhile', async () => {
    const { giver, taker } = await twoDevices()
    await giver.scan()
    const second = await giver.scan()
    await takeOverScans(taker.deps, await save(giver))
    await giver.undo(second)
    await send(giver)

    await send(taker)

    expect(taker.server.total(SESSION, TEA)).toBe(1)
    expect(await shown(taker)).toBe(1)
    expect(await outboxOf(taker.engine.scans)).toEqual([])
  })

  it('[HF16] gives way where its own device says that nobody counted the item, by a scan of a later log', async () => {
    const { giver, taker } = await twoDevices()
    const first = await giver.scan()
    await takeOverScans(taker.deps, await save(giver))
    await send(taker)
    await giver.undo(first, asId<LogId>('next-log'))
    await send(giver)

    await pull(taker)

    expect(await shown(taker)).toBe(0)
    await expectSameAfterRebuild(taker)
  })

  it('[HF16] is the server’s at once where the device knew the newer amount before the file came', async () => {
    const { giver, taker } = await twoDevices()
    await giver.scan()
    const file = await save(giver)
    await giver.scan()
    await send(giver)
    await pull(taker)

    await takeOverScans(taker.deps, file)

    expect(await shown(taker)).toBe(2)
    expect(await outboxOf(taker.engine.scans)).toEqual([])
    expect(await tallyOf(taker)).toEqual({ saved: 1, synced: 1 })
    await expectSameAfterRebuild(taker)
  })

  it('[HF16] [HF4] that gave way is this device’s again with a later file that holds more than the server shows', async () => {
    const { giver, taker } = await twoDevices()
    await giver.scan()
    await takeOverScans(taker.deps, await save(giver))
    await giver.scan()
    await send(giver)
    await pull(taker)
    await giver.scan()
    await takeOverScans(taker.deps, await save(giver))
    expect(await shown(taker)).toBe(3)

    await send(taker)

    expect(taker.server.total(SESSION, TEA)).toBe(3)
    expect(await tallyOf(taker)).toEqual({ saved: 3, synced: 3 })
    await expectSameAfterRebuild(taker)
  })

  it('[HF16] [I5] that gave way and got a match is unsent as soon as a later file is stored, also where the device dies before the fold (seed 25889)', async () => {
    const { giver, taker } = await twoDevices()
    await giver.scan()
    await takeOverScans(taker.deps, await save(giver))
    await giver.scan()
    await send(giver)
    await pull(taker)
    await matchItem(taker.deps, {
      sessionId: SESSION,
      itemKey: keyOf(TEA),
      productId: asId<ProductId>('TEA-2'),
      packSize: 1,
    })
    await giver.scan()

    await expect(takeOverScans(dyingBeforeTheFold(taker.deps), await save(giver))).rejects.toThrow(
      'died',
    )

    const [row] = await allRows(taker.engine.scans)
    expect(row).toMatchObject({ origin: 'own', matchRev: 1 })
    expect(await outboxOf(taker.engine.scans)).toEqual([row?.uuid])
  })

  it('[HF18] is sent again where a late request of its own device turned it back', async () => {
    const { giver, taker } = await twoDevices()
    await giver.scan()
    giver.server.keepsCopies = true
    await send(giver)
    giver.server.keepsCopies = false
    await giver.scan()
    await takeOverScans(taker.deps, await save(giver))
    await send(taker)
    for (const copy of giver.server.copies) copy()
    expect(taker.server.total(SESSION, TEA)).toBe(1)

    await pull(taker)
    await send(taker)

    expect(taker.server.total(SESSION, TEA)).toBe(2)
    expect(await shown(taker)).toBe(2)
    expect(await outboxOf(taker.engine.scans)).toEqual([])
  })

  it('[HF16] stays this device’s where the server keeps no times and shows an amount that the scans have been', async () => {
    const { giver, taker } = await twoDevices()
    await giver.scan()
    await giver.scan()
    await takeOverScans(taker.deps, await save(giver))
    await send(taker)
    const rows = taker.server.session(SESSION).rows
    for (const [uuid, row] of rows) rows.set(uuid, { ...row, quantity: units(1), lastScanAt: null })

    await pull(taker)

    expect(await shown(taker)).toBe(2)
  })
})

describe('a row that a base server shows before its scans are folded', () => {
  it('[HF17] [I2] counts them once', async () => {
    const { giver } = await twoDevices()
    const uuid: RowUuid = rowUuidOf(SESSION, giver.logId, keyOf(TEA))
    await giver.scan()
    giver.server.session(SESSION).rows.set(uuid, {
      ...aServerItem({ uuid, productIdentifier: TEA }),
      quantity: units(1),
      acceptedRevs: [],
    })
    await pull(giver)

    await foldNew(giver.deps)

    expect((await allRows(giver.engine.scans)).map((it) => [it.origin, it.quantity])).toEqual([
      ['own', units(1)],
    ])
    await expectSameAfterRebuild(giver)
  })
})
