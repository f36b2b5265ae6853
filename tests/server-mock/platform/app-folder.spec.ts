import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SERVER_START_MS, startTestServer, type TestServer } from '../../support/server'

let server: TestServer
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shelfcount-app-'))
  await mkdir(join(folder, 'assets'))
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>App</title>')
  await writeFile(join(folder, 'sw.js'), '// worker')
  await writeFile(join(folder, 'assets', 'main-Ab3dE_9x.js'), '// app')
  server = await startTestServer({ appFolder: folder, isListening: true })
}, SERVER_START_MS)
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

const get = (path: string) => fetch(server.origin + path)

describe('the app folder', () => {
  it.each(['/', '/index.html', '/counts', '/sessions/M100201/hand-count'])(
    '[SP22] %s is the app, asked for again each time',
    async (path) => {
      const answer = await get(path)
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        200,
        'text/html; charset=utf-8',
      ])
      expect(await answer.text()).toContain('<title>App</title>')
      expect(answer.headers.get('cache-control')).toBe('no-cache')
      const policy = answer.headers.get('content-security-policy') ?? ''
      expect(policy).toContain("script-src 'self';")
      expect(policy).toContain("connect-src 'self' https: http://localhost:* http://127.0.0.1:*;")
      expect(policy).not.toMatch(/script-src[^;]*unsafe/)
    },
  )

  it('[SP22] keep files with a hash for ever, and ask for the service worker again each time', async () => {
    expect((await get('/assets/main-Ab3dE_9x.js')).headers.get('cache-control')).toContain(
      'immutable',
    )
    const worker = await get('/sw.js')
    expect(worker.headers.get('content-type')).toContain('javascript')
    expect(worker.headers.get('cache-control')).toBe('no-cache')
  })

  it('[SP22] a file or call that does not exist is a 404 and never the app', async () => {
    for (const path of [
      '/assets/old-12345678.js',
      '/rest/s1/nothing',
      '/rest/nothing',
      '/../../etc/passwd.txt',
      '/%2e%2e/%2e%2e/secret.txt',
    ]) {
      const answer = await get(path)
      expect([path, answer.status]).toEqual([path, 404])
      expect(answer.headers.get('cache-control') ?? '').not.toContain('immutable')
    }
  })
})
