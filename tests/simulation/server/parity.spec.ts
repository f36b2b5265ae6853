// The simulated server is no second truth: the same story has the same answers and the same end on server-mock.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeItemRow, type ItemColumns } from '../../../server-mock/counts/item-store'
import type { ItemRow } from '../../../server-mock/rules/item-row'
import { COUNTS } from '../../../src/contract/envelope'
import { RemoteError } from '../../../src/domain/errors'
import { asId, type CycleCountId, type SessionId } from '../../../src/domain/ids'
import type { Lease } from '../../../src/domain/lock'
import { diceOf, nextStep, type Known, type Step } from './parity-steps'
import { openParityWorlds, type Door, type ParityWorlds } from './parity-worlds'

const SEEDS = [1, 2, 3]
const STEPS = 120

describe.each(['extended', 'hotwax'] as const)('the simulated server, %s', (profile) => {
  let worlds: ParityWorlds

  beforeAll(async () => {
    worlds = await openParityWorlds(profile)
  }, 120_000)
  afterAll(() => worlds.close())

  it.each(SEEDS)('[SS1] answers as server-mock does, story %i', { timeout: 120_000 }, async (seed) => {
    const dice = diceOf(seed)
    const leases = worlds.doors.map(() => new Map<string, Lease>())
    let known = await begin(worlds, seed)
    for (let at = 0; at < STEPS; at++) {
      const step = nextStep(dice, known)
      if (step.kind === 'wait') {
        worlds.clock.at += step.ms
        continue
      }
      const answers: unknown[] = []
      for (const [index, door] of worlds.doors.entries())
        answers.push(asJson(await outcomeOf(door, step, leases[index] ?? new Map<string, Lease>())))
      const told = `step ${at}: ${JSON.stringify(step)}`
      expect({ told, answer: answers[1] }).toEqual({ told, answer: answers[0] })
      known = withNewSession(known, answers[0])
    }
    await expectSameEnd(worlds, known)
  })
})

/** A count in progress and a session that asks for both products. */
async function begin({ doors }: ParityWorlds, seed: number): Promise<Known> {
  let known: Known | null = null
  for (const door of doors) {
    const raw = async (method: 'PUT' | 'POST', path: string, body: unknown): Promise<Record<string, string>> =>
      JSON.parse((await door.raw('sam', method, COUNTS + path, body)).text) as Record<string, string>
    const count = await raw('POST', 'cycleCounts/workEfforts', { workEffortName: `Aisle ${seed}`, facilityId: 'north', isBlind: seed % 2 === 0 ? 'Y' : 'N' })
    const countId = asId<CycleCountId>(count['workEffortId'] ?? '')
    await raw('PUT', `cycleCounts/workEfforts/${countId}`, { statusId: 'CYCLE_CNT_IN_PRGS' })
    const session = await raw('POST', `cycleCounts/workEfforts/${countId}/sessions`, { countImportName: 'Left' })
    const sessionId = asId<SessionId>(session['inventoryCountImportId'] ?? '')
    const items = ['TEE', 'CAP'].map((productId) => ({ uuid: `asked-${productId}`, productId, isRequested: 'Y', matchRev: 1 }))
    await raw('PUT', `cycleCounts/sessions/${sessionId}/items`, { items })
    expect(known ?? { countId, sessions: [sessionId] }).toEqual({ countId, sessions: [sessionId] })
    known = { countId, sessions: [sessionId] }
  }
  if (known === null) throw new Error('No door')
  return known
}

async function outcomeOf(door: Door, step: Exclude<Step, { kind: 'wait' }>, leases: Map<string, Lease>): Promise<unknown> {
  if (step.kind === 'raw') {
    const { status, text } = await door.raw(step.user, step.method, step.path, step.body)
    return { status, body: JSON.parse(text) as unknown }
  }
  const key = `${step.who.user} ${step.who.device}`
  try {
    if (step.kind === 'call') {
      const answer = await door.call(step.who, step.name, step.args)
      if (step.name === 'lockSession') leases.set(key, answer as Lease)
      return { answer }
    }
    const lease = leases.get(key)
    if (lease === undefined) return 'no lease'
    if (step.kind === 'release') return { answer: await door.call(step.who, 'releaseSession', [lease]) }
    const answer = await door.call(step.who, 'extendLock', [lease, step.unsentScans])
    leases.set(key, answer as Lease)
    return { answer }
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error
    return { reason: error.reason, message: error.message, details: error.details }
  }
}

/** What is undefined is not there. */
function asJson(outcome: unknown): unknown {
  return JSON.parse(JSON.stringify(outcome)) as unknown
}

function withNewSession(known: Known, outcome: unknown): Known {
  const answer = typeof outcome === 'object' && outcome !== null && 'answer' in outcome ? outcome.answer : null
  if (typeof answer !== 'string' || !/^T\d+$/.test(answer)) return known
  const sessionId = asId<SessionId>(answer)
  return known.sessions.includes(sessionId) ? known : { ...known, sessions: [...known.sessions, sessionId] }
}

async function expectSameEnd({ real, sim }: ParityWorlds, { sessions }: Known): Promise<void> {
  for (const sessionId of sessions) {
    const rows = await real.db.query<ItemColumns>('select * from session_item where session_id = $1 order by item_seq', [sessionId])
    const evidence = await real.db.query<{ row_key: string; rev: number; verdict: string }>(
      'select row_key, rev, match_rev, fingerprint, verdict, fence from item_evidence where session_id = $1',
      [sessionId],
    )
    const events = await real.db.query<{ event_id: string }>('select event_id from scan_event where session_id = $1', [sessionId])
    const [session] = await real.db.query<{ status_id: string; next_item_seq: number }>(
      'select status_id, next_item_seq from count_session where session_id = $1',
      [sessionId],
    )
    const [fence] = await real.db.query<{ fence: number }>('select fence from session_fence where session_id = $1', [sessionId])
    expect(sorted(sim.rowsOf(sessionId))).toEqual(rows.map(decodeItemRow))
    expect(keys(sim.evidenceOf(sessionId).map((it) => [it.rowKey, it.rev, it.matchRev, it.fingerprint, it.verdict, it.fence]))).toEqual(
      keys(evidence.map((it) => Object.values(it))),
    )
    expect([...sim.scanEventsOf(sessionId).keys()].toSorted()).toEqual(events.map((it) => it.event_id).toSorted())
    expect(`SESSION_${sim.statusOf(sessionId).toUpperCase()}`).toBe(session?.status_id)
    expect(sim.fenceOf(sessionId)).toBe(fence?.fence ?? 0)
  }
}

function sorted(rows: readonly ItemRow[]): readonly ItemRow[] {
  return rows.toSorted((a, b) => a.seq - b.seq)
}

function keys(rows: readonly (readonly unknown[])[]): readonly string[] {
  return rows.map((it) => JSON.stringify(it)).toSorted()
}
