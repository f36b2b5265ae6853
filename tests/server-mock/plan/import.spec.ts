// Imported lists over the real routes: whole or not at all, with everything that is wrong told at once.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Db, Sql } from '../../../server-mock/db/db'
import { claimJob, insertJob } from '../../../server-mock/plan/import-store'
import { runImports } from '../../../server-mock/plan/run-import'
import { REST, COUNTS } from '../../../src/contract/envelope'
import { startCountsServer, type CountsServer } from '../../support/counts-server'
import { csvOf, importList, untilOver, upload } from '../../support/plan-server'

vi.setConfig({ testTimeout: 60_000 })

let server: CountsServer
let serial = 0
beforeAll(async () => {
  server = await startCountsServer()
  await server.db.query("update facility set facility_time_zone = 'America/New_York' where facility_id = 'north'")
  await server.db.query("insert into product_identifier (product_id, type, value) values ('TEE', 'COLOUR', 'red'), ('CAP', 'COLOUR', 'red')")
}, 120_000)
afterAll(() => server.close())

const COLUMNS = 'countImportName,facilityId,idType,idValue,facilityAreaId,assignedTo,estimatedCompletionDate'
const aName = () => `List ${(serial += 1)}`
const countsNow = async () =>
  (await server.db.query<{ n: number }>('select (select count(*) from cycle_count)::int + (select count(*) from count_session)::int + (select count(*) from session_item)::int as n'))[0]?.n
const sessionsOf = async (countId: string) =>
  server.db.query<{ session_id: string; area: string | null; assigned_to: string | null; items: string[] }>(
    `select session_id, area, assigned_to, (select array_agg(product_id order by item_seq) from session_item i
       where i.session_id = s.session_id and is_requested) as items
     from count_session s where work_effort_id = $1 order by created_at, session_id`,
    [countId],
  )

