// Exports (contract 6.3): a file that is asked for, made in the background, and fetched while it is kept.
import * as v from 'valibot'
import { Millis, Text } from './envelope'

export const EXPORT_MESSAGE_TYPE = 'ExportInventoryCounts'

export const EXPORT_STATUS_IDS = {
  waiting: 'SmsgProduced',
  working: 'SmsgSending',
  ready: 'SmsgSent',
  failed: 'SmsgError',
} as const

export const EXPORT_FORMATS = ['csv', 'xlsx'] as const
/** What is in a file: the list of counts, what was booked product by product, the figures of a report, the pace of counters. */
export const EXPORT_KINDS = ['counts', 'lines', 'figures', 'pace'] as const

const FilterText = v.nullish(v.union([Text, v.number()]))

/** The filters of the list of counts; with `from` and `thru` it is our export of what was booked, product by product. */
export const PostExport = v.object({
  facilityId: FilterText,
  facilityId_op: FilterText,
  statusId: FilterText,
  statusId_op: FilterText,
  countType: FilterText,
  createdDateFrom: FilterText,
  createdDateTo: FilterText,
  closedDate: FilterText,
  closedDateTo: FilterText,
  keyword: FilterText,
  // Ours:
  format: v.optional(v.picklist(EXPORT_FORMATS), 'csv'),
  /** Not said: lines where days are named, else counts. */
  what: v.optional(v.picklist(EXPORT_KINDS)),
  from: v.nullish(Text),
  thru: v.nullish(Text),
  area: v.nullish(Text),
  abcClass: v.nullish(Text),
  category: v.nullish(Text),
  supplier: v.nullish(Text),
})

export const ExportAsked = v.object({ systemMessageId: v.string() })

const CountOf = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

export const WireExport = v.object({
  systemMessageId: v.string(),
  systemMessageTypeId: v.literal(EXPORT_MESSAGE_TYPE),
  statusId: v.picklist(Object.values(EXPORT_STATUS_IDS)),
  /** JSON: {filePath, partyId}. */
  messageText: v.string(),
  initDate: Millis,
  processedDate: v.nullish(Millis),
  // Ours:
  kind: v.optional(v.picklist(EXPORT_KINDS), 'counts'),
  format: v.optional(v.picklist(EXPORT_FORMATS), 'csv'),
  fileName: v.optional(v.string(), ''),
  bytes: v.optional(CountOf, 0),
  rowsDone: v.optional(CountOf, 0),
  errorText: v.nullish(v.string()),
  createdBy: v.nullish(v.string()),
  /** Until then it can be fetched; absent: it cannot, any more or yet. */
  expiresDate: v.nullish(Millis),
})
export const WireExports = v.array(WireExport)

/** CSV as text, as the base contract has it; a workbook as base64. */
export const ExportFile = v.object({
  csvData: v.nullish(v.string()),
  fileData: v.nullish(v.string()),
  fileName: v.optional(v.string(), ''),
})
