// Imported lists (contract 6.1, 6.2): the upload, its system message, and what is wrong with it, row by row.
import * as v from 'valibot'
import { IMPORT_COLUMNS, type ImportState } from '../domain/plan-import'
import { Millis } from './envelope'

export const IMPORT_MESSAGE_TYPE = 'ImportInventoryCounts'

export const IMPORT_STATUS_IDS = {
  received: 'SmsgReceived',
  consuming: 'SmsgConsuming',
  consumed: 'SmsgConsumed',
  cancelled: 'SmsgCancelled',
  error: 'SmsgError',
} as const satisfies Readonly<Record<ImportState, string>>

const CountOf = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

const ImportMade = v.array(
  v.object({ workEffortId: v.string(), workEffortName: v.string(), items: CountOf, isNew: v.boolean() }),
)

export const WireImport = v.object({
  systemMessageId: v.string(),
  systemMessageTypeId: v.string(),
  statusId: v.picklist(Object.values(IMPORT_STATUS_IDS)),
  /** Where HotWax keeps the file: its name. */
  messageText: v.string(),
  initDate: Millis,
  processedDate: v.nullish(Millis),
  // Ours:
  rowsTotal: v.optional(CountOf, 0),
  /** Looked at. */
  rowsDone: v.optional(CountOf, 0),
  /** Written, and not yet to be seen. */
  rowsWritten: v.optional(CountOf, 0),
  errorCount: v.optional(CountOf, 0),
  made: v.optional(ImportMade, []),
  createdBy: v.nullish(v.string()),
  /** The caller sent it, or is an administrator: it can be cancelled, and its file fetched. */
  isOwn: v.optional(v.boolean(), true),
})
export const WireImports = v.array(WireImport)

export const UploadAnswer = v.object({
  systemMessageId: v.string(),
  /**
   * The same file was imported for the same facilities before, or is being imported: nothing new was begun. The job may
   * be somebody else's, and older than what the list of messages is asked for: `GET systemMessages/{systemMessageId}`
   * tells it as WireImport, and its errors, to whoever may create counts in all of its facilities.
   */
  isKnown: v.optional(v.boolean(), false),
  knownSince: v.nullish(Millis),
  knownBy: v.nullish(v.string()),
})

export const ImportErrors = v.array(
  v.object({
    /** As one line, for clients of the base contract. */
    errorText: v.string(),
    // Ours:
    line: v.nullish(v.number()),
    column: v.nullish(v.picklist(IMPORT_COLUMNS)),
    value: v.nullish(v.string()),
    message: v.optional(v.string()),
  }),
)

/** A message can be cancelled until it is over: nothing of it is imported then. */
export const PostSystemMessage = v.object({
  systemMessageId: v.optional(v.string()),
  statusId: v.literal(IMPORT_STATUS_IDS.cancelled),
})
