// What an unknown barcode stands for: the scans around it as hints, one product for all its scans, or a reason to drop them.
import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import MatchDialog from '../../src/components/session/MatchDialog.vue'
import { itemKeyOf } from '../../src/domain/barcode/item-key'
import { DROP_REASONS } from '../../src/composables/words'
import type { Product } from '../../src/domain/product'
import type { Neighbours } from '../../src/ports/counting'
import { product } from '../support/builders'
import { buttonNames, buttonOf, tap, typeInto, wordsOn } from '../support/on-page'

const SOAP: Product = {
  productId: product('SOAP'),
  name: 'Soap',
  identifiers: [
    { type: 'EAN', value: '9780201379624', packSize: 1 },
    { type: 'ITF', value: '19780201379621', packSize: 12 },
  ],
}
const SEARCH_FIELD = '[role=dialog] input[type=search]'
const SEARCH_PAUSE_MS = 1000

type Search = (text: string, limit: number) => Promise<readonly Product[]>
let unmount = (): void => undefined

async function open(search: Search = async () => [SOAP], neighbours: Neighbours | null = null) {
  const dialog = mount(MatchDialog, { props: { open: true, raw: '99999', neighbours: null, search }, attachTo: document.body })
  unmount = () => dialog.unmount()
  await dialog.setProps({ neighbours })
  await flushPromises()
  return dialog
}

async function find(text: string): Promise<void> {
  await typeInto(SEARCH_FIELD, text)
  await vi.advanceTimersByTimeAsync(SEARCH_PAUSE_MS)
}

async function submitPack(): Promise<void> {
  document.querySelector<HTMLFormElement>('[role=dialog] form')?.requestSubmit()
  await flushPromises()
}

const checkbox = (): HTMLInputElement | null => document.querySelector('[role=dialog] .remember input')

beforeEach(() => {
  document.body.innerHTML = ''
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  unmount()
  vi.useRealTimers()
})

