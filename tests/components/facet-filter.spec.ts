// A filter with more values than anybody wants to see at once.
import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import FacetFilter from '../../src/components/plan/FacetFilter.vue'

const MANY = Array.from({ length: 250 }, (_, n) => ({ value: `Supplier ${String(n).padStart(3, '0')}`, products: n + 1 }))

function open(isInPlace: boolean) {
  const chosen: string[][] = []
  const view = mount(FacetFilter, {
    props: { label: 'Supplier', values: MANY, isInPlace, modelValue: [], 'onUpdate:modelValue': (it: string[]) => chosen.push(it) },
    attachTo: document.body,
  })
  const names = () => view.findAll('.value').map((it) => it.text())
  const more = () => view.findAll('button').find((it) => it.text().startsWith('Show more'))
  return { view, chosen, names, more }
}

describe('a long filter', () => {
  it('[PL65] shows a hundred values, and each other one by a button or by its words', async () => {
    const { view, chosen, names, more } = open(true)
    const seen = [names().length, more()?.text()]
    await more()?.trigger('click')
    await more()?.trigger('click')

    expect(seen).toEqual([100, 'Show more: 150 others'])
    expect(names()).toEqual(MANY.map((it) => it.value))
    expect(more()).toBeUndefined()
    await view.find('input[type=search]').setValue('249')
    expect(names()).toEqual(['Supplier 249'])
    await view.find('input[type=checkbox]').setValue(true)
    expect(chosen.at(-1)).toEqual(['Supplier 249'])
    await view.find('input[type=search]').setValue('')
    expect(names()).toHaveLength(100)
    view.unmount()
  })

  it('[PL65] takes its place among the fields of a dialog, and lies over them elsewhere', () => {
    for (const isInPlace of [true, false]) {
      const { view } = open(isInPlace)
      expect(view.find('details').classes('is-in-place')).toBe(isInPlace)
      view.unmount()
    }
  })
})
