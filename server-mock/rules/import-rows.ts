// The rows of an imported list: what each asks for, and everything that is wrong with it. Pure: the world is handed in.
import { momentOf } from '../../src/domain/zone-time'
import { PURPOSE_IDS } from '../../src/contract/counts'
import type { ImportColumn, RowError } from '../../src/domain/plan-import'

export type RawRow = Readonly<Partial<Record<ImportColumn, string>>> & {
  /** Of the file, where the row does not say better. */
  readonly fileLine: number
}

export interface ImportRow {
  readonly line: number
  readonly countName: string
  readonly purposeId: string
  readonly facilityId: string
  /** null: a hard count's row. */
  readonly productId: string | null
  readonly identifier: string | null
  readonly area: string | null
  readonly assignedTo: string | null
  readonly startAt: number | null
  readonly dueAt: number | null
  /** null: the row does not say. */
  readonly isBlind: boolean | null
}

/** What is known of the rows' facilities, products and people. */
export interface ImportWorld {
  /** The zone of a facility in which the caller may plan; undefined: there is none. */
  readonly zoneOf: (facilityId: string) => string | undefined
  readonly isProduct: (productId: string) => boolean
  /** Products that have the value, of the kind if one is given. */
  readonly productsWith: (idType: string | null, idValue: string) => readonly string[]
  /** By sign-in or full name. */
  readonly personAt: (facilityId: string, name: string) => string | undefined
}

const TEXT_MAX = 255
const YES = new Set(['Y', 'YES', 'TRUE', '1'])

export type DecidedRow =
  | { readonly kind: 'row'; readonly row: ImportRow }
  | { readonly kind: 'errors'; readonly errors: readonly RowError[] }

/** Every error of the row at once. Rules: docs/SPEC.md PL12, PL13 */
export function decideRow(raw: RawRow, world: ImportWorld): DecidedRow {
  const line = Number(raw.sourceLine) || raw.fileLine
  const errors: RowError[] = []
  const of = (column: ImportColumn): string => (raw[column] ?? '').trim()
  const wrong = (column: ImportColumn, message: string): null => {
    errors.push({ line, column, value: of(column).slice(0, TEXT_MAX), message })
    return null
  }
  for (const column of TEXTS)
    if (!isStorable(of(column)))
      wrong(column, `Longer than ${TEXT_MAX} characters, or with a character that cannot be stored`)
  const countName = of('countImportName') || wrong('countImportName', 'A count needs a name')
  const purposeId = purposeOf(of('purposeType')) ?? wrong('purposeType', 'This is no kind of count: DIRECTED_COUNT or HARD_COUNT')
  const facilityId = facilityOf(of, world, wrong)
  const zone = facilityId === null ? undefined : world.zoneOf(facilityId)
  const product =
    purposeId === PURPOSE_IDS.hard ? { productId: null, identifier: null } : productOf(of, world, wrong)
  const assignedTo = facilityId === null ? null : personOf(facilityId, of('assignedTo'), world, wrong)
  const dates = datesOf(of, zone, wrong)
  if (errors.length > 0 || countName === null || purposeId === null || facilityId === null || product === null)
    return { kind: 'errors', errors }
  const isBlind = blindOf(of('isBlind').toUpperCase())
  const area = of('facilityAreaId') || null
  return {
    kind: 'row',
    row: { line, countName, purposeId, facilityId, ...product, ...dates, area, assignedTo, isBlind },
  }
}

function blindOf(text: string): boolean | null {
  return text === '' ? null : YES.has(text)
}

const TEXTS = ['countImportName', 'facilityAreaId', 'idValue', 'productId'] as const

function isStorable(text: string): boolean {
  return text.length <= TEXT_MAX && !text.includes('\0')
}

type Of = (column: ImportColumn) => string
type Wrong = (column: ImportColumn, message: string) => null

function purposeOf(text: string): string | null {
  if (text === '') return PURPOSE_IDS.directed
  return Object.values<string>(PURPOSE_IDS).includes(text) ? text : null
}

function facilityOf(of: Of, world: ImportWorld, wrong: Wrong): string | null {
  const column = of('facilityId') === '' ? 'externalFacilityId' : 'facilityId'
  const text = of(column)
  if (text === '') return wrong('facilityId', 'A row needs a facility')
  // The words of the importer that people know.
  if (column === 'externalFacilityId' || world.zoneOf(text) === undefined)
    return wrong(column, `Invalid ${column}: ${text}. No matching facility found.`)
  return text
}

function productOf(of: Of, world: ImportWorld, wrong: Wrong): { productId: string; identifier: string | null } | null {
  const id = of('productId')
  if (id !== '')
    return world.isProduct(id)
      ? { productId: id, identifier: of('idValue') || null }
      : wrong('productId', `There is no product ${id}`)
  const value = of('idValue')
  if (value === '') return wrong('idValue', 'A row of a directed count needs a product')
  const found = world.productsWith(of('idType') || null, value)
  if (found.length > 1) return wrong('idValue', `${found.length} products have this identifier`)
  const [only] = found
  return only === undefined
    ? wrong('idValue', 'No product has this identifier')
    : { productId: only, identifier: value }
}

