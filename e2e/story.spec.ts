// A count from the list to the report: 2,000 lines with errors, two people, one out of reach, recounts by the other, booked and exported.
import type { Page } from '@playwright/test'
import { parse } from 'csv-parse/sync'
import { readFile } from 'node:fs/promises'
import { COUNTS } from '../src/contract/envelope'
import { signIn, untilCatalogueIsHere, untilReadyToScan, untilSaved, untilSynced } from './support/app'
import { itemsOf, readCatalogue, signInToRest, type RestUser } from './support/rest'
import { bookOf, countSession, deviceOf, FACILITY, findSmall, openPlan, submitSession, times, type Booked } from './support/supervisor'
import { expect, test } from './support/test'
import { createWedge } from './support/wedge'

const SETTLED = { timeout: 90_000 }
const NAME = 'Autumn stock'
const LINES = 2000
/** More than that beyond the book is beyond every tolerance of the demo. */
const TOO_MANY = 3
const FOUR_MINUTES_MS = 240_000

interface Session {
  readonly inventoryCountImportId: string
  readonly countImportName: string
  readonly assignedTo?: string
}

function listOf(barcodes: readonly string[], badDates: readonly number[] = []): string {
  const due = (line: number): string => (badDates.includes(line) ? 'soon' : '2030-01-31 17:00')
  return ['Barcode,Due', ...barcodes.map((it, line) => `${it},${due(line)}`), ''].join('\n')
}

async function bring(desk: Page, csv: string): Promise<void> {
  const buffer = Buffer.from(csv)
  await desk.locator('input[type=file]').setInputFiles({ name: 'autumn.csv', mimeType: 'text/csv', buffer })
  await desk.getByLabel('Name of the count').last().fill(NAME)
}

/** Net units of everything that the facility has booked around today, as the server reports them. */
async function netUnits(sam: RestUser): Promise<number> {
  const dayFromNow = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
  const period = `from=${dayFromNow(-1)}&thru=${dayFromNow(1)}`
  const { total } = await sam.get<{ total: { netUnits: number } }>(`${COUNTS}reports?facilityId=${FACILITY.id}&${period}`)
  return total.netUnits
}

/** Against a figure of our own: what stands of the scan events that the server keeps of a product's last round. */
async function standingOf(sam: RestUser, countId: string, productId: string): Promise<number> {
  const { sessions } = await sam.get<{ sessions: { recountRound?: number; scans: { quantity: number }[] }[] }>(
    `${COUNTS}cycleCounts/workEfforts/${countId}/review/rows/${productId}`,
  )
  const last = Math.max(...sessions.map((it) => it.recountRound ?? 0))
  const scans = sessions.filter((it) => (it.recountRound ?? 0) === last).flatMap((it) => it.scans)
  return scans.reduce((sum, it) => sum + it.quantity, 0)
}

