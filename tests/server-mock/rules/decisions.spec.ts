// Admission, transitions, book quantity, identifiers: the small decisions.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { admissionOf } from '../../../server-mock/rules/admission'
import { maySeeBook } from '../../../server-mock/rules/book-quantity'
import { identifierOf, spellingsOf } from '../../../server-mock/rules/identify'
import { decideCycleCountMove, decideSessionMove } from '../../../server-mock/rules/transitions'
import { may, type Permission } from '../../../src/domain/access'
import { CYCLE_COUNT_STATUSES, SESSION_STATUSES } from '../../../src/domain/session'

const ANA = ['INVCOUNT_APP_VIEW']
const SAM = [...ANA, 'INV_COUNT_SUBMIT', 'INV_COUNT_PRE_START', 'INV_CNT_VIEW_QOH']
const mayOf = (permissions: readonly string[]) => (it: Permission) => may(permissions, it)

describe('admission', () => {
  it.each([
    ['assigned', 'in-progress', 2, 2, 'open'],
    ['assigned', 'in-progress', null, 2, 'open'],
    ['created', 'in-progress', null, 0, 'open'],
    ['assigned', 'in-progress', 1, 2, 'late'],
    ['submitted', 'in-progress', 2, 2, 'late'],
    ['submitted', 'completed', 2, 2, 'late'],
    ['approved', 'in-progress', 2, 2, 'held'],
    ['voided', 'in-progress', 2, 2, 'held'],
    ['assigned', 'closed', 2, 2, 'held'],
    ['assigned', 'cancelled', 2, 2, 'held'],
  ] as const)('[SC11] %s session of a count %s, fence %s of %s: %s', (session, cycleCount, fence, currentFence, expected) => {
    expect(admissionOf({ session, cycleCount, fence, currentFence })).toBe(expected)
  })
})

describe('session status', () => {
  it('[SC5] go only the allowed ways', () => {
    const ways = SESSION_STATUSES.flatMap((from) =>
      SESSION_STATUSES.filter(
        (to) => decideSessionMove({ from, to, cycleCount: 'in-progress', may: mayOf(SAM), fencing: null }).kind === 'move',
      ).map((to) => `${from} ${to}`),
    )

    expect(ways).toEqual([
      'created assigned', 'created voided', 'assigned submitted', 'assigned voided',
      'submitted assigned', 'submitted approved', 'submitted voided', 'approved voided',
    ])
  })

  it('[SC5] leave the sessions of a closed count alone', () => {
    const move = decideSessionMove({ from: 'assigned', to: 'submitted', cycleCount: 'closed', may: mayOf(SAM), fencing: null })

    expect(move).toEqual({ kind: 'not-allowed' })
  })

  it('[SC5] keep approval and voiding for those who settle counts', () => {
    const input = { cycleCount: 'in-progress', may: mayOf(ANA), fencing: null } as const

    expect(decideSessionMove({ ...input, from: 'submitted', to: 'approved' })).toMatchObject({ kind: 'forbidden' })
    expect(decideSessionMove({ ...input, from: 'assigned', to: 'voided' })).toMatchObject({ kind: 'forbidden' })
    expect(decideSessionMove({ ...input, from: 'submitted', to: 'assigned' })).toEqual({ kind: 'move' })
  })
})

describe('count status', () => {
  it('[SC4] go only the allowed ways', () => {
    const ways = CYCLE_COUNT_STATUSES.flatMap((from) =>
      CYCLE_COUNT_STATUSES.filter(
        (to) => decideCycleCountMove({ from, to, may: mayOf(SAM), estimatedStartAt: null, now: 1 }).kind === 'move',
      ).map((to) => `${from} ${to}`),
    )

    expect(ways).toEqual([
      'created in-progress', 'created cancelled', 'in-progress completed', 'in-progress cancelled',
      'completed closed', 'completed cancelled',
    ])
  })

  it('[SC4] start early only with the permission for it', () => {
    const early = { from: 'created', to: 'in-progress', estimatedStartAt: 100, now: 99 } as const

    expect(decideCycleCountMove({ ...early, may: mayOf(ANA) })).toEqual({ kind: 'forbidden', permission: 'INV_COUNT_PRE_START' })
    expect(decideCycleCountMove({ ...early, may: mayOf(SAM) })).toEqual({ kind: 'move' })
    expect(decideCycleCountMove({ ...early, now: 100, may: mayOf(ANA) })).toEqual({ kind: 'move' })
  })

  it('[SC4] complete, close and cancel only for those who settle counts', () => {
    const input = { may: mayOf(ANA), estimatedStartAt: null, now: 1 }

    expect(decideCycleCountMove({ ...input, from: 'in-progress', to: 'completed' })).toMatchObject({ kind: 'forbidden' })
    expect(decideCycleCountMove({ ...input, from: 'created', to: 'cancelled' })).toMatchObject({ kind: 'forbidden' })
  })

  it('[SC4] change nothing when it is so already', () => {
    expect(
      decideCycleCountMove({ from: 'in-progress', to: 'in-progress', may: mayOf(ANA), estimatedStartAt: 100, now: 1 }),
    ).toEqual({ kind: 'same' })
  })
})

describe('book quantity', () => {
  it('[SC20] show it to those who may see it, and in a blind count only to those who settle it', () => {
    expect(maySeeBook(mayOf(ANA), false)).toBe(false)
    expect(maySeeBook(mayOf(['INV_CNT_VIEW_QOH']), false)).toBe(true)
    expect(maySeeBook(mayOf(['INV_CNT_VIEW_QOH']), true)).toBe(false)
    expect(maySeeBook(mayOf(SAM), true)).toBe(true)
    expect(maySeeBook(mayOf(['INV_COUNT_ADMIN']), true)).toBe(true)
  })
})

describe('identifiers', () => {
  it('[SC16] find a GTIN in any of its lengths', () => {
    const identify = identifierOf([{ value: '0036000291452', productId: 'GUM' }])

    expect(identify('036000291452')).toBe('GUM')
    expect(identify('00036000291452')).toBe('GUM')
    expect(identify('36000291452x')).toBeNull()
  })

  it('[SC16] name nobody when several products claim the value', () => {
    const identify = identifierOf([
      { value: '036000291452', productId: 'GUM' },
      { value: '0036000291452', productId: 'TEA' },
    ])

    expect(identify('036000291452')).toBeNull()
  })

  it('[SC16] know the same spellings from every spelling', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99_999_999 }), (gtin) => {
        const short = String(gtin).padStart(8, '0')
        const spellings = spellingsOf(short)

        expect(new Set(spellings.flatMap((it) => spellingsOf(it)))).toEqual(new Set(spellings))
      }),
    )
  })
})
