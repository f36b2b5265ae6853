// A long list is written bit by bit where nobody sees it, and is there at one moment; whoever dies on the way leaves nothing.
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Db, Sql } from '../../../server-mock/db/db'
import { insertJob } from '../../../server-mock/plan/import-store'
import { runImports } from '../../../server-mock/plan/run-import'
import { STAGED_LINES } from '../../../server-mock/plan/stage-lines'
import { startCountsServer, type CountsServer } from '../../support/counts-server'
import { csvOf, untilOver } from '../../support/plan-server'

vi.setConfig({ testTimeout: 60_000 })

const PRODUCTS = 2 * STAGED_LINES + 10
const WRITES = 'insert into session_item'

let server: CountsServer
let serial = 0
beforeAll(async () => {
  server = await startCountsServer()
  await server.db.query(
    `insert into product (product_id, product_name, change_seq) select 'B' || n, 'Bulk ' || n, 20000 + n from generate_series(1, $1::int) n`,
    [PRODUCTS],
  )
}, 120_000)
afterAll(() => server.close())
// The job of one test is nobody's work in the next.
beforeEach(() => server.db.query('delete from import_job'))

/** Half of the products in each of two areas, of a count of its own. */
async function aJob(rows = PRODUCTS, productOf = (n: number) => `B${n}`) {
  const jobId = `JOB-${(serial += 1)}`
  const lines = Array.from(
    { length: rows },
    (_, n) => `${jobId},north,${productOf(n + 1)},${n % 2 === 0 ? 'left' : 'right'}`,
  )
  const content = csvOf('countImportName,facilityId,productId,facilityAreaId', ...lines)
  const caller = { userId: 'sam', userName: 'sam' }
  await insertJob(server.db, {
    jobId,
    fileName: 'x',
    content,
    hash: jobId,
    facilityIds: null,
    caller,
    now: server.clock.at,
  })
  return jobId
}

interface Hooks {
  /** Before a statement; may throw. */
  readonly before?: (text: string, params: readonly unknown[]) => void
  /** After a transaction that wrote lines, the nth of them, while the connection is free. */
  readonly between?: (nth: number) => Promise<void>
}

/** The server's database as a process sees it that is watched, or that dies. */
function hooked({ before, between }: Hooks): Db {
  let chunks = 0
  const watching = (sql: Sql, texts: string[]): Sql => ({
    query: async (text, params = []) => {
      before?.(text, params)
      texts.push(text)
      return sql.query(text, params)
    },
  })
  return {
    ...server.db,
    ...watching(server.db, []),
    tx: async (work) => {
      const texts: string[] = []
      const result = await server.db.tx((sql) => work(watching(sql, texts)))
      if (texts.some((it) => it.includes(WRITES))) await between?.((chunks += 1))
      return result
    },
  }
}

/** One process that carries out what there is. @returns what it wrote into its log */
async function run({
  db = server.db,
  at = server.clock.at,
}: { readonly db?: Db; readonly at?: number } = {}) {
  const lines: string[] = []
  let ids = 0
  const process = (serial += 1)
  await runImports({
    db,
    clock: { now: () => at },
    ids: { next: () => `P${process}-${(ids += 1)}` },
    log: (line) => lines.push(line),
  })
  return lines
}

async function countsOf(jobId: string) {
  const list = await server.call('sam', 'GET', 'cycleCounts/workEfforts?pageSize=100')
  return (list.body.cycleCounts as { workEffortName: string }[]).filter(
    (it) => it.workEffortName === jobId,
  )
}

const linesWithoutSession = async () =>
  (
    await server.db.query<{ n: number }>(
      'select count(*)::int as n from session_item i where not exists (select 1 from count_session s where s.session_id = i.session_id)',
    )
  )[0]?.n

