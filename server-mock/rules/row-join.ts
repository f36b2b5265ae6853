// Joins one sent row with the stored one: two halves, each by its own revision. Any order, any repetition, same row.
import type { RowCode } from '../../src/contract/envelope'
import type { Micro } from '../../src/domain/quantity'
import type { Admission } from './admission'
import type { IncomingRow, ItemRow } from './item-row'

/** What the rules may know of the rest of the server; read before the first row is joined. */
export interface RowWorld {
  readonly admission: Admission
  readonly now: number
  readonly userName: string
  /** A count that the caller sends in this name is that person's alone. */
  readonly speaksFor: (countedBy: string) => boolean
  /** The caller may see the book quantity, and so may send a snapshot of it. */
  readonly maySendBook: boolean
  /** The one product that an identifier stands for; null when none or several claim it. */
  readonly identify: (value: string) => string | null
  readonly isKnownProduct: (productId: string) => boolean
  /** Book quantity at the session's facility now. */
  readonly bookOf: (productId: string) => Micro | null
}

export type Joined =
  /** `row` is to be stored. */
  | { readonly verdict: 'applied' | 'late'; readonly row: ItemRow }
  /** Nothing new in it. */
  | { readonly verdict: 'duplicate'; readonly row: ItemRow }
  /** New, but the session's totals are settled: evidence only. */
  | { readonly verdict: 'held'; readonly row: ItemRow | null }
  | { readonly verdict: 'rejected'; readonly code: RowCode; readonly message: string }

/**
 * Decisions 4, 5, 7, 15, 22. The higher `rev` replaces the count half, the higher `matchRev` the identification half;
 * the same `rev` with other content is refused and changes nothing.
 *
 * @param seq the place of the row if it is new
 * Rules: docs/SPEC.md SC12-SC18.
 */
export function joinRow(stored: ItemRow | null, incoming: IncomingRow, seq: number, world: RowWorld): Joined {
  const refusal = refusalOf(stored, incoming)
  if (refusal !== null) return rejected('BAD_ROW', refusal)
  const isVersioned = hasRevisions(incoming)
  const base = stored ?? newRow(incoming, seq, world)
  const counted = isVersioned ? joinCount(base, incoming, world) : overwriteCount(base, incoming, world)
  if (counted === 'conflict')
    return rejected('REV_CONFLICT', `Revision ${base.rev} is known with another count`)
  const identified = joinIdentification(counted, incoming, isVersioned, world)
  if (typeof identified === 'string') return rejected('UNKNOWN_PRODUCT', `No product ${identified}`)
  if (stored !== null && identified === stored) return { verdict: 'duplicate', row: stored }
  if (world.admission === 'held') return { verdict: 'held', row: stored }
  return {
    verdict: world.admission === 'late' ? 'late' : 'applied',
    row: { ...identified, lastUpdatedAt: world.now },
  }
}

function hasRevisions({ rev, matchRev }: IncomingRow): boolean {
  return rev !== undefined || matchRev !== undefined
}

/** Why a row cannot be joined at all, or null. */
function refusalOf(stored: ItemRow | null, incoming: IncomingRow): string | null {
  if (hasRevisions(incoming)) return stored === null && incoming.uuid === null ? 'A new row needs a uuid' : null
  if (stored === null) return null
  if (stored.isDeleted) return 'The row was deleted'
  return stored.rev > 0 || stored.matchRev > 0 ? 'The row has revisions: send rev or matchRev' : null
}

function rejected(code: RowCode, message: string): Joined {
  return { verdict: 'rejected', code, message }
}

function newRow(incoming: IncomingRow, seq: number, world: RowWorld): ItemRow {
  return {
    seq,
    uuid: incoming.uuid,
    logId: incoming.logId ?? null,
    productIdentifier: incoming.productIdentifier ?? null,
    quantity: null,
    standing: null,
    rev: 0,
    productId: null,
    isRequested: null,
    systemQuantity: null,
    matchRev: 0,
    countedBy: incoming.countedBy ?? null,
    sentBy: null,
    createdBy: world.userName,
    createdAt: incoming.createdAt ?? world.now,
    lastScanAt: null,
    lastUpdatedAt: world.now,
    isDeleted: false,
  }
}

