// What was counted and booked in a period, and how well it agreed with the book.
import type { CycleCountId, EpochMs, ProductId, UserName } from './ids'
import type { Money } from './money'
import type { Micro } from './quantity'

/** Sums over products that were counted and booked; `shrink` is what was missing, as a positive amount. */
export interface Figures {
  readonly products: number
  readonly right: number
  readonly bookUnits: Micro
  readonly netUnits: Micro
  readonly absoluteUnits: Micro
  readonly shrinkUnits: Micro
  readonly bookValue: Money
  readonly netValue: Money
  readonly absoluteValue: Money
  readonly shrinkValue: Money
  /** Products whose cost nobody knows: they are in no value. */
  readonly withoutCost: number
}

export interface ReportCount {
  readonly cycleCountId: CycleCountId
  readonly name: string
  readonly dueAt: EpochMs | null
  readonly startedAt: EpochMs | null
  readonly closedAt: EpochMs
  readonly figures: Figures
}

/** A product of a count, as it was booked. */
export interface ReportLine {
  readonly countName: string
  readonly closedAt: number
  readonly productId: ProductId
  readonly productName: string | null
  readonly abcClass: string
  readonly book: Micro
  readonly variance: Micro
  readonly unitCost: Money | null
  readonly value: Money | null
  readonly reason: string | null
  readonly decidedBy: string | null
}

export interface Report {
  readonly currency: string | null
  readonly total: Figures
  readonly byClass: readonly { readonly abcClass: string; readonly figures: Figures }[]
  /** What was counted in two areas is in both of their rows. */
  readonly byArea: readonly { readonly area: string; readonly figures: Figures }[]
  readonly byCategory: readonly { readonly category: string; readonly figures: Figures }[]
  /** What two deliver is in both of their rows. */
  readonly bySupplier: readonly { readonly supplier: string; readonly figures: Figures }[]
  readonly byDay: readonly { readonly day: string; readonly figures: Figures }[]
  readonly counts: readonly ReportCount[]
  readonly hasMoreCounts: boolean
  readonly plan: { readonly planned: number; readonly inTime: number; readonly late: number; readonly open: number }
  /** To choose from. */
  readonly areas: readonly string[]
  readonly categories: readonly string[]
  readonly suppliers: readonly string[]
  /** What differed most, the largest first. */
  readonly largest: readonly ReportLine[]
}

export type ExportFormat = 'csv' | 'xlsx'
export type ExportKind = 'lines' | 'figures' | 'pace' | 'counts'

/** A file that was asked for. */
export interface ExportJob {
  readonly id: string
  readonly state: 'waiting' | 'working' | 'ready' | 'failed'
  readonly format: ExportFormat
  readonly fileName: string
  readonly bytes: number
  /** Made so far. */
  readonly rows: number
  readonly by: UserName | null
  readonly at: EpochMs
  /** Until when it can be fetched; null: it cannot, any more or yet. */
  readonly expiresAt: EpochMs | null
  /** Why it could not be made. */
  readonly problem: string | null
}

export interface ExportFile {
  readonly fileName: string
  readonly content: string | Uint8Array<ArrayBuffer>
}

export interface CounterPace {
  readonly userName: UserName
  readonly scans: number
  /** Stretches of five minutes with at least one scan. */
  readonly stretches: number
}

const STRETCHES_AN_HOUR = 12
/** Less is no pace. */
const STRETCHES_MIN = 3

export const GROUPINGS = ['day', 'week', 'month'] as const
export type Grouping = (typeof GROUPINGS)[number]

/** The first day of the week (Monday) or month that a day is in. */
export function groupStart(day: string, grouping: Grouping): string {
  if (grouping === 'month') return `${day.slice(0, 7)}-01`
  if (grouping === 'day') return day
  const at = new Date(`${day}T00:00:00Z`)
  at.setUTCDate(at.getUTCDate() - ((at.getUTCDay() + 6) % 7))
  return at.toISOString().slice(0, 10)
}

/** Days added up to weeks or months, each under its first day. Rules: docs/SPEC.md RP33 */
export function groupDays(days: Report['byDay'], grouping: Grouping): Report['byDay'] {
  const groups = new Map<string, Figures>()
  for (const { day, figures } of days) {
    const start = groupStart(day, grouping)
    const known = groups.get(start)
    groups.set(start, known === undefined ? figures : addFigures(known, figures))
  }
  return [...groups].map(([day, figures]) => ({ day, figures }))
}

function addFigures(a: Figures, b: Figures): Figures {
  const names = Object.keys(a) as (keyof Figures)[]
  return Object.fromEntries(names.map((it) => [it, a[it] + b[it]])) as unknown as Figures
}

/** Share of products without a variance, in [0, 1]; null: nothing was counted. */
export function accuracyByItem({ products, right }: Figures): number | null {
  return products === 0 ? null : right / products
}

/** One less what was wrong of what the book said, never below 0; null: the book was empty. */
export function accuracyByUnit({ bookUnits, absoluteUnits }: Figures): number | null {
  return bookUnits === 0 ? null : Math.max(0, 1 - absoluteUnits / bookUnits)
}

/** As by unit, in money; products without a known cost are left out. */
export function accuracyByValue({ bookValue, absoluteValue }: Figures): number | null {
  return bookValue === 0 ? null : Math.max(0, 1 - absoluteValue / bookValue)
}

/** What was missing of what the book was worth; null: the book was worth nothing. */
export function shrinkage({ bookValue, shrinkValue }: Figures): number | null {
  return bookValue === 0 ? null : shrinkValue / bookValue
}

/** Scans in an hour of scanning: pauses of five minutes and more are left out. null: too little to say. */
export function scansAnHour({ scans, stretches }: CounterPace): number | null {
  return stretches < STRETCHES_MIN ? null : (scans * STRETCHES_AN_HOUR) / stretches
}

/** From begin to closing; null where nobody noted the begin. */
export function durationOf({ startedAt, closedAt }: ReportCount): number | null {
  return startedAt === null ? null : Math.max(0, closedAt - startedAt)
}

/** Half of the counts took less; null without any. */
export function medianDuration(counts: readonly ReportCount[]): number | null {
  const sorted = counts.flatMap((it) => durationOf(it) ?? []).toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.floor((sorted.length - 1) / 2)]
  return upper === undefined || lower === undefined ? null : (upper + lower) / 2
}
