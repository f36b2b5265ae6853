// Rows that a supervisor removes: tombstones, with what they held kept as evidence (decision 15).
import { admissionOf, type AdmissionInput } from './admission'
import { rowKeyOf, type ItemRow } from './item-row'
import type { Evidence } from './put-rows'

export type Deletion =
  | { readonly kind: 'deleted'; readonly updated: readonly ItemRow[]; readonly evidence: readonly Evidence[] }
  /** The session's totals are settled: its rows stay. */
  | { readonly kind: 'settled' }

/** Rows that are gone already are passed over. Rules: docs/SPEC.md SC18. */
export function decideDeletion(
  stored: readonly ItemRow[],
  session: Pick<AdmissionInput, 'session' | 'cycleCount'>,
  now: number,
): Deletion {
  if (admissionOf({ ...session, fence: null, currentFence: 0 }) === 'held') return { kind: 'settled' }
  const living = stored.filter((it) => !it.isDeleted)
  return {
    kind: 'deleted',
    updated: living.map((it) => ({ ...it, isDeleted: true, lastUpdatedAt: now })),
    evidence: living.map(proofOf),
  }
}

function proofOf(row: ItemRow): Evidence {
  const { rev, matchRev, quantity, standing, productId, productIdentifier, logId } = row
  return {
    rowKey: rowKeyOf(row), rev, matchRev, fingerprint: 'deleted', verdict: 'deleted',
    quantity, standing, productId, productIdentifier, logId,
  }
}
