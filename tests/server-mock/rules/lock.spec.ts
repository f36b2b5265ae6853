// The lock's decisions: lease, fence, takeover, release.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decideAcquire,
  decideHeartbeat,
  decideRelease,
  isActive,
  isFenceCurrent,
  type AcquireInput,
  type LockRow,
  type LockState,
} from '../../../server-mock/rules/lock'

const FREE: LockState = { fence: 0, latest: null }
const ANA = { userId: 'ana', deviceId: 'ipad-1' }
const ANA_ELSEWHERE = { userId: 'ana', deviceId: 'ipad-2' }
const BEN = { userId: 'ben', deviceId: 'ipad-3' }

function asks(holder: AcquireInput['holder'], over: Partial<AcquireInput> = {}): AcquireInput {
  return { holder, now: 0, leaseSeconds: 120, mode: 'normal', mayForce: false, grantedBefore: null, ...over }
}

function heldBy(holder: AcquireInput['holder'], now = 0, before = FREE): LockState {
  const grant = decideAcquire(before, asks(holder, { now }))
  if (grant.kind !== 'granted') throw new Error(`Not granted: ${grant.kind}`)
  return { fence: grant.row.fence ?? 0, latest: grant.row }
}

describe('acquire', () => {
  it('[SL1] grant a free lock with the first fence', () => {
    expect(decideAcquire(FREE, asks(ANA, { now: 5 }))).toMatchObject({
      kind: 'granted', isContinued: false, previousHolder: null, row: { ...ANA, fence: 1, fromDate: 5, thruDate: 120_005 },
    })
  })

  it('[SL2] extend for the same user and device, with the same fence', () => {
    expect(decideAcquire(heldBy(ANA), asks(ANA, { now: 60_000 }))).toMatchObject({
      kind: 'extended', row: { fence: 1, fromDate: 0, thruDate: 180_000 },
    })
  })

  it('[SL3] refuse another user, and another device of the same user, and name the holder', () => {
    const refusal = { kind: 'locked', holder: ANA, leaseRemainingMs: 90_000 }

    expect(decideAcquire(heldBy(ANA), asks(BEN, { now: 30_000 }))).toEqual(refusal)
    expect(decideAcquire(heldBy(ANA), asks(ANA_ELSEWHERE, { now: 30_000 }))).toEqual(refusal)
  })

  it('[SL4] give an expired lock to anybody, with the next fence', () => {
    expect(decideAcquire(heldBy(ANA), asks(BEN, { now: 120_000 }))).toMatchObject({
      kind: 'granted', previousHolder: ANA, row: { ...BEN, fence: 2 },
    })
  })

  it('[SL5] give an expired lock back to its holder as a continuation, with the next fence', () => {
    expect(decideAcquire(heldBy(ANA), asks(ANA, { now: 120_000 }))).toMatchObject({
      kind: 'granted', isContinued: true, row: { fence: 2 },
    })
  })

  it('[SL6] take over by force only with the permission or from oneself', () => {
    const force = { mode: 'force', now: 1 } as const

    expect(decideAcquire(heldBy(ANA), asks(BEN, force)).kind).toBe('locked')
    expect(decideAcquire(heldBy(ANA), asks(BEN, { ...force, mayForce: true }))).toMatchObject({ kind: 'granted', row: { fence: 2 } })
    expect(decideAcquire(heldBy(ANA), asks(ANA_ELSEWHERE, force))).toMatchObject({ kind: 'granted', row: { fence: 2 } })
  })

  it('[SL7] [I15] let a late copy of a takeover not take over again', () => {
    const again = asks(BEN, { mode: 'force', mayForce: true, grantedBefore: 1, now: 2 })

    expect(decideAcquire(heldBy(ANA), again).kind).toBe('locked')
  })

  it('[SL7] [I15] let a late copy of an acquisition not lock what was given back', () => {
    const held = heldBy(ANA)
    const released = decideRelease(held, { holder: ANA, now: 1, meant: held.latest, overrideByUserId: null, mayForce: false })
    if (released.kind !== 'released') throw new Error(released.kind)

    expect(decideAcquire({ ...held, latest: released.row }, asks(ANA, { now: 2, grantedBefore: 1 })).kind).toBe('stale-fence')
    expect(decideAcquire({ ...held, latest: released.row }, asks(ANA, { now: 2 }))).toMatchObject({ kind: 'granted', row: { fence: 2 } })
  })
})

