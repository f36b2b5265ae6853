import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import type { Handover } from '../../src/domain/handover'
import { asId } from '../../src/domain/ids'
import type { DeviceId, LogId, UserName } from '../../src/domain/ids'
import type { ScanEventDraft } from '../../src/domain/scan-event'
import { foldNew } from '../../src/sync/fold'
import { collectUnsent } from '../../src/sync/give-scans'
import { matchItem } from '../../src/sync/matching'
import { pullSession } from '../../src/sync/pull'
import { pushSession } from '../../src/sync/push'
import { rebuildSession } from '../../src/sync/rebuild'
import { lookAtHandover, takeOverScans } from '../../src/sync/take-over-scans'
import { unsentScans } from '../../src/sync/unsent'
import { appendScans } from '../../src/usecases/append-scans'
import { savedScans, syncedScans } from '../../src/usecases/scan-totals'
import { aScan, aSession, fillCatalogue, keyOf, negationOf, product, RICE, SESSION, SOAP, TEA, units } from '../support/builders'
import { createFakeServer } from '../support/fake-server'
import { createFakeTime } from '../support/fake-time'
import type { DeviceOptions, TestDevice } from '../support/network-engine'
import { openDevice } from '../support/network-engine'
import { allLines, allRows, dump, outboxOf } from '../support/test-engine'

const SERVER = 'https://counts.example'
const opened: TestDevice[] = []
afterEach(async () => {
  for (const it of opened.splice(0)) await it.engine.close()
})

async function device(name: string, options: DeviceOptions = {}): Promise<TestDevice & { readonly scan: (raw: string) => ScanEventDraft }> {
  const made = await openDevice({ deviceId: name, ...options })
  opened.push(made)
  const { deviceId, userName } = made.deps.caller
  await made.engine.scans.tx(['meta'], 'rw', (tx) => tx.put('meta', { k: 'device', deviceId, name }))
  return { ...made, scan: (raw) => aScan(raw, { deviceId, userName: asId<UserName>(userName) }) }
}

type Device = Awaited<ReturnType<typeof device>>

/** Two devices of one server: the one that gives, the one that takes. */
async function twoDevices(options: DeviceOptions = {}): Promise<{ giver: Device; taker: Device }> {
  const giver = await device('iPad-1', options)
  const taker = await device('iPad-2', { ...options, server: giver.server, time: giver.time })
  return { giver, taker }
}

const push = (it: TestDevice): Promise<number> => pushSession(it.deps, it.memory, SESSION)
const pull = (it: TestDevice): Promise<void> => pullSession(it.deps, SESSION)

async function save(it: TestDevice): Promise<Handover> {
  const handover = await collectUnsent(it.deps, SERVER)
  if (typeof handover === 'string') throw new Error(handover)
  return structuredClone(handover)
}

const tallyOf = (it: TestDevice) =>
  it.engine.scans.tx(['logs', 'counters'], 'r', async (tx) => ({ saved: await savedScans(tx, SESSION), synced: await syncedScans(tx, SESSION) }))
/** A supervisor, on the server. */
function removeAll({ server }: TestDevice): void {
  const session = server.sessions.get(SESSION)!
  for (const [uuid, row] of session.rows) session.removed.set(uuid, row.rev ?? 0)
  session.rows.clear()
}
const quantityOf = async (it: TestDevice, raw: string) =>
  (await allRows(it.engine.scans)).filter((row) => row.productIdentifier === raw).reduce((sum, row) => sum + row.quantity, 0) / units(1)

