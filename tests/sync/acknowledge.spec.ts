import { describe, expect, it } from 'vitest'
import type { CountRecord } from '../../src/domain/count-record'
import { REMOVED_ON_SERVER } from '../../src/ports/scans-schema'
import type { RowVerdict } from '../../src/ports/server'
import { acknowledge, resetAcks } from '../../src/sync/acknowledge'
import { foldNew } from '../../src/sync/fold'
import { matchItem } from '../../src/sync/matching'
import { retryQuarantined } from '../../src/sync/quarantine'
import { beginPull, storeInventoryCountItems } from '../../src/sync/store-inventory-count-items'
import { readUnsent, sessionsWithUnsent, unsentRowCount, unsentScans } from '../../src/sync/unsent'
import { aScan, itemOfRow, keyOf, negationOf, product, SESSION } from '../support/builders'
import { openTestEngine, outboxOf } from '../support/test-engine'
import type { TestEngine } from '../support/test-engine'

async function scanned(...values: string[]): Promise<TestEngine & { sent: Awaited<ReturnType<typeof readUnsent>> }> {
  const engine = await openTestEngine()
  await engine.append(values.map((value) => aScan(value)))
  await foldNew(engine.deps)
  return { ...engine, sent: await readUnsent(engine.deps, SESSION, 100) }
}

const verdict = (row: CountRecord, kind: 'applied' | 'duplicate' | 'late' | 'held' = 'applied'): RowVerdict => ({
  uuid: row.uuid,
  verdict: kind,
  rev: row.rev,
  importItemSeqId: '17',
  lastUpdatedStamp: 5,
  code: null,
  message: null,
})

const refusal = (row: CountRecord): RowVerdict => ({ uuid: row.uuid, verdict: 'rejected', code: 'NO', message: 'no' })

const quarantineOf = ({ scans }: TestEngine) =>
  scans.tx(['quarantine'], 'r', (tx) => tx.range('quarantine', ':id', { limit: 99 }))

/** As a submit leaves them that finds them removed. */
const putRemoved = ({ scans }: TestEngine, rows: readonly CountRecord[]): Promise<void> =>
  scans.tx(['quarantine'], 'rw', (tx) =>
    tx.bulkPut('quarantine', rows.map(({ uuid, sessionId, rev }) => ({ uuid, sessionId, rev, at: 1, kind: 'held', code: REMOVED_ON_SERVER, message: 'removed' }))),
  )

