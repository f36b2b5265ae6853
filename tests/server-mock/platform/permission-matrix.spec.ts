// Role × endpoint × facility: every cell of the table in docs/server.md is tried out.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { collectRoutes } from '../../../server-mock/app'
import {
  CALLS,
  cellOf,
  HEADING,
  PARTIAL_NAMES,
  PARTIAL_ROLES,
  PLACES,
  tableOf,
  tryAll,
  type MatrixRow,
  type Role,
} from '../../support/permission-matrix'
import { SERVER_START_MS, startTestServer, type TestServer } from '../../support/server'

/** The lines of the table under its heading. */
const DOCUMENTED = (readFileSync('docs/server.md', 'utf8').split(HEADING)[1] ?? '')
  .split('Some calls look closer')[0]!
  .split('\n')
  .filter((it) => it.startsWith('|'))

let server: TestServer
let rows: readonly MatrixRow[]
beforeAll(async () => {
  server = await startTestServer()
  rows = await tryAll(server)
}, SERVER_START_MS)
afterAll(() => server.close())

const nameOf = ({ method, path }: { method: string; path: string }) => `${method} ${path}`

describe('permission matrix', () => {
  it('[SV10] has a row for every route of the registry, and for nothing else', () => {
    expect(Object.keys(CALLS).toSorted()).toEqual(
      collectRoutes(server.context).routes.map(nameOf).toSorted(),
    )
    expect(rows).toHaveLength(Object.keys(CALLS).length)
  })

  it('[SV10] docs/server.md shows it, cell by cell', () => {
    expect(DOCUMENTED).toEqual(tableOf(rows).split('\n'))
  })

  it('[SV10] follows from what each route needs: nobody without a token, without the permission or outside the facility', () => {
    const routes = new Map(collectRoutes(server.context).routes.map((it) => [nameOf(it), it.needs]))
    for (const row of rows) {
      const needs = routes.get(nameOf(row))
      const isOpen = needs === 'anonymous'
      expect([nameOf(row), cellOf(row, 'anonymous'), cellOf(row, 'expired')]).toEqual([
        nameOf(row),
        ...(isOpen ? ['yes', 'yes'] : ['401', '401']),
      ])
      if (Array.isArray(needs))
        expect([nameOf(row), cellOf(row, 'nobody')]).toEqual([nameOf(row), '403'])
      for (const role of PARTIAL_NAMES) {
        const has =
          Array.isArray(needs) && needs.some((it) => PARTIAL_ROLES[role].includes(it as never))
        if (Array.isArray(needs) && !has)
          expect([nameOf(row), role, cellOf(row, role)]).toEqual([nameOf(row), role, '403'])
      }
      for (const role of ['ana', 'ben', 'sam', ...PARTIAL_NAMES] as const) {
        const { own, foreign } = row.outcomes[role]
        // A foreign facility never gives more than the own one, and nothing where the call names it.
        expect([nameOf(row), role, foreign]).toEqual([
          nameOf(row),
          role,
          row.isPlaced ? '403' : own,
        ])
      }
      expect([nameOf(row), cellOf(row, 'alex')]).toEqual([nameOf(row), 'yes'])
    }
  })

  it('[SV10] who may more, may all that others may', () => {
    const may = (row: MatrixRow, role: Role) => row.outcomes[role].own === 'yes'
    for (const [less, more] of [
      ['anonymous', 'nobody'],
      ['nobody', 'ana'],
      ['ana', 'ben'],
      ['ben', 'sam'],
      ['sam', 'alex'],
      ['unseeing', 'sam'],
      ['submits', 'unseeing'],
      ['creates', 'unseeing'],
      ['previews', 'unseeing'],
    ] as const)
      for (const row of rows)
        if (may(row, less))
          expect([nameOf(row), more, may(row, more)]).toEqual([nameOf(row), more, true])
  })
})