describe('a file of un-sent scans', () => {
  it('[HF1] holds the logs of what the server lacks, whole, and no secret', async () => {
    const ana = await device('iPad-1')
    await ana.engine.scans.tx(['meta'], 'rw', (tx) => tx.put('meta', { k: 'login', access: { token: 'secret-token', expiresAt: 1 } }))
    await ana.scans(ana.scan(TEA), ana.scan(RICE))
    await foldNew(ana.deps)
    await push(ana)
    await ana.scans(ana.scan(TEA))

    const handover = await save(ana)

    expect(handover).toMatchObject({ serverOrigin: SERVER, userName: 'ana', deviceId: 'iPad-1', scans: 1, lines: 1 })
    expect(handover.logs.map((log) => log.events.map((it) => [it.seq, it.raw]))).toEqual([[[1, TEA], [2, RICE], [3, TEA]]])
    expect(JSON.stringify(handover)).not.toContain('secret-token')
  })

  it('[HF1] holds what the server refused, and is none when the server has it all', async () => {
    const ana = await device('iPad-1')
    await ana.scans(ana.scan(TEA))
    await foldNew(ana.deps)
    await push(ana)

    expect(await collectUnsent(ana.deps, SERVER)).toBe('nothing')

    const [row] = await allRows(ana.engine.scans)
    await ana.engine.scans.tx(['quarantine'], 'rw', (tx) =>
      tx.put('quarantine', { uuid: row!.uuid, sessionId: SESSION, kind: 'rejected', code: 'X', message: '', rev: 1, at: 0 }),
    )
    expect((await save(ana)).logs).toHaveLength(1)
  })

  it('[HF2] changes nothing where it is made: the scans are still sent from there', async () => {
    const ana = await device('iPad-1')
    await ana.scans(ana.scan(TEA))
    await foldNew(ana.deps)
    const before = [await dump(ana.engine.scans), await outboxOf(ana.engine.scans)]

    await save(ana)

    expect([await dump(ana.engine.scans), await outboxOf(ana.engine.scans)]).toEqual(before)
    await push(ana)
    expect(ana.server.total(SESSION, TEA)).toBe(1)
  })
})

