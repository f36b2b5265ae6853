// What must be true of a device after every death: nothing acknowledged is missing, nothing is there twice, a rebuild changes nothing.
import { isDeepStrictEqual } from 'node:util'
import { openTestEngine } from '../../tests/support/test-engine'
import type { ScansShape } from '../../src/ports/scans-schema'
import { rebuildSession } from '../../src/sync/rebuild'
import { asId } from '../../src/domain/ids'
import type { SessionId } from '../../src/domain/ids'
import type { Tables } from '../support/device-database'

/** Tables that a rebuild makes anew from the events. */
const DERIVED = ['inventoryCountRecords', 'items', 'counters', 'outbox', 'matches'] as const

type EventRow = ScansShape['scanEvents']['row']

/** @returns what is wrong with the stored events, in words */
export function compareEvents(
  events: readonly EventRow[],
  acknowledged: ReadonlySet<string>,
  typed: number,
): readonly string[] {
  const stored = new Set<string>(events.map((it) => it.eventId))
  const missing = [...acknowledged].filter((it) => !stored.has(it))
  const problems: string[] = []
  if (missing.length > 0) problems.push(`${missing.length} acknowledged scans are missing: ${missing.slice(0, 5).join(', ')}`)
  if (stored.size !== events.length) problems.push(`${events.length - stored.size} events are stored twice`)
  if (events.length > typed) problems.push(`${events.length} events of ${typed} scans: something was counted twice`)
  const again = repeated(events.flatMap(({ kind, raw }) => (kind === 'scan' && isOneOff(raw) ? [raw] : [])))
  if (again.length > 0) problems.push(`values that were scanned once are there twice: ${again.slice(0, 5).join(', ')}`)
  for (const [logId, seqs] of seqsByLog(events)) {
    if (seqs.some((seq, place) => seq !== place + 1)) problems.push(`log ${logId} has a gap: ${seqs.join(' ')}`)
  }
  return problems
}

const ONE_OFF = /^K\d{7}$/
const ONE_OFF_EVERY = 3

/** Every third scan is of a value that nobody has: scanned once, it can be stored once at most, whatever else was lost. */
export function oneOff(nth: number): string | null {
  return nth % ONE_OFF_EVERY === 0 ? `K${String(nth).padStart(7, '0')}` : null
}

function isOneOff(raw: string): boolean {
  return ONE_OFF.test(raw)
}

function repeated(values: readonly string[]): readonly string[] {
  return values.filter((value, place) => values.indexOf(value) !== place)
}

function seqsByLog(events: readonly EventRow[]): ReadonlyMap<string, readonly number[]> {
  const byLog = new Map<string, number[]>()
  for (const { logId, seq } of events) byLog.set(logId, [...(byLog.get(logId) ?? []), seq])
  for (const seqs of byLog.values()) seqs.sort((a, b) => a - b)
  return byLog
}

/**
 * Load a device's tables, byte for byte as they were found, into a store, let the product rebuild the session there,
 * and compare all that is derived.
 * @returns the differences, in words
 */
export async function compareWithRebuild(
  sessionId: string,
  scans: Tables,
  catalogue: Tables,
): Promise<readonly string[]> {
  const engine = await openTestEngine({ session: null })
  try {
    await fill(engine.scans, scans)
    await fill(engine.catalogue, catalogue)
    const { changedLines } = await rebuildSession(engine.deps, asId<SessionId>(sessionId))
    const problems = changedLines === 0 ? [] : [`a rebuild changed ${changedLines} lines`]
    for (const name of DERIVED) {
      const rebuilt = await engine.scans.tx([name], 'r', (tx) => tx.range(name, ':id', { limit: ROWS_MAX }))
      problems.push(...differences(name, scans[name] ?? [], rebuilt))
    }
    return problems
  } finally {
    await engine.close()
  }
}

const ROWS_MAX = 1_000_000

async function fill(
  store: Awaited<ReturnType<typeof openTestEngine>>['scans' | 'catalogue'],
  tables: Tables,
): Promise<void> {
  // The dump has the rows of both databases as they are: their types end at the browser's door.
  const untyped = store as unknown as {
    tx: (names: readonly string[], mode: 'rw', work: (tx: Rows) => Promise<void>) => Promise<void>
  }
  for (const [name, rows] of Object.entries(tables))
    if (rows.length > 0) await untyped.tx([name], 'rw', (tx) => tx.bulkPut(name, rows))
}

interface Rows {
  readonly bulkPut: (name: string, rows: readonly object[]) => Promise<void>
}

/** Both in the order of their keys. */
function differences(name: string, found: readonly object[], rebuilt: readonly object[]): readonly string[] {
  if (found.length !== rebuilt.length) return [`${name}: ${found.length} rows, ${rebuilt.length} after a rebuild`]
  return found.flatMap((row, place) =>
    isDeepStrictEqual(row, rebuilt[place])
      ? []
      : [`${name}: ${JSON.stringify(row)} is ${JSON.stringify(rebuilt[place])} after a rebuild`],
  )
}