test('[S3.51] [PL13] [BD15] [RL6] [RV15] [RP1] [RP20] a list of 2,000 lines becomes a count, the count a variance, and the variance a report', { tag: '@long' }, async ({
  page,
  browser,
  server,
}) => {
  test.setTimeout(900_000)
  const sam = await signInToRest(server.origin, 'sam')
  const before = await netUnits(sam)
  const products = readCatalogue().slice(0, LINES)
  const good = products.map((it) => it.barcode)

  // Seven errors are told at once; nothing of the file is taken. Mended, all of it is.
  const desk = await deviceOf(browser, server.origin, 'sam')
  await openPlan(desk)
  await desk.getByRole('link', { name: 'From a file' }).click()
  const unknown = [3, 400, 801, 1200, 1999]
  await bring(desk, listOf(good.map((it, line) => (unknown.includes(line) ? `NO-SUCH-${line}` : it)), [10, 1500]))
  await desk.getByRole('checkbox', { name: 'Ana Ruiz' }).check()
  await desk.getByRole('checkbox', { name: /^Ben/ }).check()
  await desk.getByRole('button', { name: /^Import 2,?000 rows/ }).click()
  const state = desk.getByTestId('import-state')
  await expect(state).toHaveAttribute('data-state', 'error', SETTLED)
  await expect(desk.getByRole('region', { name: 'Errors' }).getByRole('row')).toHaveCount(1 + 7, SETTLED)
  await desk.getByRole('button', { name: 'Bring the mended file' }).click()
  await bring(desk, listOf(good))
  await desk.getByRole('button', { name: /^Import 2,?000 rows/ }).click()
  await expect(state).toHaveAttribute('data-state', 'consumed', SETTLED)

  const { cycleCounts } = await sam.get<{ cycleCounts: { workEffortId: string; workEffortName: string }[] }>(
    `${COUNTS}cycleCounts/workEfforts?facilityId=${FACILITY.id}&pageSize=100`,
  )
  const countId = cycleCounts.find((it) => it.workEffortName === NAME)!.workEffortId
  const sessionsNow = () => sam.get<readonly Session[]>(`${COUNTS}cycleCounts/workEfforts/${countId}/sessions?pageNoLimit=true`)
  const [anas, bens] = await Promise.all(
    ['ana', 'ben'].map(async (who) => (await sessionsNow()).find((it) => it.assignedTo === who)!.inventoryCountImportId),
  )
  const productsOf = async (sessionId: string, wanted: number): Promise<readonly Booked[]> => {
    const asked = new Set((await itemsOf(sam, sessionId)).map((it) => it.productId))
    return findSmall(sam, products.filter((it) => asked.has(it.productId)), wanted)
  }
  const [anaFits, anaOff, anaOffToo] = await productsOf(anas!, 3)
  const [benFits, benOff] = await productsOf(bens!, 2)
  const off = [anaOff!, anaOffToo!, benOff!]
  const right = [anaFits!, benFits!]
  const scansOf = (it: Booked): string[] => times(it.barcode, it.book + (off.includes(it) ? TOO_MANY : 0))

  // Two people count. Ben is out of reach for a while: the board says so, and then what he has scanned meanwhile.
  const board = await deviceOf(browser, server.origin, 'sam')
  await board.getByRole('link', { name: 'Board' }).click()
  const rowOf = (sessionId: string) => board.locator(`tr[data-session="${sessionId}"]`)
  await signIn(page, 'ana')
  const card = page.getByRole('article', { name: NAME })
  await card.getByRole('button', { name: 'Start' }).click()
  await card.getByRole('listitem').filter({ hasText: 'for you' }).getByRole('button', { name: 'Resume' }).click({ timeout: SETTLED.timeout })
  await untilReadyToScan(page)
  await untilCatalogueIsHere(page)
  const anaScans = [anaFits!, anaOff!, anaOffToo!].flatMap(scansOf)
  await (await createWedge(page)).scanAll(anaScans)
  await untilSynced(page, anaScans.length)
  const pad = await deviceOf(browser, server.origin, 'ben')
  await pad.goto(`${server.origin}/sessions/${bens!}`)
  await untilReadyToScan(pad)
  await untilCatalogueIsHere(pad)
  const wedge = await createWedge(pad)
  await wedge.scanAll(scansOf(benFits!))
  await untilSynced(pad, benFits!.book)
  await pad.context().setOffline(true)
  const benScans = [benFits!, benOff!].flatMap(scansOf).length
  await wedge.scanAll(scansOf(benOff!))
  await untilSaved(pad, benScans)
  await expect(rowOf(anas!)).toContainText('3 of 1,000', SETTLED)
  await expect(rowOf(bens!)).toContainText('1 of 1,000', SETTLED)
  await server.faults({ clockOffsetMs: FOUR_MINUTES_MS })
  await expect(rowOf(bens!)).toHaveAttribute('data-activity', 'unheard', SETTLED)
  await pad.context().setOffline(false)
  await untilSynced(pad, benScans)
  await expect(rowOf(bens!)).toContainText('2 of 1,000', SETTLED)
  // Both leases ran out with the time that passed: their next sign of life renews them.
  for (const it of [anas!, bens!]) await expect(rowOf(it)).not.toHaveAttribute('data-activity', 'unheard', SETTLED)
  await submitSession(page, sam, anas!)
  await submitSession(pad, sam, bens!)

  // The ladder sends three to a recount, each by the other person.
  await desk.goto(`${server.origin}/counts`)
  await desk.getByRole('link', { name: 'Review' }).click()
  await desk.getByRole('link', { name: new RegExp(NAME) }).click()
  const load = desk.getByTestId('review-load')
  await expect(load).toHaveAttribute('data-complete', 'true', SETTLED)
  const show = desk.getByRole('combobox', { name: /^Show/ })
  await show.selectOption('beyond')
  for (const it of off) await expect(desk.getByRole('row').filter({ hasText: it.name }).first()).toBeVisible()
  await desk.getByRole('heading', { level: 1 }).click()
  await desk.keyboard.press('*')
  await desk.keyboard.press('r')
  await desk.getByRole('button', { name: 'Send to recount' }).click()
  await expect(desk.getByText('Sent to recount in 2 new sessions')).toBeVisible(SETTLED)
  const recount = async (firstBy: string) =>
    (await sessionsNow()).find((it) => it.countImportName === `Recount 1, not by ${firstBy}`)!.inventoryCountImportId
  await countSession(page, sam, await recount('Ben Okafor'), scansOf(benOff!))
  await countSession(pad, sam, await recount('Ana Ruiz'), [anaOff!, anaOffToo!].flatMap(scansOf))

  // What nobody looked for is skipped in one go, the rest is booked.
  await desk.getByRole('button', { name: 'Load again' }).click()
  await expect(load).toHaveAttribute('data-complete', 'true', SETTLED)
  await show.selectOption('uncounted')
  await desk.getByRole('heading', { level: 1 }).click()
  await desk.keyboard.press('*')
  await desk.keyboard.press('s')
  await expect(desk.getByText(/1,995 products skipped/)).toBeVisible(SETTLED)
  await expect(desk.getByRole('button', { name: 'Approve' })).toBeEnabled(SETTLED)
  await desk.getByRole('button', { name: 'Approve' }).click()
  await desk.getByRole('button', { name: 'Approve and book' }).click()
  await expect(desk.getByText(/Approved: 5 products booked, \+9 units/)).toBeVisible(SETTLED)

  // The books, the report and the file say what the scan events say.
  const wanted = new Map<string, number>()
  for (const it of [...off, ...right]) {
    const standing = await standingOf(sam, countId, it.productId)
    expect(await bookOf(sam, it.productId)).toBe(standing)
    wanted.set(it.productId, standing - it.book)
  }
  const sum = [...wanted.values()].reduce((total, it) => total + it, 0)
  expect([sum, (await netUnits(sam)) - before]).toEqual([9, 9])
  await desk.goto(`${server.origin}/supervisor/reports`)
  await expect(desk.getByRole('row').filter({ hasText: NAME }).last()).toContainText('40', SETTLED)
  await desk.getByRole('button', { name: 'Lines as CSV' }).click()
  const list = desk.getByRole('region', { name: 'Exports' })
  await list.getByRole('button', { name: 'Fetch' }).first().click({ timeout: SETTLED.timeout })
  const saving = desk.waitForEvent('download')
  await list.getByRole('link', { name: 'Save the file' }).click({ timeout: SETTLED.timeout })
  const file = await readFile(await (await saving).path(), 'utf8')
  const rows = parse(file, { bom: true, columns: true }) as readonly Record<string, string>[]
  const ours = rows.filter((it) => it['Count'] === NAME && it['Variance'] !== '')
  const booked = ours.filter((it) => wanted.has(it['Product'] ?? ''))
  expect(new Map(booked.map((it) => [it['Product'], Number(it['Variance'])]))).toEqual(wanted)
  expect(ours.filter((it) => !booked.includes(it)).every((it) => Number(it['Variance']) === 0)).toBe(true)
  for (const it of [desk, board, pad]) await it.context().close()
})