describe('taking scans over', () => {
  it.each(['extended', 'hotwax'] as const)('[HF3] counts them once when both devices send them (%s)', async (profile) => {
    const { giver, taker } = await twoDevices({ profile })
    await giver.scans(giver.scan(TEA), giver.scan(TEA), giver.scan(RICE))
    await taker.scans(taker.scan(TEA))
    const handover = await save(giver)

    const taken = await takeOverScans(taker.deps, handover)
    await push(taker)
    await push(giver)
    await pull(taker)

    expect(taken).toMatchObject({ newScans: 3, conflicts: 0 })
    expect([giver.server.total(SESSION, TEA), giver.server.total(SESSION, RICE)]).toEqual([3, 1])
    expect(await quantityOf(taker, TEA)).toBe(3)
    expect(await tallyOf(taker)).toEqual({ saved: 4, synced: 4 })
    expect(await outboxOf(taker.engine.scans)).toEqual([])
  })

  it('[HF4] adds nothing when the file is taken twice', async () => {
    const { giver, taker } = await twoDevices()
    await giver.scans(giver.scan(TEA), giver.scan(TEA))
    const handover = await save(giver)
    await takeOverScans(taker.deps, handover)
    const before = await dump(taker.engine.scans)

    const again = await takeOverScans(taker.deps, handover)

    expect(again.newScans).toBe(0)
    expect(again.logs.map((it) => it.kind)).toEqual(['known'])
    expect(await dump(taker.engine.scans)).toBe(before)
  })

  it('[HF4] completes a log when its device went on; the longer one wins on the server whoever sends it', async () => {
    const { giver, taker } = await twoDevices()
    await giver.scans(giver.scan(TEA), giver.scan(TEA))
    const early = await save(giver)
    await giver.scans(giver.scan(TEA), giver.scan(SOAP))
    const late = await save(giver)

    expect((await takeOverScans(taker.deps, early)).newScans).toBe(2)
    await push(giver)
    await push(taker)
    expect(giver.server.total(SESSION, TEA)).toBe(3)
    expect((await takeOverScans(taker.deps, late)).newScans).toBe(2)
    expect((await takeOverScans(taker.deps, early)).newScans).toBe(0)
    await push(taker)

    expect([giver.server.total(SESSION, TEA), giver.server.total(SESSION, SOAP)]).toEqual([3, 1])
    expect(await tallyOf(taker)).toEqual({ saved: 4, synced: 4 })
  })

  it('[HF4] looks before it takes, and changes nothing by looking', async () => {
    const { giver, taker } = await twoDevices()
    await giver.scans(giver.scan(TEA), giver.scan(TEA))
    const handover = await save(giver)

    const seen = await lookAtHandover(taker.deps, handover)

    expect(seen).toMatchObject({ newScans: 2, conflicts: 0 })
    expect(await allRows(taker.engine.scans)).toEqual([])
  })

  it.each(['extended', 'hotwax'] as const)('[HF5] counts once what the server had brought before (%s)', async (profile) => {
    const { giver, taker } = await twoDevices({ profile })
    await giver.scans(giver.scan(TEA), giver.scan(TEA), giver.scan(RICE))
    await foldNew(giver.deps)
    await push(giver)
    await pull(taker)
    await giver.scans(giver.scan(TEA))
    const handover = await save(giver)

    await takeOverScans(taker.deps, handover)
    const rebuilt = await dump(taker.engine.scans)
    await rebuildSession(taker.deps, SESSION)

    expect(await dump(taker.engine.scans)).toBe(rebuilt)
    expect(await quantityOf(taker, TEA)).toBe(3)
    await push(taker)
    await push(giver)
    expect([giver.server.total(SESSION, TEA), giver.server.total(SESSION, RICE)]).toEqual([3, 1])
    expect(await tallyOf(taker)).toEqual({ saved: 4, synced: 4 })
  })

  it('[HF5] takes for acknowledged what the server has, also when its device has gone on', async () => {
    const { giver, taker } = await twoDevices()
    await giver.scans(giver.scan(TEA), giver.scan(TEA))
    const handover = await save(giver)
    await giver.scans(giver.scan(TEA))
    await foldNew(giver.deps)
    await push(giver)
    await pull(taker)

    await takeOverScans(taker.deps, handover)

    expect(await quantityOf(taker, TEA)).toBe(3)
    expect(await tallyOf(taker)).toEqual({ saved: 2, synced: 2 })
    expect(await unsentScans(taker.deps, SESSION)).toBe(0)
    expect(await outboxOf(taker.engine.scans)).toEqual([])
  })

  it('[HF6] go without a network on a device that never opened the session', async () => {
    const giver = await device('iPad-1', { session: aSession({ countType: 'hard' }) })
    const taker = await device('iPad-2', { server: giver.server, time: giver.time, session: null })
    await giver.scans(giver.scan(TEA))

    await takeOverScans(taker.deps, await save(giver))

    expect(await taker.session()).toMatchObject({ session: { name: 'Aisle 1' }, cycleCount: { countType: 'hard' }, pulledAt: null, lock: { state: 'none' } })
    expect(await outboxOf(taker.engine.scans)).toHaveLength(1)
    expect((await allLines(taker.engine.scans)).map((it) => it.quantity)).toEqual([units(1)])
  })

  it('[HF6] [I16] a session that is closed by now holds them, in sight', async () => {
    const { giver, taker } = await twoDevices()
    await giver.scans(giver.scan(TEA))
    const handover = await save(giver)
    const { header } = giver.server.session(SESSION)
    giver.server.session(SESSION).header = { ...header, status: 'approved' }

    await takeOverScans(taker.deps, handover)
    await push(taker)

    const held = await taker.engine.scans.tx(['quarantine'], 'r', (tx) => tx.range('quarantine', ':id', { limit: 9 }))
    expect(held.map((it) => it.kind)).toEqual(['held'])
    expect(giver.server.session(SESSION).rows.size).toBe(0)
  })

  it('[HF7] scans stay those of whoever made them; they are sent by whoever took them over', async () => {
    const giver = await device('iPad-1')
    const ben = await device('iPad-2', { server: giver.server, time: giver.time, userName: 'ben' })
    await giver.scans(giver.scan(TEA))

    await takeOverScans(ben.deps, await save(giver))
    await push(ben)

    const [row] = await allRows(ben.engine.scans)
    expect(row?.countedBy).toBe('ana')
    expect(giver.server.puts[0]?.rows.map((it) => it.countedBy)).toEqual(['ana'])
    expect([...giver.server.session(SESSION).unsent.values()].map((it) => it.userName)).toEqual(['ben'])
  })

  it('[HF8] [I6] only the device that made a scan takes it back: it could be gone twice', async () => {
    const { giver, taker } = await twoDevices()
    const scan = giver.scan(TEA)
    await giver.scans(scan, giver.scan(TEA))
    await takeOverScans(taker.deps, await save(giver))

    const { verdicts } = await appendScans(taker.engine.scans, {
      sessionId: SESSION,
      userName: asId<UserName>('ana'),
      logId: asId<LogId>('log-of-taker'),
      knownHead: 0,
      mintLog: () => asId<LogId>('log-again'),
      drafts: [negationOf(scan, { deviceId: asId<DeviceId>('iPad-2') })],
    })
    await giver.scans(negationOf(scan, { deviceId: asId<DeviceId>('iPad-1') }))
    await takeOverScans(taker.deps, await save(giver))
    await push(taker)

    expect(verdicts).toEqual([{ kind: 'no-target' }])
    expect(giver.server.total(SESSION, TEA)).toBe(1)
  })

  it('[HF8] only the device that made a scan makes up for a pack size that was learnt later', async () => {
    const { giver, taker } = await twoDevices()
    await giver.scans(giver.scan(TEA))
    const handover = await save(giver)
    await fillCatalogue(taker.engine.catalogue, { TEA: [`12x${TEA}`] })
    await fillCatalogue(giver.engine.catalogue, { TEA: [`12x${TEA}`] })

    await takeOverScans(taker.deps, handover)
    await foldNew(taker.deps)
    await giver.scans(giver.scan(TEA))
    await foldNew(giver.deps)
    await foldNew(giver.deps)
    await push(taker)
    await push(giver)

    expect(giver.server.total(SESSION, TEA)).toBe(24)

    await taker.scans(taker.scan('X9'))
    await giver.scans(giver.scan('X9'))
    await takeOverScans(taker.deps, await save(giver))
    await matchItem(taker.deps, { sessionId: SESSION, itemKey: keyOf('X9'), productId: product('SOAP'), packSize: 6 })
    await push(taker)

    expect(giver.server.total(SESSION, 'X9')).toBe(7)
  })

  it('[HF8] what a person said of an unknown barcode goes with its scans', async () => {
    const { giver, taker } = await twoDevices()
    await giver.scans(giver.scan('X7'))
    await foldNew(giver.deps)
    await matchItem(giver.deps, { sessionId: SESSION, itemKey: keyOf('X7'), productId: product('SOAP'), packSize: 1 })

    await takeOverScans(taker.deps, await save(giver))

    expect((await allLines(taker.engine.scans)).map((it) => [it.productId, it.quantity])).toEqual([['SOAP', units(1)]])
  })

  it('[HF19] [I10] what the server showed that a value stands for stays with its row, and a later word here is newer (seed 8341)', async () => {
    const { giver, taker } = await twoDevices()
    for (const { deps } of [giver, taker]) await fillCatalogue(deps.catalogue ?? expect.unreachable(), { TEA: [TEA], RICE: [RICE] })
    const say = ({ deps }: TestDevice, productId: string) =>
      matchItem(deps, { sessionId: SESSION, itemKey: keyOf(TEA), productId: product(productId), packSize: 1 })
    await giver.scans(giver.scan(TEA))
    await foldNew(giver.deps)
    await say(giver, 'TEA')
    await push(giver)
    await pull(taker)
    await giver.scans(giver.scan(TEA))

    await takeOverScans(taker.deps, await save(giver))

    expect(await allRows(taker.engine.scans)).toMatchObject([{ origin: 'own', productId: 'TEA', matchRev: 1, quantity: units(2) }])
    expect((await allLines(taker.engine.scans)).map((line) => line.name)).toEqual((await allLines(giver.engine.scans)).map((line) => line.name))
    const before = await dump(taker.engine.scans)
    await rebuildSession(taker.deps, SESSION)
    expect(await dump(taker.engine.scans)).toBe(before)

    await say(taker, 'RICE')
    await push(taker)
    await pull(taker)
    await pull(giver)
    for (const it of [taker, giver]) expect(await allRows(it.engine.scans)).toMatchObject([{ productId: 'RICE', matchRev: 2 }])
  })

  it('[HF19] own rows of that value follow, and it counts the pack that was said on the device of the file', async () => {
    const { giver, taker } = await twoDevices()
    await taker.scans(taker.scan(TEA))
    await foldNew(taker.deps)
    await push(taker)
    await giver.scans(giver.scan(TEA))
    await foldNew(giver.deps)
    await matchItem(giver.deps, { sessionId: SESSION, itemKey: keyOf(TEA), productId: product('TEA'), packSize: 12 })
    await push(giver)
    await pull(taker)
    await giver.scans(giver.scan(TEA))

    await takeOverScans(taker.deps, await save(giver))

    const rows = await allRows(taker.engine.scans)
    expect(new Set(rows.map(({ origin, productId, matchRev }) => `${origin} ${productId} ${matchRev}`))).toEqual(new Set(['own TEA 1']))
    expect(await quantityOf(taker, TEA)).toBe(36)
    const before = await dump(taker.engine.scans)
    await rebuildSession(taker.deps, SESSION)
    expect(await dump(taker.engine.scans)).toBe(before)
  })

  it('[HF9] refuses a log whole whose number stands for other scans here, and takes the others', async () => {
    const { giver, taker } = await twoDevices()
    await giver.scans(giver.scan(TEA), giver.scan(TEA))
    const handover = await save(giver)
    const [log] = handover.logs
    const other = { ...log!, logId: asId<LogId>('another-log'), events: [{ ...giver.scan(SOAP), logId: asId<LogId>('another-log'), seq: 1 }] }
    await appendScans(taker.engine.scans, {
      sessionId: SESSION,
      userName: asId<UserName>('ana'),
      logId: log!.logId,
      knownHead: 0,
      mintLog: () => asId<LogId>('never'),
      drafts: [taker.scan(RICE)],
    })

    const taken = await takeOverScans(taker.deps, { ...handover, logs: [log!, other] })

    expect(taken.logs.map((it) => it.kind)).toEqual(['conflict', 'missing'])
    expect((await allRows(taker.engine.scans)).map((it) => it.productIdentifier).toSorted()).toEqual([RICE, SOAP].toSorted())
  })

  it('[HF9] refuses a log whose scans are here under another number, wherever in it they are', async () => {
    const { giver, taker } = await twoDevices()
    const twice = giver.scan(TEA)
    await giver.scans(giver.scan(RICE), twice, giver.scan(RICE))
    await taker.scans(twice)

    const taken = await takeOverScans(taker.deps, await save(giver))

    expect(taken).toMatchObject({ newScans: 0, conflicts: 1 })
    expect(await quantityOf(taker, RICE)).toBe(0)
  })

  it('[HF10] base: a value that its own device has sent since stays, and what is older is replaced', async () => {
    const { giver, taker } = await twoDevices({ profile: 'hotwax' })
    await giver.scans(giver.scan(TEA), giver.scan(TEA), giver.scan(RICE))
    const handover = await save(giver)
    await takeOverScans(taker.deps, handover)
    await giver.scans(giver.scan(TEA))
    await foldNew(giver.deps)
    await push(giver)

    await push(taker)

    expect([giver.server.total(SESSION, TEA), giver.server.total(SESSION, RICE)]).toEqual([3, 1])
    expect(await quantityOf(taker, TEA)).toBe(3)
    expect(await tallyOf(taker)).toEqual({ saved: 3, synced: 3 })
    expect(await outboxOf(taker.engine.scans)).toEqual([])
  })

  it('[JN15] [I9] of a row that the server knew first and that somebody removed there, the scans of the file stay in sight and go on with the next file (seed 2081)', async () => {
    const { giver, taker } = await twoDevices()
    await giver.scans(giver.scan(TEA), giver.scan(TEA))
    const handover = await save(giver)
    await foldNew(giver.deps)
    await push(giver)
    await pull(taker)
    await takeOverScans(taker.deps, handover)
    removeAll(giver)

    await pull(taker)

    expect(await quantityOf(taker, TEA)).toBe(2)
    expect(await outboxOf(taker.engine.scans)).toEqual([])
    const before = await dump(taker.engine.scans)
    await rebuildSession(taker.deps, SESSION)
    expect(await dump(taker.engine.scans)).toBe(before)

    await giver.scans(giver.scan(TEA))
    await takeOverScans(taker.deps, await save(giver))
    await push(taker)
    expect(taker.server.total(SESSION, TEA)).toBe(3)
    expect(await tallyOf(taker)).toEqual({ saved: 3, synced: 3 })
  })

  it('[JN15] of a row that its own device has sent more of than the file holds, what the file holds stays in sight when somebody removes it', async () => {
    const { giver, taker } = await twoDevices()
    await giver.scans(giver.scan(TEA), giver.scan(TEA))
    const handover = await save(giver)
    await giver.scans(giver.scan(TEA))
    await foldNew(giver.deps)
    await push(giver)
    await pull(taker)
    await takeOverScans(taker.deps, handover)
    removeAll(giver)

    await pull(taker)

    expect(await quantityOf(taker, TEA)).toBe(2)
    expect(await outboxOf(taker.engine.scans)).toEqual([])
    expect(await rebuildSession(taker.deps, SESSION)).toEqual({ changedLines: 0 })
  })
})

