// Carry what a scanned value stands for into its match, its rows and their lines, in one transaction.
import type { BarcodeWish } from '../domain/barcode-wish'
import type { CountRecord } from '../domain/count-record'
import { lineKeyOf } from '../domain/fold'
import type { ItemKey, LineKey, ProductId, RowUuid, SessionId } from '../domain/ids'
import { asId } from '../domain/ids'
import { productOfLine } from '../domain/lines'
import type { LineTexts, RowChange } from '../domain/lines'
import type { MatchRow, ScansTx } from '../ports/scans-schema'
import { putWishes } from '../usecases/barcode-wishes'
import { applyToLines, LINE_ROWS_MAX, LINE_TABLES } from './apply-lines'
import type { LineResult } from './apply-lines'
import type { EngineDeps } from './engine-deps'

export interface NewIdentity {
  readonly itemKey: ItemKey
  readonly productId: ProductId
  readonly packSize: number
  readonly source: MatchRow['source']
  /** To be known in the next counts, too. */
  readonly wish?: BarcodeWish
}

/**
 * Store identities and move the rows of their values to the lines of their products. Own rows get a higher match
 * revision and are unsent; server rows without a product only change lines. A person's word beats the catalogue's:
 * catalogue identities are taken only where there is no product yet. Rules: docs/SPEC.md BU6-BU8
 *
 * @returns the lines that changed
 */
export async function applyIdentities(
  deps: EngineDeps,
  sessionId: SessionId,
  identities: readonly NewIdentity[],
  texts: ReadonlyMap<ProductId, LineTexts>,
): Promise<readonly LineKey[]> {
  if (identities.length === 0) return []
  const wishes = identities.flatMap((it) => it.wish ?? [])
  const tables = [...LINE_TABLES, 'matches', 'outbox', 'sessions'] as const
  const result = await deps.scans.tx(wishes.length === 0 ? tables : [...tables, 'meta'], 'rw', async (tx) => {
    if (wishes.length > 0) await putWishes(tx, wishes)
    const changes: RowChange[] = []
    for (const identity of identities) changes.push(...(await identifyRows(tx, sessionId, identity)))
    return await moveLines(tx, sessionId, { changes, texts })
  })
  const changed = result.changed.map((it) => it.lineKey)
  // Also where no line changed: a page remembers what the values stand for that are not folded yet (SE43).
  deps.bus.post({ kind: 'lines', sessionId, changed, counts: result.counts })
  return changed
}

async function identifyRows(tx: ScansTx, sessionId: SessionId, identity: NewIdentity): Promise<RowChange[]> {
  const { itemKey, productId, packSize, source } = identity
  const known = await tx.get('matches', [sessionId, itemKey])
  if (source === 'catalogue' && known !== undefined && known.productId !== null) return []
  const rows = await rowsOfKey(tx, sessionId, itemKey)
  const own = rows.filter((row) => row.origin === 'own')
  const seen = Math.max(known?.matchRev ?? 0, ...own.map((row) => row.matchRev))
  const match: MatchRow = {
    sessionId,
    itemKey,
    productId,
    packSize,
    source,
    matchRev: seen + 1,
    isRequested: await isRequested(tx, sessionId, productId),
  }
  await tx.put('matches', match)
  const changes = rows.map((row): RowChange => ({ before: row, after: withMatch(row, match) }))
  await tx.bulkPut('inventoryCountRecords', changes.flatMap(({ after }) => (after === null ? [] : [after])))
  await tx.bulkPut('outbox', own.map(({ uuid }) => ({ uuid, sessionId })))
  return changes
}

/** A row as the match of its value dictates: own rows take it whole, server rows only a line while they have no product. */
export function withMatch(row: CountRecord, match: MatchRow | undefined): CountRecord {
  if (row.origin === 'server')
    return { ...row, lineKey: lineKeyOf(row.itemKey, row.productId ?? match?.productId ?? null) }
  return {
    ...row,
    productId: match?.productId ?? null,
    isRequested: match?.isRequested ?? false,
    matchRev: match?.matchRev ?? 0,
    lineKey: lineKeyOf(row.itemKey, match?.productId ?? null),
  }
}

export async function rowsOfKey(tx: ScansTx, sessionId: SessionId, itemKey: ItemKey): Promise<CountRecord[]> {
  return await tx.range('inventoryCountRecords', '[sessionId+itemKey]', {
    lower: [sessionId, itemKey],
    upper: [sessionId, itemKey],
    limit: LINE_ROWS_MAX,
  })
}

export async function isHardCount(tx: ScansTx, sessionId: SessionId): Promise<boolean> {
  return (await tx.get('sessions', sessionId))?.cycleCount.countType === 'hard'
}

async function isRequested(tx: ScansTx, sessionId: SessionId, productId: ProductId): Promise<boolean> {
  if (await isHardCount(tx, sessionId)) return true
  const line = await tx.get('items', [sessionId, asId<LineKey>(productId)])
  return line !== undefined && line.requestedRows > 0
}

async function moveLines(
  tx: ScansTx,
  sessionId: SessionId,
  { changes, texts }: { changes: readonly RowChange[]; texts: ReadonlyMap<ProductId, LineTexts> },
): Promise<LineResult> {
  const latest = latestChanges(changes)
  const byLine = new Map(latest.flatMap(({ after }) => (after === null ? [] : [[after.lineKey, after] as const])))
  return await applyToLines(tx, {
    sessionId,
    isHardCount: await isHardCount(tx, sessionId),
    changes: latest,
    textsOf: (lineKey) => {
      const row = byLine.get(lineKey)
      const productId = row === undefined ? null : productOfLine(row)
      const name = row?.productIdentifier ?? lineKey
      return (productId && texts.get(productId)) || { name, identifier: name }
    },
  })
}

/** A row that was changed twice: from its first state to its last. */
function latestChanges(changes: readonly RowChange[]): RowChange[] {
  const byRow = new Map<RowUuid, RowChange>()
  for (const change of changes) {
    const uuid = (change.after ?? change.before)?.uuid
    if (uuid === undefined) continue
    const first = byRow.get(uuid)
    byRow.set(uuid, first === undefined ? change : { before: first.before, after: change.after })
  }
  return [...byRow.values()]
}
