// What is over, and what was done to a count, in words.
import { encodeMoney } from '../domain/money'
import { RULES } from '../domain/review'
import type { ClosedCount, CountDeed } from '../ports/past'
import { countOf, formatMoment, formatUnits, nameOf } from './format'
import { actionWords, formatMoney, givenReasonWords } from './review-words'
import type { ShownChange } from './shown-change'

/** `Closed by Sam, 25 Nov 2026, 13:10`. */
export function endWords(
  { endedBy, endedAt }: ClosedCount,
  verb: 'Closed' | 'Called off',
  timeZone: string,
): string {
  return `${verb}${endedBy === null ? '' : ` by ${nameOf(endedBy)}`}, ${formatMoment(endedAt, timeZone)}`
}

/** `40 products, −3 units, −€6.00`. */
export function resultWords({ products, net }: ClosedCount, currency: string | null): string {
  const decided = countOf(products, 'product')
  if (net === null || products === 0) return decided
  if (net.units === 0 && (net.value === null || encodeMoney(net.value) === 0))
    return `${decided}, no difference left`
  const value = net.value === null ? '' : `, ${formatMoney(net.value, currency)}`
  return `${decided}, ${formatUnits(net.units)} booked${value}`
}

const FIELDS: Readonly<Record<string, string>> = {
  name: 'name',
  estimatedStartAt: 'start',
  estimatedCompletionAt: 'due date',
}

/** What it was done to, in the words of a sentence. */
interface Said {
  /** `Session “Left”`. */
  readonly session: string
  /** ` of “Left”`; empty where no session is named. */
  readonly ofSession: string
  /** `Oats` or `12 products`; empty where it was done to the whole. */
  readonly many: string
}

const DEEDS: Readonly<Record<string, (said: Said, deed: CountDeed, timeZone: string) => string>> = {
  'session-reopened': ({ session }) => `${session} opened again`,
  'session-reopening-undone': ({ session }) => `${session} submitted again: opening it was undone`,
  'session-voided': ({ session }) => `${session} discarded`,
  'session-restored': ({ session }) => `${session} brought back`,
  reassigned: ({ session }, deed) => reassignedWords(deed, session),
  waived: (_, deed) => waivedWords(deed),
  'plan-changed': (_, deed, timeZone) => planWords(deed, timeZone),
  planned: ({ many }) => (many === '' ? 'Planned' : `Planned with ${many}`),
  'items-added': ({ many, ofSession }) => `${many} put on the list${ofSession}`,
  'items-removed': ({ many, ofSession }) => `${many} taken off the list${ofSession}`,
}

/** Rule: docs/SPEC.md RV61 */
export function deedWords(deed: CountDeed, timeZone: string): string {
  const { sessionName, products, productName, action } = deed
  const many = products === null ? '' : (productName ?? countOf(products, 'product'))
  const said: Said = {
    session: sessionName === null ? 'A session' : `Session “${sessionName}”`,
    ofSession: sessionName === null ? '' : ` of “${sessionName}”`,
    many,
  }
  const words = DEEDS[action]?.(said, deed, timeZone) ?? actionWords(action)
  return action in DEEDS || many === '' ? words : `${words}: ${many}`
}

function reassignedWords({ whom, formerly }: CountDeed, session: string): string {
  const to =
    whom === null ? `${session} given back to everybody` : `${session} given to ${nameOf(whom)}`
  return formerly === null ? to : `${to}, was ${nameOf(formerly)}’s`
}

/** Unsent scans name their counter; barcodes that nobody knows have none. */
function waivedWords({ amount, whom, deviceName, sessionName }: CountDeed): string {
  if (whom === null) return `Gone on without ${countOf(amount ?? 0, 'unknown barcode')}`
  const where = deviceName === null ? '' : ` on ${deviceName}`
  const which = sessionName === null ? '' : ` in “${sessionName}”`
  return `Gone on without ${countOf(amount ?? 0, 'unsent scan')} of ${nameOf(whom)}${where}${which}`
}

function planWords({ changes }: CountDeed, timeZone: string): string {
  const moment = (value: unknown): string => {
    if (typeof value === 'number') return formatMoment(value, timeZone)
    return typeof value === 'string' ? `“${value}”` : 'none'
  }
  const said = Object.entries(changes).map(
    ([field, { from, to }]) => `${FIELDS[field] ?? field} ${moment(to)}, was ${moment(from)}`,
  )
  return said.length === 0 ? 'Plan changed' : `Plan changed: ${said.join('; ')}`
}

export function shownDeed(deed: CountDeed, timeZone: string): ShownChange {
  const what = deedWords(deed, timeZone)
  const { by, at, reason } = deed
  return {
    what,
    by: by === RULES ? 'the rules' : by,
    at,
    ...(reason === null ? {} : { why: givenReasonWords(reason) }),
  }
}