/** @returns the row itself when nothing changed */
function joinCount(row: ItemRow, incoming: IncomingRow, world: RowWorld): ItemRow | 'conflict' {
  const { rev, quantity, standing } = incoming
  if (rev === undefined || quantity === undefined || rev < row.rev) return row
  // Also for rev 0: a row that was never counted carries no count, and one that claims to is not dropped in silence.
  if (rev === row.rev) return isSameCount(row, quantity, standing) ? row : 'conflict'
  return {
    ...row,
    quantity,
    standing: quantity === null ? 0 : standing,
    rev,
    isDeleted: false,
    ...describe(row, incoming, world),
  }
}

function isSameCount(row: ItemRow, quantity: Micro | null, standing: number | null): boolean {
  return quantity === row.quantity && (standing === null || row.standing === null || standing === row.standing)
}

/** A client without revisions: the last write wins, but only over rows that have none. */
function overwriteCount(row: ItemRow, incoming: IncomingRow, world: RowWorld): ItemRow {
  const quantity = orElse(incoming.quantity, row.quantity)
  return keepIfSame(row, { ...row, quantity, ...describe(row, incoming, world) })
}

function describe(row: ItemRow, incoming: IncomingRow, { userName, speaksFor }: RowWorld) {
  const countedBy = orElse(incoming.countedBy, row.countedBy)
  return {
    logId: incoming.logId ?? row.logId,
    productIdentifier: orElse(incoming.productIdentifier, row.productIdentifier),
    countedBy,
    sentBy: countedBy !== null && (countedBy === userName || speaksFor(countedBy)) ? null : userName,
    createdAt: incoming.createdAt ?? row.createdAt,
    lastScanAt: orElse(incoming.lastScanAt, row.lastScanAt),
  }
}

type Identification = Pick<ItemRow, 'productId' | 'isRequested' | 'systemQuantity' | 'matchRev'>

/** @returns the row itself when nothing changed; a product id that the server does not know */
function joinIdentification(
  row: ItemRow,
  incoming: IncomingRow,
  isVersioned: boolean,
  world: RowWorld,
): ItemRow | string {
  const said = saidOf(row, incoming, isVersioned, world)
  if (said.productId === row.productId) return keepIfSame(row, { ...row, ...said })
  if (said.productId !== null && !world.isKnownProduct(said.productId)) return said.productId
  // The snapshot belongs to the product, and is taken at the first write that names it.
  const isSnapshotSent = world.maySendBook && incoming.systemQuantity != null
  const book = said.productId === null ? null : world.bookOf(said.productId)
  return { ...row, ...said, systemQuantity: isSnapshotSent ? said.systemQuantity : book }
}

function saidOf(row: ItemRow, incoming: IncomingRow, isVersioned: boolean, world: RowWorld): Identification {
  const matchRev = incoming.matchRev ?? 0
  const snapshot = world.maySendBook ? incoming.systemQuantity : undefined
  if (matchRev > row.matchRev || !isVersioned) {
    const productId = orElse(incoming.productId, row.productId)
    return {
      // Somebody's explicit "no product" stands; a client without revisions only does not know one.
      productId: productId ?? (isVersioned ? null : ownWordOn(row, world)),
      isRequested: orElse(incoming.isRequested, row.isRequested),
      systemQuantity: orElse(snapshot, row.systemQuantity),
      matchRev,
    }
  }
  // A person has spoken, or the same was said before: the server's copy stays.
  return row.matchRev > 0 ? row : hintOf(row, { ...incoming, systemQuantity: snapshot }, world)
}

/** Nobody but catalogues has spoken: ours first, then what is known already, then the sender's. */
function hintOf(row: ItemRow, sent: IncomingRow, world: RowWorld): Identification {
  return {
    productId: row.productId ?? ownWordOn(row, world) ?? sent.productId ?? null,
    isRequested: row.isRequested ?? sent.isRequested ?? null,
    systemQuantity: row.systemQuantity ?? sent.systemQuantity ?? null,
    matchRev: 0,
  }
}

function ownWordOn(row: ItemRow, world: RowWorld): string | null {
  return row.productIdentifier === null ? null : world.identify(row.productIdentifier)
}

/** Absent = unchanged. */
function orElse<T>(sent: T | undefined, kept: T): T {
  return sent === undefined ? kept : sent
}

const FIELDS: readonly (keyof ItemRow)[] = [
  'quantity', 'standing', 'rev', 'productId', 'isRequested', 'systemQuantity', 'matchRev',
  'logId', 'productIdentifier', 'countedBy', 'createdAt', 'lastScanAt', 'isDeleted',
]

/** The same object says: nothing changed. */
function keepIfSame(row: ItemRow, next: ItemRow): ItemRow {
  return FIELDS.every((field) => row[field] === next[field]) ? row : next
}
