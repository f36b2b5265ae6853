// The board in words: who does what, what is the matter, when it may be done.
import {
  paceOf,
  type Activity,
  type BoardConcern,
  type BoardSession,
  type Estimate,
  type NoEstimate,
} from '../domain/board'
import { agoWords, countOf, formatClock, formatCount, formatDay, nameOf } from './format'

export const ACTIVITY_WORDS: Readonly<Record<Activity, string>> = {
  waiting: 'Not begun',
  counting: 'Counting',
  quiet: 'Gone quiet',
  unheard: 'Not heard of',
  left: 'Nobody counts',
  submitted: 'Submitted',
  approved: 'Approved',
  voided: 'Discarded',
}

/** The colours of the outcomes, for what they mean here as well. */
export const ACTIVITY_CLASS: Readonly<Record<Activity, string>> = {
  waiting: 'is-waiting',
  counting: 'is-counted',
  quiet: 'is-undirected',
  unheard: 'is-refused',
  left: 'is-waiting',
  submitted: 'is-counted',
  approved: 'is-counted',
  voided: 'is-waiting',
}

export const CONCERN_WORDS: Readonly<Record<BoardConcern, string>> = {
  unheard: 'Not heard of',
  unsent: 'Unsent scans',
  quiet: 'Gone quiet',
  unmatched: 'Unknown barcodes',
}

const NO_ESTIMATE: Readonly<Record<NoEstimate, string>> = {
  'no-list': 'Everything is counted here: nobody can say how much is left.',
  'not-begun': 'Nothing is counted yet.',
  'too-little': 'Too little is counted to say when it will be done.',
  'nobody-counts': 'Nothing was counted in the last half hour.',
}

/** `done between 14:10 and 15:00`, or why nobody can say. */
export function estimateWords(estimate: Estimate, now: number, timeZone: string): string {
  switch (estimate.kind) {
    case 'done':
      return 'All lines are counted.'
    case 'unknown':
      return NO_ESTIMATE[estimate.why]
    case 'between': {
      const from = timeOf(estimate.from, now, timeZone)
      if (estimate.to === null) return `Done at this pace not before ${from}; it may take more than a day.`
      const to = timeOf(estimate.to, now, timeZone)
      return from === to ? `Done at this pace at about ${from}.` : `Done at this pace between ${from} and ${to}.`
    }
  }
}

/** To the minutes that such a guess can mean: five. */
function timeOf(at: number, now: number, timeZone: string): string {
  const rounded = Math.round(at / 300_000) * 300_000
  const day = formatDay(rounded, now, timeZone)
  return day.startsWith('today ') ? formatClock(rounded, timeZone) : day
}

export const OUTLOOK_WORDS = {
  'in-time': 'In time',
  late: 'Late',
  open: 'May be late',
} as const

/** `12.4 a minute`; nothing where nobody scans. */
export function paceWords(session: BoardSession, now: number): string {
  const pace = paceOf(session, now)
  return pace === 0 ? '–' : `${formatCount(Math.round(pace * 10) / 10)} a minute`
}

/** Who holds it, or held it, and with what. */
export function holderWords(session: BoardSession): string {
  const { lock, devices } = session
  if (lock === null) return '–'
  const device = devices.find((it) => it.deviceId === lock.deviceId)
  const name = device?.deviceName ?? null
  return name === null ? nameOf(lock.userName) : `${nameOf(lock.userName)}, ${name}`
}

/** Each device that has something, and when it was last heard of. */
export function unsentWords(session: BoardSession, now: number, timeZone: string): readonly string[] {
  return session.devices
    .filter((it) => it.unsentScans > 0)
    .map((it) => {
      const who = it.deviceName ?? `${nameOf(it.userName)}’s device`
      return `${who}: ${countOf(it.unsentScans, 'scan')} not sent, heard ${agoWords(it.lastHeardAt, now, timeZone)}`
    })
}

/** When its devices were last heard of; the newest. */
export function heardWords(session: BoardSession, now: number, timeZone: string): string | null {
  const at = Math.max(0, ...session.devices.map((it) => it.lastHeardAt))
  return at === 0 ? null : `heard ${agoWords(at, now, timeZone)}`
}
