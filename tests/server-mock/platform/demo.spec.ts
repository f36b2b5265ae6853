import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeCatalogue, writeCatalogue } from '../../../bench/catalogue'
import { createPasswords } from '../../../server-mock/auth/passwords'
import { migrate } from '../../../server-mock/db/migrate'
import { openPglite } from '../../../server-mock/db/pglite-db'
import { bookQuantityOf } from '../../../server-mock/demo/book-quantities'
import { readCatalogueFile } from '../../../server-mock/demo/catalogue-file'
import { seed } from '../../../server-mock/demo/seed'
import { SERVER_START_MS, startTestServer, type Json, type TestServer } from '../../support/server'

/** The number that the demo is made from. */
const DEMO_SEED = 20_260_901
const PASSWORDS = createPasswords({ n: 1024, r: 8, p: 1 })
let server: TestServer
let folder: string
beforeAll(async () => {
  server = await startTestServer()
  folder = await mkdtemp(join(tmpdir(), 'shelfcount-catalogue-'))
}, SERVER_START_MS)
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

async function aFile(content: string): Promise<string> {
  const path = join(folder, `${Math.trunc(performance.now() * 1000)}.csv`)
  await writeFile(path, content)
  return path
}

describe('the demo', () => {
  it('[SP19] has one directed count of 400 products in two areas, a hard, a blind and an overdue one', async () => {
    const { body } = await (
      await server.as('ana')
    ).count('GET', 'cycleCounts/workEfforts?pageSize=100&pageIndex=0')
    const counts: Json[] = body.cycleCounts
    const directed = counts.find((it) => it.workEffortId === 'M100101')
    expect(directed).toMatchObject({
      workEffortPurposeTypeId: 'DIRECTED_COUNT',
      statusId: 'CYCLE_CNT_IN_PRGS',
      requestedItems: 400,
    })
    expect(new Set(directed.sessions.map((it: Json) => it.facilityAreaId)).size).toBe(2)
    expect(counts.some((it) => it.workEffortPurposeTypeId === 'HARD_COUNT')).toBe(true)
    expect(counts.some((it) => it.isBlind === 'Y')).toBe(true)
    const now = server.context.clock.now()
    const overdue = counts.filter(
      (it) => it.estimatedCompletionDate < now && it.estimatedCompletionDate > now - 3 * 86_400_000,
    )
    expect(overdue).toHaveLength(1)
  })

  it('[SP19] asks for different products in its two areas, all of them known', async () => {
    const rows = await server.db.query<{ product_id: string; name: string | null }>(
      `select i.product_id, p.product_name as name from session_item i left join product p using (product_id)
       where session_id in ('M100201', 'M100202')`,
    )
    expect(rows).toHaveLength(400)
    expect(new Set(rows.map((it) => it.product_id)).size).toBe(400)
    expect(rows.every((it) => it.name !== null)).toBe(true)
  })

  it('[SP19] makes the same figures from the same number', () => {
    const one = bookQuantityOf(7, 'A', 'P1')
    expect(bookQuantityOf(7, 'A', 'P1')).toEqual(one)
    const others = ['P2', 'P3', 'P4', 'P5', 'P6'].map(
      (it) => bookQuantityOf(7, 'A', it).quantityOnHandTotal,
    )
    expect(new Set(others).size).toBeGreaterThan(2)
  })

  it('[RP12] has a past: approved counts whose scans, rows, decisions and movements agree', async () => {
    const [rows] = await server.db.query<{ wrong: number; rows: number }>(
      `select count(*)::int as rows, (count(*) filter (where e.units is distinct from i.quantity))::int as wrong
       from session_item i join count_session s using (session_id) join cycle_count c using (work_effort_id)
         left join (select session_id, log_id, item_key, sum(quantity) as units from scan_event group by 1, 2, 3) e
           on e.session_id = i.session_id and e.log_id = i.log_id and e.item_key like '%' || i.product_identifier
       where c.status_id = 'CYCLE_CNT_CLOSED' and i.quantity is not null`,
    )
    const [decisions] = await server.db.query<{ applied: number; wrong: number }>(
      `select count(*)::int as applied, (count(*) filter (where coalesce(m.quantity, 0) <> d.variance_quantity
         or d.counted_quantity - d.system_quantity <> d.variance_quantity))::int as wrong
       from review_decision d left join item_movement m on m.work_effort_id = d.work_effort_id and m.product_id = d.product_id
       where d.outcome = 'APPLIED' and d.posted_at is not null`,
    )
    const books = await server.db.query<{ facility: 'NORTHSIDE' | 'HARBOR'; id: string; units: number | null }>(
      `select distinct d.facility_id as facility, d.product_id as id, f.quantity_on_hand::float8 as units
       from review_decision d left join product_facility f using (facility_id, product_id)`,
    )

    expect(rows?.rows).toBeGreaterThan(300)
    expect(decisions?.applied).toBeGreaterThan(300)
    expect([rows?.wrong, decisions?.wrong]).toEqual([0, 0])
    expect(books.filter((it) => it.units !== bookQuantityOf(DEMO_SEED, it.facility, it.id).quantityOnHandTotal)).toEqual([])
  })

  it('[RP12] shows a report at first sight, and a pace of two counters', async () => {
    const now = server.context.clock.now()
    const day = (at: number) => new Date(at).toISOString().slice(0, 10)
    const days = `facilityId=NORTHSIDE&from=${day(now - 89 * 86_400_000)}&thru=${day(now)}`
    const sam = await server.as('sam')

    const { body } = await sam.count('GET', `reports?${days}`)
    const { counters } = (await sam.count('GET', `reports/pace?${days}`)).body

    expect(body.counts.length).toBeGreaterThan(5)
    expect(body.total.right / body.total.products).toBeGreaterThan(0.8)
    expect(body.total.right).toBeLessThan(body.total.products)
    expect(body.plan.late).toBeGreaterThan(0)
    expect(counters.map((it: Json) => it.userId)).toEqual(['ana', 'ben'])
    expect(counters.every((it: Json) => it.scans / it.stretches > 10)).toBe(true)
  })

  it('[SP19] is made once: a second start changes nothing', async () => {
    const done = await seed(server.db, {
      hasDemo: true,
      catalogue: null,
      passwords: PASSWORDS,
      now: 0,
    })
    expect(done).toEqual([])
  })
})