function personOf(facilityId: string, text: string, world: ImportWorld, wrong: Wrong): string | null {
  if (text === '') return null
  return world.personAt(facilityId, text) ?? wrong('assignedTo', `${text} does not count in this facility`)
}

function datesOf(of: Of, zone: string | undefined, wrong: Wrong): { startAt: number | null; dueAt: number | null } {
  const startAt = dateOf('estimatedStartDate', of, zone, wrong)
  const dueAt = dateOf('estimatedCompletionDate', of, zone, wrong)
  if (startAt !== null && dueAt !== null && dueAt <= startAt)
    wrong('estimatedCompletionDate', 'The count is due before it starts')
  return { startAt, dueAt }
}

const US = /^(\d{2})-(\d{2})-(\d{4}) (\d{2}:\d{2}(?::\d{2})?)$/
const PLAIN = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}(?::\d{2})?))?$/

/** Clock time at the facility, `MM-dd-yyyy HH:mm:ss` as the importer has it, or `yyyy-MM-dd HH:mm:ss`. */
function dateOf(column: ImportColumn, of: Of, zone: string | undefined, wrong: Wrong): number | null {
  const text = of(column)
  if (text === '' || zone === undefined) return null
  const us = US.exec(text)
  const plain = PLAIN.exec(text)
  const wall =
    us === null
      ? plain === null ? '' : `${plain[1] ?? ''}T${plain[2] ?? '00:00'}`
      : `${us[3] ?? ''}-${us[1] ?? ''}-${us[2] ?? ''}T${us[4] ?? ''}`
  return momentOf(wall, zone) ?? wrong(column, `Invalid date: ${text}. Write it as 2026-11-26 17:00.`)
}

/** One session of a count that is to be: whose and where, and what it asks for. */
export interface ImportSession {
  readonly area: string | null
  readonly assignedTo: string | null
  readonly rows: readonly ImportRow[]
}

export interface ImportCount {
  /** Its first row says what it is. */
  readonly head: ImportRow
  readonly sessions: readonly ImportSession[]
}

export interface GroupedRows {
  readonly counts: readonly ImportCount[]
  readonly errors: readonly RowError[]
}

/**
 * Rows of one name and facility are one count, rows of one area and person in it one session; a product that is asked
 * for twice in a session is one line. Rows of one count that say different things of it are errors. Rules: PL14
 */
export function groupRows(rows: readonly ImportRow[]): GroupedRows {
  const counts = new Map<string, { head: ImportRow; sessions: Map<string, Map<string, ImportRow>> }>()
  const errors: RowError[] = []
  for (const row of rows) {
    const key = JSON.stringify([row.facilityId, row.countName])
    const count = counts.get(key) ?? { head: row, sessions: new Map() }
    counts.set(key, count)
    errors.push(...contradictions(count.head, row))
    const sessionKey = JSON.stringify([row.area, row.assignedTo])
    const session = count.sessions.get(sessionKey) ?? new Map<string, ImportRow>()
    count.sessions.set(sessionKey, session)
    // A hard count's rows name no product: one of them is enough.
    const productKey = row.productId ?? ''
    if (!session.has(productKey)) session.set(productKey, row)
  }
  return {
    errors,
    counts: [...counts.values()].map(({ head, sessions }) => ({
      head,
      sessions: [...sessions].map(([key, own]) => {
        const [area, assignedTo] = JSON.parse(key) as [string | null, string | null]
        return { area, assignedTo, rows: [...own.values()] }
      }),
    })),
  }
}

const SAID_ONCE = [
  ['purposeId', 'purposeType'],
  ['startAt', 'estimatedStartDate'],
  ['dueAt', 'estimatedCompletionDate'],
  ['isBlind', 'isBlind'],
] as const

function contradictions(head: ImportRow, row: ImportRow): RowError[] {
  return SAID_ONCE.filter(([field]) => (head[field] ?? false) !== (row[field] ?? false)).map(([, column]) => ({
    line: row.line,
    column,
    value: null,
    message: `Line ${head.line} says something else of the same count`,
  }))
}

/** What an open count says of itself, in the words of a row. */
export type OpenCount = Pick<ImportRow, 'purposeId' | 'startAt' | 'dueAt'> & { readonly isBlind: boolean }

/** Rows join an open count of their name; what they say of it has to be so already. Rule: docs/SPEC.md PL48. */
export function mismatches(head: ImportRow, open: OpenCount): RowError[] {
  return SAID_ONCE.filter(([field]) => head[field] !== null && head[field] !== open[field]).map(([field, column]) => ({
    line: head.line,
    column,
    value: null,
    message: `There is an open count of this name${mismatchWords(field, open)}, or take another name`,
  }))
}

function mismatchWords(field: (typeof SAID_ONCE)[number][0], { isBlind }: OpenCount): string {
  if (field === 'purposeId') return ' of another kind: say that one'
  if (field === 'isBlind') return `, and it is ${isBlind ? '' : 'not '}blind: say so here`
  return ' with another date: leave the date out'
}
