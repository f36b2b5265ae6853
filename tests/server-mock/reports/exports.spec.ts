// Exports as jobs over the real routes: asked for, made, fetched, kept for a while; files that are read back.
import readXlsxFile from 'read-excel-file/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { xlsxOf } from '../../../server-mock/reports/export-files'
import { insertExport, sweepExports } from '../../../server-mock/reports/export-store'
import type { Table } from '../../../server-mock/reports/export-tables'
import { csvOf } from '../../../src/domain/csv'
import { startCountsServer, type CountsServer, type TestUser } from '../../support/counts-server'
import { aReview, type Row } from '../../support/review-server'
import { startTestServer, type TestServer } from '../../support/server'

const DAY = 86_400_000
let server: CountsServer
let day = ''
beforeAll(async () => {
  server = await startCountsServer()
  day = new Date(server.clock.at).toISOString().slice(0, 10)
  await server.db.query(`insert into product_valuation (facility_id, product_id, unit_cost, currency, abc_class)
    values ('north', 'TEE', 2.5, 'EUR', 'A')`)
  await server.db.query(`update product set product_name = '=HYPERLINK("x")' where product_id = 'CAP'`)
  const review = await aReview(server)
  await review.count('ana', review.session.path, 'TEE', 7)
  await review.count('ana', review.session.path, 'CAP', 5)
  await review.submit('ana', review.session.path)
  await review.decide(['TEE', 'CAP'].map((productId) => ({ productId, action: 'apply' })))
  expect((await review.approve()).status).toBe(200)
}, 120_000)
afterAll(() => server.close())

const ask = (user: TestUser, over: object = {}) =>
  server.call(user, 'POST', 'cycleCounts/export', { facilityId: 'north', from: day, thru: day, ...over })

async function list(user: TestUser = 'sam'): Promise<Row[]> {
  return (await server.call(user, 'GET', 'cycleCounts/systemMessages?systemMessageTypeId=ExportInventoryCounts')).body
}

const fetched = (id: string, user: TestUser = 'sam') => server.call(user, 'GET', `cycleCounts/export/${id}`)