describe('heartbeat', () => {
  it('[SL9] extend the holder’s lease from the server’s now', () => {
    expect(decideHeartbeat(heldBy(ANA), { holder: ANA, now: 40_000, leaseSeconds: 120, fence: 1 })).toMatchObject({
      kind: 'extended', row: { fence: 1, thruDate: 160_000 },
    })
  })

  it('[SL10] go on after the lease ran out when nobody was in between, with the next fence', () => {
    expect(decideHeartbeat(heldBy(ANA), { holder: ANA, now: 500_000, leaseSeconds: 120, fence: 1 })).toMatchObject({
      kind: 'granted', isContinued: true, row: { fence: 2 },
    })
  })

  it('[SL10] go on with an older fence of the same holder, whose newer one was lost on the way', () => {
    const continued = heldBy(ANA, 500_000, heldBy(ANA))

    expect(decideHeartbeat(continued, { holder: ANA, now: 500_001, leaseSeconds: 120, fence: 1 })).toMatchObject({
      kind: 'extended', row: { fence: 2 },
    })
  })

  it('[SL11] tell who holds it now when somebody else does', () => {
    const taken = heldBy(BEN, 120_000, heldBy(ANA))

    expect(decideHeartbeat(taken, { holder: ANA, now: 120_001, leaseSeconds: 120, fence: 1 })).toMatchObject({ kind: 'locked', holder: BEN })
    expect(decideHeartbeat(taken, { holder: ANA, now: 900_000, leaseSeconds: 120, fence: 1 })).toEqual({ kind: 'stale-fence' })
  })

  it('[SL12] leave a lock given back that was given back', () => {
    const held = heldBy(ANA)
    const released = decideRelease(held, { holder: ANA, now: 1, meant: held.latest, overrideByUserId: null, mayForce: false })
    if (released.kind !== 'released') throw new Error(released.kind)

    expect(decideHeartbeat({ ...held, latest: released.row }, { holder: ANA, now: 2, leaseSeconds: 120, fence: 1 })).toEqual({ kind: 'stale-fence' })
  })
})

describe('release', () => {
  const release = (state: LockState, holder: AcquireInput['holder'], meant: LockRow | null, over = {}) =>
    decideRelease(state, { holder, now: 10, meant, overrideByUserId: null, mayForce: false, ...over })

  it('[SL13] [S3.27] free the lock at once', () => {
    const held = heldBy(ANA)
    const released = release(held, ANA, held.latest)
    if (released.kind !== 'released') throw new Error(released.kind)

    expect(isActive(released.row, 10)).toBe(false)
    expect(release({ ...held, latest: released.row }, ANA, released.row)).toEqual({ kind: 'known' })
  })

  it('[SL14] leave another holder’s lock alone', () => {
    const first = heldBy(ANA)
    const second = heldBy(BEN, 120_000, first)

    expect(release(second, ANA, first.latest)).toEqual({ kind: 'stale-fence' })
    expect(release(heldBy(BEN), ANA, heldBy(BEN).latest)).toMatchObject({ kind: 'locked', holder: BEN })
  })

  it('[SL15] let somebody with the permission release another’s lock by name', () => {
    const held = heldBy(BEN)

    expect(release(held, ANA, held.latest, { overrideByUserId: 'ana', mayForce: true })).toMatchObject({
      kind: 'released', row: { overrideByUserId: 'ana' },
    })
    expect(release(held, ANA, held.latest, { overrideByUserId: 'ana' }).kind).toBe('locked')
  })
})

describe('fence', () => {
  it('[SL16] allow a status change with the current fence, or with none while nobody holds the lock', () => {
    const taken = heldBy(BEN, 120_000, heldBy(ANA))

    expect(isFenceCurrent(taken, 2, 120_001)).toBe(true)
    expect(isFenceCurrent(taken, 1, 120_001)).toBe(false)
    expect(isFenceCurrent(taken, null, 120_001)).toBe(false)
    expect(isFenceCurrent(taken, null, 999_999)).toBe(true)
    expect(isFenceCurrent(FREE, null, 0)).toBe(true)
  })

  it('[I7] grow with every grant and belong to one holder, whatever happens and whatever the clock does', () => {
    const holders = [ANA, ANA_ELSEWHERE, BEN]
    const step = fc.record({
      what: fc.constantFrom('acquire', 'force', 'heartbeat', 'release'),
      who: fc.constantFrom(...holders),
      now: fc.integer({ min: 0, max: 400_000 }),
      mayForce: fc.boolean(),
      oldFence: fc.boolean(),
    })

    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let state = FREE
        const holderOfFence = new Map<number, string>()
        for (const { what, who, now, mayForce, oldFence } of steps) {
          const fence = Math.max(0, state.fence - (oldFence ? 1 : 0))
          const decision =
            what === 'heartbeat'
              ? decideHeartbeat(state, { holder: who, now, leaseSeconds: 120, fence })
              : what === 'release'
                ? decideRelease(state, { holder: who, now, meant: state.latest, overrideByUserId: null, mayForce })
                : decideAcquire(state, asks(who, { now, mode: what === 'force' ? 'force' : 'normal', mayForce }))
          if (!('row' in decision)) continue
          const granted = decision.row.fence ?? 0
          const holder = `${decision.row.userId} ${decision.row.deviceId}`

          expect(granted).toBe(decision.kind === 'granted' ? state.fence + 1 : state.fence)
          expect(holderOfFence.get(granted) ?? holder).toBe(holder)
          if (decision.kind === 'granted') expect(decision.row.fromDate).toBeGreaterThan(state.latest?.fromDate ?? -1)

          holderOfFence.set(granted, holder)
          state = { fence: granted, latest: decision.row }
        }
      }),
    )
  })
})
