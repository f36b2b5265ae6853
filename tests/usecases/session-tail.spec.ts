// What a page remembers of its own appends: exactly what a page that has just started reads, for a fraction of the requests.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asId } from '../../src/domain/ids'
import type { LineKey, LogId, ProductId } from '../../src/domain/ids'
import type { Bus, BusMessage } from '../../src/ports/platform'
import type { ScansShape } from '../../src/ports/scans-schema'
import { applyIdentities } from '../../src/sync/apply-identity'
import { foldNew } from '../../src/sync/fold'
import { matchItem } from '../../src/sync/matching'
import { createDeskMemory } from '../../src/usecases/desk-memory'
import { readUnread } from '../../src/usecases/line-totals'
import { createSessionTail } from '../../src/usecases/session-tail'
import { aScan, fillCatalogue, keyOf, RICE, SESSION, SOAP, TEA, units } from '../support/builders'
import { settle } from '../support/fake-time'
import { openTestDesk, storeWith } from '../support/test-desk'
import type { TestDesk } from '../support/test-desk'
import { openTestEngine } from '../support/test-engine'
import type { TestEngine } from '../support/test-engine'

/** Ends of one bus: a sender does not hear itself, as on the platform. */
function createHub(): () => Bus {
  const ends = new Set<Set<(message: BusMessage) => void>>()
  return () => {
    const own = new Set<(message: BusMessage) => void>()
    ends.add(own)
    return {
      post: (message) => {
        for (const end of ends) if (end !== own) for (const listener of end) listener(message)
      },
      listen: (listener) => {
        own.add(listener)
        return () => void own.delete(listener)
      },
    }
  }
}

interface Page extends TestDesk {
  /** Transactions on `scans` since the last look, as `r a,b`. */
  readonly asked: () => readonly string[]
}

async function openDevice(): Promise<{ engine: TestEngine; openPage: () => Page; fold: () => Promise<void>; match: (raw: string, productId: string) => Promise<void> }> {
  const engine = await openTestEngine()
  await fillCatalogue(engine.catalogue, { TEA: [TEA, `12x${SOAP}`], RICE: [RICE] })
  const endOfBus = createHub()
  const worker = { ...engine.deps, bus: endOfBus() }
  return {
    engine,
    openPage: () => {
      const asked: string[] = []
      const store = storeWith(engine.scans, async (tables: readonly (keyof ScansShape)[], mode) => void asked.push(`${mode} ${tables.join(',')}`))
      return { ...openTestDesk(engine, { writer: { store }, desk: { bus: endOfBus() } }), asked: () => asked.splice(0) }
    },
    fold: async () => {
      await foldNew(worker)
    },
    match: (raw, productId) =>
      matchItem(worker, { sessionId: SESSION, itemKey: keyOf(raw), productId: asId<ProductId>(productId), packSize: 1 }),
  }
}

/** Everything that the screen shows after a scan. */
async function show({ desk }: TestDesk) {
  return { tally: await desk.tally(), feed: await desk.feed(40) }
}

describe('a scan', () => {
  it('[SE38] costs one reading and one writing transaction and asks for no event, with everything that is shown after it', async () => {
    const { openPage, fold } = await openDevice()
    const page = openPage()
    for (const value of [TEA, RICE, SOAP]) await page.scan(value)
    await show(page)
    await fold()
    await show(page)
    await page.scan(TEA)
    await show(page)
    page.asked()

    const outcome = await page.scan(TEA)
    const shown = await show(page)

    expect(page.asked()).toEqual(['r sessions,meta,matches,items', 'rw scanEvents,logs'])
    expect(outcome).toMatchObject({ total: units(15), view: { total: units(15), item: { quantity: units(13) } } })
    expect(shown.tally).toEqual({ scanned: 5, saved: 5, synced: 0 })
    expect(shown.feed.map((it) => it.name)).toEqual(['Product TEA', 'Product TEA', 'Product TEA', 'Product RICE', 'Product TEA'])
  })

  it('[SE38] costs the same requests and rows whatever lies behind', async () => {
    const costs = []
    for (const behind of [0, 3000]) {
      const { engine, openPage, fold } = await openDevice()
      for (let at = 0; at < behind; at += 100) await engine.append(Array.from({ length: 100 }, () => aScan(TEA)), asId<LogId>(`log ${at}`))
      await fold()
      const page = openPage()
      await page.scan(TEA)
      await fold()
      await show(page)
      await page.scan(TEA)
      await show(page)
      const before = { ...engine.scans.cost }
      await page.scan(TEA)
      await show(page)
      const { requests, rowsRead, rowsWritten } = engine.scans.cost
      costs.push([requests - before.requests, rowsRead - before.rowsRead, rowsWritten - before.rowsWritten])
    }

    expect(costs[1]).toEqual(costs[0])
    // Six to know the value and the right to count, and the bulk reading of what is not folded; four to append.
    expect(costs[0]?.[0]).toBeLessThanOrEqual(11)
  }, 60_000)
})

