// The server's REST API as an outsider sees it: what it really holds, asked without the app.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { COUNTS, REST } from '../../src/contract/envelope'
import type { WireCycleCount, WireSession } from '../../src/contract/counts'
import type { WireItem } from '../../src/contract/items'
import type { WireLock } from '../../src/contract/lock'
import { PROJECT } from './server'

export const PASSWORD = 'shelfcount'
const PAGE = 500
/** 50,000 items and room. */
const PAGES_MAX = 200

/** Units by what was counted: the product, or the scanned value while nobody knows it. */
export type Totals = Readonly<Record<string, number>>

export interface RestUser {
  readonly userName: string
  get: <T>(path: string) => Promise<T>
  send: <T>(method: 'POST' | 'PUT', path: string, body: unknown) => Promise<T>
}

/** Sign in and get callers that carry the token. @throws Error with status and text of any refusal */
export async function signInToRest(origin: string, userName: string): Promise<RestUser> {
  const { token } = await call<{ token: string }>(origin, 'POST', 'admin/login', {
    body: { username: userName, password: PASSWORD },
  })
  return {
    userName,
    get: (path) => call(origin, 'GET', path, { token }),
    send: (method, path, body) => call(origin, method, path, { token, body }),
  }
}

async function call<T>(
  origin: string,
  method: string,
  path: string,
  { token, body }: { token?: string; body?: unknown },
): Promise<T> {
  const answer = await fetch(`${origin}${REST}${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
  return (text === '' ? null : JSON.parse(text)) as T
}

/** All cycle counts that the user may see. */
export async function cycleCountsOf(user: RestUser): Promise<readonly WireCycleCount[]> {
  const list = await user.get<{ cycleCounts: readonly WireCycleCount[] }>(
    `${COUNTS}cycleCounts/workEfforts?pageSize=100&pageIndex=0`,
  )
  return list.cycleCounts
}

export interface FoundSession {
  readonly cycleCount: WireCycleCount
  readonly session: WireSession
  /** Items asked for, in assigned order. */
  readonly items: readonly WireItem[]
}

/** The demo's directed count of 400 products: its first session that can be counted in, of the user's own facility. */
export async function findDirectedSession(user: RestUser): Promise<FoundSession> {
  const candidates = (await cycleCountsOf(user)).filter(
    (it) => it.workEffortPurposeTypeId === 'DIRECTED_COUNT' && it.isBlind !== 'Y' && (it.sessions ?? []).length >= 2,
  )
  for (const cycleCount of candidates) {
    for (const session of cycleCount.sessions ?? []) {
      if (session.statusId !== 'SESSION_CREATED' && session.statusId !== 'SESSION_ASSIGNED') continue
      const items = await itemsOf(user, session.inventoryCountImportId)
      if (items.length >= 100) return { cycleCount, session, items }
    }
  }
  throw new Error('The demo data has no directed count of two areas to count in')
}

export async function sessionOf(user: RestUser, sessionId: string): Promise<WireSession> {
  return user.get(`${COUNTS}cycleCounts/sessions/${sessionId}`)
}

/** Every row, once: the base profile's view repeats them. */
export async function itemsOf(user: RestUser, sessionId: string): Promise<readonly WireItem[]> {
  const byId = new Map<string, WireItem>()
  for (let pageIndex = 0; pageIndex < PAGES_MAX; pageIndex += 1) {
    const page = await user.get<readonly WireItem[]>(
      `${COUNTS}cycleCounts/sessions/${sessionId}/items?pageIndex=${pageIndex}&pageSize=${PAGE}&orderByField=importItemSeqId`,
    )
    for (const item of page) byId.set(item.importItemSeqId, item)
    if (page.length < PAGE) return [...byId.values()]
  }
  throw new Error(`More than ${PAGES_MAX * PAGE} rows in ${sessionId}`)
}

/** Units per product (or value, while unmatched) as the server holds them; rows nobody counted are left out. */
export async function totalsOf(user: RestUser, sessionId: string): Promise<Totals> {
  const totals: Record<string, number> = {}
  for (const item of await itemsOf(user, sessionId)) {
    if (item.quantity === null || item.quantity === undefined) continue
    const key = item.productId ?? item.productIdentifier ?? '?'
    totals[key] = (totals[key] ?? 0) + item.quantity
  }
  return Object.fromEntries(Object.entries(totals).filter(([, units]) => units !== 0))
}

/** The session's locks, newest first. */
export async function locksOf(user: RestUser, sessionId: string): Promise<readonly WireLock[]> {
  return user.get(`${COUNTS}cycleCounts/sessions/${sessionId}/lock?pageSize=100&orderByField=-fromDate`)
}

/** A barcode of one unit for each product, with its product id: what the tests scan. */
export interface Scannable {
  readonly productId: string
  readonly barcode: string
  readonly name: string
}

/** The demo catalogue's products by id. Its barcodes all have a right check digit and count one unit. */
export function readCatalogue(file = join(PROJECT, 'server-mock/data/catalogue.csv')): readonly Scannable[] {
  const rows = parse(readFileSync(file), { columns: true, skip_empty_lines: true }) as readonly CatalogueRow[]
  return rows.map((row) => ({ productId: row.productId, barcode: row.gtin, name: row.productName }))
}

interface CatalogueRow {
  readonly productId: string
  readonly gtin: string
  readonly productName: string
}

/** What is asked for in a session, and what is not, as barcodes. */
export function barcodesFor(items: readonly WireItem[]): { requested: readonly Scannable[]; others: readonly Scannable[] } {
  const wanted = new Set(items.map((it) => it.productId))
  const catalogue = readCatalogue()
  return {
    requested: catalogue.filter((it) => wanted.has(it.productId)),
    others: catalogue.filter((it) => !wanted.has(it.productId)),
  }
}