/** Asked for and made; its line in the list. */
async function made(over: object = {}): Promise<Row> {
  const { body } = await ask('sam', over)
  for (let look = 0; look < 200; look += 1) {
    const row = (await list()).find((it) => it.systemMessageId === body.systemMessageId)
    if (row.statusId !== 'SmsgProduced' && row.statusId !== 'SmsgSending') return row
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('The export is never made')
}

/** With the reader that takes lists in, too. */
async function rowsOf(workbook: Buffer) {
  const [sheet] = await readXlsxFile(workbook)
  return sheet?.data ?? []
}

describe('the lines of a file', () => {
  it('[RP37] hold what was skipped, too, with what was not booked of it and no variance', async () => {
    server.clock.at += DAY
    const today = new Date(server.clock.at).toISOString().slice(0, 10)
    const review = await aReview(server)
    const book = await review.book('TEE')
    await review.count('ana', review.session.path, 'TEE', book - 1)
    await review.submit('ana', review.session.path)
    await review.decide(['TEE', 'CAP'].map((productId) => ({ productId, action: 'skip' })))
    expect((await review.approve()).status).toBe(200)

    const csv = (await fetched((await made({ from: today, thru: today })).systemMessageId)).body.csvData as string
    const lines = csv.split('\r\n')
    expect(lines[0]).toMatch(/"Decision","Not booked"$/)
    expect(lines.find((it) => it.includes('"TEE"'))).toMatch(new RegExp(`,${book},0,.*"Skipped",-1$`))
    expect(lines.find((it) => it.includes('"CAP"'))).toMatch(/"Skipped",$/)
    const { body } = await server.call('sam', 'GET', `reports?facilityId=north&from=${today}&thru=${today}`)
    expect(body.total.products).toBe(0)
    server.clock.at -= DAY
  })
})

describe('figures and pace as files', () => {
  it('[RP36] have every breakdown and every counter, formulas defused, as CSV and as a workbook', async () => {
    await server.db.query("update count_session set area = '=1+1' where status_id = 'SESSION_APPROVED'")
    const csvOfKind = async (what: string) => (await fetched((await made({ what })).systemMessageId)).body.csvData as string
    const figures = (await csvOfKind('figures')).split('\r\n')
    const { body: report } = await server.call('sam', 'GET', `reports?facilityId=north&from=${day}&thru=${day}`)

    expect(figures[0]).toContain('"By","Of","Products","Right","Book units","Net units","Absolute units"')
    expect(figures[1]).toMatch(new RegExp(`^"Everything","",${report.total.products},${report.total.right},`))
    for (const kind of ['Class', 'Area', 'Category', 'Supplier', 'Day', 'Count']) expect(figures.some((it) => it.startsWith(`"${kind}",`))).toBe(true)
    expect(figures.find((it) => it.startsWith('"Area"'))).not.toMatch(/^"Area","=/)
    expect(await csvOfKind('pace')).toContain('"Counter","Scans","Stretches of five minutes","Scans an hour"')
    expect(await csvOfKind('counts')).toContain('"Count","Name","Type"')
    const workbook = await made({ what: 'figures', format: 'xlsx' })
    expect([workbook.statusId, workbook.kind, workbook.fileName]).toEqual(['SmsgSent', 'figures', `shelfcount-figures-${day}-${day}.xlsx`])
  })

  it('[RP39] are of what the screen shows: the counts closed in the days, and the filters in the name of the file', async () => {
    const { body: report } = await server.call('sam', 'GET', `reports?facilityId=north&from=${day}&thru=${day}`)
    const [before] = await server.db.query<{ id: string }>('select work_effort_id as id from cycle_count where actual_completion_at is null limit 1')
    const counts = await made({ what: 'counts', statusId: 'CYCLE_CNT_CLOSED' })
    const { csvData } = (await fetched(counts.systemMessageId)).body
    const told = csvData.trim().split('\r\n').slice(1).map((it: string) => it.split(',')[0]?.replaceAll('"', ''))

    expect(told.toSorted()).toEqual(report.counts.map((it: { workEffortId: string }) => it.workEffortId).toSorted())
    expect(told).not.toContain(before?.id)
    expect(counts.fileName).toBe(`cycle-counts-${day}-${day}.csv`)
    const other = await made({ what: 'counts', statusId: 'CYCLE_CNT_CLOSED', from: '2026-01-01', thru: '2026-01-02' })
    expect((await fetched(other.systemMessageId)).body.csvData.trim().split('\r\n')).toHaveLength(1)
    expect((await made({ abcClass: 'none', area: 'Aisle 3/4', supplier: 'Loom' })).fileName).toBe(`shelfcount-${day}-${day}-no-class-Aisle-3-4-Loom.csv`)
    expect((await ask('sam', { what: 'counts', thru: 'soon' })).status).toBe(400)
  })

  it('[RP36] are for those who may see the book', async () => {
    for (const what of ['figures', 'pace']) expect([what, (await ask('ana', { what })).status]).toEqual([what, 403])
    expect((await ask('sam', { what: 'figures', from: undefined })).status).toBe(400)
  })
})

describe('an export', () => {
  it('[RP20] is asked for, made, listed with who and when, and fetched', async () => {
    const row = await made()

    expect(row).toMatchObject({
      statusId: 'SmsgSent', kind: 'lines', format: 'csv', createdBy: 'sam', initDate: server.clock.at, rowsDone: 2,
      fileName: `shelfcount-${day}-${day}.csv`, expiresDate: server.clock.at + 7 * DAY,
    })
    expect(JSON.parse(row.messageText).filePath).toContain(row.fileName)
    const { body } = await fetched(row.systemMessageId)
    const [head, ...lines] = body.csvData.slice(1).trim().split('\r\n')
    expect(head).toBe('"Count","Closed on","Product","Name","Class","Book","Variance","Unit cost","Value","Reason","Decided by","Category","Decision","Not booked"')
    expect(lines).toHaveLength(2)
    expect(lines.some((it: string) => it.includes(`"${day}","TEE"`) && it.includes(',2.5,'))).toBe(true)
    expect(lines.some((it: string) => it.includes(`"'=HYPERLINK(""x"")"`))).toBe(true)
  })

  it('[RP24] as a workbook is read back: numbers are numbers, days are days, no formula', async () => {
    const row = await made({ format: 'xlsx' })
    const { body } = await fetched(row.systemMessageId)
    const [head, ...rows] = await rowsOf(Buffer.from(body.fileData, 'base64'))

    expect(row.fileName).toMatch(/\.xlsx$/)
    expect(head?.slice(0, 3)).toEqual(['Count', 'Closed on', 'Product'])
    const tee = rows.find((it) => it[2] === 'TEE')!
    expect(tee[1]).toEqual(new Date(`${day}T00:00:00Z`))
    expect([typeof tee[5], typeof tee[6], tee[7]]).toEqual(['number', 'number', 2.5])
    expect(rows.find((it) => it[2] === 'CAP')?.[3]).toBe(`'=HYPERLINK("x")`)
  })

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1'])('[RP24] defuses %j in both formats', async (text) => {
    const table: Table = [['Name'], [text], ['plain']]
    const data = await rowsOf(await xlsxOf(table))

    expect(String(data[1]?.[0]).startsWith("'")).toBe(true)
    expect(csvOf(table)).toContain(`"'${text}"`)
    expect(data[2]?.[0]).toBe('plain')
  })

  it('[RP23] is for reviewers of the facility who may see the book; the list shows no other', async () => {
    const row = await made()
    expect((await ask('ana')).status).toBe(403)
    expect((await ask('sam', { facilityId: 'south' })).status).toBe(403)
    expect((await ask('sam', { from: 'x' })).status).toBe(400)
    expect((await fetched(row.systemMessageId, 'ana')).status).toBe(403)
    await server.db.query("delete from user_permission where user_id = 'sam' and permission_id = 'INV_CNT_VIEW_QOH'")
    expect([(await ask('sam')).status, (await fetched(row.systemMessageId)).status]).toEqual([403, 403])
    await server.db.query("insert into user_permission (user_id, permission_id) values ('sam', 'INV_CNT_VIEW_QOH')")
    await server.db.query("update export_job set facility_id = 'south', created_by_id = 'max' where job_id = $1", [row.systemMessageId])

    expect((await list()).map((it) => it.systemMessageId)).not.toContain(row.systemMessageId)
    expect((await fetched(row.systemMessageId)).status).toBe(404)
  })

  it('[RP21] whose process died is taken up again; one that cannot be made says why', async () => {
    const caller = { userId: 'sam', userName: 'sam' }
    const orphan = { kind: 'lines', format: 'csv', facilityId: 'north', fileName: 'a.csv', caller, now: server.clock.at } as const
    const filter = { facilityId: 'north', from: day, thru: day }
    await insertExport(server.db, { ...orphan, jobId: 'DEAD', filter })
    await insertExport(server.db, { ...orphan, jobId: 'WRONG', filter: { ...filter, facilityId: 'south' } })
    await server.db.query("update export_job set status_id = 'SmsgSending', beat_at = $1 where job_id = 'DEAD'", [server.clock.at - 61_000])

    await made()

    const rows = new Map((await list()).map((it) => [it.systemMessageId, it]))
    expect(rows.get('DEAD')).toMatchObject({ statusId: 'SmsgSent', rowsDone: 2 })
    expect(rows.get('WRONG')).toMatchObject({ statusId: 'SmsgError', errorText: expect.any(String) })
  })

  it('[RP22] is kept for a week and bounded in number', async () => {
    const row = await made()
    const caller = { userId: 'sam', userName: 'sam' }
    const waiting = { kind: 'lines', format: 'csv', facilityId: 'north', fileName: 'a.csv', filter: {}, caller, now: server.clock.at } as const
    for (let nth = 0; nth < 5; nth += 1) await insertExport(server.db, { ...waiting, jobId: `WAITS${nth}` })
    expect((await ask('sam')).status).toBe(429)
    await server.db.query("delete from export_job where job_id like 'WAITS%'")
    for (let nth = 0; nth < 20; nth += 1) await made()
    expect((await fetched(row.systemMessageId)).status).toBe(404)
    const kept = await made()
    server.clock.at += 7 * DAY

    expect((await fetched(kept.systemMessageId)).status).toBe(404)
    expect((await list()).find((it) => it.systemMessageId === kept.systemMessageId).expiresDate).toBeUndefined()
    await sweepExports(server.db, server.clock.at + 84 * DAY)
    expect(await list()).toEqual([])
  })
})