describe('acknowledge', () => {
  it.each(['applied', 'duplicate', 'late', 'held'] as const)('[CR16] [I5] [S3.24] %s takes a row out of the unsent set', async (kind) => {
    const engine = await scanned('x')

    await acknowledge(engine.deps, SESSION, engine.sent, { verdicts: engine.sent.map((row) => verdict(row, kind)), serverTime: 10 })

    expect(await outboxOf(engine.scans)).toEqual([])
    expect(await unsentScans(engine.deps, SESSION)).toBe(0)
  })

  it('[CR16] [I5] leaves a row unsent that was scanned again while it was on its way', async () => {
    const engine = await scanned('x')
    await engine.append([aScan('x')])
    await foldNew(engine.deps)

    await acknowledge(engine.deps, SESSION, engine.sent, { verdicts: engine.sent.map((row) => verdict(row)), serverTime: 10 })

    expect(await readUnsent(engine.deps, SESSION, 9)).toMatchObject([{ rev: 2, importItemSeqId: '17' }])
    expect(await unsentScans(engine.deps, SESSION)).toBe(1)
  })

  it('[CR16] [I5] leaves a row unsent that was matched while it was on its way', async () => {
    const engine = await scanned('x')
    await matchItem(engine.deps, { sessionId: SESSION, itemKey: keyOf('x'), productId: product('TEA'), packSize: 1 })

    await acknowledge(engine.deps, SESSION, engine.sent, { verdicts: engine.sent.map((row) => verdict(row)), serverTime: 10 })

    expect(await readUnsent(engine.deps, SESSION, 9)).toMatchObject([{ productId: 'TEA' }])
  })

  it('[CR16] is not put back by an old answer that comes late', async () => {
    const engine = await scanned('x')
    await engine.append([aScan('x')])
    await foldNew(engine.deps)
    const newer = await readUnsent(engine.deps, SESSION, 9)
    await acknowledge(engine.deps, SESSION, newer, { verdicts: newer.map((row) => verdict(row)), serverTime: 10 })

    await acknowledge(engine.deps, SESSION, engine.sent, { verdicts: engine.sent.map((row) => verdict(row)), serverTime: 11 })

    expect(await outboxOf(engine.scans)).toEqual([])
    expect(await unsentScans(engine.deps, SESSION)).toBe(0)
    expect(await engine.scans.tx(['acks'], 'r', (tx) => tx.range('acks', ':id', { limit: 9 }))).toMatchObject([{ ackedRev: 2, ackedStanding: 2 }])
  })

  it('[CR17] leaves rows without a verdict unsent', async () => {
    const engine = await scanned('x', 'y')
    const [first] = engine.sent

    await acknowledge(engine.deps, SESSION, engine.sent, { verdicts: [verdict(first ?? expect.unreachable())], serverTime: 10 })

    expect(await unsentRowCount(engine.deps)).toBe(1)
  })

  it('[CR18] [I16] moves a refused row to quarantine, with the server’s words', async () => {
    const engine = await scanned('x', 'y')
    const [first, second] = engine.sent

    await acknowledge(engine.deps, SESSION, engine.sent, { verdicts: [refusal(first ?? expect.unreachable()), verdict(second ?? expect.unreachable())], serverTime: 10 })

    expect(await outboxOf(engine.scans)).toEqual([])
    expect(await quarantineOf(engine)).toMatchObject([{ uuid: first?.uuid, kind: 'rejected', code: 'NO', message: 'no' }])
    expect(await unsentScans(engine.deps, SESSION)).toBe(1)
  })

  it('[CR18] tries a refused row again when it has changed, and clears the quarantine with the yes', async () => {
    const engine = await scanned('x')
    await acknowledge(engine.deps, SESSION, engine.sent, { verdicts: engine.sent.map(refusal), serverTime: 10 })

    await engine.append([aScan('x')])
    await foldNew(engine.deps)
    const again = await readUnsent(engine.deps, SESSION, 9)
    await acknowledge(engine.deps, SESSION, again, { verdicts: again.map((row) => verdict(row)), serverTime: 10 })

    expect(again).toMatchObject([{ rev: 2 }])
    expect(await quarantineOf(engine)).toEqual([])
  })

  it('[CR18] shows held rows as acknowledged evidence', async () => {
    const engine = await scanned('x')

    await acknowledge(engine.deps, SESSION, engine.sent, { verdicts: engine.sent.map((row) => verdict(row, 'held')), serverTime: 10 })

    expect(await quarantineOf(engine)).toMatchObject([{ kind: 'held' }])
  })

  it('[CR19] sends an item again that turned uncounted and back while it was on its way (base profile)', async () => {
    const engine = await openTestEngine()
    const first = aScan('x')
    await engine.append([first])
    await engine.append([negationOf(first)], 'log-2' as never)
    await foldNew(engine.deps)
    const sent = await readUnsent(engine.deps, SESSION, 9)
    await engine.append([aScan('x')], 'log-2' as never)
    await foldNew(engine.deps)

    await acknowledge(engine.deps, SESSION, sent, { verdicts: sent.map((row) => verdict(row)), serverTime: 10 })

    expect(sent.map((row) => row.sendNullQuantity)).toEqual([true, true])
    expect((await readUnsent(engine.deps, SESSION, 9)).map((row) => row.sendNullQuantity)).toEqual([false, false])
  })
})

describe('unsent work', () => {
  it('[CR20] counts scans that are not folded yet, less those taken back', async () => {
    const { deps, append } = await openTestEngine()
    const scan = aScan('x')
    await append([scan, aScan('x'), aScan('y'), negationOf(scan)])

    expect(await unsentScans(deps, SESSION)).toBe(2)
  })

  it('[CR20] lists each session with unsent rows once', async () => {
    const { deps, append } = await openTestEngine()
    await append(['x', 'y'].map((raw) => aScan(raw, { sessionId: 'S1' as never })), 'a' as never)
    await append(['x', 'y'].map((raw) => aScan(raw, { sessionId: 'S2' as never })), 'b' as never)
    await foldNew(deps)

    expect(await sessionsWithUnsent(deps)).toEqual(['S1', 'S2'])
    expect(await unsentRowCount(deps)).toBe(4)
  })
})

