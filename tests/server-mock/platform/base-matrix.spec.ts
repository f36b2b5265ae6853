// Role × endpoint × facility in the base profile: its calls answer as the same calls of ours do.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { collectRoutes } from '../../../server-mock/app'
import { CALLS, cellOf, documentedCells, ROLES, tryAll, type MatrixRow } from '../../support/permission-matrix'
import { SERVER_START_MS, startTestServer, type TestServer } from '../../support/server'

let server: TestServer
let rows: readonly MatrixRow[]
beforeAll(async () => {
  server = await startTestServer({ profile: 'hotwax' })
  rows = await tryAll(server)
}, SERVER_START_MS)
afterAll(() => server.close())

/** Here it is the list of counts alone, in which no book is told: INV_CNT_VIEW_QOH is not asked for. */
const EXPORT = 'POST inventory-cycle-count/cycleCounts/export'

const nameOf = ({ method, path }: { readonly method: string; readonly path: string }) => `${method} ${path}`

describe('permission matrix of the base profile', () => {
  it('[SV10] has a row for every route of the base contract, and none for ours alone', () => {
    const base = collectRoutes(server.context).routes
    expect(base.some((it) => it.isExtension === true)).toBe(false)
    expect(base.length).toBeLessThan(Object.keys(CALLS).length)
    expect(rows.map(nameOf)).toEqual(base.map(nameOf))
    expect(rows.map(nameOf)).toContain('POST inventory-cycle-count/cycleCounts/upload')
  })

  it('[SV10] says what docs/server.md shows for the same call', () => {
    const documented = documentedCells()
    for (const row of rows.filter((it) => nameOf(it) !== EXPORT))
      expect([nameOf(row), ...ROLES.map((it) => cellOf(row, it))]).toEqual([nameOf(row), ...(documented.get(nameOf(row)) ?? [])])
  })

  it('[SV10] exports lists of counts for those who may review, whether they see the book or not', () => {
    const row = rows.find((it) => nameOf(it) === EXPORT)
    expect(row && ROLES.map((it) => cellOf(row, it))).toEqual([
      '401', '401', '403', '403', '403', 'yes / 403', 'yes', 'yes / 403', '403', 'yes / 403', 'yes / 403',
    ])
  })
})
