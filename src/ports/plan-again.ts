// Plans that are made again, in the domain's words: what can be chosen at a facility, templates, the schedule.
import type { EpochMs, FacilityId, ProductId, UserName } from '../domain/ids'
import type { Facet, ScheduledClass, Split } from '../domain/plan'
import type { CountType } from '../domain/session'
import type { KeptChoice } from './plan'

export interface FacetValue {
  readonly value: string
  /** That it finds. */
  readonly products: number
}

/** In units, percent of the book, and money; null: money is not looked at. */
export interface PlanTolerance {
  readonly units: number
  readonly percent: number
  readonly money: number | null
}

export interface PlanChoices {
  readonly facets: Readonly<Record<Facet, readonly FacetValue[]>>
  readonly classes: readonly FacetValue[]
  /** What the facility's rules let pass where no class says otherwise. */
  readonly tolerance: PlanTolerance | null
  readonly currency: string | null
}

export interface TemplatePlan {
  readonly countType: CountType
  readonly isBlind: boolean
  /** null: a hard count. */
  readonly products: KeptChoice | null
  readonly split: Split
  readonly parts: readonly { readonly area: string; readonly assignedTo: UserName | null }[]
  /** null: the facility's rules. */
  readonly tolerance: PlanTolerance | null
  /** null: no due date. */
  readonly dueAfterDays: number | null
}

export interface PlanTemplate {
  readonly templateId: string
  readonly name: string
  readonly plan: TemplatePlan
  readonly madeBy: string
  readonly lastUsedAt: EpochMs | null
}

export interface DueProduct {
  readonly productId: ProductId
  readonly name: string
  readonly identifier: string | null
  readonly abcClass: ScheduledClass
  readonly lastCountedAt: EpochMs | null
  /** null: it was never counted. */
  readonly overdueDays: number | null
}

export interface PlanSchedule {
  readonly classes: readonly {
    readonly abcClass: ScheduledClass
    /** null: in no schedule. */
    readonly everyDays: number | null
    readonly products: number
    /** Due, and in no open count. */
    readonly due: number
    readonly inCounts: number
  }[]
  /** The longest overdue first, as many as were asked for. */
  readonly due: readonly DueProduct[]
}

export type PlanDeed =
  | { readonly kind: 'template-made' | 'template-deleted' | 'template-restored'; readonly name: string }
  | {
      readonly kind: 'template-changed'
      /** Its name now. */
      readonly name: string
      readonly renamed: { readonly from: string; readonly to: string } | null
      readonly plan: { readonly from: TemplatePlan; readonly to: TemplatePlan } | null
    }
  | { readonly kind: 'template-used'; readonly name: string; readonly countName: string | null }
  | {
      readonly kind: 'schedule-changed'
      /** In days; null: in no schedule. */
      readonly classes: readonly { readonly abcClass: string; readonly from: number | null; readonly to: number | null }[]
    }
  /** Of a server that knows more than this app. */
  | { readonly kind: 'other'; readonly action: string }

export interface PlanChange {
  readonly at: EpochMs
  readonly by: UserName
  readonly deed: PlanDeed
}

export interface PlanAgainApi {
  choices: (facilityId: FacilityId) => Promise<PlanChoices>
  templates: (facilityId: FacilityId) => Promise<readonly PlanTemplate[]>
  /** Made the first time, changed afterwards. */
  putTemplate: (facilityId: FacilityId, template: Pick<PlanTemplate, 'templateId' | 'name' | 'plan'>) => Promise<void>
  deleteTemplate: (facilityId: FacilityId, templateId: string) => Promise<void>
  restoreTemplate: (facilityId: FacilityId, templateId: string) => Promise<void>
  /** Of templates and schedule, the newest first. */
  changes: (facilityId: FacilityId) => Promise<readonly PlanChange[]>
  schedule: (facilityId: FacilityId) => Promise<PlanSchedule>
  setSchedule: (facilityId: FacilityId, everyDays: Readonly<Record<ScheduledClass, number | null>>) => Promise<void>
}
