// Exports over the wire (contract 6.3): a file is asked for, made in the background, and fetched while it is kept.
import type * as v from 'valibot'
import { COUNTS } from '../../src/contract/envelope'
import { ExportAsked, ExportFile, PostExport } from '../../src/contract/exports'
import type { Caller, ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import { Query } from '../http/query'
import type { Registrar } from '../http/route'
import { insertExport, readFile, type ExportKind, type NewExport } from '../reports/export-store'
import type { ReportScope } from '../reports/report-lines'
import { scopeOfQuery } from '../reports/report-scope'
import { runExportsLater } from '../reports/run-export'
import { readReportDays } from '../rules/report-period'
import { MAY_REVIEW } from './review-base'

const EXPORT = `${COUNTS}cycleCounts/export`

/** Rules: docs/SPEC.md RP20-RP24. */
export const registerExports: Registrar = (registry, context) => {
  registry.route({
    method: 'POST',
    path: EXPORT,
    needs: MAY_REVIEW,
    body: PostExport,
    answer: ExportAsked,
    handler: ({ caller, body }) => ask(caller, body, context),
  })
  registry.route({
    method: 'GET',
    path: `${EXPORT}/:systemMessageId`,
    needs: MAY_REVIEW,
    answer: ExportFile,
    handler: async ({ sql, caller, param, context: { clock } }) => {
      const { base64, format, fileName, kind, facilityId } = await readFile(sql, caller, param('systemMessageId'), clock.now())
      // Whoever lost the right since has lost the file.
      if (kind !== 'counts') caller.require('INV_CNT_VIEW_QOH')
      if (facilityId !== null) caller.requireAt(facilityId)
      return format === 'csv'
        ? { csvData: Buffer.from(base64, 'base64').toString('utf8'), fileName }
        : { fileData: base64, fileName }
    },
  })
}

type Asked = v.InferOutput<typeof PostExport>

async function ask(caller: Caller, body: Asked, context: ServerContext): Promise<v.InferInput<typeof ExportAsked>> {
  const now = context.clock.now()
  const jobId = context.ids.next()
  const { format, what, ...filter } = body
  // The base profile knows lists of counts alone.
  const kind = context.profile === 'extended' ? (what ?? (body.from == null ? 'counts' : 'lines')) : 'counts'
  const hasDays = context.profile === 'extended'
  const job = kind === 'counts' ? countsJob(caller, body, { filter, hasDays }) : reportJob(caller, body, { kind, filter })
  await context.db.tx((sql) =>
    insertExport(sql, { ...job, format: context.profile === 'extended' ? format : 'csv', jobId, caller, now }),
  )
  runExportsLater(context)
  return { systemMessageId: jobId }
}

type Job = Omit<NewExport, 'jobId' | 'caller' | 'now'>

function reportJob(
  caller: Caller,
  { format }: Asked,
  { kind, filter }: { readonly kind: Exclude<ExportKind, 'counts'>; readonly filter: object },
): Job {
  // Refused now rather than in the background.
  const scope = scopeOfQuery(caller, Query.fromRecord({ ...filter }), 'book')
  const name = kind === 'lines' ? 'shelfcount' : `shelfcount-${kind}`
  const fileName = `${name}-${scope.from}-${scope.thru}${filterInName(kind, scope)}.${format}`
  return { kind, format, filter, facilityId: scope.facilityId, fileName }
}

/** What the file is of, in its name: `-A-overflow`. A pace knows areas alone. */
function filterInName(kind: ExportKind, { abcClass, area, category, supplier }: ReportScope): string {
  const classed = abcClass === '' ? 'no-class' : abcClass
  const parts = kind === 'pace' ? [area] : [classed, area, category, supplier]
  return parts.map((it) => (it === null ? '' : `-${nameable(it)}`)).join('')
}

const PART_MAX = 40

function nameable(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}]+/gu, '-').slice(0, PART_MAX)
}

interface CountsFilter {
  readonly filter: object
  /** `from` and `thru` are ours: the base contract has none. */
  readonly hasDays: boolean
}

/** @throws HttpError 400 for days that are none */
function countsJob(caller: Caller, asked: Asked, { filter, hasDays }: CountsFilter): Job {
  const { format, facilityId, facilityId_op: operator, from, thru } = asked
  const isOne = typeof facilityId === 'string' && facilityId !== '' && (operator ?? 'equals') === 'equals'
  if (isOne) caller.requireAt(facilityId)
  const job = { kind: 'counts', format, facilityId: isOne ? facilityId : null } as const
  if (!hasDays || !isOne || (from ?? thru) == null)
    return { ...job, filter: { ...filter, from: null, thru: null }, fileName: `cycle-counts.${format}` }
  const days = readReportDays(from ?? null, thru ?? null)
  if (typeof days === 'string') throw new HttpError(400, days, 'BAD_REQUEST')
  return { ...job, filter, fileName: `cycle-counts-${days.from}-${days.thru}.${format}` }
}
