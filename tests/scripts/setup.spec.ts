// Proves the parts of the setup that decide: which Node will do, and whether anything has changed.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { contentHash } from '../../scripts/content-hash.mjs'
import { ensurePostgres, ensureWebkit } from '../../scripts/ensure-packages.mjs'
import { isNodeSupported, nodeProblem } from '../../scripts/node-version.mjs'
import { run } from '../../scripts/run.mjs'

describe('the supported Node versions', () => {
  it.each(['20.19.0', '20.20.2', '22.13.0', '24.0.0', '26.10.0'])('[HO1] include %s', (version) => {
    expect(isNodeSupported(version)).toBe(true)
  })

  it.each(['16.20.2', '18.20.8', '20.18.3', '21.7.3', '22.12.0', '23.11.0'])(
    '[HO1] leave out %s, and say what is needed',
    (version) => {
      expect(isNodeSupported(version)).toBe(false)
      expect(nodeProblem(version)).toContain(version)
    },
  )
})

describe('what a machine lacks', () => {
  const nothing = { reason: 'installing packages needs Debian and root', ok: false } as const
  const say = () => undefined

  it('[HO10] a PostgreSQL that is not there and cannot be installed: what to do, and what goes without', async () => {
    const found = await ensurePostgres(say, { find: () => null, install: async () => nothing })

    expect(found).toMatchObject({ ok: false, reason: expect.stringMatching(/Install PostgreSQL.*DATABASE_URL.*skipped/) })
  })

  it('[HO10] a WebKit that is not there and cannot be installed: the packages by name', async () => {
    const found = await ensureWebkit(say, { find: async () => false, install: async () => nothing })

    expect(found).toMatchObject({ ok: false, reason: expect.stringMatching(/webkit2gtk-driver.*skipped/) })
  })
})

describe('the content hash', () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'shelfcount-hash-'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  it('[HO1] stays the same while nothing changes', () => {
    writeFileSync(path.join(folder, 'a'), 'one')

    expect(contentHash([folder])).toBe(contentHash([folder]))
  })

  it('[HO1] changes with a byte, a name and a fact', () => {
    writeFileSync(path.join(folder, 'a'), 'one')
    const before = contentHash([folder], ['linux'])

    const otherFact = contentHash([folder], ['darwin'])
    writeFileSync(path.join(folder, 'b'), '')
    const otherName = contentHash([folder], ['linux'])
    writeFileSync(path.join(folder, 'a'), 'two')
    const otherByte = contentHash([folder], ['linux'])

    expect(new Set([before, otherFact, otherName, otherByte]).size).toBe(4)
  })
})

/** A port whose first caller is awaited and then missed: how a test in here notices the end of a process out there. */
async function openLine() {
  const server = createServer()
  const broken = new Promise<void>((resolve) => {
    server.once('connection', (socket) => {
      socket
        .once('error', () => undefined)
        .once('close', () => {
          server.close(() => {
            resolve()
          })
        })
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { port: address.port, broken }
}

describe('a program that is run', () => {
  it('[HO3] is stopped at its limit together with its children', async () => {
    const line = await openLine()
    const child = `require('node:net').connect(${line.port}, '127.0.0.1'); setInterval(() => {}, 1000)`
    const parent = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}]); setInterval(() => {}, 1000)`

    const result = await run(process.execPath, ['-e', parent], { timeoutMs: 1500, quiet: true })

    expect(result).toMatchObject({ ok: false, timedOut: true })
    // The grandchild's connection breaks only with the grandchild.
    await line.broken
  })

  it('[HO1] that does not exist is a result, not a crash', async () => {
    const result = await run('no-such-program-here', [], { quiet: true })

    expect(result).toMatchObject({ ok: false, code: null })
  })
})
