// The join of sent rows with stored ones: verdicts, halves, tombstones, and any order of any copies.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { unitsOf } from '../../../src/domain/quantity'
import { aSentRow, aWorld, NOTHING, onlyRow, put } from '../../support/rows'

describe('row join', () => {
  it('[SC12] take a new row and give it the next place', () => {
    const { verdicts, session } = put([aSentRow(), aSentRow({ uuid: 'row-2' })])

    expect(verdicts).toMatchObject([
      { uuid: 'row-1', verdict: 'applied', importItemSeqId: '00001', rev: 3 },
      { uuid: 'row-2', verdict: 'applied', importItemSeqId: '00002' },
    ])
    expect(session.nextSeq).toBe(3)
  })

  it('[SC12] find a row by its place as well as by its uuid', () => {
    const { session } = put([aSentRow()])

    const { verdicts, session: next } = put([aSentRow({ uuid: undefined, importItemSeqId: '00001', rev: 4, quantity: 4 })], session)

    expect(verdicts).toMatchObject([{ uuid: 'row-1', verdict: 'applied' }])
    expect(onlyRow(next)).toMatchObject({ quantity: unitsOf(4), rev: 4, uuid: 'row-1' })
  })

  it('[SC12] refuse ids that contradict each other', () => {
    const { session } = put([aSentRow(), aSentRow({ uuid: 'row-2' })])

    const { verdicts } = put([aSentRow({ importItemSeqId: '00002', rev: 9 }), aSentRow({ importItemSeqId: '00009', rev: 9 })], session)

    expect(verdicts).toMatchObject([
      { verdict: 'rejected', code: 'BAD_ROW' },
      { verdict: 'rejected', code: 'BAD_ROW' },
    ])
  })

  it('[SC13] [I4] keep the higher revision when an older one comes later', () => {
    const { session } = put([aSentRow({ rev: 5, quantity: 5 })])

    const { verdicts, session: next } = put([aSentRow({ rev: 4, quantity: 4 })], session)

    expect(verdicts).toMatchObject([{ verdict: 'duplicate', rev: 5 }])
    expect(onlyRow(next)).toMatchObject({ quantity: unitsOf(5), rev: 5 })
  })

  it('[SC13] [S3.35] set quantities and never add them', () => {
    const { session } = put([aSentRow({ rev: 3, quantity: 3 })])

    const { session: next } = put([aSentRow({ rev: 5, quantity: 5 })], session)

    expect(onlyRow(next).quantity).toBe(unitsOf(5))
  })

  it('[SC14] [I4] refuse the same revision with another count and keep it as evidence', () => {
    const { session } = put([aSentRow({ rev: 3, quantity: 3 })])

    const { verdicts, evidence, session: next } = put([aSentRow({ rev: 3, quantity: 4 })], session)

    expect(verdicts).toMatchObject([{ verdict: 'rejected', code: 'REV_CONFLICT' }])
    expect(evidence).toMatchObject([{ rowKey: 'row-1', rev: 3, quantity: unitsOf(4), verdict: 'rejected' }])
    expect(onlyRow(next).quantity).toBe(unitsOf(3))
  })

  it('[SC14] refuse a count without a revision above zero, instead of dropping it', () => {
    const { verdicts } = put([aSentRow({ rev: 0, quantity: 2 })])

    expect(verdicts).toMatchObject([{ verdict: 'rejected', code: 'REV_CONFLICT' }])
  })

  it('[SC10] go on with the other rows after a bad one', () => {
    const sent = [aSentRow({ uuid: 'bad', quantity: 0.1234567 }), aSentRow({ quantity: -2 }), 'nonsense' as unknown as object]

    const { verdicts, session } = put(sent)

    expect(verdicts).toMatchObject([
      { uuid: 'bad', verdict: 'rejected', code: 'BAD_QUANTITY' },
      { uuid: 'row-1', verdict: 'applied' },
      { verdict: 'rejected', code: 'BAD_ROW' },
    ])
    expect(onlyRow(session).quantity).toBe(unitsOf(-2))
  })

  it('[SC15] change the identification without the count, and keep the server’s on a tie', () => {
    const { session } = put([aSentRow({ productId: 'TEE', matchRev: 2 })])

    const { verdicts, session: next } = put([{ uuid: 'row-1', productId: 'CAP', matchRev: 2 }], session)
    const { session: last } = put([{ uuid: 'row-1', productId: 'CAP', matchRev: 3 }], next)

    expect(verdicts).toMatchObject([{ verdict: 'duplicate', productId: 'TEE', matchRev: 2 }])
    expect(onlyRow(last)).toMatchObject({ productId: 'CAP', matchRev: 3, rev: 3, quantity: unitsOf(3) })
  })

  it('[SC15] clear a product that somebody took away, and leave one alone that is not mentioned', () => {
    const { session } = put([aSentRow({ productId: 'CAP', matchRev: 1 })])

    const unmentioned = put([aSentRow({ rev: 4, quantity: 4, matchRev: 2 })], session)
    const cleared = put([{ uuid: 'row-1', productId: null, matchRev: 3 }], unmentioned.session)

    expect(onlyRow(unmentioned.session).productId).toBe('CAP')
    expect(onlyRow(cleared.session).productId).toBeNull()
  })

  it('[SC16] identify a row by our catalogue before the sender’s hint', () => {
    const { session } = put([aSentRow({ productId: 'CAP' }), aSentRow({ uuid: 'row-2', productIdentifier: 'unknown', productId: 'CAP' })])

    expect(session.rows).toMatchObject([{ productId: 'TEE' }, { productId: 'CAP' }])
  })

  it('[SC16] refuse a product that the server does not know', () => {
    const { verdicts } = put([aSentRow({ productIdentifier: 'unknown', productId: 'GHOST', matchRev: 1 })])

    expect(verdicts).toMatchObject([{ verdict: 'rejected', code: 'UNKNOWN_PRODUCT' }])
  })

  it('[SC17] take the book quantity at the first write when the device sends none', () => {
    const { session } = put([aSentRow()])

    const { session: later } = put([aSentRow({ rev: 4, quantity: 4 })], session, aWorld({ bookOf: () => unitsOf(99) }))

    expect(onlyRow(later).systemQuantity).toBe(unitsOf(10))
  })

  it('[SC17] believe a snapshot only from those who may see the book', () => {
    const seen = put([aSentRow({ systemQuantityOnHand: 7 })])
    const unseen = put([aSentRow({ systemQuantityOnHand: 7 })], NOTHING, aWorld({ maySendBook: false }))

    expect(onlyRow(seen.session).systemQuantity).toBe(unitsOf(7))
    expect(onlyRow(unseen.session).systemQuantity).toBe(unitsOf(10))
  })

  it('[SC11] join a late row and say so', () => {
    const { verdicts, session } = put([aSentRow()], NOTHING, aWorld({ admission: 'late' }))

    expect(verdicts).toMatchObject([{ verdict: 'late', rev: 3 }])
    expect(onlyRow(session).quantity).toBe(unitsOf(3))
  })

  it('[SC11] hold a row back from a settled session, as evidence', () => {
    const { session } = put([aSentRow()])

    const { verdicts, evidence, session: next } = put([aSentRow({ rev: 8, quantity: 8 })], session, aWorld({ admission: 'held' }))

    expect(verdicts).toMatchObject([{ uuid: 'row-1', verdict: 'held', rev: 8 }])
    expect(evidence).toMatchObject([{ verdict: 'held', rev: 8, quantity: unitsOf(8) }])
    expect(onlyRow(next).quantity).toBe(unitsOf(3))
  })

  it('[SC11] call a row known, not held, when the settled session has it already', () => {
    const { session } = put([aSentRow()])

    const { verdicts } = put([aSentRow()], session, aWorld({ admission: 'held' }))

    expect(verdicts).toMatchObject([{ verdict: 'duplicate' }])
  })

  it('[SC18] revive a deleted row by a higher revision only', () => {
    const { session } = put([aSentRow()])
    const deleted = { ...session, rows: session.rows.map((it) => ({ ...it, isDeleted: true })) }

    const same = put([aSentRow()], deleted)
    const higher = put([aSentRow({ rev: 4, quantity: 4 })], deleted)

    expect(same.verdicts).toMatchObject([{ verdict: 'duplicate' }])
    expect(onlyRow(same.session).isDeleted).toBe(true)
    expect(onlyRow(higher.session)).toMatchObject({ isDeleted: false, quantity: unitsOf(4) })
  })

  it('[SC19] let a client without revisions overwrite its own rows, and nobody else’s', () => {
    const plain = { uuid: 'plain', productIdentifier: 'unknown', quantity: 1 }
    const { session } = put([plain, aSentRow()])

    const { verdicts, session: next } = put([{ ...plain, quantity: 2 }, { uuid: 'row-1', quantity: 9 }], session)

    expect(verdicts).toMatchObject([{ verdict: 'applied' }, { verdict: 'rejected', code: 'BAD_ROW' }])
    expect(next.rows.map((it) => it.quantity)).toEqual([unitsOf(2), unitsOf(3)])
  })

  it('[SC13] [I4] [I15] end in the same rows after any order of any copies, in any batches', () => {
    // What devices ever sent: per row, each revision has one content.
    const history = fc.uniqueArray(
      fc.record({ row: fc.integer({ min: 1, max: 4 }), rev: fc.integer({ min: 1, max: 6 }), matchRev: fc.integer({ min: 0, max: 3 }) }),
      { maxLength: 12 },
    )
    const sendings = history.chain((sent) =>
      fc.record({
        once: fc.constant(sent),
        copies: fc.array(fc.nat({ max: Math.max(0, sent.length - 1) }), { maxLength: 20 }),
        order: fc.infiniteStream(fc.nat()),
        batch: fc.integer({ min: 1, max: 5 }),
      }),
    )
    const encode = ({ row, rev, matchRev }: { row: number; rev: number; matchRev: number }) => ({
      uuid: `row-${row}`,
      logId: `log-${row}`,
      productIdentifier: row === 1 ? 'tee-barcode' : `value-${row}`,
      createdDate: 500,
      lastScanAt: 500 + rev,
      quantity: rev * 10 + row - 20,
      standing: rev,
      rev,
      matchRev,
      productId: matchRev % 2 === 1 ? 'CAP' : null,
      isRequested: 'N',
    })

    fc.assert(
      fc.property(sendings, ({ once, copies, order, batch }) => {
        const many = [...once, ...copies.flatMap((at) => once[at] ?? [])]
        const keys = order.take(many.length)
        const shuffled = [...many].map((it) => ({ it, key: Number(keys.next().value ?? 0) })).toSorted((a, b) => a.key - b.key)
        const straight = put(once.map(encode)).session

        let session = NOTHING
        for (let from = 0; from < shuffled.length; from += batch)
          session = put(shuffled.slice(from, from + batch).map(({ it }) => encode(it)), session).session

        const state = (rows: typeof session.rows) =>
          rows.map(({ seq: _seq, ...row }) => row).toSorted((a, b) => String(a.uuid).localeCompare(String(b.uuid)))
        expect(state(session.rows)).toEqual(state(straight.rows))
      }),
    )
  })
})
