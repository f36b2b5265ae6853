// Counting by hand what nobody asked for: the amount is held against the book of the product, where it may be told.
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { asId, type ProductId } from '../../src/domain/ids'
import { unitsOf } from '../../src/domain/quantity'
import { tap, wordsOn } from '../support/on-page'
import { openSessionPage } from '../support/session-page'

const SOAP = {
  productId: asId<ProductId>('soap'),
  name: 'Soap',
  identifiers: [{ type: 'EAN', value: '12', packSize: 1 }],
}

let unmount = (): void => undefined
beforeEach(() => {
  setActivePinia(createPinia())
  document.body.innerHTML = ''
})
afterEach(() => unmount())

it('[UI75] a product that has no line yet is asked about by its book', async () => {
  const { app, desk, router } = await openSessionPage({ searchProducts: async () => [SOAP] })
  unmount = () => app.unmount()
  desk.books.set(SOAP.productId, unitsOf(3))
  await router.push('/sessions/S1/hand-count')
  await vi.waitFor(() => expect(app.find('main.hand-count').exists()).toBe(true))
  await app.get('main.hand-count input').setValue('soap')
  await vi.waitFor(() => expect(wordsOn('main.hand-count')).toContain('Soap'))
  await tap(/Soap/)
  await vi.waitFor(() => expect(wordsOn('[role=dialog]')).toContain('Not counted yet'))

  for (const digit of ['3', '1']) await tap(new RegExp(`^${digit}$`))
  await tap(/^Save$/)

  expect(wordsOn('[role=dialog]')).toContain('The book says 3. Is 31 right?')
})
