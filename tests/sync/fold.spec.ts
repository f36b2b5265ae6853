import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asId } from '../../src/domain/ids'
import type { ItemKey, LineKey, LogId, RowUuid, SessionId } from '../../src/domain/ids'
import type { ScanEventDraft } from '../../src/domain/scan-event'
import type { ScansStore } from '../../src/ports/scans-schema'
import type { MemoryStoreOptions } from '../../src/db/memory-store'
import { countsOf } from '../../src/domain/lines'
import { foldNew } from '../../src/sync/fold'
import { beginPull, storeInventoryCountItems } from '../../src/sync/store-inventory-count-items'
import { ANA, aScan, aSession, fillCatalogue, handCount, keyOf, negationOf, product, requestedItem, RICE, SESSION, SOAP, TEA, units } from '../support/builders'
import { allLines, allRows, countsIn, dump, openTestEngine, outboxOf } from '../support/test-engine'
import { storeWith } from '../support/test-desk'
import type { TestEngine, TestEngineOptions } from '../support/test-engine'

async function engineWithCatalogue(options: TestEngineOptions = {}): Promise<TestEngine> {
  const engine = await openTestEngine(options)
  await fillCatalogue(engine.catalogue, { TEA: [TEA, 'tea-alias', `12x${SOAP}`], RICE: [RICE] })
  return engine
}

