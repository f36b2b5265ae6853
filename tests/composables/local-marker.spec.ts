import { beforeEach, describe, expect, it } from 'vitest'
import { createLocalMarker, decodeMarker } from '../../src/composables/local-marker'
import { reportWords } from '../../src/composables/report-words'
import { asId } from '../../src/domain/ids'
import type { LogId } from '../../src/domain/ids'
import { DEVICE, SESSION } from '../support/builders'

const MARKER = { deviceId: DEVICE, logs: [{ logId: asId<LogId>('l'), sessionId: SESSION, head: 4, sentHead: 1 }] }
const NOW = Date.UTC(2026, 10, 25, 15, 40)

describe('the marker in localStorage', () => {
  beforeEach(() => localStorage.clear())

  it('[SR3] is kept per database, and forgotten with it', () => {
    const [ana, ben] = [createLocalMarker(localStorage, 'scans:a:ana'), createLocalMarker(localStorage, 'scans:a:ben')]
    ana.write(MARKER)

    expect([ana.read(), ben.read()]).toEqual([MARKER, null])
    ana.forget()
    expect(ana.read()).toBeNull()
  })

  it('[SR3] that cannot be read is none', () => {
    for (const text of ['', '{', '7', 'null', '[]', '{"deviceId":1,"logs":[]}', '{"deviceId":"d"}']) expect(decodeMarker(text)).toBeNull()
    expect(decodeMarker('{"deviceId":"d","logs":[{"logId":"l"},null]}')).toEqual({ deviceId: 'd', logs: [] })
  })
})

describe('the start-up report', () => {
  it('[CA15] says which barcode is not remembered for which product, why, and that nothing is lost', () => {
    const item = { kind: 'not-remembered', at: NOW, value: '4711', productName: 'Green tea', words: '4711 stands for Soap already' } as const
    expect(reportWords(item, NOW, 'Europe/Berlin')).toEqual({
      isLoss: false,
      text: 'The barcode 4711 is not remembered for Green tea (today 16:40): 4711 stands for Soap already. Your scans of it are counted as you matched them.',
    })
  })

  it('[SR5] says what happened, what may be missing, and what to do', () => {
    const words = (item: Parameters<typeof reportWords>[0]): string => reportWords(item, NOW, 'Europe/Berlin').text

    expect(words({ kind: 'wiped', at: NOW, scans: 12 })).toBe(
      'The storage of this device was cleared (noticed today 16:40). Up to 12 scans of yours had not been sent. If they were saved to a file, take it over on the Sync page; else count those shelves again.',
    )
    expect(words({ kind: 'set-back', at: NOW, scans: 0 })).toContain('Everything since had been sent')
    expect(words({ kind: 'spill-drained', at: NOW, scans: 1 })).toBe('1 scan could not be saved the last time and is saved now (today 16:40). Nothing to do.')
    expect(words({ kind: 'rebuilt', at: NOW, sessionName: 'Dairy', lines: 2 })).toContain('The numbers of Dairy did not match the scans')
  })
})