describe('a catalogue file', () => {
  it('[SP25] has its HTML entities read as the characters they stand for', async () => {
    const names = {
      'Tisane &quot;POUR LE SOIR&quot;': 'Tisane "POUR LE SOIR"',
      'Vodka 37,5 &deg;': 'Vodka 37,5 °',
      'Oats, 1er Pack &#40;1 x 2.5 KG&#41': 'Oats, 1er Pack (1 x 2.5 KG)',
      'Salt &amp;quot; Pepper': 'Salt &quot; Pepper',
      'Cut off &quo': 'Cut off',
      'Nothing &#0;&#9999999;&#55296;here': 'Nothing here',
      'Tendres&Savoureux; B&B H&M': 'Tendres&Savoureux; B&B H&M',
    }
    const rows = Object.keys(names).map((it, at) => `P${at},,"${it}"`)
    const path = await aFile(['productId,gtin,productName', ...rows].join('\n'))

    const { products } = await readCatalogueFile(path, null)

    expect(products.map((it) => it.name)).toEqual(Object.values(names))
  })

  it("[SP25] leaves no entity in the demo's own", async () => {
    const { products } = await readCatalogueFile(
      new URL('../../../server-mock/data/catalogue.csv', import.meta.url),
      null,
    )

    expect(products.length).toBeGreaterThan(2000)
    expect(products.filter((it) => /&(?:#|[a-z]+;)/.test(it.name))).toEqual([])
  })

  it('[SP20] replaces the products and keeps the users; the same file again does nothing', async () => {
    const path = await aFile(
      '\uFEFFproductId,gtin,productName,sku,caseGtin,packSize\nA1,4006381333931,"Pen, blue",PEN-B,14006381333938,12\nA2,,Loose screws,,,\n',
    )
    const options = { hasDemo: true, catalogue: path, passwords: PASSWORDS, now: 0 }
    expect(await seed(server.db, options)).toEqual(['Loaded 2 products'])
    expect(await seed(server.db, options)).toEqual([])
    const live = await server.db.query(
      'select product_id from product where not deleted order by 1',
    )
    expect(live).toEqual([{ product_id: 'A1' }, { product_id: 'A2' }])
    const identifiers = await server.db.query(
      "select type, value, pack_size from product_identifier where product_id = 'A1' order by value",
    )
    expect(identifiers).toEqual([
      { type: 'GTIN', value: '14006381333938', pack_size: 12 },
      { type: 'EAN', value: '4006381333931', pack_size: 1 },
      { type: 'SKU', value: 'PEN-B', pack_size: 1 },
    ])
    expect(
      (
        await server.anonymous.call('POST', 'admin/login', {
          username: 'ana',
          password: 'shelfcount',
        })
      ).status,
    ).toBe(200)
  })

  it('[RP12] gives the demo its past also where what differed is dear: without pictures it is left as the book has it', async () => {
    const path = join(folder, 'dear.csv')
    writeCatalogue(path, makeCatalogue(2000))
    const db = await openPglite({ folder: null })
    try {
      await migrate(db)
      await seed(db, { hasDemo: true, catalogue: path, passwords: PASSWORDS, now: Date.UTC(2026, 10, 26) })

      const left = await db.query("select 1 from review_decision where reason = 'to be looked at with a picture'")
      expect(left.length).toBeGreaterThan(0)
    } finally {
      await db.close()
    }
  })

  it('[SP20] names the line that cannot be used', async () => {
    const path = await aFile('productId,gtin,productName\nA1,1,Good\n,2,No id\n')
    await expect(readCatalogueFile(path, null)).rejects.toThrow(/row 3: productId/)
  })
})

describe('migrations', () => {
  it('[SP21] run once', async () => {
    expect(await migrate(server.db)).toEqual([])
  })
})
