// A template's plan off the wire: what to count, split how, among whom, with which tolerances.
import { PURPOSE_IDS } from '../contract/counts'
import type { Tolerance } from '../contract/plan'
import type { TemplatePlan } from '../contract/plan-again'
import { asId, type ProductId, type UserName } from '../domain/ids'
import type { KeptChoice } from '../ports/plan'
import type * as port from '../ports/plan-again'

export function decodePlan(wire: TemplatePlan): port.TemplatePlan {
  return {
    countType: wire.workEffortPurposeTypeId === PURPOSE_IDS.hard ? 'hard' : 'directed',
    isBlind: wire.isBlind,
    products: wire.products == null ? null : decodeChoice(wire.products),
    split: wire.split,
    parts: wire.parts.map(({ facilityAreaId, assignedTo }) => ({
      area: facilityAreaId ?? '',
      assignedTo: assignedTo == null ? null : asId<UserName>(assignedTo),
    })),
    tolerance: decodeTolerance(wire.tolerance),
    dueAfterDays: wire.dueAfterDays ?? null,
  }
}

function decodeChoice(wire: NonNullable<TemplatePlan['products']>): KeptChoice {
  const idsOf = (ids: readonly string[]) => ids.map((it) => asId<ProductId>(it))
  if (wire.by === 'list') return { by: 'list', productIds: idsOf(wire.productIds) }
  const { text, abcClasses, stock, notCountedForDays, categories, tags, suppliers, aisles, bin } = wire.filter
  const filter = { text, abcClasses, stock, notCountedForDays: notCountedForDays ?? null, categories, tags, suppliers, aisles, bin }
  return { by: 'filter', filter, without: idsOf(wire.without) }
}

export function decodeTolerance(wire: Tolerance | null | undefined): port.PlanTolerance | null {
  return wire == null ? null : { units: wire.units, percent: wire.percent, money: wire.money ?? null }
}
