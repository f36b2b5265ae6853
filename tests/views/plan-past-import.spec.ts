// Imports of the last days on the planning page: what was wrong, the rejected rows, and a known file that is not told.
import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ImportJob } from '../../src/ports/plan'
import type { OpenTable } from '../../src/ports/tables'
import { openPlanView } from '../support/plan-view'
import { buttonNames, tap, wordsOn } from '../support/on-page'

const aJob = (over: Partial<ImportJob> = {}): ImportJob => ({
  importId: 'J1',
  fileName: 'autumn',
  state: 'error',
  startedAt: 0,
  rowsTotal: 9,
  rowsDone: 9,
  rowsWritten: 9,
  errorCount: 1,
  made: [],
  by: 'sam',
  isOwn: true,
  ...over,
})
const ERRORS = [{ line: 7, column: null, value: 'X9', message: 'There is no such product' }]

async function open({ jobs = [aJob()] as readonly ImportJob[], isFileLost = false } = {}) {
  const asked: unknown[] = []
  const opened: string[] = []
  const table: OpenTable = {
    summary: { fileName: 'autumn.csv', hash: 'h', header: ['Barcode'], rowCount: 1, sample: [{ line: 2, cells: ['1'] }] },
    importCsv: async () => 'x',
    rejectedCsv: async (errors, lineColumn) => (asked.push([errors, lineColumn]), 'rejected'),
    close: () => void opened.push('closed'),
  }
  const page = await openPlanView({
    show: 'file',
    isHarborLost: () => false,
    answer(name) {
      if (name === 'imports') return { ok: true, answer: jobs }
      if (name === 'importErrors') return { ok: true, answer: ERRORS }
      if (name === 'importFile' && !isFileLost) return { ok: true, answer: 'sent' }
      if (name === 'upload') return { ok: true, answer: { importId: 'J9', known: { since: 0, by: 'ben' } } }
      if (name === 'importJob') return { ok: false, reason: 'not-found', message: 'not found' }
      return undefined
    },
    openTable: async (file) => {
      opened.push(`${file.name}: ${new TextDecoder().decode(await file.arrayBuffer())}`)
      return { ok: true, table }
    },
  })
  return { ...page, asked, opened }
}

beforeEach(() => setActivePinia(createPinia()))
afterEach(() => {
  vi.restoreAllMocks()
  document.body.innerHTML = ''
})

describe('an import of the last days', () => {
  it('[PL51] that was refused tells what was wrong, and gives its rejected rows back', async () => {
    const saved = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => undefined)
    URL.createObjectURL = () => 'blob:x'
    const { asked, opened } = await open()
    await tap(/^What was wrong with autumn$/)
    expect(wordsOn('[role=dialog]')).toContain('7X9There is no such product')
    await tap(/^Save the rejected rows$/)

    expect(opened).toEqual(['autumn.csv: sent', 'closed'])
    expect(asked).toEqual([[ERRORS, 'sourceLine']])
    expect(saved).toHaveBeenCalledOnce()
  })

  it('[PL51] says so when its file cannot be fetched, and keeps what was wrong in sight', async () => {
    await open({ isFileLost: true })
    await tap(/^What was wrong with autumn$/)
    await tap(/^Save the rejected rows$/)

    expect(document.querySelector('[role=dialog] [role=alert]')).not.toBeNull()
    expect(wordsOn('[role=dialog]')).toContain('There is no such product')
  })

  it('[PL51] that went well, or is somebody else’s, has no rows to give back', async () => {
    await open({ jobs: [aJob({ state: 'consumed' }), aJob({ importId: 'J2', fileName: 'theirs', isOwn: false, by: 'ben' })] })
    expect(buttonNames().filter((it) => it.startsWith('What was wrong'))).toEqual(['What was wrong with theirs'])
    expect(wordsOn()).toContain('Ben · Nothing was imported')
    await tap(/^What was wrong with theirs$/)

    expect(buttonNames()).not.toContain('Save the rejected rows')
  })
})

describe('a file that the server knows and does not tell about', () => {
  it('[PL50] is said at once; it can be imported again, or another one brought', async () => {
    const { view } = await open()
    const picker = view.get<HTMLInputElement>('input[type=file]')
    Object.defineProperty(picker.element, 'files', { value: [new File(['x'], 'autumn.csv')] })
    await picker.trigger('change')
    await flushPromises()
    await view.get('form').trigger('submit')
    await flushPromises()

    expect(view.get('[data-testid=import-state]').text()).toContain('The server does not tell you what came of it')
    const isOffered = (name: string) => view.findAll('button').find((it) => it.text() === name)?.attributes('disabled') === undefined
    expect([isOffered('Import it again'), isOffered('Import another file')]).toEqual([true, true])
    expect(view.findAll('button').map((it) => it.text())).not.toContain('Cancel the import')
  })
})