describe('a page that remembers', () => {
  it('[SE43] asks for no match twice, however many values wait for the fold', async () => {
    const rowsOfScan = async (waiting: number): Promise<number> => {
      const { engine, openPage } = await openDevice()
      const page = openPage()
      for (let nth = 0; nth < waiting; nth++) await page.scan(`unknown ${nth}`)
      await page.scan(TEA)
      await show(page)
      const before = engine.scans.cost.rowsRead
      await page.scan(TEA)
      await show(page)
      return engine.scans.cost.rowsRead - before
    }
    expect(await rowsOfScan(30)).toBe(await rowsOfScan(1))
  })

  it('[SE43] hears that a value which is not folded yet was matched', async () => {
    const { openPage, match } = await openDevice()
    const page = openPage()
    await page.scan(RICE)
    await page.scan('unknown')
    await page.scan(RICE)
    expect(await page.scan(RICE)).toMatchObject({ total: units(3) })

    await match('unknown', 'RICE')

    expect(await page.scan(RICE)).toMatchObject({ total: units(5) })
  })

  it('[SE43] keeps what it knew for a reading that was under way when lines changed', async () => {
    const { engine, openPage, match } = await openDevice()
    const page = openPage()
    await page.scan('unknown')
    await match('unknown', 'RICE')
    const memory = createDeskMemory()
    memory.tail.take({ cursor: 0, from: 0, lastGid: 1, standing: 1, events: await engine.scans.tx(['scanEvents'], 'r', (tx) => tx.range('scanEvents', ':id', { limit: 1 })) })
    memory.matches.take(memory.matches.age(), new Map([[keyOf('unknown'), asId<ProductId>('RICE')]]))

    const unread = await engine.scans.tx(['meta', 'matches'], 'r', (tx) => {
      const reading = readUnread(tx, { sessionId: SESSION }, memory)
      memory.matches.forget()
      return reading
    })

    expect([...unread.products]).toEqual([[keyOf('unknown'), 'RICE']])
  })

  it('[SE43] is told of a match of a value that has no row yet', async () => {
    const engine = await openTestEngine()
    await engine.append([aScan('unknown')])
    const identity = { itemKey: keyOf('unknown'), productId: asId<ProductId>('RICE'), packSize: 1, source: 'user' } as const

    await applyIdentities(engine.deps, SESSION, [identity], new Map())

    expect(engine.messages).toContainEqual(expect.objectContaining({ kind: 'lines', sessionId: SESSION }))
  })

  it('[SE39] notices that somebody else appended, told or not', async () => {
    const { engine, openPage } = await openDevice()
    const page = openPage()
    await page.scan(TEA)
    await show(page)
    await engine.append([aScan(TEA, { quantity: units(5) })], asId<LogId>('unheard'))

    expect(await page.scan(TEA)).toMatchObject({ total: units(7) })
    expect((await show(page)).tally).toMatchObject({ scanned: 3, saved: 3 })
    expect((await show(page)).feed.map((it) => it.quantity)).toEqual([units(1), units(5), units(1)])
  })

  it('[SE39] shows at once what another window appended', async () => {
    const { openPage } = await openDevice()
    const [page, other] = [openPage(), openPage()]
    await page.scan(TEA)
    await show(page)
    await other.scan(TEA)

    expect((await show(page)).tally).toMatchObject({ saved: 2 })
    expect((await show(page)).feed).toHaveLength(2)
  })

  it('[SE40] leaves the entries of the feed alone that a scan does not concern', async () => {
    const { openPage, fold } = await openDevice()
    const page = openPage()
    for (const value of [TEA, RICE, '???']) await page.scan(value)
    await page.desk.feed(40)
    await fold()
    const before = await page.desk.feed(40)
    page.asked()

    await page.scan(RICE)
    const after = await page.desk.feed(40)

    expect(after[0]).toMatchObject({ name: 'Product RICE', bucket: 'undirected', isUndone: false })
    expect(after.slice(1).every((entry, index) => entry === before[index])).toBe(true)
    expect(page.asked()).toHaveLength(2)
    await fold()
    await page.desk.feed(40)
    expect(page.asked()).toEqual(['r meta,matches,items'])
  })

  it('[SE40] moves an entry to the product that its value is matched to', async () => {
    const { openPage, fold, match } = await openDevice()
    const page = openPage()
    await page.scan('???')
    expect(await page.desk.feed(40)).toMatchObject([{ bucket: 'unmatched', productId: null, name: '???' }])
    await match('???', 'RICE')
    await fold()

    expect(await page.desk.feed(40)).toMatchObject([{ bucket: 'undirected', productId: 'RICE' }])
  })

  it('[SE38] [SE39] [SE40] shows what a page shows that has just started, whatever came in which order', async () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ what: fc.constant('scan' as const), value: fc.constantFrom(TEA, SOAP, RICE, '???') }) },
      { weight: 1, arbitrary: fc.record({ what: fc.constant('elsewhere' as const), value: fc.constantFrom(TEA, SOAP, RICE, '???') }) },
      { weight: 1, arbitrary: fc.record({ what: fc.constant('unheard' as const), value: fc.constantFrom(TEA, RICE) }) },
      { weight: 1, arbitrary: fc.constantFrom({ what: 'undo' as const }, { what: 'match' as const }, { what: 'show' as const }) },
      { weight: 3, arbitrary: fc.constant({ what: 'fold' as const }) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { engine, openPage, fold, match } = await openDevice()
        const [page, other] = [openPage(), openPage()]
        // What a value stands for is known from here on, also where it is not folded.
        for (const value of [TEA, SOAP, RICE, '???']) await page.scan(value)
        for (const it of steps) {
          if (it.what === 'scan') {
            const outcome = await page.scan(it.value)
            if (outcome.kind === 'refused') return expect.unreachable()
            expect(outcome.total).toBe(await eventsOn(engine, outcome.lineKey))
          } else if (it.what === 'elsewhere') await other.scan(it.value)
          else if (it.what === 'unheard') await engine.append([aScan(it.value)], asId<LogId>('unheard'))
          else if (it.what === 'undo') await page.desk.undo((await page.desk.feed(1))[0]?.eventId ?? asId(''))
          else if (it.what === 'match') await match('???', 'RICE')
          else if (it.what === 'fold') await fold()
          else await show(page)
        }
        // One more scan: what was appended unheard is noticed by it.
        await page.scan(TEA)
        await fold()
        await settle()
        const fresh = openPage()

        expect(await show(page)).toEqual(await show(fresh))
        for (const line of ['TEA', 'RICE', 'raw:???'].map((it) => asId<LineKey>(it)))
          expect(await page.desk.line(line)).toEqual(await fresh.desk.line(line))
      }),
      { numRuns: 50 },
    )
  }, 60_000)
})

