// Every state in words that a person at a shelf understands; never a code.
import type { Failure } from '../worker/protocol'
import type { RemoteErrorReason } from '../domain/errors'
import type { LockState } from '../domain/lock'
import type { ShownBucket } from '../domain/counted-item'
import type { DropReason } from '../domain/scan-event'
import type { RefusalReason, ScanOutcome } from '../ports/counting'
import type { CatalogueProgress } from '../ports/catalogue-schema'
import { REMOVED_ON_SERVER } from '../ports/scans-schema'
import type { SyncState, SyncTrouble } from '../ports/platform'
import { countOf, formatClock, nameOf } from './format'
import { THIS_DEVICE } from './this-device'

/** The five outcomes, each with one colour, one icon, one word, one sound. */
export type FeedbackOutcome = ScanOutcome['kind'] | 'partial'

export const OUTCOME_WORDS: Readonly<Record<FeedbackOutcome, string>> = {
  counted: 'Counted',
  undirected: 'Not on the list',
  unmatched: 'Unknown barcode',
  refused: 'Not counted',
  partial: 'Partial scan',
}

/** Why somebody drops an unknown barcode; the log keeps the answer. */
export const DROP_REASONS = {
  'damaged-label': 'The label is damaged',
  'not-ours': 'It is not ours',
  mistake: 'Scanned by mistake',
  other: 'Another reason',
} as const satisfies Readonly<Record<DropReason, string>>

/** `the label is damaged`; reasons of a newer app are another reason. */
export function dropWords(reason: string): string {
  return (Object.entries(DROP_REASONS).find(([known]) => known === reason)?.[1] ?? DROP_REASONS.other).toLowerCase()
}

/** The word of the band: what was taken back is not called counted, a misread barcode is asked about. */
export function feedbackWord(feedback: {
  readonly outcome: FeedbackOutcome
  readonly isTakenBack?: boolean
  readonly isMisread?: boolean
}): string {
  if (feedback.isTakenBack === true) return 'Taken back'
  return feedback.isMisread === true ? 'Check digit wrong: scan again?' : OUTCOME_WORDS[feedback.outcome]
}

export const BUCKET_WORDS: Readonly<Record<ShownBucket, string>> = {
  uncounted: 'Uncounted',
  undirected: 'Undirected',
  unmatched: 'Unmatched',
  counted: 'Counted',
}

const REFUSALS: Readonly<Record<RefusalReason, string>> = {
  empty: 'There was nothing in this scan.',
  'too-long': 'This barcode is too long (over 255 characters).',
  quantity: 'This quantity cannot be right. Check the number before the scan.',
  'lock-lost': 'Somebody else holds this session now.',
  'no-lock': `This session is not open on ${THIS_DEVICE}.`,
  submitted: 'This session is being submitted. Withdraw the submit to go on.',
  storage: `It could not be saved on ${THIS_DEVICE} yet. It is kept and tried again.`,
  'not-kept': `It could not be saved on ${THIS_DEVICE} and is not kept. Do it again when the alarm is over.`,
  unreadable: 'The scanner sent every character twice or unreadable signs. See what arrives under Settings.',
}

export function refusalWords(reason: RefusalReason): string {
  return REFUSALS[reason]
}

/** Rule UI2: the state of sending, in words. */
export function syncWords(state: SyncState): string {
  switch (state.status) {
    case 'synced':
      return 'All on the server'
    case 'unsent':
      return `${countOf(state.unsentRows, 'line')} to send`
    case 'syncing':
      return 'Sending…'
    case 'offline':
      if (state.trouble === null) return 'Starting…'
      return state.trouble === 'portal' ? 'The network wants a sign-in' : 'Waiting for the network'
    case 'auth-needed':
      return 'Sign in to send'
    case 'stalled':
      return 'Nothing gets through'
    case 'error':
      return state.trouble === null ? 'Needs a look' : (ERROR_WORDS[state.trouble] ?? 'Needs a look')
  }
}

const ERROR_WORDS: Readonly<Partial<Record<SyncTrouble, string>>> = {
  server: 'The server has a problem',
  'server-busy': 'The server is busy',
  outdated: 'Update the app to send',
  lines: 'Some lines were refused',
}

/** Red is for what needs a person now: the network and a server in trouble come back by themselves. */
export function needsPerson({ status, trouble }: SyncState): boolean {
  if (status === 'error') return trouble !== 'server' && trouble !== 'server-busy'
  return status === 'auth-needed' || status === 'stalled'
}

const TROUBLES: Readonly<Record<SyncTrouble, string>> = {
  network: 'The server cannot be reached.',
  portal: 'This network asks for a sign-in of its own: open it in the browser.',
  server: 'The server has a problem.',
  'server-busy': 'The server is busy and asks to wait.',
  'earlier-request': 'An earlier request may still be on its way to the server; newer numbers wait for it.',
  'sign-in': 'The sign-in has run out. Sign in again to send.',
  refused: 'The server refuses a session.',
  lines: 'The server refused some lines. They are below; the others go on.',
  outdated: 'This app is too old for the server. Update it; scanning goes on.',
  app: `Something went wrong on ${THIS_DEVICE}.`,
}

/** What is in the way, in sentences, with the time of the next try; null when nothing is. Rule: UI26 */
export function troubleWords(state: SyncState, timeZone: string): string | null {
  if (state.trouble === null) return null
  const words = TROUBLES[state.trouble]
  if (state.nextTryAt === null) return words
  return `${words} It is tried again at ${formatClock(state.nextTryAt, timeZone, true)}; nothing is lost.`
}

