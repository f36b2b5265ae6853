// What nobody found, under the supervisor's hand: beside one product, and over a choice of many.
import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import BulkBar from '../../src/components/review/BulkBar.vue'
import ReviewPanel from '../../src/components/review/ReviewPanel.vue'
import { asId, type ProductId } from '../../src/domain/ids'
import { unitsOf } from '../../src/domain/quantity'
import type { ReviewRow } from '../../src/domain/review'

const ROW: ReviewRow = {
  productId: asId<ProductId>('BAG'),
  name: 'Bag',
  identifier: null,
  abcClass: null,
  isRequested: false,
  bookNow: unitsOf(50),
  unitCost: null,
  rounds: [],
  wantsPhoto: false,
  state: 'not-found',
  why: null,
  recount: null,
  decision: null,
}

function panelOf(row: ReviewRow) {
  return mount(ReviewPanel, {
    props: {
      row,
      currency: 'EUR',
      timeZone: 'UTC',
      mayAct: true,
      isClosed: false,
      isBusy: false,
      note: '',
      loadTrail: async () => null,
      explain: async () => null,
      loadPhoto: async () => null,
    },
    global: { stubs: { RouterLink: true } },
  })
}

const barOf = (uncounted: number) =>
  mount(BulkBar, { props: { selected: 3, uncounted, run: null, last: null, isBusy: false } })

describe('what nobody found', () => {
  it('[RV69] one product says how much was expected, and is set to zero instead of applied', async () => {
    const panel = panelOf(ROW)

    expect(panel.get('[data-testid=review-explain]').text()).toBe(
      'nobody found it, expected now 50',
    )
    const names = panel.findAll('.acts button').map((it) => it.text())
    expect(names).toEqual(['Set to zero', 'Skip', 'Recount', 'Edit'])
    await panel.get('.acts button').trigger('click')
    expect(panel.emitted('zero')).toHaveLength(1)
    expect(
      panelOf({ ...ROW, state: 'counting' })
        .get('.acts button')
        .text(),
    ).toBe('Apply')
  })

  it('[RV69] of a choice only what nobody counted is offered to be set to zero, and says how many', async () => {
    const bar = barOf(2)

    const button = bar.findAll('button').find((it) => it.text().includes('zero'))
    expect(button?.text()).toBe('Set 2 not found to zero')
    await button?.trigger('click')
    expect(bar.emitted('zero')).toHaveLength(1)
    expect(barOf(0).text()).not.toContain('zero')
  })
})
