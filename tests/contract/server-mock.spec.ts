// server-mock against the contract suite: both profiles, on PGlite and, where DATABASE_URL is set, on PostgreSQL.
import { serve } from '@hono/node-server'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { startCountsServer, TEST_PASSWORD, type CountsServer } from '../support/counts-server'
import { BASE_CASES } from './base-cases'
import type { Target } from './client'
import { casesFor, runContract } from './suite'

const LIMIT_MS = 120_000
const HAS_POSTGRES = process.env['DATABASE_URL'] !== undefined

async function problemsOf(server: CountsServer, target: Omit<Target, 'baseUrl' | 'password' | 'fetch'>): Promise<readonly string[]> {
  const outcomes = await runContract(
    { ...target, baseUrl: 'http://server.test', password: TEST_PASSWORD, fetch: async (url, init) => server.app.request(url, init) },
    () => undefined,
  )
  return outcomes.flatMap((it) => (it.problem === null ? [] : [`${it.title}: ${it.problem}`]))
}

describe.each(['extended', 'hotwax'] as const)('server-mock, profile %s', (profile) => {
  it.each(['sam', 'ana'])('[SC40] [PL43] keep the contract on PGlite for %s', async (username) => {
    const server = await startCountsServer(profile, { isLive: true })
    await server.aSession()

    expect(await problemsOf(server, { username, profile })).toEqual([])

    await server.close()
  }, LIMIT_MS)

  it.skipIf(!HAS_POSTGRES)('[SC40] [PL43] keep the contract on PostgreSQL (skipped without DATABASE_URL)', async () => {
    const server = await startCountsServer(profile, { database: 'postgres', isLive: true })

    expect(await problemsOf(server, { username: 'sam', profile })).toEqual([])

    await server.close()
  }, LIMIT_MS)
})

describe('contract suite', () => {
  it('[SC41] run over a real connection', async () => {
    const server = await startCountsServer('extended', { isLive: true })
    const http = serve({ fetch: server.app.fetch, port: 0, hostname: '127.0.0.1' })
    await new Promise((resolve) => http.once('listening', resolve))
    const { port } = http.address() as AddressInfo

    const outcomes = await runContract(
      { baseUrl: `http://127.0.0.1:${port}/rest/s1/`, username: 'sam', password: TEST_PASSWORD, profile: 'extended' },
      () => undefined,
    )

    expect(outcomes.filter((it) => it.problem !== null)).toEqual([])
    await new Promise((resolve) => http.close(resolve))
    await server.close()
  }, LIMIT_MS)

  it('[SC41] tell a base server from an extended one', async () => {
    const server = await startCountsServer('hotwax', { isLive: true })

    const problems = await problemsOf(server, { username: 'sam', profile: 'extended' })

    expect(problems.length).toBeGreaterThan(10)
    expect(problems.filter((it) => BASE_CASES.some(({ title }) => it.startsWith(`${title}:`)))).toEqual([
      expect.stringContaining('refuses a second device'),
    ])
    await server.close()
  }, LIMIT_MS)

  it('[SC41] count every case as failed when nobody can sign in', async () => {
    const server = await startCountsServer('extended', { isLive: true })

    const problems = await problemsOf(server, { username: 'nobody', profile: 'extended' })

    expect(problems).toHaveLength(casesFor('extended').length)
    await server.close()
  }, LIMIT_MS)
})
