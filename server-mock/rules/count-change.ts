// Changes of a cycle count: status along the allowed ways, and its plan.
import type { Permission } from '../../src/domain/access'
import type { CycleCountStatus } from '../../src/domain/session'
import { decideCycleCountMove, type Move } from './transitions'

export interface CycleCountRow {
  readonly workEffortId: string
  readonly name: string
  readonly purposeId: string
  readonly status: CycleCountStatus
  readonly facilityId: string | null
  readonly isBlind: boolean
  readonly createdAt: number
  readonly createdBy: string | null
  readonly estimatedStartAt: number | null
  readonly estimatedCompletionAt: number | null
  readonly actualStartAt: number | null
  readonly actualCompletionAt: number | null
}

/** `undefined`: not said, stays as it is. */
export interface CycleCountEdit {
  readonly to: CycleCountStatus | undefined
  readonly name: string | undefined
  readonly facilityId: string | undefined
  readonly estimatedStartAt: number | null | undefined
  readonly estimatedCompletionAt: number | null | undefined
  readonly actualStartAt: number | undefined
  readonly actualCompletionAt: number | undefined
}

export interface Changer {
  readonly may: (permission: Permission) => boolean
  readonly mayAt: (facilityId: string | null) => boolean
}

export type CycleCountChange =
  | { readonly kind: 'changed'; readonly row: CycleCountRow; readonly isMoved: boolean }
  /** Nothing is changed. */
  | { readonly kind: 'refused'; readonly move: Exclude<Move, { kind: 'move' | 'same' }> }
  | { readonly kind: 'outside' }

/** Name, dates and facility are the planner's. A status change may repeat what is there already. Rules: docs/SPEC.md SC4. */
export function decideCycleCountChange(row: CycleCountRow, edit: CycleCountEdit, who: Changer, now: number): CycleCountChange {
  const edited = editedRow(row, edit)
  if (isPlanChanged(row, edited)) {
    if (!who.may('INV_COUNT_CREATE')) return { kind: 'refused', move: { kind: 'forbidden', permission: 'INV_COUNT_CREATE' } }
    if (!who.mayAt(edited.facilityId)) return { kind: 'outside' }
  }
  const to = edit.to ?? row.status
  const move = decideCycleCountMove({ from: row.status, to, may: who.may, estimatedStartAt: row.estimatedStartAt, now })
  if (move.kind !== 'move' && move.kind !== 'same') return { kind: 'refused', move }
  return {
    kind: 'changed',
    isMoved: move.kind === 'move',
    row: {
      ...edited,
      status: to,
      actualStartAt: row.actualStartAt ?? edit.actualStartAt ?? (to === 'in-progress' ? now : null),
      actualCompletionAt: row.actualCompletionAt ?? edit.actualCompletionAt ?? (to === 'closed' ? now : null),
    },
  }
}

function editedRow(row: CycleCountRow, edit: CycleCountEdit): CycleCountRow {
  return {
    ...row,
    name: edit.name ?? row.name,
    estimatedStartAt: edit.estimatedStartAt === undefined ? row.estimatedStartAt : edit.estimatedStartAt,
    estimatedCompletionAt:
      edit.estimatedCompletionAt === undefined ? row.estimatedCompletionAt : edit.estimatedCompletionAt,
    facilityId: edit.facilityId ?? row.facilityId,
  }
}

function isPlanChanged(row: CycleCountRow, edited: CycleCountRow): boolean {
  const fields = ['name', 'estimatedStartAt', 'estimatedCompletionAt', 'facilityId'] as const
  return fields.some((field) => edited[field] !== row[field])
}