describe('hand-overs in any order', () => {
  // Two of the three do most of it: a story needs its people to meet.
  const who = fc.constantFrom(0, 0, 1, 1, 2)
  const step = fc.oneof(
    fc.record({ kind: fc.constant('scan' as const), by: who, raw: fc.constantFrom(TEA, TEA, 'x') }),
    fc.record({ kind: fc.constant('undo' as const), by: who, nth: fc.nat(5) }),
    fc.record({ kind: fc.constant('restart' as const), by: who }),
    fc.record({ kind: fc.constant('save' as const), by: who }),
    fc.record({ kind: fc.constant('take' as const), by: who, nth: fc.nat(2) }),
    fc.record({ kind: fc.constant('push' as const), by: who }),
    fc.record({ kind: fc.constant('pull' as const), by: who }),
    fc.record({ kind: fc.constant('fold' as const), by: who }),
  )

  it('[HF3] [I9] [I10] give the server and every device the same exact totals', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
        const time = createFakeTime()
        const server = createFakeServer(time.clock)
        const devices = await Promise.all([0, 1, 2].map((nth) => device(`iPad-${nth}`, { server, time, limits: { foldBatch: 2 } })))
        const mine: ScanEventDraft[][] = [[], [], []]
        const undone = new Set<string>()
        const files: Handover[] = []
        const lives = [0, 0, 0]
        const append = async (by: number, draft: ScanEventDraft): Promise<void> => {
          const logId = asId<LogId>(`log-${by}-${lives[by]}`)
          await appendScans(devices[by]!.engine.scans, { sessionId: SESSION, userName: draft.userName, logId, knownHead: 0, mintLog: () => logId, drafts: [draft] })
        }
        for (const it of steps) {
          const here = devices[it.by]!
          if (it.kind === 'scan') {
            const scan = here.scan(it.raw)
            mine[it.by]!.push(scan)
            await append(it.by, scan)
          }
          if (it.kind === 'undo') {
            const target = mine[it.by]!.at(-1 - it.nth)
            if (target === undefined) continue
            undone.add(target.eventId)
            await append(it.by, negationOf(target, { deviceId: target.deviceId }))
          }
          if (it.kind === 'restart') lives[it.by]! += 1
          if (it.kind === 'save') {
            const file = await collectUnsent(here.deps, SERVER)
            if (typeof file !== 'string') files.push(structuredClone(file))
          }
          const file = it.kind === 'take' ? files.at(-1 - it.nth) : undefined
          if (file !== undefined) await takeOverScans(here.deps, file)
          if (it.kind === 'push' || it.kind === 'fold') await foldNew(here.deps)
          if (it.kind === 'push') await push(here)
          if (it.kind === 'pull') await pull(here)
        }
        const wanted = (raw: string): number => mine.flat().filter((it) => it.raw === raw && !undone.has(it.eventId)).length
        for (const it of devices) {
          await foldNew(it.deps)
          await push(it)
        }
        for (const it of devices) {
          await pull(it)
          const before = await dump(it.engine.scans)
          await rebuildSession(it.deps, SESSION)
          expect(await dump(it.engine.scans)).toBe(before)
          for (const raw of [TEA, 'x']) expect(await quantityOf(it, raw)).toBe(wanted(raw))
          const { saved, synced } = await tallyOf(it)
          expect(synced).toBe(saved)
        }
        for (const raw of [TEA, 'x']) expect(server.total(SESSION, raw)).toBe(wanted(raw))
        for (const it of opened.splice(0)) await it.engine.close()
      }),
      { numRuns: 100 },
    )
  }, 120_000)
})

