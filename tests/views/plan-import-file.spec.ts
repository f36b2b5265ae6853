// A file on the planning page: dropped anywhere or chosen, read for real, its columns remembered by their header.
import { readFileSync } from 'node:fs'
import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createTableDesk } from '../../src/worker/table-desk'
import { openPlanView } from '../support/plan-view'
import { tap, wordsOn } from '../support/on-page'

const csv = (name = 'dairy.csv', header = 'Barcode,Shelf') =>
  new File([`${header}\n4006381333931,A1\n`], name, { type: 'text/csv' })
const workbook = () => new File([new Uint8Array(readFileSync('tests/files/list.xlsx'))], 'list.xlsx')
const picture = () =>
  new File([new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 0])], 'shelf.png', { type: 'image/png' })

async function open() {
  const uploads: unknown[] = []
  const page = await openPlanView({
    show: 'file',
    isHarborLost: () => false,
    answer(name, input) {
      if (name === 'imports') return { ok: true, answer: [] }
      if (name !== 'upload') return undefined
      uploads.push(input)
      return { ok: true, answer: { importId: 'J1', known: null } }
    },
    // The worker's own body, without the worker.
    async openTable(file) {
      const desk = createTableDesk(undefined)
      const opened = await desk.open(file)
      if (!opened.ok) return opened
      const { importCsv, rejectedCsv } = desk
      return { ok: true, table: { summary: opened.summary, importCsv, rejectedCsv, close: () => undefined } }
    },
  })
  return { ...page, uploads }
}

/** A browser's event by its shape, as this DOM has none of its own: e2e/import-file.spec.ts has the real one. */
function aDrag(type: string, over: object): Event {
  return Object.assign(new Event(type, { bubbles: true, cancelable: true }), { relatedTarget: null, ...over })
}

/** @returns whether the browser would have shown the file instead */
async function drag(type: 'dragover' | 'drop', files: readonly File[]): Promise<boolean> {
  const event = aDrag(type, { dataTransfer: { files, types: files.length === 0 ? ['text/plain'] : ['Files'] } })
  document.body.dispatchEvent(event)
  await vi.waitFor(async () => {
    await flushPromises()
    expect(wordsOn()).not.toContain('Reading the file')
  })
  return !event.defaultPrevented
}

const choice = (label: string): HTMLSelectElement => {
  const found = [...document.querySelectorAll('label')].find((it) => it.textContent?.trim().startsWith(label))
  const select = found?.querySelector('select')
  if (select === null || select === undefined) throw new Error(`No choice ${label}`)
  return select
}
async function choose(label: string, column: string): Promise<void> {
  const select = choice(label)
  const option = [...select.options].find((it) => it.text.trim() === column)
  if (option === undefined) throw new Error(`No column ${column}`)
  select.value = option.value
  select.dispatchEvent(new Event('change', { bubbles: true }))
  await flushPromises()
}
const chosen = (label: string): string | undefined => choice(label).selectedOptions[0]?.text.trim()

beforeEach(() => {
  setActivePinia(createPinia())
  localStorage.clear()
})
afterEach(() => {
  document.body.innerHTML = ''
})

