// Conflicts over rows: what comes of them follows from the order on the server alone, never from copies, batches or clocks.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideDeletion } from '../../../server-mock/rules/delete-rows'
import type { SessionRows } from '../../../server-mock/rules/put-rows'
import { aWorld, NOTHING, put } from '../../support/rows'

type Step =
  | { readonly kind: 'put'; readonly row: number; readonly rev: number; readonly matchRev: number; readonly product: 'TEE' | 'CAP' | null }
  | { readonly kind: 'delete'; readonly row: number }

const OPEN = { session: 'assigned', cycleCount: 'in-progress' } as const

const encode = ({ row, rev, matchRev, product }: Extract<Step, { kind: 'put' }>) => ({
  uuid: `row-${row}`,
  logId: `log-${row}`,
  productIdentifier: `value-${row}`,
  createdDate: 500,
  lastScanAt: 500 + rev,
  quantity: rev * 10 + row,
  standing: rev,
  rev,
  matchRev,
  productId: product,
  isRequested: 'N',
})

function apply(session: SessionRows, step: Step, now: number): SessionRows {
  if (step.kind === 'put') return put([encode(step)], session, aWorld({ now })).session
  const deletion = decideDeletion(session.rows.filter((it) => it.uuid === `row-${step.row}`), OPEN, now)
  if (deletion.kind === 'settled') throw new Error('The session is open')
  const deleted = new Map(deletion.updated.map((it) => [it.seq, it]))
  return { ...session, rows: session.rows.map((it) => deleted.get(it.seq) ?? it) }
}

/** Everything that people see of a row, without places and stamps. */
const state = ({ rows }: SessionRows) =>
  rows
    .map(({ uuid, quantity, rev, standing, productId, matchRev, isDeleted }) => ({ uuid, quantity, rev, standing, productId, matchRev, isDeleted }))
    .toSorted((a, b) => String(a.uuid).localeCompare(String(b.uuid)))

const steps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('put' as const),
        row: fc.integer({ min: 1, max: 3 }),
        rev: fc.integer({ min: 1, max: 5 }),
        // Few numbers: two people match the same value at the same time.
        matchRev: fc.integer({ min: 0, max: 2 }),
        product: fc.constantFrom('TEE' as const, 'CAP' as const, null),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), row: fc.integer({ min: 1, max: 3 }) }) },
  ),
  { maxLength: 14 },
)

describe('conflicts over rows', () => {
  it('[I11] [SC15] come out the same with late copies of earlier requests among them, and on other clocks', () => {
    fc.assert(
      fc.property(steps, fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 10 }), fc.nat({ max: 1_000_000 }), (order, copies, ahead) => {
        const straight = order.reduce((session, step, nth) => apply(session, step, 1000 + nth), NOTHING)

        let session = NOTHING
        for (const [nth, step] of order.entries()) {
          session = apply(session, step, 1000 + ahead + nth * 7)
          for (const [after, which] of copies) {
            const late = order[which % (nth + 1)]
            // A second delete is a person's second delete, not a copy: the client sends those once.
            if (after % order.length === nth && late?.kind === 'put') session = apply(session, late, 1000 + ahead + nth * 7 + 1)
          }
        }

        expect(state(session)).toEqual(state(straight))
      }),
      { numRuns: 500 },
    )
  })

  it('[I11] [SC18] end alive where one person deletes and another goes on counting, whoever comes first', () => {
    const counted = { kind: 'put', row: 1, rev: 1, matchRev: 0, product: 'TEE' } as const
    const more = { ...counted, rev: 2 }
    const removed = { kind: 'delete', row: 1 } as const
    const after = (...order: readonly Step[]) => state(order.reduce((session, step) => apply(session, step, 1000), NOTHING))

    const [deletedFirst] = after(counted, removed, more)
    expect(deletedFirst).toMatchObject({ isDeleted: false, rev: 2 })
    // Deleted after all of it had arrived: that was meant.
    expect(after(counted, more, removed)).toMatchObject([{ isDeleted: true }])
    expect(after(counted, more, removed, counted, more)).toMatchObject([{ isDeleted: true }])
  })
})