/** How much of the product list is here, for a row of its own. Rule: UI58 */
export function catalogueWords({ done, isComplete }: CatalogueProgress, isWaiting: boolean): string {
  const products = done === 0 ? 'none yet' : countOf(done, 'product')
  if (isComplete) return done === 0 ? 'no products, complete' : `${products}, complete`
  return isWaiting ? `${products}, not complete` : `${products}, being fetched`
}

/** What an incomplete product list means for a count; null when it is complete. */
export function catalogueNotice({ done, isComplete }: CatalogueProgress, isWaiting: boolean): string | null {
  if (isComplete) return null
  const soFar = done === 0 ? '' : `: ${countOf(done, 'product')} so far`
  if (!isWaiting) return `Fetching the product list${soFar}. You can start counting.`
  return `The product list on ${THIS_DEVICE} is not complete${soFar}. The rest comes with the network. Barcodes that are not known yet are counted, and matched then.`
}

/** @param me own user name: one's other device is not somebody else */
export function lockWords(state: LockState, lostTo: string | null, me: string): string {
  switch (state) {
    case 'held':
      return 'You hold this'
    case 'unverified':
      return 'Yours, unconfirmed'
    case 'lost':
      if (lostTo === me) return 'Your other device has this'
      return lostTo === null ? 'Somebody else is counting this' : `${nameOf(lostTo)} is counting this`
    case 'elsewhere':
      return 'Counting in another window'
    case 'none':
      return 'Not open yet'
  }
}

/** A name, or words for somebody whose name the server did not tell. */
export function nameOfHolder(userName: string | null): string {
  return userName === null ? 'Somebody else' : nameOf(userName)
}

const FAILURES: Readonly<Record<RemoteErrorReason, string>> = {
  offline: 'Waiting for the network. Nothing is lost; try again when it is back.',
  'captive-portal': 'This network asks for a sign-in of its own. Open it in the browser, then try again.',
  'server-down': 'The server has a problem just now. Nothing is lost; try again in a moment.',
  'not-yet': 'Something else has to finish first. Try again in a moment.',
  unauthorized: 'Please sign in again.',
  forbidden: 'You are not allowed to do this. Ask your supervisor.',
  'not-found': 'The server does not know this any more.',
  locked: 'Somebody else is counting this.',
  'stale-fence': 'Somebody else has taken this session over.',
  'too-large': 'This was too much for the server at once.',
  unsupported: 'This server cannot do that.',
  outdated: 'This app is too old for the server. Update it; scanning goes on.',
  rejected: 'The server said no.',
}

/** Of a failed call, what a screen can say. `words` where the app itself failed, not the server. */
export type ShownFailure = Pick<Failure, 'reason' | 'message' | 'holder'> & { readonly words?: string }

/** The worker did not answer as it should: nothing is known, so asking again is right. */
export const BROKEN_CALL = {
  reason: 'server-down',
  message: '',
  words: 'This did not work just now. Nothing is lost; try again.',
} as const satisfies ShownFailure

/** Nobody has to do anything about it: grey, not red. */
export function passesByItself({ reason }: ShownFailure): boolean {
  return reason === 'offline' || reason === 'server-down' || reason === 'not-yet'
}

/** What went wrong and what to do; the server's own words only where it has the say. */
export function failureWords(failure: ShownFailure): string {
  if (failure.words !== undefined) return failure.words
  if (failure.reason === 'locked' && failure.holder !== undefined)
    return `${nameOf(failure.holder.userName)} is counting this.`
  if (failure.reason === 'rejected' && failure.message !== '') return `The server said: ${failure.message}`
  return FAILURES[failure.reason]
}

/** Why the server keeps a line of ours as evidence instead of counting it. */
export function heldWords(code: string): string {
  return code === REMOVED_ON_SERVER ? 'somebody removed this line from the count; another scan counts it again' : 'the count is closed'
}

/** Sign-in has other words for the same reasons: a 401 there is a wrong password. */
export function signInFailureWords(failure: Pick<Failure, 'reason' | 'message' | 'retryAfterMs'>): string {
  switch (failure.reason) {
    case 'unauthorized':
      return 'User name or password is wrong.'
    case 'server-down':
      return failure.retryAfterMs === undefined
        ? 'The server has a problem just now. Try again in a moment.'
        : `Too many tries. Wait ${countOf(Math.ceil(failure.retryAfterMs / 1000), 'second')} and try again.`
    case 'offline':
      return 'No network, or no server at this address. The first sign-in needs both.'
    case 'forbidden':
      return 'This user may not use the counting app. Ask your supervisor.'
    case 'not-found':
      return 'There is no counting server at this address.'
    default:
      return failureWords(failure)
  }
}

/** Nothing is known of the sign-out: whoever reads this is still signed in, and on a shared device should know. */
export const SIGN_OUT_BROKE = `You are still signed in: the storage of ${THIS_DEVICE} does not answer. Nothing is lost; try again.`

/** The areas of a store as the server knows them; older clients wrote the label instead of the id. */
export const AREAS: readonly { readonly id: string; readonly label: string }[] = [
  { id: 'back_stock', label: 'Back stock' },
  { id: 'display', label: 'Display' },
  { id: 'floor_wall', label: 'Floor wall' },
  { id: 'floor_shelf', label: 'Floor shelf' },
  { id: 'overflow', label: 'Overflow' },
  { id: 'register', label: 'Register' },
]

export function areaWords(area: string): string {
  return AREAS.find((it) => it.id === area)?.label ?? area
}
