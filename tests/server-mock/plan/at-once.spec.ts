// Planners at the same time, on PostgreSQL, where two transactions really run beside each other.
import { describe, expect, it, vi } from 'vitest'
import type { Db, Sql } from '../../../server-mock/db/db'
import { insertJob } from '../../../server-mock/plan/import-store'
import { runImports } from '../../../server-mock/plan/run-import'
import { startCountsServer } from '../../support/counts-server'
import { csvOf } from '../../support/plan-server'

vi.setConfig({ testTimeout: 120_000 })
const HAS_POSTGRES = process.env['DATABASE_URL'] !== undefined

describe.skipIf(!HAS_POSTGRES)('at the same time (skipped without DATABASE_URL)', () => {
  it('[PL35] two who take what is due take different products', async () => {
    const server = await startCountsServer('extended', { database: 'postgres' })
    await server.db.query("insert into product (product_id, product_name, change_seq) select 'D' || n, 'Due ' || n, 1000 + n from generate_series(1, 40) n")
    await server.db.query("insert into product_valuation (facility_id, product_id, abc_class) select 'north', 'D' || n, 'A' from generate_series(1, 40) n")
    await server.call('sam', 'PUT', 'plan/schedule', { facilityId: 'north', everyDays: { A: 30 } })
    const take = (n: number) =>
      server.call('sam', 'POST', 'plan/counts', {
        requestId: `r${n}`, workEffortId: `DUE-${n}`, workEffortName: `Due ${n}`, facilityId: 'north',
        workEffortPurposeTypeId: 'DIRECTED_COUNT', products: { by: 'due', first: 10 }, parts: [{ countImportName: 'x' }],
      })
    const taken = await Promise.all([1, 2, 3, 4].map(take))
    const rows = await server.db.query<{ id: string }>("select product_id as id from session_item where product_id like 'D%'")

    expect(taken.map((it) => it.status)).toEqual([200, 200, 200, 200])
    expect(rows).toHaveLength(40)
    expect(new Set(rows.map((it) => it.id)).size).toBe(40)
    await server.close()
  })

  it('[PL42] an import is cancelled while its counts are being written, without waiting for them', async () => {
    const server = await startCountsServer('extended', { database: 'postgres' })
    const content = csvOf('countImportName,facilityId,productId', 'List,north,TEE', 'List,north,CAP')
    await server.db.tx(async (sql) => {
      await insertJob(sql, { jobId: 'J1', fileName: 'list', content, hash: 'h', facilityIds: null, caller: { userId: 'sam', userName: 'sam' }, now: server.clock.at })
      // Nobody but the one below takes it up.
      await sql.query("update import_job set status_id = 'SmsgConsuming', beat_at = $1 where job_id = 'J1'", [server.clock.at])
    })
    let cancelled = 0
    const cancelInTheMiddle = (sql: Sql): Sql => ({
      query: async <R extends object>(text: string, params?: readonly unknown[]) => {
        const rows = await sql.query<R>(text, params)
        if (cancelled === 0 && text.includes('insert into cycle_count'))
          cancelled = (await server.call('sam', 'POST', 'cycleCounts/systemMessages/J1', { statusId: 'SmsgCancelled' })).status
        return rows
      },
    })
    const db: Db = { ...server.db, tx: (work) => server.db.tx((sql) => work(cancelInTheMiddle(sql))) }
    let ids = 0
    await runImports({ db, clock: { now: () => server.clock.at + 120_000 }, ids: { next: () => `I${(ids += 1)}` }, log: () => undefined })
    const [job] = await server.db.query<{ status: string }>("select status_id as status from import_job where job_id = 'J1'")

    expect([cancelled, job?.status]).toEqual([200, 'SmsgCancelled'])
    expect(await server.db.query("select 1 from cycle_count where name = 'List'")).toEqual([])
    await server.close()
  })
})
