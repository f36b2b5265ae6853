// What a list that is imported may say, row by row: the columns of the importer, and the states of its job.

/** The columns of HotWax's importer, and ours behind them: a server that does not know those drops them. */
export const IMPORT_COLUMNS = [
  'countImportName',
  'purposeType',
  'facilityId',
  'externalFacilityId',
  'productId',
  'idType',
  'idValue',
  'estimatedStartDate',
  'estimatedCompletionDate',
  'facilityAreaId',
  'assignedTo',
  'isBlind',
  /** The line of the file that the person has. */
  'sourceLine',
] as const
export type ImportColumn = (typeof IMPORT_COLUMNS)[number]

export const IMPORT_STATES = ['received', 'consuming', 'consumed', 'cancelled', 'error'] as const
export type ImportState = (typeof IMPORT_STATES)[number]

/** Rows of one file. */
export const IMPORT_ROWS_MAX = 50_000
/** Bytes of one file as it is sent. */
export const IMPORT_BYTES_MAX = 16 * 1024 * 1024

/** What is wrong with a file, and where. */
export interface RowError {
  /** Of the file that the person has, header included; null: the file as a whole. */
  readonly line: number | null
  /** null: the row as a whole. */
  readonly column: ImportColumn | null
  readonly value: string | null
  readonly message: string
}
