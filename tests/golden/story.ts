// A working day on one device, told through the app's own code: what a golden database holds.
import { asId } from '../../src/domain/ids'
import type { LogId, SessionId } from '../../src/domain/ids'
import type { ScansShape } from '../../src/ports/scans-schema'
import { SCANS_SCHEMA } from '../../src/ports/scans-schema'
import { foldNew } from '../../src/sync/fold'
import { matchItem } from '../../src/sync/matching'
import type { NetworkDeps } from '../../src/sync/network-deps'
import { pullSession } from '../../src/sync/pull'
import { createPushMemory, pushSession } from '../../src/sync/push'
import { takeOverScans } from '../../src/sync/take-over-scans'
import { appendScans } from '../../src/usecases/append-scans'
import { addToReport } from '../../src/usecases/start-report'
import { ANA, aScan, aSession, DEVICE, fillCatalogue, handCount, keyOf, negationOf, product, requestedItem, RICE, SESSION, SOAP, TEA, units } from '../support/builders'
import { createFakeServer } from '../support/fake-server'
import { openTestEngine } from '../support/test-engine'
import type { TestEngine } from '../support/test-engine'

export type Tables = Record<keyof ScansShape, object[]>
export const HARD = asId<SessionId>('S2')
const ROWS_MAX = 10_000

/** Two sessions, three page lives, undo, hand counts, cases, a match, a refused row, a file from another device; some of it unsent. */
export async function tellStory(): Promise<Tables> {
  const engine = await openTestEngine({ kind: 'dexie' })
  const { scans, catalogue } = engine
  const server = createFakeServer(engine.time.clock)
  server.addSession(SESSION, [requestedItem('00001', 'TEA'), requestedItem('00002', 'RICE')])
  server.addSession(HARD)
  const deps: NetworkDeps = {
    ...engine.deps,
    api: server.api(engine.deps.caller),
    capabilities: server.anonymous.capabilities,
    abilities: server.abilities,
    storeName: 'scans:golden',
  }
  const memory = createPushMemory(deps)
  await scans.tx(['sessions', 'cycleCounts', 'meta', 'syncLog'], 'rw', async (tx) => {
    const hard = aSession({ sessionId: HARD, countType: 'hard' })
    await tx.put('sessions', hard)
    await tx.put('cycleCounts', { cycleCountId: hard.cycleCount.cycleCountId, cycleCount: { ...hard.cycleCount, sessions: [hard.session] }, fetchedAt: 1 })
    await tx.put('meta', { k: 'device', deviceId: DEVICE, name: 'iPad 1' })
    await tx.put('meta', { k: 'epoch', epoch: 'epoch-1' })
    await tx.put('meta', { k: 'serverClock', offsetMs: 5, measuredAt: 1 })
    await tx.add('syncLog', { at: 1, level: 'info', event: 'push', details: { rows: 2 } })
  })
  await fillCatalogue(catalogue, { TEA: [TEA], RICE: [`12x${RICE}`], SOAP: [SOAP] })

  await pullSession(deps, SESSION)
  const wrong = aScan(TEA)
  await append(engine, 'life-1', [aScan(TEA), wrong, aScan(RICE), aScan('X1'), handCount('SOAP', 0)])
  await foldNew(deps)
  await pushSession(deps, memory, SESSION)
  await append(engine, 'life-2', [negationOf(wrong), aScan(TEA), aScan('X1'), { ...aScan(TEA), kind: 'correction', source: 'hand', quantity: units(3) }])
  await append(engine, 'life-3', [aScan(SOAP, { sessionId: HARD }), aScan(RICE, { sessionId: HARD, packSize: 12, quantity: units(12) })])
  await foldNew(deps)
  await matchItem(deps, { sessionId: SESSION, itemKey: keyOf('X1'), productId: product('SOAP'), packSize: 6 })
  await takeOverScans(deps, aFile())
  await refuse(engine)
  await addToReport(scans, { kind: 'spill-drained', at: 2, scans: 1 })
  const tables = await dumpTables(engine)
  await engine.close()
  return tables
}

async function append({ scans }: TestEngine, life: string, drafts: Parameters<typeof appendScans>[1]['drafts']): Promise<void> {
  const logId = asId<LogId>(life)
  await appendScans(scans, { sessionId: drafts[0]?.sessionId ?? SESSION, userName: ANA, logId, knownHead: 0, mintLog: () => logId, drafts })
}

function aFile(): Parameters<typeof takeOverScans>[1] {
  const logId = asId<LogId>('life-of-iPad-2')
  const deviceId = asId<typeof DEVICE>('device-2')
  const events = [TEA, TEA].map((raw, index) => ({ ...aScan(raw, { deviceId }), logId, seq: index + 1 }))
  return {
    serverOrigin: 'https://counts.example',
    userName: ANA,
    deviceId,
    deviceName: 'iPad 2',
    savedAt: 1,
    scans: 2,
    lines: 1,
    sessions: [],
    logs: [{ logId, sessionId: SESSION, userName: ANA, events }],
    matches: [],
  }
}

/** One unsent row of the hard count as if the server had refused it. */
async function refuse({ scans }: TestEngine): Promise<void> {
  await scans.tx(['outbox', 'quarantine', 'inventoryCountRecords'], 'rw', async (tx) => {
    const row = (await tx.range('inventoryCountRecords', ':id', { limit: ROWS_MAX })).find((it) => it.sessionId === HARD && it.itemKey === keyOf(SOAP))
    if (row === undefined) throw new Error('the story has no row to refuse')
    await tx.bulkDelete('outbox', [row.uuid])
    await tx.put('quarantine', { uuid: row.uuid, sessionId: HARD, kind: 'rejected', code: 'BAD_ROW', message: 'no', rev: row.rev, at: 3 })
  })
}

export async function dumpTables({ scans }: Pick<TestEngine, 'scans'>): Promise<Tables> {
  const names = Object.keys(SCANS_SCHEMA) as (keyof ScansShape)[]
  return scans.tx(names, 'r', async (tx) => {
    const tables = {} as Tables
    for (const name of names) tables[name] = await tx.range(name, ':id', { limit: ROWS_MAX })
    return tables
  })
}