describe('new server epoch', () => {
  it('[CR21] believes the server’s copy and nothing else', async () => {
    const engine = await scanned('x', 'y', 'y')
    await acknowledge(engine.deps, SESSION, engine.sent, { verdicts: engine.sent.map((row) => verdict(row)), serverTime: 10 })
    const kept = engine.sent.find((row) => row.itemKey === keyOf('x')) ?? expect.unreachable()

    await resetAcks(engine.deps, SESSION, [itemOfRow(kept)])

    expect((await readUnsent(engine.deps, SESSION, 9)).map((row) => row.itemKey)).toEqual([keyOf('y')])
    expect(await unsentScans(engine.deps, SESSION)).toBe(2)
  })

  it('[CR21] counts what the server shows of a log that this disk lost the end of as sent, and what it lost as not (seed 55)', async () => {
    const engine = await scanned('x', 'y')
    await acknowledge(engine.deps, SESSION, engine.sent, { verdicts: engine.sent.map((row) => verdict(row)), serverTime: 10 })
    const [ahead, own] = engine.sent
    if (ahead === undefined || own === undefined) return expect.unreachable()
    // The server knows one scan more of it than this disk: the row is the server's from now on.
    const items = [itemOfRow({ ...ahead, rev: ahead.rev + 5, quantity: ahead.quantity, standing: 2 }), itemOfRow(own)]
    await storeInventoryCountItems(engine.deps, SESSION, items, { pull: beginPull(), isComplete: true })

    await resetAcks(engine.deps, SESSION, items)
    const whileShown = await unsentScans(engine.deps, SESSION)
    await resetAcks(engine.deps, SESSION, items.slice(1))

    expect(whileShown).toBe(0)
    expect(await unsentScans(engine.deps, SESSION)).toBe(1)
  })

  it('[JN12] forgets the refusal of a row that is the server\'s now, and trying it again leaves nothing unsent (seeds 3862, 4028)', async () => {
    const engine = await scanned('x')
    const [refused] = engine.sent
    if (refused === undefined) return expect.unreachable()
    const refuse = (): Promise<void> =>
      acknowledge(engine.deps, SESSION, [refused], { verdicts: [refusal(refused)], serverTime: 10 })
    await refuse()
    const items = [itemOfRow({ ...refused, rev: refused.rev + 5, standing: 2 })]
    await storeInventoryCountItems(engine.deps, SESSION, items, { pull: beginPull(), isComplete: true })

    const afterPull = await quarantineOf(engine)
    // An answer from before that comes late.
    await refuse()
    const afterLateAnswer = await quarantineOf(engine)
    // As it may lie on a disk since before this rule.
    await engine.scans.tx(['quarantine'], 'rw', (tx) =>
      tx.put('quarantine', { uuid: refused.uuid, sessionId: SESSION, rev: refused.rev, at: 1, kind: 'rejected', code: 'NO', message: 'no' }),
    )
    const isTried = await retryQuarantined(engine.deps, refused.uuid)

    expect([afterPull, afterLateAnswer, await quarantineOf(engine)]).toEqual([[], [], []])
    expect(isTried).toBe(false)
    expect(await sessionsWithUnsent(engine.deps)).toEqual([])
  })

  it.each([
    ['a pull shows the row', async (engine: TestEngine, row: CountRecord) => storeInventoryCountItems(engine.deps, SESSION, [itemOfRow(row)], { pull: beginPull(), isComplete: true })],
    ['a server that was put back shows the row', async (engine: TestEngine, row: CountRecord) => resetAcks(engine.deps, SESSION, [itemOfRow(row)])],
  ])('[I5] [I16] forgets a refusal when %s at that revision: it is in the count (seed 1028)', async (_, show) => {
    const engine = await scanned('x')
    const [refused] = engine.sent
    if (refused === undefined) return expect.unreachable()
    await acknowledge(engine.deps, SESSION, [refused], { verdicts: [refusal(refused)], serverTime: 10 })

    await show(engine, refused)

    expect(await quarantineOf(engine)).toEqual([])
    expect(await outboxOf(engine.scans)).toEqual([])
  })

  it('[CR26] [I16] tells of no row as removed that a server shows which was put back to before that (seed 14809)', async () => {
    const engine = await scanned('x', 'y')
    const [back, gone] = engine.sent
    if (back === undefined || gone === undefined) return expect.unreachable()
    await acknowledge(engine.deps, SESSION, engine.sent, { verdicts: engine.sent.map((row) => verdict(row)), serverTime: 10 })
    await putRemoved(engine, [back, gone])

    await resetAcks(engine.deps, SESSION, [itemOfRow(back)])

    expect(await quarantineOf(engine)).toMatchObject([{ uuid: gone.uuid, code: REMOVED_ON_SERVER }])
  })

  it('[JN16] tells of no row as removed that somebody else has brought back with more scans', async () => {
    const engine = await scanned('x')
    const [back] = engine.sent
    if (back === undefined) return expect.unreachable()
    await putRemoved(engine, [back])

    await storeInventoryCountItems(engine.deps, SESSION, [itemOfRow({ ...back, rev: back.rev + 5, standing: 2 })], { pull: beginPull(), isComplete: true })

    expect(await quarantineOf(engine)).toEqual([])
  })

  it('[I5] keeps a refusal when a pull shows an older revision of the row', async () => {
    const engine = await scanned('x', 'x')
    const [refused] = engine.sent
    if (refused === undefined) return expect.unreachable()
    await acknowledge(engine.deps, SESSION, [refused], { verdicts: [refusal(refused)], serverTime: 10 })

    await storeInventoryCountItems(engine.deps, SESSION, [itemOfRow({ ...refused, rev: refused.rev - 1, standing: 1 })], { pull: beginPull(), isComplete: true })

    expect(await quarantineOf(engine)).toHaveLength(1)
  })
})
