// The timeline of an item and the chain of a count in words.
import { RULES } from '../domain/review'
import type { CountChain, TimelineEntry } from '../domain/timeline'
import { countOf, deviceWords, formatChange, formatCount, formatQuantity, nameOf } from './format'
import { dropWords } from './words'
import { actionWords, givenReasonWords } from './review-words'

const SESSIONS: Readonly<Record<string, string>> = {
  created: 'Session opened',
  assigned: 'Session begun',
  submitted: 'Session submitted',
  approved: 'Session approved',
  voided: 'Session discarded',
}

const MOVEMENTS: Readonly<Record<string, string>> = {
  sale: 'Sold',
  shipment: 'Shipped',
  receipt: 'Received',
  'transfer-in': 'Moved in',
  'transfer-out': 'Moved out',
  return: 'Returned',
  count: 'Booked by a count',
  adjustment: 'Adjusted',
}

/** `Scanned +1`, `Scan taken back −1`, `Decided, 12 counted: looked everywhere`. Rule: RP19 */
export function entryWords({ kind, action, quantity, reason }: TimelineEntry): string {
  const change = quantity === null ? '' : ` ${formatChange(quantity)}`
  switch (kind) {
    case 'scan':
      return `${action === 'hand' ? 'Counted by hand' : 'Scanned'}${change}`
    case 'undo':
      return `Scan taken back${change}${reason === null ? '' : `: ${dropWords(reason)}`}`
    case 'correction':
      return `Amount set${change}`
    case 'match':
      return 'Barcode matched to this product'
    case 'session':
      return SESSIONS[action ?? ''] ?? 'Session changed'
    case 'movement':
      return `${MOVEMENTS[action ?? ''] ?? 'Moved'}${change}`
    case 'act':
      return actWords({ action, quantity, reason })
  }
}

function actWords({ action, quantity, reason }: Pick<TimelineEntry, 'action' | 'quantity' | 'reason'>): string {
  const counted = quantity === null ? '' : `, ${formatQuantity(quantity)} counted`
  return `${actionWords(action ?? '')}${counted}${reason === null ? '' : `: ${givenReasonWords(reason)}`}`
}

/** `Ana, iPad 1`; `the rules`. */
export function whoWords({ by, device }: Pick<TimelineEntry, 'by' | 'device'>): string {
  const who = by === RULES ? 'The rules' : nameOf(by)
  return device === null ? who : `${who}, ${device.length > 20 ? deviceWords(null, device) : device}`
}

const KINDS: Readonly<Record<string, string>> = {
  audit: 'what was done',
  status: 'a change of status',
  scan: 'a scan',
  row: 'a counted total',
  sent: 'what a device sent',
  recount: 'a recount',
  decision: 'a decision',
  movement: 'a booking',
  seal: 'a seal',
}

/** The state of a chain as a sentence; the first broken place is named. Rule: RP19 */
export function chainWords(chain: CountChain): string {
  const entries = countOf(chain.sealedEntries + chain.auditEntries, 'entry', 'entries')
  const later = chain.laterEntries === 0 ? '' : ` ${countOf(chain.laterEntries, 'entry', 'entries')} came afterwards.`
  switch (chain.state) {
    case 'unbroken':
      return `Nothing was changed since the approval: ${entries} checked.${later}`
    case 'open':
      return 'The count is not approved yet: nothing is sealed.'
    case 'unsealed':
      return 'This count was closed before seals were kept.'
    case 'broken': {
      const [first] = chain.problems
      const what = first === undefined ? '' : ` First ${KINDS[first.kind] ?? 'an entry'}, number ${formatCount(first.seq)}, ${first.problem === 'altered' ? 'was altered' : 'is missing'}.`
      return `Changed afterwards: ${countOf(chain.problemCount, 'place')} of ${entries} ${chain.problemCount === 1 ? 'does' : 'do'} not fit.${what}`
    }
  }
}
