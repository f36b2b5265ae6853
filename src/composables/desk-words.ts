// What a supervisor's page says on a server of the base contract that has no calls for it: what is missing, and what to do instead.
import type { Profile } from '../domain/access'

export const DESKS = ['plan', 'board', 'review', 'closed', 'rules', 'reports', 'sheet', 'timeline', 'people'] as const
/** A page beside counting. */
export type Desk = (typeof DESKS)[number]

interface Missing {
  readonly page: string
  readonly title: string
  readonly text: string
}

/** null: the base contract has calls for it. */
const MISSING: Readonly<Record<Desk, Missing | null>> = {
  plan: {
    page: 'Plan',
    title: 'Counts are not planned on this server',
    text: 'Create or import them in the server’s own app. They are under Counts as soon as they are there.',
  },
  board: {
    page: 'Board',
    title: 'This server has no live board',
    text: 'Who holds which session stands under Counts: refresh it there.',
  },
  review: null,
  closed: {
    page: 'Closed',
    title: 'This server keeps no list of closed counts',
    text: 'It does not tell who closed what and when. Find them in the server’s own app.',
  },
  rules: {
    page: 'Rules',
    title: 'This server knows no tolerances',
    text: 'Nothing is accepted by rules here: decide each product under Review.',
  },
  reports: {
    page: 'Reports',
    title: 'This server keeps no reports',
    text: 'Export its counts in the server’s own app.',
  },
  sheet: {
    page: 'Sheets to print',
    title: 'This server keeps no signed counts',
    text: 'It does not tell who approved what and when, so there is nothing to sign. Look at the count under Review.',
  },
  timeline: {
    page: 'Item timeline',
    title: 'This server keeps no timelines',
    text: 'It tells the sum of each session, not the scans that it is made of. Look at the count under Review.',
  },
  people: {
    page: 'People',
    title: 'People are not administrated here',
    text: 'Give and take permissions in the server’s own app. They count here from the next sign-in.',
  },
}

/** Rule: RV42. @returns null: the page can be shown */
export function missingDesk(desk: Desk | undefined, profile: Pick<Profile, 'server'> | null): Missing | null {
  return desk === undefined || profile?.server.profile !== 'hotwax' ? null : MISSING[desk]
}
