// The entries of the sync log as sentences; what only a developer needs stays in the entry's details.
import type { SyncLogRow } from '../ports/scans-schema'
import { countOf } from './format'
import { dropWords } from './words'

type Details = SyncLogRow['details']

function numberOf(details: Details, name: string): number {
  const value = details[name]
  return typeof value === 'number' ? value : 0
}

function textOf(details: Details, name: string): string {
  const value = details[name]
  return typeof value === 'string' ? value : ''
}

const TRIGGERS: Readonly<Record<string, string>> = {
  online: 'The network is back: sending',
  foreground: 'The app came to the front: sending',
  'sign-in': 'Signed in: sending',
  manual: 'Sync now was tapped',
  'new-work': 'New scans: sending',
}

const WORDS: Readonly<Record<string, string | ((details: Details) => string)>> = {
  trigger: (it) => TRIGGERS[textOf(it, 'why')] ?? 'Sending was asked for',
  run: (it) => {
    const rows = numberOf(it, 'sentRows')
    return rows === 0 ? 'Nothing to send' : `${countOf(rows, 'line')} sent`
  },
  push: 'Lines were sent to the server',
  pull: 'The lines of a session were fetched',
  'pull-changes': 'What another device counted was fetched',
  lock: (it) => {
    if (it['state'] === 'held') return 'The session is ours'
    return it['state'] === 'lost' ? 'Somebody else has the session now' : 'The session was given back'
  },
  submitted: 'A session was submitted',
  elsewhere: 'The session is counted in another window',
  stalled: 'Nothing got through for a while: started afresh',
  'taken-back': (it) => {
    return `${countOf(numberOf(it, 'scans'), 'scan')} of ${textOf(it, 'barcode')} taken back: ${dropWords(textOf(it, 'reason'))}`
  },
  'barcode-remembered': (it) => `${textOf(it, 'barcode')} is remembered for the next counts`,
  'barcode-refused': (it) => `${textOf(it, 'barcode')} is not remembered: the server said no`,
  'spill-drained': (it) => `${countOf(numberOf(it, 'scans'), 'scan')} from before the start saved now`,
  wiped: (it) => `The storage had been cleared; up to ${countOf(numberOf(it, 'scans'), 'scan')} had not been sent`,
  'set-back': (it) => `The storage was set back; up to ${countOf(numberOf(it, 'scans'), 'scan')} had not been sent`,
  'self-check-failed': 'Numbers did not match their scans and were added up again',
  'self-check-broke': 'The numbers could not be checked against the scans',
  'scans-saved': (it) => `${countOf(numberOf(it, 'scans'), 'scan')} saved to a file`,
  'scans-taken-over': (it) => `${countOf(numberOf(it, 'scans'), 'scan')} taken over from a file`,
  'scans-in-conflict': 'Scans in a file are here under another number: not taken',
  'taken-scans-gave-way': 'Scans from a file gave way to newer ones of their own device',
  'taken-scans-sent-again': 'Scans from a file were turned back on the server and are sent again',
  'run-failed': 'Sending did not work; it is tried again',
  'catalogue-failed': 'The product list could not be fetched; it is tried again',
  'heartbeat-failed': 'Could not tell the server that we count here',
  'refresh-failed': 'The list of counts could not be fetched',
  'search-failed': 'The server could not be searched',
  'release-failed': 'The session could not be given back; it runs out by itself',
  'resume-offline': 'Went on without the network',
  'resume-push-waits': 'The server is busy: own lines are sent later',
  'opening-broke': 'The session could not be opened',
  'numbers-unread': 'The numbers of a session could not be read; it was tried again',
  'catalogue-unread': 'It could not be read how much of the product list is here',
  'submit-check-broke': 'The count could not be looked at before its submit',
  'row-quarantined': 'The server did not take a line; it is kept here',
  'held-moved': (it) => `A held line was moved to ${textOf(it, 'session')}`,
  'rows-held': 'Lines of a closed session are kept here',
  'session-refused': 'The server does not take this session now; it is tried again',
  'session-gone': 'The server does not know a session any more',
  'session-unseen': 'A session could not be looked at',
  'submit-refused': 'The submit was not accepted',
  'submit-differs': 'Not submitted: the server has other numbers',
  'read-back-differs': 'The server has other numbers; sent again',
  'submitted-differs': 'After the submit the server has other numbers: those lines are held',
  'new-epoch': 'The server was set up anew: everything is compared again',
  'scan-write-failed': 'A scan could not be saved at once; it is tried again',
  'spill-failed': 'A scan could not be put aside',
  'reopen-failed': 'The storage did not open; it is tried again',
  'probe-failed': 'The storage did not answer',
  'status-failed': 'The state could not be read',
  'identify-late': 'A product was found late',
  'identify-later': 'A product is looked up later',
  'outcome-late': 'The answer to a scan came late',
  'stock-forbidden': 'Book quantities are not shown to this user',
  'sign-out-unheard': 'The server did not hear the sign-out',
  'claim-failed': 'This window could not claim the session',
}

/** `catalogue-failed` → a sentence; an event that nobody wrote words for is shown with spaces. Rule: UI2 */
export function logWords({ event, details }: Pick<SyncLogRow, 'event' | 'details'>): string {
  const words = WORDS[event]
  if (words === undefined) return `${event.charAt(0).toUpperCase()}${event.slice(1).replaceAll('-', ' ')}`
  return typeof words === 'string' ? words : words(details)
}
