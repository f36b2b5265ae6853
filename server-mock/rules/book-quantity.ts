// Who may see the book quantity (decision 22).
import type { Permission } from '../../src/domain/access'

/**
 * QOH, ATP and the snapshot are for callers with INV_CNT_VIEW_QOH; in a blind count also not for them,
 * unless they settle counts. Rules: docs/SPEC.md SC20.
 */
export function maySeeBook(may: (permission: Permission) => boolean, isBlind: boolean): boolean {
  return may('INV_CNT_VIEW_QOH') && (!isBlind || may('INV_COUNT_SUBMIT'))
}