describe('calls that look closer', () => {
  it('[SV11] lists and look-ups hide what is outside the facility, and what belongs to somebody else', async () => {
    const ana = await server.as('ana')
    const counts = await ana.count('GET', 'cycleCounts/workEfforts?pageSize=1000')
    expect(
      new Set(counts.body.cycleCounts.map((it: { facilityId: string }) => it.facilityId)),
    ).toEqual(new Set([PLACES.own]))
    const facilities = await ana.call('GET', 'oms/facilities')
    expect(facilities.body.map((it: { facilityId: string }) => it.facilityId)).toEqual([PLACES.own])
    expect((await ana.call('GET', 'admin/user/PARTY_BEN/facilities')).status).toBe(403)
    expect((await ana.call('GET', 'admin/user/preferences?userId=USER_BEN')).status).toBe(403)
    expect(
      (
        await ana.call('PUT', 'admin/user/preferences', {
          userId: 'USER_BEN',
          preferenceKey: 'X',
          preferenceValue: 'y',
        })
      ).status,
    ).toBe(403)
    expect(
      (await ana.call('POST', 'admin/user/profile', { userId: 'USER_BEN', timeZone: 'UTC' }))
        .status,
    ).toBe(403)
  })

  it('[SV11] the same call is allowed or not by what it changes', async () => {
    const alex = await server.as('alex')
    const future = Date.now() + 86_400_000
    const newCount = async (more: object = {}): Promise<string> =>
      (
        await alex.count('POST', 'cycleCounts/workEfforts', {
          workEffortName: 'Closer',
          facilityId: PLACES.own,
          ...more,
        })
      ).body.workEffortId
    const newSession = async (countId: string): Promise<string> =>
      (
        await alex.count('POST', `cycleCounts/workEfforts/${countId}/sessions`, {
          countImportName: 'Closer',
        })
      ).body.inventoryCountImportId
    const started = await newCount()
    await alex.count('PUT', `cycleCounts/workEfforts/${started}`, { statusId: 'CYCLE_CNT_IN_PRGS' })
    const held = await newSession(started)
    await alex.count('POST', `cycleCounts/sessions/${held}/lock`, { deviceId: 'alex-device' })
    const submitted = await newSession(started)
    for (const statusId of ['SESSION_ASSIGNED', 'SESSION_SUBMITTED'])
      await alex.count('PUT', `cycleCounts/sessions/${submitted}`, { statusId })
    // Method, path, body; what the associate and the supervisor get.
    const cases = [
      [
        'PUT',
        `cycleCounts/workEfforts/${await newCount({ estimatedStartDate: future })}`,
        { statusId: 'CYCLE_CNT_IN_PRGS' },
        403,
        200,
      ],
      ['PUT', `cycleCounts/workEfforts/${started}`, { workEffortName: 'Renamed' }, 403, 200],
      ['PUT', `cycleCounts/workEfforts/${started}`, { facilityId: PLACES.foreign }, 403, 403],
      [
        'PUT',
        `cycleCounts/workEfforts/${await newCount()}`,
        { statusId: 'CYCLE_CNT_CNCL' },
        403,
        200,
      ],
      ['PUT', `cycleCounts/sessions/${submitted}`, { statusId: 'SESSION_APPROVED' }, 403, 200],
      [
        'PUT',
        `cycleCounts/sessions/${held}/release`,
        { deviceId: 'd', fence: 1, overrideByUserId: 'x' },
        409,
        200,
      ],
      [
        'POST',
        `cycleCounts/sessions/${await lockedSession(started)}/lock`,
        { deviceId: 'd', mode: 'force' },
        409,
        200,
      ],
    ] as const
    async function lockedSession(countId: string): Promise<string> {
      const sessionId = await newSession(countId)
      await alex.count('POST', `cycleCounts/sessions/${sessionId}/lock`, {
        deviceId: 'alex-device',
      })
      return sessionId
    }

    for (const [method, path, body, associate, supervisor] of cases) {
      const statuses = [
        (await (await server.as('ana')).count(method, path, body)).status,
        (await (await server.as('sam')).count(method, path, body)).status,
      ]
      expect([path, body, ...statuses]).toEqual([path, body, associate, supervisor])
    }
  })
})
