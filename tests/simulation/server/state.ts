// What the simulated server stores: the tables of server-mock as maps. A snapshot is a copy of it.
import type { SessionStatus } from '../../../src/domain/session'
import type { Micro } from '../../../src/domain/quantity'
import type { WireScanEvent } from '../../../src/contract/items'
import type { CycleCountRow } from '../../../server-mock/rules/count-change'
import type { ItemRow } from '../../../server-mock/rules/item-row'
import type { LockRow } from '../../../server-mock/rules/lock'
import type { UnsentReport } from '../../../server-mock/rules/lock-rows'
import type { Evidence } from '../../../server-mock/rules/put-rows'

export interface SimUser {
  readonly userId: string
  readonly fullName: string
  /** Mutable: a permission may be withdrawn. */
  permissions: Set<string>
  readonly facilityIds: readonly string[]
  readonly password: string
  readonly timeZone: string
}

export interface SimProduct {
  readonly productId: string
  readonly name: string
  readonly identifiers: readonly { readonly type: string; readonly value: string; readonly packSize: number }[]
  readonly deleted: boolean
  readonly changeSeq: number
}

export interface SimStock {
  readonly qoh: Micro
  readonly atp: Micro
}

export interface StoredEvidence extends Evidence {
  readonly deviceId: string | null
  readonly userId: string
  readonly fence: number | null
  readonly receivedAt: number
}

export interface SimSession {
  readonly sessionId: string
  readonly workEffortId: string
  name: string
  area: string | null
  status: SessionStatus
  readonly createdBy: string | null
  readonly createdAt: number
  nextSeq: number
  /** By importItemSeqId, so that iteration is the order of pages. */
  readonly rows: Map<number, ItemRow>
  readonly seqOfUuid: Map<string, number>
  /** By row, revisions and content: what is known stays as it is. */
  readonly evidence: Map<string, StoredEvidence>
  /** In the order of their fromDate. */
  locks: LockRow[]
  fence: number
  readonly unsent: Map<string, UnsentReport>
  readonly events: Map<string, WireScanEvent>
}

export interface SimToken {
  readonly userId: string
  readonly createdAt: number
  readonly expiresAt: number
}

export interface SimState {
  epoch: string
  protocol: { min: number; max: number }
  readonly users: Map<string, SimUser>
  readonly tokens: Map<string, SimToken>
  readonly preferences: Map<string, string | null>
  readonly facilities: Map<string, { readonly name: string; readonly timeZone: string }>
  readonly counts: Map<string, CycleCountRow>
  readonly sessions: Map<string, SimSession>
  /** Requests that must happen once, with their answers. */
  readonly requests: Map<string, object>
  readonly products: Map<string, SimProduct>
  /** Products by each spelling of an identifier. */
  readonly claims: Map<string, Set<string>>
  readonly stock: Map<string, Map<string, SimStock>>
  productSeq: number
}

export function emptyState(epoch: string, protocol: { min: number; max: number }): SimState {
  return {
    epoch,
    protocol,
    users: new Map(),
    tokens: new Map(),
    preferences: new Map(),
    facilities: new Map(),
    counts: new Map(),
    sessions: new Map(),
    requests: new Map(),
    products: new Map(),
    claims: new Map(),
    stock: new Map(),
    productSeq: 0,
  }
}

export function newSession(header: Omit<SimSession, 'nextSeq' | 'rows' | 'seqOfUuid' | 'evidence' | 'locks' | 'fence' | 'unsent' | 'events'>): SimSession {
  return {
    ...header,
    nextSeq: 1,
    rows: new Map(),
    seqOfUuid: new Map(),
    evidence: new Map(),
    locks: [],
    fence: 0,
    unsent: new Map(),
    events: new Map(),
  }
}

/** Adds or replaces a product, with a new place in the sequence of changes. */
export function putProduct(state: SimState, product: Omit<SimProduct, 'changeSeq' | 'deleted'>, deleted = false): void {
  for (const { value } of state.products.get(product.productId)?.identifiers ?? [])
    state.claims.get(value)?.delete(product.productId)
  state.productSeq += 1
  state.products.set(product.productId, { ...product, deleted, changeSeq: state.productSeq })
  if (deleted) return
  for (const { value } of product.identifiers)
    state.claims.set(value, (state.claims.get(value) ?? new Set()).add(product.productId))
}
