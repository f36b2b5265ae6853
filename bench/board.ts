// The live board of 200 sessions before somebody who may see it and nothing else, while 20 of them change every second.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page, Response } from '@playwright/test'
import { expect } from '@playwright/test'
import { signIn } from '../e2e/support/app'
import { launchOwnChromium } from '../e2e/support/chromium'
import { cycleCountsOf, signInToRest, type RestUser } from '../e2e/support/rest'
import { startServer } from '../e2e/support/server'
import { COUNTS } from '../src/contract/envelope'
import { writeCatalogue, type BenchProduct } from './catalogue'
import { PATIENCE_MS } from './device'
import { importCsv, planApiOf } from './plan-calls'
import type { Report, Result } from './results'
import { resultOf } from './results'

const FACILITY = { id: 'NORTHSIDE', name: 'Northside Store' }
const COUNTS_OF = 10
const SESSIONS_OF_A_COUNT = 20
const LINES = 20
const SECOND_MS = 1000
/** How many sessions change in each second, and for how many seconds. */
const PACES = [
  [0, 20],
  [1, 20],
  [20, 60],
] as const

export async function benchBoard(products: readonly BenchProduct[], report: Report): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'shelfcount-bench-board-'))
  const catalogue = join(folder, 'catalogue.csv')
  writeCatalogue(catalogue, products.slice(0, LINES))
  const server = await startServer({ catalogue, healthyWithinMs: PATIENCE_MS })
  const browser = await launchOwnChromium(join(folder, 'profile'))
  try {
    const sessionIds = await makeSessions(server.origin, products.slice(0, LINES))
    await onlyTheBoard(await signInToRest(server.origin, 'alex'))
    const ana = await signInToRest(server.origin, 'ana')
    const { page } = browser
    await openBoard(page, server.origin, sessionIds.length)
    for (const [changing, seconds] of PACES) {
      const what = `board of ${sessionIds.length} sessions, ${changing} of them changing a second`
      const answers = listenToBoard(page)
      await startFrames(page)
      await change(ana, sessionIds, { products, changing, seconds })
      report(...figuresOf(what, await framesOf(page), await answers.stop()))
    }
  } finally {
    await browser.kill()
    await server.dispose()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Ten counts under way, of twenty areas each. @returns their sessions' ids */
async function makeSessions(
  origin: string,
  products: readonly BenchProduct[],
): Promise<readonly string[]> {
  const nameOf = (count: number): string => `Board ${count}`
  const places = Array.from(
    { length: COUNTS_OF * SESSIONS_OF_A_COUNT },
    (_, at) =>
      [nameOf(Math.floor(at / SESSIONS_OF_A_COUNT)), `Aisle ${at % SESSIONS_OF_A_COUNT}`] as const,
  )
  const rows = places.flatMap(([count, area]) =>
    products.map(({ gtin }) => `${count},${FACILITY.id},${gtin},${area}`),
  )
  const csv = `countImportName,facilityId,idValue,facilityAreaId\r\n${rows.join('\r\n')}\r\n`
  const state = await importCsv(await planApiOf(origin), 'board', csv)
  if (state !== 'consumed') throw new Error(`The import ended as ${state}`)
  const sam = await signInToRest(origin, 'sam')
  const sessionIds: string[] = []
  for (const { workEffortId, workEffortName } of await cycleCountsOf(sam)) {
    if (workEffortName?.startsWith('Board ') !== true) continue
    await sam.send('PUT', `${COUNTS}cycleCounts/workEfforts/${workEffortId}`, {
      workEffortId,
      statusId: 'CYCLE_CNT_IN_PRGS',
      actualStartDate: Date.now(),
    })
    const sessions = await sam.get<readonly { inventoryCountImportId: string }[]>(
      `${COUNTS}cycleCounts/workEfforts/${workEffortId}/sessions?pageNoLimit=true`,
    )
    sessionIds.push(...sessions.map((it) => it.inventoryCountImportId))
  }
  return sessionIds
}

interface Person {
  readonly userId: string
  readonly userName: string
  readonly facilityIds: readonly string[]
  readonly revision: number
}

/** ben may see the board, and neither plans nor counts nor sees the book. */
async function onlyTheBoard(alex: RestUser): Promise<void> {
  const { people } = await alex.get<{ people: readonly Person[] }>(`${COUNTS}people`)
  const ben = people.find((it) => it.userName === 'ben')
  if (ben === undefined) throw new Error('The demo data has no ben')
  await alex.send('PUT', `${COUNTS}people/${ben.userId}`, {
    permissions: ['INVCOUNT_APP_VIEW', 'PREVIEW_COUNT_ITEM'],
    facilityIds: ben.facilityIds,
    isDisabled: false,
    reason: 'The board and nothing else',
    revision: ben.revision,
  })
}

async function openBoard(page: Page, origin: string, sessions: number): Promise<void> {
  await signIn(page, 'ben', origin)
  await page.locator('select').selectOption({ label: FACILITY.name })
  await page.getByRole('link', { name: 'Board' }).click()
  await expect(page.getByTestId('board-mode')).toHaveAttribute('data-mode', 'live', {
    timeout: PATIENCE_MS,
  })
  await expect
    .poll(() => page.locator('tr[data-session]').count(), { timeout: PATIENCE_MS })
    .toBeGreaterThanOrEqual(sessions)
}

interface Answer {
  /** Of the server, as the browser saw it: from the question's end to the first byte. */
  readonly ms: number
  readonly bytes: number
  readonly sessions: number
  readonly hasProgress: boolean
}

function listenToBoard(page: Page): { stop: () => Promise<readonly Answer[]> } {
  const answers: Promise<Answer | null>[] = []
  const hear = (response: Response): void => {
    if (/\/board\?/.test(response.url())) answers.push(answerOf(response))
  }
  page.context().on('response', hear)
  return {
    stop: async () => {
      page.context().off('response', hear)
      return (await Promise.all(answers)).filter((it) => it !== null)
    },
  }
}

async function answerOf(response: Response): Promise<Answer | null> {
  try {
    const text = await response.text()
    const board = JSON.parse(text) as { sessions: readonly unknown[] }
    const { responseBodySize } = await response.request().sizes()
    const { requestStart, responseStart } = response.request().timing()
    const hasProgress = new URL(response.url()).searchParams.get('progress') === 'true'
    return {
      ms: responseStart - requestStart,
      bytes: responseBodySize,
      sessions: board.sessions.length,
      hasProgress,
    }
  } catch (error) {
    console.log(`An answer could not be measured: ${String(error)}`)
    return null
  }
}

async function startFrames(page: Page): Promise<void> {
  await page.evaluate(() => {
    const bench = { frames: [] as number[], isOver: false }
    let last = performance.now()
    const tick = (now: number): void => {
      bench.frames.push(now - last)
      last = now
      if (!bench.isOver) requestAnimationFrame(tick)
    }
    requestAnimationFrame(tick)
    Object.assign(globalThis, { benchBoard: bench })
  })
}

async function framesOf(page: Page): Promise<readonly number[]> {
  return page.evaluate(() => {
    const { benchBoard } = globalThis as unknown as {
      benchBoard: { frames: readonly number[]; isOver: boolean }
    }
    benchBoard.isOver = true
    return benchBoard.frames.slice(2)
  })
}

interface Changing {
  readonly products: readonly BenchProduct[]
  readonly changing: number
  readonly seconds: number
}

/** In turns, so that all of them change once in a while. */
async function change(
  ana: RestUser,
  sessionIds: readonly string[],
  { products, changing, seconds }: Changing,
): Promise<void> {
  const sent: Promise<unknown>[] = []
  let turn = 0
  for (let second = 0; second < seconds; second += 1) {
    const startedAt = performance.now()
    for (let nth = 0; nth < changing; nth += 1) {
      const sessionId = sessionIds[turn % sessionIds.length] ?? ''
      const product = products[Math.floor(turn / sessionIds.length) % LINES]
      turn += 1
      const item = {
        uuid: `board-${product?.productId ?? ''}`,
        logId: 'board-log',
        rev: Date.now(),
        quantity: turn,
        standing: turn,
        productId: product?.productId,
        productIdentifier: product?.gtin,
        countedByUserLoginId: 'ana',
        lastScanAt: Date.now(),
      }
      sent.push(
        ana.send('PUT', `${COUNTS}cycleCounts/sessions/${sessionId}/items`, { items: [item] }),
      )
    }
    await Promise.all(sent.splice(0))
    await sleep(Math.max(0, SECOND_MS - (performance.now() - startedAt)))
  }
}

function figuresOf(
  what: string,
  frames: readonly number[],
  answers: readonly Answer[],
): readonly Result[] {
  const sum = (values: readonly number[]): number => values.reduce((total, it) => total + it, 0)
  const of = (hasProgress: boolean, name: string): Result => {
    const own = answers.filter((it) => it.hasProgress === hasProgress)
    const most = Math.max(0, ...own.map((it) => it.sessions))
    return resultOf(
      `${what}: ${name}`,
      own.map((it) => it.ms),
      {
        requests: own.length,
        bytes: own.length === 0 ? null : Math.round(sum(own.map((it) => it.bytes)) / own.length),
        rows: own.length === 0 ? null : Math.round(sum(own.map((it) => it.sessions)) / own.length),
        note: `bytes and sessions (rows) of an answer on average; at most ${most} sessions`,
      },
    )
  }
  return [
    resultOf(`${what}: a frame`, frames, { note: `longest ${Math.round(Math.max(...frames))} ms` }),
    of(false, 'answer to a hint'),
    of(true, 'answer with progress'),
  ]
}
