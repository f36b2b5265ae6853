// What must have happened at least once in ten thousand seeds: every fault, every line of the HTTP table, every kind of end.
import { FAULT_KINDS } from './faults'
import { INJECTED } from './http-answers'
import { REASON_MARKS } from './network'

/** A run of so many seeds fails when a mark is missing; a smaller one reports it. */
export const SEEDS_FOR_ALL_MARKS = 10_000

export const WANTED_MARKS: readonly string[] = [
  ...FAULT_KINDS.map((kind) => `fault:${kind}`),
  ...INJECTED.map(({ name }) => `http:${name}`),
  ...REASON_MARKS,
  ...['offline', 'portal', 'cut-up', 'cut-down', 'lost-request', 'lost-answer', 'timeout', 'copy', 'late-copy', 'server-down', 'refused-after-commit', 'poison'].map((it) => `net:${it}`),
  ...['away', 'hangs', 'dead-handle', 'slow-commit', 'commit-failed', 'commit-untold', 'quota', 'died-before-commit', 'died-after-commit', 'reverted', 'wiped', 'cloned'].map((it) => `disk:${it}`),
  ...['counted', 'undirected', 'unmatched'].map((it) => `scan:${it}`),
  ...['empty', 'too-long', 'quantity', 'lock-lost', 'no-lock', 'submitted', 'storage', 'not-kept', 'unreadable'].map((it) => `refused:${it}`),
  ...['undone', 'already-undone', 'refused'].map((it) => `undo:${it}`),
  ...['held', 'unverified', 'lost', 'elsewhere'].map((it) => `lock:${it}`),
  ...['synced', 'unsent', 'syncing', 'offline', 'auth-needed', 'stalled', 'error'].map((it) => `status:${it}`),
  ...['applied', 'duplicate', 'late', 'held', 'rejected'].map((it) => `verdict:${it}`),
  'claim-stolen',
  'claim-elsewhere',
  'lock-waited',
  'lock-stolen-from-silent',
  'page-reloaded',
  'pending-elsewhere',
  'signed-in-again',
  'signed-out',
  'submitted',
  'submit-queued',
  'submit:stale-fence',
  'submit:rejected',
  'reopened',
  'approved',
  'matched',
  'rebuilt',
  'set',
  'window-closed',
  'toured',
]