describe('fold', () => {
  it('[CR7] [S3.10] adds scans up into one row per log and value, and one line per product', async () => {
    const { deps, append, scans } = await engineWithCatalogue()
    await append([aScan(TEA), aScan(TEA), aScan('tea-alias'), aScan('???')])

    const folded = await foldNew(deps)

    expect(folded).toEqual({ folded: 4, sessions: [SESSION] })
    expect((await allRows(scans)).map((it) => [it.itemKey, it.quantity, it.rev]).sort()).toEqual([
      [keyOf(TEA), units(2), 2],
      ['raw:???', units(1), 4],
      ['raw:tea-alias', units(1), 3],
    ])
    expect(await allLines(scans)).toMatchObject([
      { lineKey: 'TEA', name: 'Product TEA', quantity: units(3), standing: 3, bucket: 'undirected' },
      { lineKey: 'raw:???', name: '???', quantity: units(1), bucket: 'unmatched' },
    ])
  })

  it('[CR8] [S3.36] [I2] counts each event once, however often it runs', async () => {
    const { deps, append, scans } = await engineWithCatalogue()
    await append([aScan(TEA), aScan(RICE)])
    await foldNew(deps)
    const before = await dump(scans)

    expect((await foldNew(deps)).folded).toBe(0)
    expect(await dump(scans)).toBe(before)
  })

  it('[CR8] [I20] [S3.39] counts each event once with two folders at once', async () => {
    const { deps, append, scans } = await engineWithCatalogue({ limits: { foldBatch: 3 } })
    await append(Array.from({ length: 20 }, () => aScan(TEA)))

    const folded = await Promise.all([foldNew(deps), foldNew(deps), foldNew(deps)])

    expect(folded.reduce((sum, it) => sum + it.folded, 0)).toBe(20)
    expect(await allLines(scans)).toMatchObject([{ quantity: units(20), standing: 20 }])
  })

  it('[CR22] leaves what is appended while it runs to the next call, and misses none of it', async () => {
    const { deps, append, scans } = await engineWithCatalogue({ limits: { foldBatch: 5 } })
    await append(Array.from({ length: 7 }, () => aScan(TEA)))
    let commits = 0
    // Somebody scans on, one more with every commit, for as long as anybody folds.
    const busy = storeWith(scans, async (tables, mode) => {
      if (mode === 'r' || !tables.includes('outbox') || commits >= 50) return
      commits += 1
      await append([aScan(TEA)])
    })

    const { folded } = await foldNew({ ...deps, scans: busy })

    // A whole batch, and then all that was there: two and the one that had come meanwhile.
    expect([folded, commits]).toEqual([8, 2])
    expect((await foldNew(deps)).folded).toBe(1)
  })

  it('[CR9] counts a hard count as asked for, and what a server asked for as counted', async () => {
    const hard = await engineWithCatalogue({ session: aSession({ countType: 'hard' }) })
    const directed = await engineWithCatalogue()
    await storeInventoryCountItems(directed.deps, SESSION, [requestedItem('1', 'RICE')], { pull: beginPull(), isComplete: true })
    for (const { append, deps } of [hard, directed]) {
      await append([aScan(TEA), aScan(RICE)])
      await foldNew(deps)
    }

    expect(await countsIn(hard.scans)).toMatchObject({ counted: 2, uncounted: 0, undirected: 0 })
    expect(await countsIn(directed.scans)).toMatchObject({ counted: 1, uncounted: 0, undirected: 1 })
  })

  it('[BU2] counts a hand-counted zero, and not an item whose scans were all taken back', async () => {
    const { deps, append, scans } = await engineWithCatalogue()
    await storeInventoryCountItems(deps, SESSION, [requestedItem('1', 'RICE'), requestedItem('2', 'TEA')], { pull: beginPull(), isComplete: true })
    const scan = aScan(TEA)
    await append([handCount('RICE', 0), scan, negationOf(scan)])

    await foldNew(deps)

    expect(await allLines(scans)).toMatchObject([
      { lineKey: 'RICE', quantity: 0, standing: 1, bucket: 'counted' },
      { lineKey: 'TEA', quantity: 0, standing: 0, bucket: 'uncounted' },
    ])
  })

  it('[CR10] [I5] makes every touched row unsent', async () => {
    const { deps, append, scans } = await engineWithCatalogue()
    await append([aScan(TEA), aScan('???')])

    await foldNew(deps)

    expect(await outboxOf(scans)).toEqual((await allRows(scans)).map((it) => it.uuid))
  })

  it('[SE9] corrects scans that were made before the pack size was known, and takes the correction back with the scan', async () => {
    const { deps, append, scans } = await openTestEngine()
    const first = aScan(SOAP)
    await append([first, aScan(SOAP)])
    await fillCatalogue(deps.catalogue ?? expect.unreachable(), { SOAP: [`12x${SOAP}`] })

    await foldNew(deps)
    expect(await allLines(scans)).toMatchObject([{ lineKey: 'SOAP', quantity: units(24), standing: 2 }])

    await append([negationOf(first)])
    await foldNew(deps)
    expect(await allLines(scans)).toMatchObject([{ lineKey: 'SOAP', quantity: units(12), standing: 1 }])
  })

  it('[BU7] finds the product of a value that nobody knew, at its next scan', async () => {
    const { deps, append, scans } = await openTestEngine()
    await append([aScan(TEA)])
    await foldNew(deps)
    await fillCatalogue(deps.catalogue ?? expect.unreachable(), { TEA: [TEA] })

    await append([aScan(TEA)])
    await foldNew(deps)

    expect(await allLines(scans)).toMatchObject([{ lineKey: 'TEA', quantity: units(2), name: 'Product TEA' }])
    expect(await countsIn(scans)).toMatchObject({ unmatched: 0, undirected: 1 })
  })

  it('[BU3] leaves a value that several products claim unmatched', async () => {
    const { deps, append, scans, catalogue } = await openTestEngine()
    await fillCatalogue(catalogue, { TEA: [TEA], RICE: [TEA] })
    await append([aScan(TEA)])

    await foldNew(deps)

    expect(await allLines(scans)).toMatchObject([{ lineKey: keyOf(TEA), productId: null, bucket: 'unmatched' }])
  })

  it('[CR11] [S3.46] tells the windows which lines changed, with the counts', async () => {
    const { deps, append, messages } = await engineWithCatalogue()
    await append([aScan(TEA), aScan('???')])

    await foldNew(deps)

    expect(messages).toEqual([
      { kind: 'lines', sessionId: SESSION, changed: ['TEA', 'raw:???'], counts: { counted: 0, uncounted: 0, undirected: 1, unmatched: 1 } },
    ])
  })

  it('[CR12] changes nothing when it is stopped at any transaction, and goes on from there', async () => {
    const drafts = [aScan(TEA), aScan(SOAP), aScan('???'), aScan(TEA)]
    const whole = await engineWithCatalogue({ limits: { foldBatch: 2 } })
    await whole.append(drafts)
    await foldNew(whole.deps)
    const wanted = await dump(whole.scans)

    for (let allowed = 0; allowed < 12; allowed++) {
      let left = Infinity
      const memory: MemoryStoreOptions = {
        beforeCommit: async () => {
          left -= 1
          if (left < 0) throw new Error('crash')
        },
      }
      const engine = await engineWithCatalogue({ limits: { foldBatch: 2 }, memory })
      await engine.append(drafts)
      left = allowed
      await foldNew(engine.deps).catch((error: unknown) => expect(String(error)).toBe('Error: crash'))
      left = Infinity
      await foldNew(engine.deps)

      expect(withoutIds(await dump(engine.scans))).toBe(withoutIds(wanted))
    }
  })

  it('[CR7] gives the same on Dexie', async () => {
    const engines = await Promise.all([engineWithCatalogue(), engineWithCatalogue({ kind: 'dexie' })])
    const scan = aScan(TEA)
    const drafts = [scan, aScan(RICE), aScan('???'), negationOf(scan), aScan(TEA)]
    for (const { append, deps } of engines) {
      await append(drafts)
      await foldNew(deps)
    }

    const [memory, dexie] = await Promise.all(engines.map((it) => dump(it.scans)))
    expect(dexie).toBe(memory)
    await engines[1].close()
  })
})

