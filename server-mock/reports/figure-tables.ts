// The figures of a report and the pace of its counters as tables for a file: every number of the screen, a row each.
import type * as v from 'valibot'
import type { Report, ReportPace } from '../../src/contract/reports'
import type { Cell } from '../../src/domain/csv'
import { scansAnHour } from '../../src/domain/report'
import { asId, type UserName } from '../../src/domain/ids'
import { wallTimeOf } from '../../src/domain/zone-time'
import type { Table } from './export-tables'

type Wire = v.InferOutput<typeof Report>
type Figures = Wire['total']

const FIGURES_HEAD = [
  'By', 'Of', 'Products', 'Right', 'Book units', 'Net units', 'Absolute units', 'Missing units', 'Book value', 'Net value',
  'Absolute value', 'Missing value', 'Without a cost', 'Due on', 'Started on', 'Closed on',
]
const PACE_HEAD = ['Counter', 'Scans', 'Stretches of five minutes', 'Scans an hour']

/** In the order of the screen; rules: docs/SPEC.md RP36 */
export function figuresTable(report: Wire, zone: string): Table {
  const day = (at: number | null | undefined): Cell => (at == null ? null : { day: wallTimeOf(at, zone).slice(0, 10) })
  return [
    FIGURES_HEAD,
    row('Everything', '', report.total),
    ...report.byClass.map((it) => row('Class', it.abcClass, it.figures)),
    ...report.byArea.map((it) => row('Area', it.area, it.figures)),
    ...report.byCategory.map((it) => row('Category', it.category, it.figures)),
    ...report.bySupplier.map((it) => row('Supplier', it.supplier, it.figures)),
    ...report.byDay.map((it) => row('Day', it.day, it.figures)),
    ...report.counts.map((it) => [
      ...row('Count', it.name, it.figures),
      day(it.dueAt),
      day(it.startedAt),
      day(it.closedAt),
    ]),
  ]
}

function row(by: string, of: string, it: Figures): readonly Cell[] {
  return [
    by, of, it.products, it.right, it.bookUnits, it.netUnits, it.absoluteUnits, it.shrinkUnits, it.bookValue, it.netValue,
    it.absoluteValue, it.shrinkValue, it.withoutCost,
  ]
}

export function paceTable({ counters }: v.InferOutput<typeof ReportPace>): Table {
  return [
    PACE_HEAD,
    ...counters.map((it): readonly Cell[] => {
      const speed = scansAnHour({ ...it, userName: asId<UserName>(it.userId) })
      return [it.userId, it.scans, it.stretches, speed === null ? null : Math.round(speed)]
    }),
  ]
}
