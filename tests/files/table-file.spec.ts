// CSV and XLSX as one kind of table, and what is made of it.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { guessMapping, guessProductKind, type ImportSettings } from '../../src/domain/import-table'
import { asId, type FacilityId, type UserName } from '../../src/domain/ids'
import { importCsvOf, rejectedCsvOf } from '../../src/files/import-csv'
import { readTable } from '../../src/files/table-file'

const bytes = (text: string) => new TextEncoder().encode(text)
const table = (text: string) => readTable(bytes(text))

describe('readTable', () => {
  it('[PL17] reads commas, semicolons and tabs, with or without quotes, and knows the lines', async () => {
    for (const it of [',', ';', '\t']) {
      const read = await table(`\uFEFFSKU${it}"Due, or so"\r\nA-1${it}"two\nlines"\r\n\r\nB-2${it}x\r\n`)
      expect(read).toEqual({
        header: ['SKU', 'Due, or so'],
        rows: [
          { line: 2, cells: ['A-1', 'two\nlines'] },
          { line: 5, cells: ['B-2', 'x'] },
        ],
      })
    }
  })

  it('[PL17] reads what Windows writes, too', async () => {
    const utf16 = new Uint8Array(Buffer.from('\uFEFFName\nKäse\n', 'utf16le'))
    const ansi = new Uint8Array([...bytes('Name\nK'), 0xe4, ...bytes('se\n')])
    for (const it of [utf16, ansi]) expect((await readTable(it)).rows[0]?.cells).toEqual(['Käse'])
  })

  it('[PL17] reads a workbook as the same table', async () => {
    const workbook = new Uint8Array(readFileSync('tests/files/list.xlsx'))
    expect(await readTable(workbook)).toEqual({
      header: ['SKU', 'Person', 'Due'],
      rows: [
        { line: 2, cells: ['4006381333931', 'ana', '2026-11-26 17:00:00'] },
        { line: 4, cells: ['A-1', '', ''] },
      ],
    })
  })

  it('[PL17] says why a file cannot be used', async () => {
    const wrong = [
      [bytes(''), 'empty'],
      [bytes('only,a,header\n'), 'empty'],
      [new Uint8Array([0xd0, 0xcf, 0x11, 0xe0, 1]), 'old-excel'],
      [new Uint8Array([0x50, 0x4b, 3, 4, 9, 9]), 'unreadable'],
      [bytes('a\n\0\n'), 'unreadable'],
      [bytes(`a\n${'x\n'.repeat(50_001)}`), 'too-many-rows'],
      [new Uint8Array(16 * 1024 * 1024 + 1), 'too-large'],
    ] as const
    for (const [file, problem] of wrong)
      await expect(readTable(file)).rejects.toMatchObject({ problem })
  })
})

const SETTINGS: ImportSettings = {
  facilityId: asId<FacilityId>('north'),
  countName: 'Dairy',
  productKind: 'SKU',
  isBlind: true,
  start: '',
  due: '2026-11-26T17:00',
  people: [asId<UserName>('ana'), asId<UserName>('ben')],
  columns: { product: 0, count: null, person: 1, area: null, start: null, due: null },
}

describe('what is made of a table', () => {
  it('[PL12] is a line for the importer for each row, with the line of the file, shared evenly where nobody is named', async () => {
    const csv = importCsvOf(await table('sku,who\n"A,1",zoe\nB\nC\n'), SETTINGS)

    expect(csv.split('\r\n')).toEqual([
      'countImportName,purposeType,facilityId,externalFacilityId,productId,idType,idValue,estimatedStartDate,estimatedCompletionDate,facilityAreaId,assignedTo,isBlind,sourceLine',
      'Dairy,DIRECTED_COUNT,north,,,SKU,"A,1",,11-26-2026 17:00:00,,zoe,Y,2',
      'Dairy,DIRECTED_COUNT,north,,,SKU,B,,11-26-2026 17:00:00,,ana,Y,3',
      'Dairy,DIRECTED_COUNT,north,,,SKU,C,,11-26-2026 17:00:00,,ben,Y,4',
      '',
    ])
  })

  it('[PL13] is the rejected rows with their problems, and no formula; brought again it is the same table', async () => {
    const read = await table('sku,note\nA,=1+1\nB,fine\nC,-5\n')
    const error = (line: number | null, message: string) => ({ line, message, column: null, value: null })
    const rejected = rejectedCsvOf(read, [error(2, 'No product'), error(2, 'No person'), error(4, '@bad'), error(null, 'whole')])

    expect(rejected).toBe("\uFEFFsku,note,Line,Problem\r\nA,'=1+1,2,No product; No person\r\nC,-5,4,'@bad\r\n".replace('No product; No person', '"No product; No person"'))
    expect((await table(rejected)).rows[0]?.cells.slice(0, 2)).toEqual(['A', '=1+1'])
  })
})

describe('the rejected rows of a file that was sent', () => {
  it('[PL51] are found by the lines of the person’s own file, which one of its columns says', async () => {
    const own = await table('sku\n\n\nA\nB\n')
    const sent = await table(importCsvOf(own, SETTINGS))
    const wrong = [{ line: own.rows[1]!.line, message: 'No product', column: null, value: null }]

    const rejected = rejectedCsvOf(sent, wrong, 'sourceLine').split('\r\n')

    expect(rejected).toHaveLength(3)
    expect(rejected[1]).toMatch(/^Dairy,DIRECTED_COUNT,north,,,SKU,B,.*,5,5,No product$/)
  })
})

describe('a guess at the columns', () => {
  it('[PL17] goes by their names, each column once', () => {
    expect(guessMapping(['Product SKU', 'Due date', 'Assigned to', 'Name', 'x'])).toEqual({
      product: 0, count: 3, person: 2, area: null, start: null, due: 1,
    })
    expect(['Product ID', 'SKU', 'EAN'].map(guessProductKind)).toEqual(['productId', 'SKU', 'any'])
  })
})