/** Correction events have ids of their own: the rows made of them differ in nothing else. */
function withoutIds(text: string): string {
  return text.replaceAll(/"(uuid|logId)":"[^"]+"/g, '').split('\n').toSorted().join('\n')
}

describe('fold cost', () => {
  const situations = [
    { lines: 400, events: 0 },
    { lines: 400, events: 100_000 },
    { lines: 20_000, events: 0 },
    { lines: 20_000, events: 100_000 },
  ]

  it('[CR13] [S3.38] makes the same store requests and reads the same rows for 100 new events, whatever lies behind', async () => {
    const costs = []
    for (const situation of situations) costs.push(await costOfHundred(situation, 'memory'))

    expect(costs[0]).toMatchObject({ requests: expect.any(Number) })
    expect(costs[0]?.rowsRead).toBeLessThan(1000)
    for (const cost of costs) expect(cost).toEqual(costs[0])
  }, 60_000)

  it('[CR13] costs the same in the largest session that is promised: 50,000 lines, 200,000 events', async () => {
    const small = await costOfHundred({ lines: 400, events: 400 }, 'memory')

    expect(await costOfHundred({ lines: 400, events: 200_000, otherLines: 49_600 }, 'memory')).toEqual(small)
  }, 120_000)

  it('[CR13] costs the same on Dexie', async () => {
    const small = await costOfHundred({ lines: 400, events: 0 }, 'dexie')
    const large = await costOfHundred({ lines: 1200, events: 1500 }, 'dexie')

    expect(large).toEqual(small)
    expect(small).toEqual(await costOfHundred({ lines: 400, events: 0 }, 'memory'))
  }, 60_000)
})

interface Situation {
  readonly lines: number
  readonly events: number
  /** More lines that lie there and take no part: written as they are, for pulling them would take a minute. */
  readonly otherLines?: number
}

/** 100 new events over 50 requested products and 10 unknown values, after `events` on another log. */
async function costOfHundred({ lines, events, otherLines = 0 }: Situation, kind: 'memory' | 'dexie') {
  const { deps, append, scans, close } = await openTestEngine({ kind })
  const items = Array.from({ length: lines }, (_, n) => requestedItem(String(n), `P${n}`))
  const pull = beginPull()
  for (let at = 0; at < items.length; at += 500)
    await storeInventoryCountItems(deps, SESSION, items.slice(at, at + 500), { pull, isComplete: false })
  await putOtherLines(scans, otherLines)
  await putHistory(scans, { lines, events })
  await foldNew(deps)
  // The values are known to the session in every situation: matching is not what grows.
  const hundred = (): ScanEventDraft[] =>
    Array.from({ length: 100 }, (_, n) => (n < 90 ? handCount(`P${n % 50}`, 1) : aScan(`unknown ${n % 10}`)))
  await append(hundred(), asId<LogId>('warm-log'))
  await foldNew(deps)

  await append(hundred(), asId<LogId>('new-log'))
  const before = { ...scans.cost }
  await foldNew(deps)
  const cost = {
    requests: scans.cost.requests - before.requests,
    rowsRead: scans.cost.rowsRead - before.rowsRead,
    rowsWritten: scans.cost.rowsWritten - before.rowsWritten,
  }
  await close()
  return cost
}