describe('the tail', () => {
  const event = (gid: number) => ({ ...aScan(TEA), logId: asId<LogId>('own'), seq: gid, gid })
  const growth = (from: number, ...gids: number[]) => ({ from, lastGid: gids.at(-1) ?? from, standing: gids.length, events: gids.map(event) })

  it('[SE39] adds the commits that a reading did not see yet, and none twice', () => {
    const tail = createSessionTail()
    tail.grow(growth(4, 5))
    tail.grow(growth(5, 6))
    tail.take({ cursor: 3, from: 3, events: [event(4), event(5)], lastGid: 5, standing: 2 })

    expect(tail.after(3)?.map((it) => it.gid)).toEqual([4, 5, 6])
  })

  it('[SE39] stays unknown when a commit is missing between a reading and what came after it', () => {
    const tail = createSessionTail()
    tail.grow(growth(7, 8))
    tail.take({ cursor: 3, from: 3, events: [event(4)], lastGid: 4, standing: 1 })

    expect(tail.after(3)).toBeNull()
    expect(tail.standing()).toBeNull()
  })

  it('[SE39] knows no events before those that it has read or kept', () => {
    const tail = createSessionTail()
    tail.take({ cursor: 9, from: 9, events: [], lastGid: 9, standing: 9 })
    for (let gid = 10; gid < 1010; gid += 1) {
      tail.folded(gid - 1)
      tail.grow(growth(gid - 1, gid))
    }

    expect(tail.after(8)).toBeNull()
    expect(tail.after(9)).toBeNull()
    expect(tail.after(1007)?.map((it) => it.gid)).toEqual([1008, 1009])
  })
})

/** Σ of all events that count on a line, from the session's matches and the catalogue of this test. */
async function eventsOn({ scans }: TestEngine, lineKey: LineKey): Promise<number> {
  const products = new Map<string, string>([[keyOf(TEA), 'TEA'], [keyOf(SOAP), 'TEA'], [keyOf(RICE), 'RICE']])
  return await scans.tx(['scanEvents', 'matches'], 'r', async (tx) => {
    const match = await tx.get('matches', [SESSION, keyOf('???')])
    if (match !== undefined && match.productId !== null) products.set(keyOf('???'), match.productId)
    const events = await tx.range('scanEvents', ':id', { limit: 1000 })
    return events.reduce((sum, it) => ((products.get(it.itemKey) ?? it.itemKey) === lineKey ? sum + it.quantity : sum), 0)
  })
}
