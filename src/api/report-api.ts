// Reports over HTTP (extended profile): sums in one answer, lines page by page.
import type * as v from 'valibot'
import { COUNTS } from '../contract/envelope'
import { SESSION_STATUS_IDS } from '../contract/counts'
import { Report, ReportFacilities, ReportPace, type WireFigures } from '../contract/reports'
import { CountChain, ItemTimeline } from '../contract/timeline'
import { RemoteError } from '../domain/errors'
import { asId, type CycleCountId, type FacilityId, type ProductId, type UserName } from '../domain/ids'
import { decodeMoney, type Money } from '../domain/money'
import type { Figures, ReportLine } from '../domain/report'
import { SESSION_STATUSES } from '../domain/session'
import type { TimelineEntry } from '../domain/timeline'
import type { ReportApi, ReportAsk } from '../ports/report'
import { WORK_EFFORTS } from './counts-api'
import { createExportCalls } from './export-api'
import { microOf, microOrNull, moneyOrNull } from './decode-review'
import { part, type Http, type Query } from './http'

const PATH = `${COUNTS}reports`

export function createReportCalls(http: Http): ReportApi {
  return { ...createFigures(http), ...createTimelines(http), ...createExportCalls(http) }
}

function createTimelines(http: Http): Pick<ReportApi, 'timeline' | 'chain'> {
  return {
    async timeline({ facilityId, productId, after }) {
      const query = { facilityId, productId, afterAt: after?.at, afterId: after?.id }
      const wire = await http.json({ method: 'get', path: `${PATH}/timeline`, schema: ItemTimeline, query })
      return {
        productName: wire.productName ?? null,
        counts: wire.counts.map(({ workEffortId, ...it }) => ({
          ...it,
          cycleCountId: asId<CycleCountId>(workEffortId),
          closedAt: it.closedAt ?? null,
        })),
        entries: wire.entries.map(decodeEntry),
        next: wire.next == null ? null : { at: wire.next.afterAt, id: wire.next.afterId },
      }
    },
    async chain(id) {
      const path = `${WORK_EFFORTS}/${part(id)}/review/chain`
      const wire = await http.json({ method: 'get', path, schema: CountChain })
      return { ...wire, head: wire.head ?? null, problems: wire.problems.map((it) => ({ ...it, key: it.key ?? null })) }
    },
  }
}

function decodeEntry(wire: v.InferOutput<typeof ItemTimeline>['entries'][number]): TimelineEntry {
  const { id, at, kind, by, quantity } = wire
  // Statuses have their own names inside.
  const status = SESSION_STATUSES.find((it) => SESSION_STATUS_IDS[it] === wire.action)
  return {
    id,
    at,
    kind,
    by: asId<UserName>(by),
    device: wire.device ?? null,
    countName: wire.countName ?? null,
    sessionName: wire.sessionName ?? null,
    action: status ?? wire.action ?? null,
    quantity: microOrNull(quantity),
    value: wire.value ?? null,
    reason: wire.reason ?? null,
  }
}

function createFigures(http: Http): Pick<ReportApi, 'report' | 'facilities' | 'pace'> {
  return {
    async report(ask) {
      const wire = await http.json({ method: 'get', path: PATH, schema: Report, query: queryOf(ask) })
      return {
        currency: wire.currency ?? null,
        total: decodeFigures(wire.total),
        byClass: wire.byClass.map(({ abcClass, figures }) => ({ abcClass, figures: decodeFigures(figures) })),
        byArea: wire.byArea.map(({ area, figures }) => ({ area, figures: decodeFigures(figures) })),
        byCategory: wire.byCategory.map(({ category, figures }) => ({ category, figures: decodeFigures(figures) })),
        bySupplier: wire.bySupplier.map(({ supplier, figures }) => ({ supplier, figures: decodeFigures(figures) })),
        byDay: wire.byDay.map(({ day, figures }) => ({ day, figures: decodeFigures(figures) })),
        counts: wire.counts.map((it) => ({
          cycleCountId: asId<CycleCountId>(it.workEffortId),
          name: it.name,
          dueAt: it.dueAt ?? null,
          startedAt: it.startedAt ?? null,
          closedAt: it.closedAt,
          figures: decodeFigures(it.figures),
        })),
        hasMoreCounts: wire.moreCounts,
        plan: wire.plan,
        areas: wire.areas,
        categories: wire.categories,
        suppliers: wire.suppliers,
        largest: wire.largest.map(decodeLine),
      }
    },
    async facilities({ facilityIds, from, thru, abcClass }) {
      const query = { facilityIds: facilityIds.join(','), from, thru, abcClass: classOf(abcClass) }
      const wire = await http.json({ method: 'get', path: `${PATH}/facilities`, schema: ReportFacilities, query })
      return wire.facilities.map(({ facilityId, currency, figures }) => ({
        facilityId: asId<FacilityId>(facilityId),
        currency: currency ?? null,
        figures: decodeFigures(figures),
      }))
    },
    async pace({ facilityId, from, thru, area }) {
      const query = { facilityId, from, thru, area: area ?? undefined }
      const { counters } = await http.json({ method: 'get', path: `${PATH}/pace`, schema: ReportPace, query })
      return counters.map(({ userId, ...it }) => ({ ...it, userName: asId<UserName>(userId) }))
    },
  }
}

function queryOf({ facilityId, from, thru, area, abcClass, category, supplier }: ReportAsk): Query {
  return {
    facilityId,
    from,
    thru,
    area: area ?? undefined,
    abcClass: classOf(abcClass),
    category: category ?? undefined,
    supplier: supplier ?? undefined,
  }
}

function classOf(abcClass: string | null): string | undefined {
  return abcClass === '' ? 'none' : (abcClass ?? undefined)
}

function decodeFigures(wire: v.InferOutput<typeof WireFigures>): Figures {
  const { products, right, withoutCost } = wire
  return {
    products,
    right,
    withoutCost,
    bookUnits: microOf(wire.bookUnits),
    netUnits: microOf(wire.netUnits),
    absoluteUnits: microOf(wire.absoluteUnits),
    shrinkUnits: microOf(wire.shrinkUnits),
    bookValue: moneyOf(wire.bookValue),
    netValue: moneyOf(wire.netValue),
    absoluteValue: moneyOf(wire.absoluteValue),
    shrinkValue: moneyOf(wire.shrinkValue),
  }
}

function moneyOf(amount: number): Money {
  const money = decodeMoney(amount)
  if (money === null) throw new RemoteError('captive-portal', `${amount} is no amount`)
  return money
}

function decodeLine(wire: v.InferOutput<typeof Report>['largest'][number]): ReportLine {
  return {
    countName: wire.countName,
    closedAt: wire.closedAt,
    productId: asId<ProductId>(wire.productId),
    productName: wire.productName ?? null,
    abcClass: wire.abcClass ?? '',
    book: microOf(wire.book),
    variance: microOf(wire.variance),
    unitCost: moneyOrNull(wire.unitCost),
    value: moneyOrNull(wire.value),
    reason: wire.reason ?? null,
    decidedBy: wire.decidedBy ?? null,
  }
}