/** Requested lines with their server rows, as a pull leaves them, and the counter with them. */
async function putOtherLines(scans: ScansStore, count: number): Promise<void> {
  const tables = ['items', 'inventoryCountRecords', 'counters'] as const
  await scans.tx(tables, 'rw', async (tx) => {
    const item = await tx.get('items', [SESSION, asId<LineKey>('P0')])
    const [row] = await tx.range('inventoryCountRecords', '[sessionId+lineKey]', { lower: [SESSION, 'P0'], upper: [SESSION, 'P0'], limit: 1 })
    const counter = await tx.get('counters', [SESSION, 'buckets'])
    if (item === undefined || row === undefined || counter?.kind !== 'buckets') throw new Error('Nothing was pulled')
    const ids = Array.from({ length: count }, (_, n) => `other-${String(n).padStart(5, '0')}`)
    await tx.bulkPut('items', ids.map((id) => ({ ...item, lineKey: asId<LineKey>(id), productId: product(id), position: id })))
    await tx.bulkPut('inventoryCountRecords', ids.map((id) => ({
      ...row, uuid: asId<RowUuid>(id), lineKey: asId<LineKey>(id), itemKey: asId<ItemKey>(`product:${id}`), productId: product(id),
    })))
    await tx.put('counters', { ...counter, uncounted: counter.uncounted + count })
  })
}

/** An old log, written as it is; all but one event per line count as folded. */
async function putHistory(scans: ScansStore, { lines, events }: { lines: number; events: number }): Promise<void> {
  const logId = asId<LogId>('old-log')
  const log = { logId, sessionId: SESSION, userName: ANA, head: events, standing: events, lastAt: 0 }
  for (let at = 0; at < events; at += 10_000) {
    const chunk = Array.from({ length: Math.min(10_000, events - at) }, (_, n) => at + n)
    await scans.tx(['scanEvents'], 'rw', (tx) =>
      tx.bulkAdd('scanEvents', chunk.map((n) => ({ ...handCount(`P${n % lines}`, 1), logId, seq: n + 1 }))),
    )
  }
  await scans.tx(['logs', 'meta'], 'rw', async (tx) => {
    await tx.put('logs', log)
    await tx.put('meta', { k: 'aggCursor', gid: Math.max(0, events - lines) })
  })
}

describe('fold laws', () => {
  it('[CR14] [BU1] [S3.46] keeps the counters equal to a recount, and the rows independent of how events are cut', async () => {
    const step = fc.record({
      value: fc.constantFrom(TEA, RICE, SOAP, 'tea-alias', 'x', 'y'),
      kind: fc.constantFrom('scan', 'undo', 'fold'),
      log: fc.constantFrom('a', 'b'),
      session: fc.constantFrom('S1', 'S2'),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 7 }), async (steps, foldBatch) => {
        const cut = await engineWithCatalogue({ limits: { foldBatch } })
        const whole = await engineWithCatalogue()
        const done: ScanEventDraft[] = []
        for (const { value, kind, log, session } of steps) {
          if (kind === 'fold') {
            await foldNew(cut.deps)
            continue
          }
          const target = done.findLast((it) => it.sessionId === session)
          const sessionId = asId<SessionId>(session)
          const isPack = value === SOAP
          const scan = aScan(value, { sessionId, packSize: isPack ? 12 : 1, quantity: units(isPack ? 12 : 1) })
          const draft = kind === 'undo' && target !== undefined ? negationOf(target, { sessionId }) : scan
          done.push(draft)
          for (const { append } of [cut, whole]) await append([draft], asId<LogId>(`${log}-${session}`))
        }
        await foldNew(cut.deps)
        await foldNew(whole.deps)

        for (const sessionId of [asId<SessionId>('S1'), asId<SessionId>('S2')]) {
          expect(await dump(cut.scans, sessionId)).toBe(await dump(whole.scans, sessionId))
          const lines = (await allLines(cut.scans)).filter((it) => it.sessionId === sessionId)
          if (lines.length > 0) expect(await countsIn(cut.scans, sessionId)).toMatchObject(countsOf(lines))
        }
      }),
      { numRuns: 60 },
    )
  }, 60_000)
})

it('[BU5] keeps products apart from values with the same text', async () => {
  const { deps, append, scans } = await openTestEngine()
  await append([handCount('x', 2), aScan('x')])
  await foldNew(deps)

  expect((await allLines(scans)).map((it) => [it.lineKey, it.productId])).toEqual([['raw:x', null], ['x', product('x')]])
})