describe('a file that is dropped', () => {
  it('[PL63] anywhere on the page is taken: a CSV and a workbook alike', async () => {
    for (const [file, words] of [[csv(), 'The first of 1 row'], [workbook(), 'The first of 2 rows']] as const) {
      const { view } = await open()
      const wouldLeave = [await drag('dragover', [file]), await drag('drop', [file])]

      expect(wouldLeave).toEqual([false, false])
      expect(wordsOn()).toContain(file.name)
      expect(wordsOn('caption')).toBe(words)
      view.unmount()
    }
  })

  it('[PL63] that is no list is refused with its name and what would do', async () => {
    const { view } = await open()
    await drag('drop', [picture()])
    expect(wordsOn('[role=alert]')).toBe('shelf.png: This file cannot be read. Bring a CSV or an Excel workbook (.xlsx).')

    await drag('drop', [csv()])
    expect(document.querySelector('[role=alert]')).toBeNull()
    view.unmount()
  })

  it('[PL63] that is a folder, or has been moved, is refused as one that cannot be read', async () => {
    const { view } = await open()
    const folder = new File([], 'Desktop')
    Object.assign(folder, { arrayBuffer: () => Promise.reject(new DOMException('gone', 'NotFoundError')) })
    await drag('drop', [folder])

    expect(wordsOn('[role=alert]')).toContain('Desktop: This file cannot be read')
    view.unmount()
  })

  it('[PL63] with others is not taken, and neither is one while a file is open', async () => {
    const { view } = await open()
    await drag('drop', [csv(), csv('more.csv')])
    expect(wordsOn('[role=alert]')).toBe('2 files were dropped, and none was taken. Bring one at a time.')

    await drag('drop', [csv()])
    await drag('drop', [csv('other.csv')])
    expect(wordsOn('[role=alert]')).toBe('dairy.csv is open and stays so. To bring another file, press “Another file” first.')
    expect(wordsOn('h2')).toBe('dairy.csv')
    await tap(/^Another file$/)
    expect(document.querySelector('[role=alert]')).toBeNull()
    view.unmount()
  })

  it('[PL63] is nothing of ours when it is a text, or the page is another one', async () => {
    const { view } = await open()
    expect(await drag('dragover', [])).toBe(true)
    expect(await drag('drop', [])).toBe(true)
    view.unmount()
    expect(await drag('drop', [csv()])).toBe(true)
  })

  it('[PL63] marks the field while it hovers, and no longer once it has left the window', async () => {
    const { view } = await open()
    await drag('dragover', [csv()])
    const marked = () => document.querySelector('.drop')?.classList.contains('is-over')
    expect(marked()).toBe(true)
    document.body.dispatchEvent(aDrag('dragleave', { relatedTarget: document.body }))
    await flushPromises()
    expect(marked()).toBe(true)
    document.body.dispatchEvent(aDrag('dragleave', {}))
    await flushPromises()
    expect(marked()).toBe(false)
    view.unmount()
  })
})

describe('the columns of a file', () => {
  it('[PL64] are read as they were said for the last file with the same header, which is told, and can be read anew', async () => {
    const { view, uploads } = await open()
    await drag('drop', [csv()])
    expect([chosen('Product'), chosen('Area')]).toEqual(['Barcode', 'Not in this file'])
    expect(document.querySelector('[data-testid=mapping-remembered]')).toBeNull()
    await choose('Area', 'Shelf')
    await choose('The product column holds', 'SKU')
    await tap(/^Import 1 row$/)
    expect(uploads).toHaveLength(1)
    view.unmount()

    const again = await open()
    await drag('drop', [csv('november.csv')])
    expect(wordsOn('[data-testid=mapping-remembered]')).toBe('As you said for the last file with these columns.Read them anew')
    expect([chosen('Product'), chosen('Area'), chosen('The product column holds')]).toEqual(['Barcode', 'Shelf', 'SKU'])
    await tap(/^Read them anew$/)
    expect([chosen('Area'), chosen('The product column holds')]).toEqual(['Not in this file', 'Barcode, SKU or other'])
    expect(document.querySelector('[data-testid=mapping-remembered]')).toBeNull()
    again.view.unmount()
  })

  it('[PL64] of another header are guessed by their names', async () => {
    const { view } = await open()
    await drag('drop', [csv()])
    await choose('Area', 'Shelf')
    await tap(/^Import 1 row$/)
    view.unmount()

    const other = await open()
    await drag('drop', [csv('other.csv', 'Barcode,Area')])
    expect(document.querySelector('[data-testid=mapping-remembered]')).toBeNull()
    expect(chosen('Area')).toBe('Area')
    other.view.unmount()
  })
})
