// Exports over the wire (contract 6.3): a file is asked for, made in the background, and fetched while it is kept.
import type * as v from 'valibot'
import { COUNTS } from '../../src/contract/envelope'
import { ExportAsked, ExportFile, PostExport } from '../../src/contract/exports'
import type { Caller, ServerContext } from '../http/context'
import { Query } from '../http/query'
import type { Registrar } from '../http/route'
import { insertExport, readFile, type ExportKind, type NewExport } from '../reports/export-store'
import { scopeOfQuery } from '../reports/report-scope'
import { runExportsLater } from '../reports/run-export'
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
  const job = kind === 'counts' ? countsJob(caller, body, filter) : reportJob(caller, body, { kind, filter })
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
  const fileName = `${name}-${scope.from}-${scope.thru}.${format}`
  return { kind, format, filter, facilityId: scope.facilityId, fileName }
}

function countsJob(caller: Caller, { format, facilityId, facilityId_op: operator }: Asked, filter: object): Job {
  const isOne = typeof facilityId === 'string' && facilityId !== '' && (operator ?? 'equals') === 'equals'
  if (isOne) caller.requireAt(facilityId)
  return { kind: 'counts', format, filter, facilityId: isOne ? facilityId : null, fileName: `cycle-counts.${format}` }
}