describe('MatchDialog', () => {
  it('[UI40] [SE27] shows what was scanned and the good scans next to it, as far as there are any', async () => {
    const dialog = await open(undefined, { before: { name: 'Tea', scansAgo: 1 }, after: { name: 'Rice', scansLater: 3 } })
    expect(wordsOn('[role=dialog]')).toContain('99999')
    expect(wordsOn('[role=dialog]')).toContain('Scanned next to it1 scan before: Tea3 scans after: Rice')

    await dialog.setProps({ neighbours: { before: null, after: { name: 'Rice', scansLater: 3 } } })
    expect(wordsOn('[role=dialog]')).not.toContain('before')
    await dialog.setProps({ neighbours: { before: null, after: null } })
    expect(wordsOn('[role=dialog]')).not.toContain('Scanned next to it')
  })

  it('[UI40] matches to one piece unless another pack is chosen, and offers those that the product is known in', async () => {
    const dialog = await open()
    await find('soap')
    await tap(/^Match to Soap$/)
    expect(wordsOn('[role=dialog] fieldset')).toContain('one piece a case of 12 another number')

    await submitPack()

    expect(dialog.emitted('match')).toEqual([[SOAP, 1, false]])
    expect(dialog.emitted('update:open')).toEqual([[false]])
  })

  it('[UI40] a case that is chosen, or any other whole number, goes along', async () => {
    for (const [choose, size] of [
      [() => document.querySelectorAll<HTMLInputElement>('[role=dialog] input[type=radio]')[1]?.click(), 12],
      [() => typeInto('[role=dialog] input[type=number]', '6'), 6],
    ] as const) {
      document.body.innerHTML = ''
      const dialog = await open()
      await find('soap')
      await tap(/^Match to Soap$/)
      await choose()
      await submitPack()
      expect(dialog.emitted('match')).toEqual([[SOAP, size, false]])
      dialog.unmount()
    }
  })

  it('[UI40] no number, a part of a piece or less than one is no pack', async () => {
    for (const text of ['', '0', '-3', '1.5', '100001']) {
      document.body.innerHTML = ''
      const dialog = await open()
      await find('soap')
      await tap(/^Match to Soap$/)
      await typeInto('[role=dialog] input[type=number]', text)
      await submitPack()
      expect(dialog.emitted('match'), text).toBeUndefined()
      dialog.unmount()
    }
  })

  it('[UI40] can be put off, and begins anew the next time', async () => {
    const dialog = await open()
    await find('soap')
    await tap(/^Match to Soap$/)
    await tap(/^Another product$/)
    await tap(/^Later$/)
    expect(dialog.emitted()).not.toHaveProperty('match')
    expect(dialog.emitted()).not.toHaveProperty('takeBack')

    await dialog.setProps({ open: false })
    await dialog.setProps({ open: true })
    await flushPromises()
    expect(document.querySelector<HTMLInputElement>(SEARCH_FIELD)?.value).toBe('')
  })

  it('[UI72] offers to remember the barcode: ticked for one that every shop reads alike, for another one not', async () => {
    for (const [raw, isTicked] of [['4006381333931', true], ['shelf-7', false], ['2001234501253', false]] as const) {
      document.body.innerHTML = ''
      const dialog = await open()
      await dialog.setProps({ raw, itemKey: itemKeyOf(raw), remembers: true })
      await find('soap')
      await tap(/^Match to Soap$/)
      expect(wordsOn('[role=dialog] .remember')).toContain('Remember this barcode for Soap in the next counts')
      expect(checkbox()?.checked, raw).toBe(isTicked)

      checkbox()?.click()
      await submitPack()

      expect(dialog.emitted('match')).toEqual([[SOAP, 1, !isTicked]])
      dialog.unmount()
    }
  })

  it('[UI72] says why it does not offer it: a server that remembers none, a code that is another one without its symbology', async () => {
    for (const [props, words] of [
      [{ raw: '4006381333931', itemKey: itemKeyOf('4006381333931'), remembers: false }, 'This server remembers no barcodes: the match holds for this session.'],
      [{ raw: '4006381333931', itemKey: itemKeyOf('4006381333931', 'C1'), remembers: true }, 'A code of this kind is not remembered: the match holds for this session.'],
    ] as const) {
      document.body.innerHTML = ''
      const dialog = await open()
      await dialog.setProps(props)
      await find('soap')
      await tap(/^Match to Soap$/)
      expect(checkbox()).toBeNull()
      expect(wordsOn('[role=dialog] .remember')).toBe(words)
      await submitPack()
      expect(dialog.emitted('match')).toEqual([[SOAP, 1, false]])
      dialog.unmount()
    }
  })

  it('[UI25] drops its scans for one of the reasons only, and keeps them when asked to', async () => {
    const dialog = await open()
    await tap(/^Take its scans back…$/)
    expect(buttonNames()).toEqual(expect.arrayContaining(Object.values(DROP_REASONS)))
    expect(dialog.emitted('takeBack')).toBeUndefined()
    await tap(/^Keep them$/)
    expect(dialog.emitted('takeBack')).toBeUndefined()

    await tap(/^Take its scans back…$/)
    await tap(/^It is not ours$/)

    expect(dialog.emitted('takeBack')).toEqual([['not-ours']])
    expect(dialog.emitted('update:open')).toEqual([[false]])
  })
})

describe('the search for a product', () => {
  it('[UI40] says that it found nothing, or did not work, and tries again with the next text', async () => {
    let isBroken = true
    await open(async (text) => {
      if (isBroken) throw new Error('the worker died')
      return text === 'soap' ? [SOAP] : []
    })
    await find('so')
    expect(wordsOn('[role=dialog] [role=status]')).toBe('The search did not work. Try again.')
    isBroken = false
    await find('sox')
    expect(wordsOn('[role=dialog] [role=status]')).toBe('No product has this name or number.')
    await find('soap')
    expect(wordsOn('[role=dialog] [role=status]')).toBe('')
    expect(buttonOf(/^Match to Soap$/).textContent).toContain('19780201379621 (case of 12)')
  })

  it('[UI40] the answer to an older text is not shown, and nothing goes on searching for a text that was taken away', async () => {
    const answers: (() => void)[] = []
    await open((text) => new Promise((resolve) => answers.push(() => resolve([{ ...SOAP, name: text }]))))
    await find('first')
    await find('second')
    answers[1]?.()
    answers[0]?.()
    await flushPromises()
    expect(buttonNames()).toContain('Match to second')
    expect(buttonNames()).not.toContain('Match to first')

    await find('third')
    await find('')
    answers[2]?.()
    await flushPromises()
    expect(wordsOn('[role=dialog] [role=status]')).toBe('')
    expect(buttonNames().filter((it) => it.startsWith('Match to'))).toEqual([])
  })
})
