// Playwright's `test` with a server of its own for each test, and the session that the tests count in.
import { rm } from 'node:fs/promises'
import { test as base } from '@playwright/test'
import type { FoundSession, RestUser } from './rest'
import { findDirectedSession, signInToRest } from './rest'
import type { ServerProfile, TestServer } from './server'
import { makeTemplate, startServer } from './server'

interface TestFixtures {
  /** Which server the test runs against: `test.use({ profile: 'hotwax' })`. */
  readonly profile: ServerProfile
  /** Started on a copy of the demo data; gone after the test. */
  readonly server: TestServer
  /** Ana over REST, for what the server really holds. */
  readonly ana: RestUser
  /** The directed count that the tests count in. */
  readonly directed: FoundSession
}

interface WorkerFixtures {
  /** Data folder with fresh demo data, made once per test process. */
  readonly template: string
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  template: [
    async ({}, use) => {
      const folder = await makeTemplate()
      await use(folder)
      await rm(folder, { recursive: true, force: true })
    },
    { scope: 'worker', timeout: 150_000 },
  ],
  profile: ['extended', { option: true }],
  server: [
    async ({ template, profile }, use, info) => {
      const server = await startServer({ template, profile })
      await use(server)
      if (info.status !== info.expectedStatus)
        await info.attach('server.log', { body: server.output(), contentType: 'text/plain' })
      await server.dispose()
    },
    // A time of its own: the test's clock does not run while the server starts, and a start that fails says why.
    { timeout: 150_000 },
  ],
  baseURL: async ({ server }, use) => {
    await use(server.origin)
  },
  viewport: { width: 1180, height: 820 },
  ana: async ({ server }, use) => {
    await use(await signInToRest(server.origin, 'ana'))
  },
  directed: async ({ ana }, use) => {
    await use(await findDirectedSession(ana))
  },
})

export { expect } from '@playwright/test'
