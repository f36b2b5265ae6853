import { describe, expect, it } from 'vitest'
import { compareEvents, compareWithRebuild } from '../../e2e/kill/checks'
import { DEATHS, MOMENTS, planRounds } from '../../e2e/kill/plan'
import type { Plan } from '../../e2e/kill/plan'
import { Tally } from '../../e2e/kill/tally'
import type { ScansShape } from '../../src/ports/scans-schema'
import { foldNew } from '../../src/sync/fold'
import { aScan, SESSION, TEA } from '../support/builders'
import { openTestEngine } from '../support/test-engine'

type EventRow = ScansShape['scanEvents']['row']

/** A device with some scans, folded. */
async function aDevice() {
  const engine = await openTestEngine()
  await engine.append([aScan(TEA), aScan(TEA), aScan('other')])
  await foldNew(engine.deps)
  const names = ['scanEvents', 'logs', 'inventoryCountRecords', 'items', 'counters', 'outbox', 'matches', 'meta', 'sessions'] as const
  const rows = names.map(async (name) => [name, await engine.scans.tx([name], 'r', (tx) => tx.range(name, ':id', { limit: 99 }))] as const)
  return Object.fromEntries(await Promise.all(rows)) as unknown as Record<string, object[]>
}

const eventsOf = (tables: Record<string, object[]>): readonly EventRow[] => tables['scanEvents'] as EventRow[]

describe('the checks after a death', () => {
  it('[KP1] finds nothing wrong with a device that is whole', async () => {
    const tables = await aDevice()
    const acknowledged = new Set<string>(eventsOf(tables).map((it) => it.eventId))

    expect(compareEvents(eventsOf(tables), acknowledged, 3)).toEqual([])
    expect(await compareWithRebuild(SESSION, tables, {})).toEqual([])
  })

  it('[KP1] finds an acknowledged scan that is missing, one that is there twice, a gap, and more events than scans', async () => {
    const [first, second, third] = eventsOf(await aDevice())
    if (first === undefined || second === undefined || third === undefined) throw new Error('three scans were made')

    expect(compareEvents([first], new Set([second.eventId]), 9)).toEqual([expect.stringContaining('1 acknowledged scans are missing')])
    expect(compareEvents([first, second, { ...second, seq: 3 }], new Set(), 9)).toEqual(['1 events are stored twice'])
    expect(compareEvents([first, third], new Set(), 9)).toEqual([expect.stringContaining('has a gap: 1 3')])
    const oneOff = { raw: 'K0000003' }
    expect(compareEvents([{ ...first, ...oneOff }, { ...second, ...oneOff }], new Set(), 9)).toEqual(['values that were scanned once are there twice: K0000003'])
    expect(compareEvents([first, second], new Set(), 1)).toEqual(['2 events of 1 scans: something was counted twice'])
  })

  it('[KP2] finds a derived row that the events do not make, in every derived table', async () => {
    for (const table of ['inventoryCountRecords', 'items', 'counters', 'outbox', 'matches']) {
      const tables = await aDevice()
      const [row] = tables[table] ?? []
      const broken = { ...tables, [table]: [] as object[] }
      expect(row, table).toBeDefined()
      expect(await compareWithRebuild(SESSION, broken, {}), table).not.toEqual([])
    }
  })

  it('[KP3] meets every kind of death in every moment within forty rounds, the same ones for the same seed', () => {
    const plan = planRounds(7)
    const again = planRounds(7)
    const met = new Set<string>()
    for (let round = 0; round < 45; round += 1) {
      const { death, moment, isOffline } = plan.next().value
      expect(again.next().value).toMatchObject({ death, moment, isOffline })
      met.add(`${death} ${moment}`)
    }
    expect(met.size).toBe(DEATHS.length * MOMENTS.length)
  })

  it('[KP29] of fifty rounds or more each kind and each moment was met at least once, or the run fails and says which', () => {
    const tallyOf = (rounds: number, hasMet: (plan: Plan) => boolean): Tally => {
      const [plans, tally] = [planRounds(7), new Tally()]
      for (let round = 0; round < rounds; round += 1) {
        const plan = plans.next().value
        tally.note(plan.death, plan.moment, hasMet(plan))
      }
      return tally
    }

    expect(tallyOf(50, () => true).problems()).toEqual([])
    expect(tallyOf(50, ({ moment }) => moment !== 'fold').problems()).toEqual(['no death came in the moment fold'])
    expect(tallyOf(50, ({ death }) => death !== 'update').problems()).toEqual(['no death of the kind update came in its moment'])
    expect(tallyOf(100, ({ moment }) => moment === 'any').problems()).toContain('only 20 of 100 deaths came in their moment')
    expect(tallyOf(49, () => false).problems()).toEqual([])
  })

  it('[KP29] each kind and moment is told with how often it was drawn and met', () => {
    const tally = new Tally()
    tally.note('tab', 'push', true)
    tally.note('tab', 'push', false)
    tally.note('browser', 'opening', false)

    expect(tally.lines()).toEqual(['browser in opening: 1 drawn, 0 met', 'tab in push: 2 drawn, 1 met'])
  })

  it('[KP3] kills the whole browser in four of any ten rounds', () => {
    const whole = new Set<string>(['browser', 'activation', 'schema'])
    const plan = planRounds(11)
    const deaths = Array.from({ length: 90 }, () => plan.next().value.death)

    for (let from = 0; from + 10 <= deaths.length; from += 1)
      expect(deaths.slice(from, from + 10).filter((it) => whole.has(it)).length, `from round ${from}`).toBeGreaterThanOrEqual(4)
  })
})
