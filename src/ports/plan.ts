// What the planning screens need from the server, in the domain's words. Online only: rejects with RemoteError.
import type { CycleCountId, EpochMs, FacilityId, ProductId, SessionId, UserName } from '../domain/ids'
import type { AbcClass, Facet, Split, StockFilter } from '../domain/plan'
import type { Micro } from '../domain/quantity'
import type { ImportState, RowError } from '../domain/plan-import'
import type { CountType, CycleCount } from '../domain/session'
import type { PlanAgainApi, PlanTolerance } from './plan-again'

export interface ProductFilter extends Readonly<Record<Facet, readonly string[]>> {
  /** Each word is part of the name, the id or an identifier. */
  readonly text: string
  /** Empty: all of them. */
  readonly abcClasses: readonly AbcClass[]
  readonly stock: StockFilter
  /** null: whenever it was counted. */
  readonly notCountedForDays: number | null
  /** How its bin begins; empty: anywhere. */
  readonly bin: string
}

export interface PlanProduct {
  readonly productId: ProductId
  readonly name: string
  readonly identifier: string | null
  readonly abcClass: string | null
  readonly lastCountedAt: EpochMs | null
  readonly category: string | null
  /** Its bins at the facility. */
  readonly places: string | null
  /** null: not for this user to see. */
  readonly qoh: Micro | null
}

export interface Person {
  readonly userName: UserName
  readonly fullName: string
}

/** All that match but some, chosen by the server; or a few by name. */
export type KeptChoice =
  | { readonly by: 'filter'; readonly filter: ProductFilter; readonly without: readonly ProductId[] }
  | { readonly by: 'list'; readonly productIds: readonly ProductId[] }
/** Or the first that the schedule says are due. */
export type ChosenProducts = KeptChoice | { readonly by: 'due'; readonly first: number }

export interface PlanPart {
  readonly name: string
  readonly area: string
  /** null: whoever comes first. */
  readonly assignedTo: UserName | null
}

export interface NewPlan {
  readonly requestId: string
  readonly cycleCountId: CycleCountId
  readonly name: string
  readonly facilityId: FacilityId
  readonly countType: CountType
  readonly isBlind: boolean
  readonly startAt: EpochMs | null
  readonly dueAt: EpochMs | null
  /** null: a hard count. */
  readonly products: ChosenProducts | null
  readonly split: Split
  readonly parts: readonly PlanPart[]
  /** null: the facility's rules. */
  readonly tolerance: PlanTolerance | null
  /** From which it was made. */
  readonly templateId: string | null
}

export interface PlannedCount {
  readonly cycleCountId: CycleCountId
  readonly sessions: readonly {
    readonly sessionId: SessionId
    readonly name: string
    readonly assignedTo: UserName | null
    readonly products: number
  }[]
}

/** What one session of a plan would get. */
export interface PlanShare {
  readonly products: number
  /** null: nothing in it has a place. */
  readonly firstAisle: string | null
  readonly lastAisle: string | null
  readonly withoutPlace: number
}

export interface ImportUpload {
  readonly fileName: string
  /** As the server's importer wants it. */
  readonly csv: string
  /** Of the file that the person has; empty: nobody knows. */
  readonly fileHash: string
  /** Although the same file was imported before. */
  readonly isAgain: boolean
}

/** Where a page of a session's list ended, as the server says it. */
export interface ListCursor {
  readonly afterName: string
  readonly afterId: string
}

export interface SessionListPage {
  readonly products: readonly {
    readonly productId: ProductId
    readonly name: string
    readonly identifier: string | null
    /** It stays on the list. */
    readonly isCounted: boolean
  }[]
  /** All that fit. */
  readonly total: number
  /** null: there is no page after this one. */
  readonly next: ListCursor | null
}

/** An import on the server, as far as it has come. */
export interface ImportJob {
  readonly importId: string
  readonly fileName: string
  readonly state: ImportState
  readonly startedAt: EpochMs
  readonly rowsTotal: number
  /** Looked at. */
  readonly rowsDone: number
  /** Written, once all were looked at and found right; nobody sees them before it is over. */
  readonly rowsWritten: number
  readonly errorCount: number
  readonly made: readonly {
    readonly cycleCountId: CycleCountId
    readonly name: string
    readonly items: number
    readonly isNew: boolean
  }[]
  /** Who sent it, where the server says so. */
  readonly by: string | null
  /** This user may cancel it and fetch its file. */
  readonly isOwn: boolean
}

export interface ImportBegun {
  readonly importId: string
  /** The same file is there already: nothing new was begun. */
  readonly known: { readonly since: EpochMs; readonly by: string } | null
}

export interface PlanChange {
  readonly name?: string
  readonly startAt?: EpochMs | null
  readonly dueAt?: EpochMs | null
}

export interface ItemsChange {
  readonly requestId: string
  readonly add: readonly ProductId[]
  readonly remove: readonly ProductId[]
}

export interface ItemChangeVerdict {
  readonly productId: ProductId
  readonly verdict: 'taken' | 'same' | 'refused'
  readonly message: string | null
}

export interface PlanApi extends PlanAgainApi {
  products: (
    facilityId: FacilityId,
    filter: ProductFilter,
    page: { readonly offset: number; readonly limit: number },
  ) => Promise<{ readonly products: readonly PlanProduct[]; readonly total: number }>
  people: (facilityId: FacilityId) => Promise<readonly Person[]>
  /** Repeatable by cycleCountId and requestId; all of it or nothing. */
  create: (plan: NewPlan) => Promise<PlannedCount>
  /** What each of so many sessions would get of a list, in walking order. */
  shares: (
    facilityId: FacilityId,
    ask: { readonly products: ChosenProducts; readonly split: Split; readonly parts: number },
  ) => Promise<readonly PlanShare[]>
  /** Planned or under way, of one facility. */
  planned: (facilityId: FacilityId) => Promise<readonly CycleCount[]>
  /** What is left out stays; null takes a date away. */
  change: (id: CycleCountId, change: PlanChange) => Promise<void>
  /** Calls a count off, with the reason for the audit. */
  cancel: (id: CycleCountId, reason: string) => Promise<void>
  /** null: whoever comes first. */
  reassign: (id: SessionId, to: UserName | null) => Promise<void>
  /** Repeatable by requestId; devices that have the session open hear of it. */
  changeItems: (id: SessionId, change: ItemsChange) => Promise<readonly ItemChangeVerdict[]>
  /** Sends a list; the server reads it as a job. Sent again, the same file is recognised. */
  upload: (upload: ImportUpload) => Promise<ImportBegun>
  /** Also one that is under way: nothing of it is imported then. @throws RemoteError `rejected` once it is over */
  cancelImport: (importId: string) => Promise<void>
  /** One page of what a session asks for; `text` empty: all; `after` null: the first. */
  sessionList: (id: SessionId, ask: { readonly text: string; readonly after: ListCursor | null }) => Promise<SessionListPage>
  /** Own imports since then, newest first. */
  imports: (since: EpochMs) => Promise<readonly ImportJob[]>
  /** One import, own or not, however old. @throws RemoteError `not-found` when it is not told */
  importJob: (importId: string) => Promise<ImportJob>
  /** The file of an own import, as it was sent. */
  importFile: (importId: string) => Promise<string>
  /** All that is wrong with a list, in the order of its lines. */
  importErrors: (importId: string) => Promise<readonly RowError[]>
}
