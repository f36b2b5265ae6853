import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CountsServer, TestUser } from '../../support/counts-server'
import { startCountsServer } from '../../support/counts-server'

const MINUTE = 60_000
let server: CountsServer
beforeAll(async () => {
  server = await startCountsServer()
}, 60_000)
afterAll(() => server.close())

const ask = async (user: TestUser, deviceId = 'asking'): Promise<readonly Record<string, unknown>[]> =>
  (await server.call(user, 'GET', `unsentDevices?deviceId=${deviceId}`)).body.devices

/** A device of the user says that it has unsent scans, and is silent from then on. */
async function vanish(user: TestUser, deviceId: string, unsentScans: number, deviceName?: string): Promise<string> {
  const { path, sessionId } = await server.aSession()
  await server.call(user, 'POST', `${path}/lock`, { deviceId, unsentScans, ...(deviceName === undefined ? {} : { deviceName }) })
  return sessionId
}

describe('GET unsentDevices', () => {
  it('[SR1] tells a user what their other devices vanished with, by name, once they are quiet', async () => {
    const sessionId = await vanish('ana', 'ipad-a', 12, 'iPad-2')
    const heardAt = server.clock.at
    const early = await ask('ana')
    server.clock.at += 10 * MINUTE

    expect(early).toEqual([])
    expect(await ask('ana')).toMatchObject([
      { inventoryCountImportId: sessionId, deviceId: 'ipad-a', deviceName: 'iPad-2', userId: 'ana', unsentScans: 12, lastHeardAt: heardAt },
    ])
    expect(await ask('ana', 'ipad-a')).toEqual([])
  })

  it('[SR1] forgets a device that has sent everything', async () => {
    const sessionId = await vanish('ben', 'ipad-b', 3)
    const put = await server.call('ben', 'PUT', `cycleCounts/sessions/${sessionId}/items`, {
      deviceId: 'ipad-b',
      unsentScans: 0,
      items: [{ uuid: 'row-b', logId: 'log-b', productIdentifier: 'X', quantity: 3, standing: 3, rev: 3 }],
    })
    server.clock.at += 10 * MINUTE

    expect(put.status).toBe(200)
    expect(await ask('ben')).toEqual([])
  })

  it('[SR1] keeps to the user, or to the facility for whoever may release locks', async () => {
    await vanish('ana', 'ipad-c', 4)
    server.clock.at += 10 * MINUTE
    const devicesOf = async (user: TestUser): Promise<unknown[]> => (await ask(user)).map((it) => it['deviceId'])

    expect(await devicesOf('ben')).not.toContain('ipad-c')
    expect(await devicesOf('sam')).toContain('ipad-c')
    expect(await devicesOf('zoe')).toEqual([])
  })

  it('[SR1] is unknown in the base profile', { timeout: 60_000 }, async () => {
    const base = await startCountsServer('hotwax')

    expect((await base.call('ana', 'GET', 'unsentDevices')).status).toBe(404)
    await base.close()
  })
})
