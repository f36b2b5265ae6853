// `npm run audit` as an auditor runs it: a process of its own on a data folder, or on a PostgreSQL where there is one.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openPglite } from '../../../server-mock/db/pglite-db'
import { openPostgres } from '../../../server-mock/db/postgres-db'
import { startTestServer, TEST_DATABASE_URL } from '../../support/server'

interface Ended {
  readonly code: number
  readonly output: string
}

/** @param databaseUrl null: none, whatever this test itself runs on */
function audit(args: readonly string[], databaseUrl: string | null = null): Promise<Ended> {
  const { DATABASE_URL: _url, ...rest } = process.env
  const env = databaseUrl === null ? rest : { ...rest, DATABASE_URL: databaseUrl }
  return new Promise((resolve) => {
    const argv = ['--import', 'tsx', 'server-mock/audit-main.ts', ...args]
    execFile(process.execPath, argv, { env }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr }),
    )
  })
}

describe('the command', () => {
  it('[RP16] checks a data folder, names the altered row, and changes nothing', { timeout: 240_000 }, async () => {
    const demo = await startTestServer()
    const folder = await mkdtemp(join(tmpdir(), 'shelfcount-audit-'))
    const open = async (dump?: Blob) => openPglite({ folder: join(folder, 'pglite'), ...(dump === undefined ? {} : { dump }) })
    await (await open(await (demo.db as Awaited<ReturnType<typeof openPglite>>).dump())).close()
    await demo.close()
    await writeFile(join(folder, 'pglite-is-complete'), '')

    const whole = await audit(['--data', folder])
    const tampered = await open()
    await tampered.query("update scan_event set quantity = 2 where event_id = 'demo-M100055S0-4'")
    await tampered.close()
    const [found, one, none] = [
      await audit(['--data', folder]),
      await audit(['--data', folder, '--count', 'M100056']),
      await audit(['--data', join(folder, 'nowhere')]),
    ]

    expect([whole.code, whole.output]).toEqual([0, expect.stringContaining('10 checked, 0 broken')])
    expect(found.code).toBe(1)
    expect(found.output).toMatch(/M100055 Sweets and snacks, NORTHSIDE: BROKEN/)
    expect(found.output).toMatch(/entry \d+, scan \["M100055S0", "demo-M100055S0-4"\]: was altered/)
    expect(found.output).toContain('10 checked, 1 broken')
    expect([one.code, one.output]).toEqual([0, expect.stringContaining('1 checked, 0 broken')])
    expect([none.code, none.output]).toEqual([2, expect.stringContaining('No database in')])
    await rm(folder, { recursive: true })
  })

  it.skipIf(TEST_DATABASE_URL === '')(
    '[RP16] checks a PostgreSQL while a server runs on it, and changes nothing (skipped without DATABASE_URL)',
    { timeout: 240_000 },
    async () => {
      const admin = await openPostgres(TEST_DATABASE_URL)
      const name = `audit_${process.pid}`
      await admin.query(`create database ${name}`)
      const url = new URL(TEST_DATABASE_URL)
      url.pathname = `/${name}`
      const demo = await startTestServer({ database: 'postgres', databaseUrl: url.href })

      const whole = await audit([], url.href)
      await demo.db.query("update scan_event set quantity = 2 where event_id = 'demo-M100055S0-4'")
      const found = await audit([], url.href)
      await demo.db.query("update scan_event set quantity = 1 where event_id = 'demo-M100055S0-4'")
      const again = await audit([], url.href)

      expect([whole.code, whole.output]).toEqual([0, expect.stringContaining('10 checked, 0 broken')])
      expect(found.code).toBe(1)
      expect(found.output).toMatch(/entry \d+, scan \["M100055S0", "demo-M100055S0-4"\]: was altered/)
      expect(again).toEqual(whole)
      await demo.close()
      await admin.query(`drop database ${name}`)
      await admin.close()
    },
  )
})