describe('a long import', () => {
  it('[PL60] is written a few hundred lines at a time, lets others in between, and is seen at one moment', async () => {
    const jobId = await aJob()
    const chunks: number[] = []
    const seen: unknown[] = []
    const db = hooked({
      before: (text, params) => {
        if (text.includes(WRITES))
          chunks.push((JSON.parse(String(params.at(-1))) as unknown[]).length)
      },
      between: async () => {
        const job = await server.call('sam', 'GET', `cycleCounts/systemMessages/${jobId}`)
        seen.push([(await countsOf(jobId)).length, job.body.rowsWritten])
      },
    })

    expect(await run({ db })).toEqual([])
    expect(chunks).toEqual([STAGED_LINES, STAGED_LINES, 10])
    expect(seen).toEqual([
      [0, STAGED_LINES],
      [0, 2 * STAGED_LINES],
      [0, PRODUCTS],
    ])
    expect(await untilOver(server, jobId)).toMatchObject({
      made: [{ items: PRODUCTS }],
      rowsWritten: PRODUCTS,
    })
    expect(await countsOf(jobId)).toMatchObject([
      { sessions: [{ facilityAreaId: 'left' }, { facilityAreaId: 'right' }] },
    ])
  })

  it('[PL60] gives the next line of a session that it made a number of its own', async () => {
    const jobId = await aJob(4)
    await run()
    const [session] = await server.db.query<{ id: string; next: number }>(
      "select session_id as id, next_item_seq as next from count_session where area = 'left' and work_effort_id = (select made->0->>'workEffortId' from import_job where job_id = $1)",
      [jobId],
    )

    expect(session?.next).toBe(3)
  })

  it('[PL60] joins a session that somebody has opened meanwhile, and leaves its own lines to nobody', async () => {
    const first = await aJob(2)
    const jobId = `${first}-more`
    // The same count, written before it is there: when it comes to be made, the count is open.
    const content = csvOf(
      'countImportName,facilityId,productId,facilityAreaId',
      `${first},north,B1,left`,
      `${first},north,B7,left`,
    )
    const caller = { userId: 'sam', userName: 'sam' }
    await server.db.query(
      "update import_job set status_id = 'SmsgConsuming', beat_at = $2 where job_id = $1",
      [first, server.clock.at],
    )
    await insertJob(server.db, {
      jobId,
      fileName: 'x',
      content,
      hash: jobId,
      facilityIds: null,
      caller,
      now: server.clock.at,
    })
    const db = hooked({
      between: async (nth) => {
        if (nth > 1) return
        await server.db.query(
          "update import_job set status_id = 'SmsgReceived' where job_id = $1",
          [first],
        )
        await run()
      },
    })

    expect(await run({ db })).toEqual([])
    expect(await untilOver(server, jobId)).toMatchObject({ made: [{ items: 1, isNew: false }] })
    expect(await countsOf(first)).toHaveLength(1)
    expect(await linesWithoutSession()).toBe(0)
  })

  it('[PL61] whose process died is written anew by another one, and what was left behind is gone', async () => {
    const jobId = await aJob()
    let isDead = false
    const db = hooked({
      before: () => {
        if (isDead) throw new Error('this process is no more')
      },
      between: () => Promise.resolve(void (isDead = true)),
    })
    await run({ db })
    const left = await linesWithoutSession()
    await run({ at: server.clock.at + 61_000 })

    expect(left).toBe(STAGED_LINES)
    expect(await untilOver(server, jobId)).toMatchObject({
      statusId: 'SmsgConsumed',
      made: [{ items: PRODUCTS }],
    })
    expect(await countsOf(jobId)).toHaveLength(1)
    expect(await linesWithoutSession()).toBe(0)
  })

  it('[PL61] that was only slow writes nothing more once another process has taken it up', async () => {
    const jobId = await aJob()
    const db = hooked({
      between: async (nth) => {
        if (nth === 1) await run({ at: server.clock.at + 61_000 })
      },
    })

    expect(await run({ db })).toEqual([])
    expect(await untilOver(server, jobId)).toMatchObject({
      statusId: 'SmsgConsumed',
      made: [{ items: PRODUCTS }],
    })
    expect(await countsOf(jobId)).toHaveLength(1)
    expect(await linesWithoutSession()).toBe(0)
  })

  it('[PL61] that was cancelled after its process died leaves nothing, as soon as somebody looks', async () => {
    const jobId = await aJob()
    let isDead = false
    const db = hooked({
      before: () => {
        if (isDead) throw new Error('this process is no more')
      },
      between: () => Promise.resolve(void (isDead = true)),
    })
    await run({ db })
    const cancelled = await server.call('sam', 'POST', `cycleCounts/systemMessages/${jobId}`, {
      statusId: 'SmsgCancelled',
    })
    await server.call('sam', 'GET', 'cycleCounts/systemMessages')

    expect(cancelled.status).toBe(200)
    await vi.waitFor(async () => expect(await linesWithoutSession()).toBe(0), { timeout: 10_000 })
    expect(await countsOf(jobId)).toEqual([])
  })

  it('[PL62] keeps its errors a few hundred at a time, and tells them when all are there', async () => {
    const jobId = await aJob(1100, (n) => `NOPE${n}`)
    const told: unknown[] = []
    const path = `cycleCounts/systemMessages/${jobId}`
    const db: Db = {
      ...server.db,
      tx: async (work) => {
        const result = await server.db.tx(work)
        const [job, errors] = [
          await server.call('sam', 'GET', path),
          await server.call('sam', 'GET', `${path}/errors`),
        ]
        told.push([job.body.errorCount, errors.body])
        return result
      },
    }

    expect(await run({ db })).toEqual([])
    expect(told).toEqual([
      [0, []],
      [0, []],
      [0, []],
    ])
    expect(await untilOver(server, jobId)).toMatchObject({
      statusId: 'SmsgError',
      errorCount: 1100,
    })
    expect(
      (await server.call('sam', 'GET', `${path}/errors?pageSize=1&pageIndex=1099`)).body,
    ).toMatchObject([{ value: 'NOPE1100', line: 1101 }])
  })
})
