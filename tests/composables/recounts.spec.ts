// Recounts in bulk: chunks under ids that stay, one bulk for all of them, and the way back.
import { describe, expect, it } from 'vitest'
import { ref } from 'vue'
import { useRecounts } from '../../src/composables/useRecounts'
import type { Review } from '../../src/composables/useReview'
import type { Act } from '../../src/composables/useReviewCalls'
import { asId, type CycleCountId, type ProductId } from '../../src/domain/ids'
import type { ReviewRow } from '../../src/domain/review'

interface Asked {
  readonly requestId: string
  readonly bulkId: string
  readonly products: number
  readonly isCancel: boolean
}

function aBulk(products: number) {
  const rows = Array.from({ length: products }, (_, n) => ({ productId: asId<ProductId>(`P${n}`) }) as ReviewRow)
  const asked: Asked[] = []
  const server = { failAt: -1 }
  let serial = 0
  const review = (async (_name: string, _id: string, requestId: string, ask: { productIds: ProductId[]; bulkId: string; isCancel: boolean }) => {
    asked.push({ requestId, bulkId: ask.bulkId, products: ask.productIds.length, isCancel: ask.isCancel })
    if (asked.length === server.failAt) return { ok: false, reason: 'offline', message: '' }
    const verdicts = ask.productIds.map((productId) => ({ productId, verdict: 'taken', code: null, message: null }))
    return { ok: true, answer: { verdicts, sessions: ask.isCancel ? [] : [{ sessionId: 'S1', name: 'Recount 1', products: ask.productIds.length }] } }
  }) as never
  const act = (async (call: Promise<{ ok: boolean }>) => {
    const outcome = await call
    return outcome.ok ? outcome : null
  }) as unknown as Act
  const loaded = { rows: ref(new Map(rows.map((it) => [it.productId, it]))), load: async () => undefined } as unknown as Review
  const recounts = useRecounts({ services: { sync: { review } as never, ids: { next: () => `id-${(serial += 1)}` } }, review: loaded, id: asId<CycleCountId>('C') }, act)
  return { rows, asked, server, recounts }
}

describe('recounts in bulk', () => {
  it('[RV71] go on with the chunk that failed, under its old id, and all of them are one bulk', async () => {
    const { rows, asked, server, recounts } = aBulk(1200)
    server.failAt = 2
    expect(await recounts.recount(rows, 'unlikely')).toBe(false)
    expect(recounts.recountWords.value).toBe('500 of 1,200 products sent to recount.')

    expect(await recounts.recount(rows, 'unlikely')).toBe(true)

    expect(asked.map((it) => it.products)).toEqual([500, 500, 500, 200])
    expect(asked[2]?.requestId).toBe(asked[1]?.requestId)
    expect(new Set(asked.map((it) => it.requestId)).size).toBe(3)
    expect(new Set(asked.map((it) => it.bulkId)).size).toBe(1)
    expect(recounts.recountWords.value).toBe('Sent to recount in 1 new session, for somebody who has not counted it.')
  })

  it('[RV71] are called off together, and another one is another bulk', async () => {
    const { rows, asked, recounts } = aBulk(600)
    await recounts.recount(rows, 'unlikely')
    expect(recounts.canCallOff.value).toBe(true)

    await recounts.callOffLast()

    expect(asked.slice(2).map((it) => [it.products, it.isCancel])).toEqual([[500, true], [100, true]])
    expect(recounts.recountWords.value).toBe('600 recounts called off.')
    expect(recounts.canCallOff.value).toBe(false)
    await recounts.recount(rows, 'unlikely')
    expect(new Set(asked.map((it) => it.bulkId)).size).toBe(3)
  })
})