describe('an import', () => {
  it('[PL12] [PL14] makes counts of names and facilities, sessions of areas and people, each product once', async () => {
    const name = aName()
    const { job } = await importList(server, {
      csv: csvOf(
        COLUMNS,
        `${name},north,SKU,CAP-R,display,ana,11-26-2026 17:00:00`,
        `${name},north,,036000291452,display,ana,2026-11-26 17:00`,
        `${name},north,UPCA,0036000291452,display,ana,11-26-2026 17:00:00`,
        `${name},north,UPCA,36000291452,,BEN,11-26-2026 17:00`,
        `${name} b,north,SKU,CAP-R,,,`,
      ),
    })

    expect(job).toMatchObject({ statusId: 'SmsgConsumed', rowsTotal: 5, rowsDone: 5, errorCount: 0 })
    expect(job!.made).toMatchObject([{ workEffortName: name, items: 3, isNew: true }, { items: 1 }])
    expect(await sessionsOf(job.made[0].workEffortId)).toMatchObject([
      { area: 'display', assigned_to: 'ana', items: ['CAP', 'TEE'] },
      { area: null, assigned_to: 'ben', items: ['TEE'] },
    ])
    const count = await server.call('ana', 'GET', `cycleCounts/workEfforts/${job.made[0].workEffortId}`)
    // Five in the afternoon in New York.
    expect(count.body).toMatchObject({ statusId: 'CYCLE_CNT_CREATED', estimatedCompletionDate: Date.UTC(2026, 10, 26, 22) })
  })

  it('[PL14] adds to an open count of the name what it lacks, and tells the devices that have it open', async () => {
    const name = aName()
    const first = await importList(server, { csv: csvOf(COLUMNS, `${name},north,SKU,CAP-R,,ana,`) })
    const countId = first.job.made[0].workEffortId
    const [session] = await sessionsOf(countId)
    await server.call('sam', 'PUT', `cycleCounts/workEfforts/${countId}`, { statusId: 'CYCLE_CNT_IN_PRGS' })
    const path = `cycleCounts/sessions/${session!.session_id}/lock`
    const lock = await server.call('ana', 'POST', path, { deviceId: 'd1' })
    const second = await importList(server, {
      csv: csvOf(COLUMNS, `${name},north,SKU,CAP-R,,ana,`, `${name},north,,036000291452,,ana,`),
    })
    const beat = await server.call('ana', 'PUT', path, { deviceId: 'd1', fence: lock.body.fence })

    expect(second.job.made).toEqual([{ workEffortId: countId, workEffortName: name, items: 1, isNew: false }])
    expect(await sessionsOf(countId)).toMatchObject([{ items: ['CAP', 'TEE'] }])
    expect([lock.body.heardElsewhereAt, beat.body.heardElsewhereAt]).toEqual([0, server.clock.at])
  })

  it('[PL48] is refused where it says something else of an open count than that says itself, and joins it where it says nothing', async () => {
    const name = aName()
    const columns = `${COLUMNS},isBlind,estimatedStartDate,purposeType`
    const file = (more: string, due = '11-26-2026 17:00:00') => csvOf(columns, `${name},north,SKU,CAP-R,,,${due},${more}`)
    const first = await importList(server, { csv: file('N,11-20-2026 08:00:00,') })
    const before = await countsNow()
    const refused = [
      await importList(server, { csv: file('Y,11-20-2026 08:00:00,') }),
      await importList(server, { csv: file('N,11-21-2026 08:00:00,') }),
      await importList(server, { csv: file('N,11-20-2026 08:00:00,', '11-27-2026 17:00:00') }),
      await importList(server, { csv: file('Y,,HARD_COUNT', '11-27-2026 17:00:00') }),
    ]
    const left = await countsNow()
    const joined = await importList(server, { csv: csvOf(columns, `${name},north,,036000291452,,,,,,`) })
    const told = refused.map((it) => [it.job.statusId, it.errors.map((error: { line: number; column: string }) => [error.line, error.column])])

    expect(told).toEqual([
      ['SmsgError', [[2, 'isBlind']]],
      ['SmsgError', [[2, 'estimatedStartDate']]],
      ['SmsgError', [[2, 'estimatedCompletionDate']]],
      ['SmsgError', [[2, 'purposeType'], [2, 'estimatedCompletionDate'], [2, 'isBlind']]],
    ])
    expect(refused[0]!.errors[0].message).toBe('There is an open count of this name, and it is not blind: say so here, or take another name')
    expect(refused[2]!.errors[0].message).toBe('There is an open count of this name with another date: leave the date out, or take another name')
    expect(left).toBe(before)
    expect(joined.job.made).toEqual([{ ...first.job.made[0], items: 1, isNew: false }])
  })

  it('[PL48] is refused where it is not blind and the open count is', async () => {
    const name = aName()
    const columns = `${COLUMNS},isBlind`
    await importList(server, { csv: csvOf(columns, `${name},north,SKU,CAP-R,,,,Y`) })
    const open = await importList(server, { csv: csvOf(columns, `${name},north,,036000291452,,,,N`) })
    const silent = await importList(server, { csv: csvOf(columns, `${name},north,,036000291452,,,,`) })

    expect(open.errors).toMatchObject([{ column: 'isBlind', message: expect.stringContaining('it is blind') }])
    expect(silent.job.made).toMatchObject([{ items: 1, isNew: false }])
  })

  it('[PL13] [PL15] tells every error with line, column and value, and takes nothing', async () => {
    const before = await countsNow()
    const name = aName()
    const { job, errors } = await importList(server, {
      csv: csvOf(
        `${COLUMNS},purposeType,sourceLine`,
        `${name},north,SKU,CAP-R,,,,,`,
        `,north,SKU,NOPE,,,,,`,
        `${name},south,SKU,CAP-R,,,,,`,
        `${name},north,SKU,,,zoe,31/12/2026,,`,
        `${name},north,COLOUR,red,,,03-08-2026 02:30:00,,`,
        `${name},north,SKU,CAP-R,,,,SPOT_COUNT,99`,
        `${name},north,SKU,CAP-R,,,11-26-2026 17:00:00,,`,
      ),
    })
    const told = errors.map((it: { line: number; column: string; value?: string }) => [it.line, it.column, it.value])

    expect(job).toMatchObject({ statusId: 'SmsgError', errorCount: told.length, made: [] })
    expect(told).toEqual([
      [3, 'countImportName', ''],
      [3, 'idValue', 'NOPE'],
      [4, 'facilityId', 'south'],
      [5, 'idValue', ''],
      [5, 'assignedTo', 'zoe'],
      [5, 'estimatedCompletionDate', '31/12/2026'],
      [6, 'idValue', 'red'],
      [6, 'estimatedCompletionDate', '03-08-2026 02:30:00'],
      [8, 'estimatedCompletionDate', undefined],
      [99, 'purposeType', 'SPOT_COUNT'],
    ])
    expect(errors[2].errorText).toBe('Line 4, facilityId: Invalid facilityId: south. No matching facility found.')
    expect(await countsNow()).toBe(before)
  })

  it('[PL13] says what is wrong with a file as a whole', async () => {
    const wrong = {
      'The column countImportName is missing': 'sku\nCAP-R\n',
      'The file has no rows': `${COLUMNS}\n`,
      'The column idValue is there twice': 'countImportName,idValue,idValue\na,b,c\n',
      'The file has more than 50000 rows: split it': `countImportName\n${'a\n'.repeat(50_001)}`,
    }
    for (const [message, csv] of Object.entries(wrong)) {
      const { job, errors } = await importList(server, { csv })
      expect([job.statusId, errors[0].message, errors[0].line]).toEqual(['SmsgError', message, undefined])
    }
    expect((await importList(server, { csv: 'countImportName,"x\nbroken' })).errors[0].message).toContain('no CSV file')
  })

  it('[PL15] leaves nothing behind when the last count of a file fails', async () => {
    const name = aName()
    const before = await countsNow()
    await server.db.query(
      `create function refuse_last() returns trigger language plpgsql as $$ begin
         if new.name like '% last' then raise exception 'half way'; end if; return new; end $$`,
    )
    await server.db.query('create trigger half_way before insert on cycle_count for each row execute function refuse_last()')
    const csv = csvOf(COLUMNS, `${name},north,SKU,CAP-R,,,`, `${name} last,north,SKU,CAP-R,,,`)
    const failed = await importList(server, { csv })
    await server.db.query('drop trigger half_way on cycle_count')

    expect(failed.job.statusId).toBe('SmsgError')
    expect(failed.errors[0].message).toContain('Nothing was imported')
    expect(await countsNow()).toBe(before)
    // Not recognised: it was not imported.
    expect((await importList(server, { csv })).job.statusId).toBe('SmsgConsumed')
  })

  it('[PL16] recognises the same file, also twice at once, and takes it again only on request', async () => {
    const csv = csvOf(COLUMNS, `${aName()},north,SKU,CAP-R,,,`)
    const hash = 'a'.repeat(64)
    const both = await Promise.all([upload(server, { csv, hash }), upload(server, { csv: `${csv} `, hash })])
    const id = both[0].body.systemMessageId
    await untilOver(server, id)
    const later = await upload(server, { csv, hash })
    const again = await upload(server, { csv, hash, isAgain: true })
    await untilOver(server, again.body.systemMessageId)

    expect(both.map((it) => it.body.isKnown).toSorted()).toEqual([false, true])
    expect(both[1].body.systemMessageId).toBe(id)
    expect(later.body).toMatchObject({ systemMessageId: id, isKnown: true, knownBy: 'sam', knownSince: server.clock.at })
    expect(again.body).toMatchObject({ isKnown: false })
  })

  it('[PL46] takes the same list for another facility as another file', async () => {
    const hash = 'b'.repeat(64)
    const name = aName()
    await server.db.query("insert into user_facility (user_id, facility_id) values ('sam', 'south')")
    const at = (facilityId: string) => upload(server, { csv: csvOf(COLUMNS, `${name},${facilityId},SKU,CAP-R,,,`), hash })
    const [north, south, again] = [await at('north'), await at('south'), await at('south')]
    await server.db.query("delete from user_facility where user_id = 'sam' and facility_id = 'south'")

    expect([north.body.isKnown, south.body.isKnown, again.body.isKnown]).toEqual([false, false, true])
    expect(again.body.systemMessageId).toBe(south.body.systemMessageId)
  })

  it('[PL47] tells what became of one job to whoever may create counts in its facilities, however old, and to nobody else', async () => {
    const { job } = await importList(server, { csv: csvOf(COLUMNS, `${aName()},north,SKU,CAP-R,,,`) })
    const wrong = await importList(server, { csv: csvOf(COLUMNS, `${aName()},north,SKU,NOPE,,,`) })
    const one = `cycleCounts/systemMessages/${job.systemMessageId}`
    await server.db.query("insert into user_permission (user_id, permission_id) values ('ben', 'INV_COUNT_CREATE'), ('zoe', 'INV_COUNT_CREATE')")
    await server.db.query('update import_job set created_at = created_at - 30 * 86400000::bigint where job_id = $1', [job.systemMessageId])
    const ben = await server.call('ben', 'GET', one)
    const errors = await server.call('ben', 'GET', `cycleCounts/systemMessages/${wrong.job.systemMessageId}/errors`)
    const refused = [
      await server.call('zoe', 'GET', one),
      await server.call('zoe', 'GET', `cycleCounts/systemMessages/${wrong.job.systemMessageId}/errors`),
      await server.call('ana', 'GET', one),
      await server.call('ben', 'GET', `${one}/downloadFile`),
      await server.call('ben', 'POST', one, { statusId: 'SmsgCancelled' }),
    ]
    await server.db.query("delete from user_permission where user_id in ('ben', 'zoe') and permission_id = 'INV_COUNT_CREATE'")

    expect(ben.body).toMatchObject({ statusId: 'SmsgConsumed', made: [{ items: 1 }], createdBy: 'sam', isOwn: false })
    expect((await server.call('sam', 'GET', one)).body).toMatchObject({ isOwn: true })
    expect(errors.body).toMatchObject([{ value: 'NOPE' }])
    expect(refused.map((it) => it.status)).toEqual([404, 404, 403, 404, 404])
  })

  it('[PL11] is taken up again when its process died, and makes its counts once', async () => {
    const name = aName()
    await server.db.query(
      `insert into import_job (job_id, file_name, status_id, content, content_hash, created_by_id, created_by, created_at)
       values ('DEAD', 'dead', 'SmsgReceived', $1, 'x', 'sam', 'sam', $2)`,
      [csvOf(COLUMNS, `${name},north,SKU,CAP-R,,,`), server.clock.at],
    )
    // The one that dies.
    expect(await claimJob(server.db, server.clock.at)).toMatchObject({ jobId: 'DEAD' })
    expect(await claimJob(server.db, server.clock.at + 30_000)).toBeNull()
    server.clock.at += 61_000
    const job = await untilOver(server, 'DEAD')

    expect(job).toMatchObject({ statusId: 'SmsgConsumed', made: [{ workEffortName: name, items: 1 }] })
    const made = await server.db.query('select 1 from cycle_count where name = $1', [name])
    expect(made).toHaveLength(1)
  })

  it('[PL11] can be cancelled before it has begun, and is its sender\'s alone to see', async () => {
    await server.db.query(
      `insert into import_job (job_id, file_name, status_id, content, content_hash, created_by_id, created_by, created_at)
       values ('WAITS', 'waits', 'SmsgReceived', 'x', 'y', 'sam', 'sam', $1), ('OTHER', 'other', 'SmsgReceived', 'x', 'z', 'ben', 'ben', $1)`,
      [server.clock.at],
    )
    const cancel = (id: string) =>
      server.call('sam', 'POST', `cycleCounts/systemMessages/${id}`, { systemMessageId: id, statusId: 'SmsgCancelled' })

    expect([await cancel('WAITS'), await cancel('WAITS'), await cancel('OTHER')].map((it) => it.status)).toEqual([200, 200, 404])
    const other = await server.call('sam', 'GET', 'cycleCounts/systemMessages/OTHER/downloadFile')
    expect(other.status).toBe(404)
    const own = await server.call('sam', 'GET', 'cycleCounts/systemMessages/WAITS/downloadFile')
    expect(own.body).toEqual({ csvData: 'x' })
    const list = await server.call('sam', 'GET', 'cycleCounts/systemMessages')
    expect(list.body.map((it: { systemMessageId: string }) => it.systemMessageId)).not.toContain('OTHER')
    await server.db.query("delete from import_job where job_id = 'OTHER'")
  })

  it('[PL42] is cancelled while it is carried out, at any moment of it, and leaves nothing behind', async () => {
    const name = aName()
    const content = csvOf(COLUMNS, `${name},north,SKU,CAP-R,,,`, `${name} b,north,SKU,CAP-R,,ana,`)
    const moments = ['set rows_done', 'insert into cycle_count', 'insert into session_item', "status_id = 'SmsgConsuming'"]
    for (const [index, moment] of moments.entries()) {
      const jobId = `CANCEL-${index}`
      // As if its process had died: nobody who works by the server's clock takes it up, the one below does.
      await server.db.tx(async (sql) => {
        await insertJob(sql, { jobId, fileName: 'x', content, hash: jobId, facilityIds: null, caller: { userId: 'sam', userName: 'sam' }, now: server.clock.at })
        await sql.query("update import_job set status_id = 'SmsgConsuming', beat_at = $2 where job_id = $1", [jobId, server.clock.at])
      })
      const before = await countsNow()
      // The statement that cancels comes right behind the moment; in the making's own transaction, as PGlite has one connection.
      let isCancelled = false
      const cancelAfter = (sql: Sql): Sql => ({
        query: async <R extends object>(text: string, params?: readonly unknown[]) => {
          const rows = await sql.query<R>(text, params)
          if (!isCancelled && text.includes(moment)) {
            isCancelled = true
            await sql.query("update import_job set status_id = 'SmsgCancelled' where job_id = $1", [jobId])
          }
          return rows
        },
      })
      const db: Db = { ...server.db, ...cancelAfter(server.db), tx: (work) => server.db.tx((sql) => work(cancelAfter(sql))) }
      let ids = 0
      const lines: string[] = []
      await runImports({ db, clock: { now: () => server.clock.at + 120_000 }, ids: { next: () => `${jobId}-${(ids += 1)}` }, log: (line) => lines.push(line) })

      expect([moment, lines, isCancelled, await countsNow()]).toEqual([moment, [], true, before])
      expect((await server.call('sam', 'GET', `cycleCounts/systemMessages/${jobId}/errors`)).body).toEqual([])
    }
  })

  it('[PL42] cannot be cancelled once it is over, and a cancelled file is not taken for an imported one', async () => {
    const cancel = (id: string) => server.call('sam', 'POST', `cycleCounts/systemMessages/${id}`, { statusId: 'SmsgCancelled' })
    const csv = csvOf(COLUMNS, `${aName()},north,SKU,CAP-R,,,`)
    const { job } = await importList(server, { csv })
    expect((await cancel(job.systemMessageId)).status).toBe(400)
    await server.db.query("update import_job set status_id = 'SmsgConsuming' where job_id = $1", [job.systemMessageId])
    expect((await cancel(job.systemMessageId)).status).toBe(200)

    expect((await upload(server, { csv })).body.isKnown).toBe(false)
  })

  it('[PL11] refuses what is no form, holds no file, or is no text', async () => {
    const send = (body: BodyInit, headers: Record<string, string> = {}) =>
      server.app.request(`${REST}${COUNTS}cycleCounts/upload`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.tokenOf('sam')}`, ...headers },
        body,
      })
    const empty = new FormData()
    empty.set('fileName', 'x')
    const bytes = new FormData()
    bytes.set('uploadedFile', new Blob([new Uint8Array([0xff, 0xfe, 0x00])]), 'x.csv')
    const broken = send('--x\r\nnonsense', { 'content-type': 'multipart/form-data; boundary=x' })

    expect((await send('{}', { 'content-type': 'application/json' })).status).toBe(400)
    expect([(await send(empty)).status, (await send(bytes)).status, (await broken).status]).toEqual([400, 400, 400])
    const large = new FormData()
    large.set('uploadedFile', new Blob(['x'.repeat(17 * 1024 * 1024)]), 'x.csv')
    expect((await send(large)).status).toBe(413)
  })

  it('[PL11] looks at many rows in slices, and tells how far it is after each', async () => {
    await server.db.query(
      `insert into product (product_id, product_name, change_seq) select 'B' || n, 'Bulk ' || n, 20000 + n from generate_series(1, 7000) n`,
    )
    const name = aName()
    const rows = Array.from({ length: 7000 }, (_, index) => `${name},north,B${index + 1}`)
    const content = csvOf('countImportName,facilityId,productId', ...rows)
    await server.db.tx((sql) =>
      insertJob(sql, { jobId: 'MANY', fileName: 'many', content, hash: 'm', facilityIds: null, caller: { userId: 'sam', userName: 'sam' }, now: server.clock.at }),
    )
    const told: unknown[] = []
    // Between two words of progress the database is free for others.
    const db: Db = {
      ...server.db,
      query: async (sql, params) => {
        if (sql.includes('set rows_done')) told.push(params?.[2])
        return server.db.query(sql, params)
      },
    }
    let serialId = 0
    await runImports({ db, clock: { now: () => server.clock.at }, ids: { next: () => `MANY-${(serialId += 1)}` }, log: () => undefined })

    expect(told).toEqual([1000, 2000, 3000, 4000, 5000, 6000, 7000])
    expect(await untilOver(server, 'MANY')).toMatchObject({ made: [{ items: 7000 }], rowsDone: 7000 })
  })
})
