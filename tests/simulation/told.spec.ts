// What a person was told of a scan, beside what is stored: each way in which the two may differ is found.
import { describe, expect, it } from 'vitest'
import { asId } from '../../src/domain/ids'
import type { EventId } from '../../src/domain/ids'
import { unitsOf } from '../../src/domain/quantity'
import { checkBeeps } from './checks'
import { SimWorld } from './sim-world'
import { drawSwarm } from './swarm'

const DATABASE = 'scans:https://count.example:8080:ana'
const A_SCAN = asId<EventId>('e1')
const ASKED = { nth: 1, askedAt: 0, quantity: (packSize: number) => unitsOf(1) * packSize }

function aWorld() {
  const world = new SimWorld({ seed: 1, swarm: drawSwarm(1), traceLines: 0 })
  const [device] = world.devices
  if (device === undefined) throw new Error('A world without a device')
  const commit = (eventId: EventId, packSize = 1): void => {
    const after = { kind: 'scan', eventId, logId: 'L', seq: 1, sessionId: 'S1', itemKey: 'TEA', quantity: unitsOf(packSize), packSize }
    world.oracle.onCommit(device, DATABASE, [{ table: 'scanEvents', before: undefined, after, takeBack: () => undefined }])
  }
  return { world, device, oracle: world.oracle, commit }
}

describe('what a person was told', () => {
  it('[SM78] may be a refusal of what is never stored', () => {
    const { world, device, oracle, commit } = aWorld()

    oracle.refused(device, DATABASE, A_SCAN, 'not-kept')
    expect(world.violation).toBeNull()
    commit(A_SCAN)

    expect(world.violation).toMatchObject({ invariant: 'SM78' })
  })

  it('[SM78] may not be a refusal of what is stored already', () => {
    const { world, device, oracle, commit } = aWorld()

    commit(A_SCAN)
    oracle.refused(device, DATABASE, A_SCAN, 'lock-lost')

    expect(world.violation).toMatchObject({ invariant: 'SM78' })
  })

  it.each([
    ['the amount that is stored', unitsOf(12), 12, null],
    ['another amount', unitsOf(1), 12, 'SM78'],
    ['another pack', unitsOf(12), 1, 'SM78'],
  ] as const)('[SM78] is the amount: %s', (_, quantity, packSize, invariant) => {
    const { world, device, oracle, commit } = aWorld()

    commit(A_SCAN, 12)
    oracle.beep(device, DATABASE, { eventId: A_SCAN, quantity, packSize }, ASKED)

    expect(world.violation?.invariant ?? null).toBe(invariant)
  })

  it('[SM78] is an amount set by hand that is stored', () => {
    const { world, device, oracle } = aWorld()

    oracle.set(device, DATABASE, A_SCAN)

    expect(world.violation).toMatchObject({ invariant: 'SM78' })
  })

  it('[SM79] may be that a scan waits, and then it is there in the end', () => {
    const { world, device, oracle } = aWorld()

    oracle.refused(device, DATABASE, A_SCAN, 'storage')
    expect(world.violation).toBeNull()
    checkBeeps(world.checks(), world.devices)

    expect(world.violation).toMatchObject({ invariant: 'SM79' })
  })
})
