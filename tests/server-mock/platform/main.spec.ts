import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lockFolder } from '../../../server-mock/db/folder-lock'
import { createIds } from '../../../server-mock/ids'
import { readOptions } from '../../../server-mock/options'
import type { Json } from '../../support/server'

const TIMEOUT_MS = 120_000
let folder: string
const running: ChildProcess[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shelfcount-main-'))
})
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

interface Started {
  readonly child: ChildProcess
  readonly origin: string
  readonly output: () => string
}

/** Resolves when the address is printed, or with an empty origin when the process ends. */
function start(args: readonly string[]): Promise<Started> {
  const { DATABASE_URL: _url, MOQUI_PROFILE: _profile, PORT: _port, ...env } = process.env
  const child = spawn(process.execPath, ['--import', 'tsx', 'server-mock/main.ts', ...args], {
    env,
  })
  running.push(child)
  let text = ''
  return new Promise((resolve) => {
    const read = (chunk: Buffer): void => {
      text += chunk.toString()
      const origin = /http:\/\/localhost:\d+/.exec(text)?.[0]
      if (origin !== undefined && text.includes('Demo users'))
        resolve({ child, origin, output: () => text })
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('close', () => resolve({ child, origin: '', output: () => text }))
  })
}

const ended = (child: ChildProcess) =>
  new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))

async function call(
  origin: string,
  method: string,
  path: string,
  { token = '', body }: { token?: string; body?: object } = {},
): Promise<Json> {
  const answer = await fetch(`${origin}/rest/s1/${path}`, {
    method,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  expect(answer.status).toBe(200)
  return answer.json()
}

describe('the server process', () => {
  it(
    '[SP17] [SP18] keeps acknowledged writes over kill -9, refuses a second one on its port or folder, and ends cleanly',
    { timeout: TIMEOUT_MS },
    async () => {
      const first = await start(['--port', '0', '--data', folder])
      expect(first.output()).toContain('Demo users: ana, ben, sam, alex · password shelfcount')
      const port = new URL(first.origin).port

      const [samePort, sameFolder] = await Promise.all([
        start(['--port', port, '--data', join(folder, 'other')]),
        start(['--port', '0', '--data', folder]),
      ])
      expect(samePort.output()).toContain(`Port ${port} is taken`)
      expect(sameFolder.output()).toContain('Another server is using the data folder')

      const { token } = await call(first.origin, 'POST', 'admin/login', {
        body: { username: 'ana', password: 'shelfcount' },
      })
      const value = (n: number) => ({
        userId: 'USER_ANA',
        preferenceKey: 'LAST',
        preferenceValue: String(n),
      })
      let acknowledged = 0
      const writing = (async () => {
        for (let n = 1; n <= 10_000; n += 1) {
          await call(first.origin, 'PUT', 'admin/user/preferences', { token, body: value(n) })
          acknowledged = n
          if (n === 40) first.child.kill('SIGKILL')
        }
      })().catch((error: unknown) => error)
      expect(await writing).toBeInstanceOf(TypeError)
      expect(acknowledged).toBeGreaterThanOrEqual(40)

      const second = await start(['--port', '0', '--data', folder])
      const [row] = await call(second.origin, 'GET', 'admin/user/preferences?preferenceKey=LAST', {
        token,
      })
      expect(Number(row.preferenceValue)).toBeGreaterThanOrEqual(acknowledged)
      expect(second.output()).not.toContain('Making the database')
      const exit = ended(second.child)
      second.child.kill('SIGTERM')
      expect(await exit).toBe(0)
    },
  )

  it('[SP17] the folder is free again after its server has let it go', async () => {
    const lock = await lockFolder(join(folder, 'locked'))
    await expect(lockFolder(join(folder, 'locked'))).rejects.toThrow('Another server')
    await lock.release()
    await (await lockFolder(join(folder, 'locked'))).release()
  })
})

describe('options', () => {
  it('[SP23] the command line wins over the environment, and the demo is on without a database of one’s own', () => {
    const env = { PORT: '9000', MOQUI_PROFILE: 'hotwax' }
    expect(readOptions([], env)).toMatchObject({
      port: 9000,
      profile: 'hotwax',
      hasDemo: true,
      hasFaults: false,
      tokenHours: 24,
    })
    expect(readOptions(['--port', '1', '--profile', 'extended'], env)).toMatchObject({
      port: 1,
      profile: 'extended',
    })
    const withUrl = { DATABASE_URL: 'postgres://x' }
    expect(readOptions([], withUrl).hasDemo).toBe(false)
    expect(readOptions(['--demo'], withUrl).hasDemo).toBe(true)
    expect(readOptions([], { PORT: '', DATABASE_URL: '' })).toMatchObject({
      port: 8080,
      databaseUrl: null,
    })
  })

  it.each([
    ['--port', 'x'],
    ['--port', '70000'],
    ['--profile', 'moqui'],
    ['--token-hours', '0'],
    ['--nothing', '1'],
  ])('[SP23] refuse %s %s', (...args) => {
    expect(() => readOptions(args, {})).toThrow()
  })
})

describe('ids', () => {
  it('[SP24] are of twenty characters, grow with time and differ within a millisecond', () => {
    let now = 1_800_000_000_000
    const ids = createIds(() => now)
    const first = Array.from({ length: 1000 }, () => ids.next())
    now += 1
    expect(first.every((it) => /^M[0-9A-Z]{19}$/.test(it) && it < ids.next())).toBe(true)
    expect(new Set(first).size).toBe(1000)
  })
})
