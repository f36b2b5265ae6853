// A stored row as GET items answers it: what each profile says of it, and what each caller may see.
import type { WireItem } from '../../src/contract/items'
import { encodeQuantity, type Micro } from '../../src/domain/quantity'
import { seqIdOf, type ItemRow } from './item-row'

export interface ItemView {
  readonly sessionId: string
  readonly facilityId: string | null
  readonly productName: string | null
  /** Book figures at the session's facility now; null where it keeps no stock of the product. */
  readonly qoh: Micro | null
  readonly atp: Micro | null
  readonly maySeeBook: boolean
  readonly profile: 'extended' | 'hotwax'
}

/** Rules: docs/SPEC.md SC20. */
export function encodeItem(row: ItemRow, view: ItemView): WireItem & { readonly facilityId: string | null } {
  return {
    inventoryCountImportId: view.sessionId,
    importItemSeqId: seqIdOf(row.seq),
    facilityId: view.facilityId,
    uuid: row.uuid,
    productId: row.productId,
    productIdentifier: row.productIdentifier,
    quantity: amountOf(row.quantity),
    isRequested: row.isRequested === null ? null : row.isRequested ? 'Y' : 'N',
    createdDate: row.createdAt,
    lastScanAt: row.lastScanAt,
    lastUpdatedStamp: row.lastUpdatedAt,
    countedByUserLoginId: row.countedBy,
    ...(view.maySeeBook ? encodeBook(row, view) : {}),
    ...(view.profile === 'extended' ? encodeExtension(row, view) : {}),
  }
}

function encodeBook(row: ItemRow, { qoh, atp }: ItemView): Partial<WireItem> {
  return {
    systemQuantityOnHand: amountOf(row.systemQuantity),
    quantityOnHandTotal: amountOf(qoh),
    availableToPromiseTotal: amountOf(atp),
  }
}

function encodeExtension(row: ItemRow, { productName }: ItemView): Partial<WireItem> {
  return { productName, logId: row.logId, rev: row.rev, standing: row.standing, matchRev: row.matchRev }
}

function amountOf(quantity: Micro | null): number | null {
  return quantity === null ? null : encodeQuantity(quantity)
}