describe('an export of the base profile', () => {
  let base: TestServer
  beforeAll(async () => {
    base = await startTestServer({ profile: 'hotwax' })
  }, 120_000)
  afterAll(() => base.close())

  it('[RP20] is the list of counts that was filtered, as CSV', async () => {
    const sam = await base.as('sam')
    const filter = { facilityId: 'NORTHSIDE', statusId: 'CYCLE_CNT_CLOSED', keyword: 'Top', from: '2026-01-01', format: 'xlsx' }
    expect((await sam.count('POST', 'cycleCounts/export', filter)).status).toBe(200)
    let rows: Row[] = []
    for (let look = 0; look < 200 && rows[0]?.statusId !== 'SmsgSent'; look += 1) {
      rows = (await sam.count('GET', 'cycleCounts/systemMessages?systemMessageTypeId=ExportInventoryCounts&orderByField=initDate%20DESC')).body
      await new Promise((resolve) => setTimeout(resolve, 10))
    }

    const { csvData } = (await sam.count('GET', `cycleCounts/export/${rows[0].systemMessageId}`)).body

    const lines = csvData.trim().split('\r\n')
    expect(lines[0]).toContain('"Count","Name","Type","Facility","Status"')
    expect(lines.slice(1).map((it: string) => it.split(',').slice(1, 5).join(','))).toEqual(
      Array.from({ length: 3 }, () => '"Top sellers","Directed count","NORTHSIDE","Closed"'),
    )
  })
})
