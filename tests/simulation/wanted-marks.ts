// What must have happened at least once in ten thousand seeds: every fault, every line of the HTTP table, every way of the engine.
import { REMOTE_ERROR_REASONS } from '../../src/domain/errors'
import { SYNC_TROUBLES } from '../../src/ports/platform'
import { FAULT_KINDS, LATER_FAULT_KINDS } from './faults'
import { INJECTED, LATER_INJECTED } from './http-answers'
import { SCENE_KINDS } from './scenes'

/** A run of so many seeds fails when a mark is missing; a smaller one reports it. */
export const SEEDS_FOR_ALL_MARKS = 10_000

/** In the engine's own words: ways that it takes only when something is wrong. */
export const WANTED_LOG: readonly string[] = [
  'evidence-refused',
  'heartbeat-failed',
  'new-epoch',
  'read-back-differs',
  'release-failed',
  'resume-offline',
  'resume-push-waits',
  'row-quarantined',
  'rows-held',
  'run-failed',
  'session-refused',
  'session-unseen',
  'stalled',
  'submit-differs',
  'submit-refused',
]

export const WANTED_MARKS: readonly string[] = [
  ...[...FAULT_KINDS, ...LATER_FAULT_KINDS].map((kind) => `fault:${kind}`),
  ...[...INJECTED, ...LATER_INJECTED].map(({ name }) => `http:${name}`),
  ...REMOTE_ERROR_REASONS.map((reason) => `reason:${reason}`),
  ...SYNC_TROUBLES.map((trouble) => `trouble:${trouble}`),
  ...WANTED_LOG.map((event) => `log:${event}`),
  ...['offline', 'portal', 'cut-up', 'cut-down', 'lost-request', 'lost-answer', 'timeout', 'aborted', 'copy', 'late-copy', 'server-down', 'refused-after-commit'].map((it) => `net:${it}`),
  ...[400, 413, 422, 500].map((status) => `poison:${status}`),
  ...['HTTP_400', 'TOO_LARGE', 'HTTP_422', 'HTTP_500'].map((code) => `quarantined:${code}`),
  ...['away', 'hangs', 'dead-handle', 'slow-commit', 'commit-failed', 'commit-untold', 'quota', 'died-before-commit', 'died-after-commit', 'reverted', 'wiped', 'cloned'].map((it) => `disk:${it}`),
  ...['counted', 'undirected', 'unmatched'].map((it) => `scan:${it}`),
  ...['empty', 'too-long', 'quantity', 'lock-lost', 'no-lock', 'submitted', 'storage', 'not-kept', 'unreadable'].map((it) => `refused:${it}`),
  ...['undone', 'already-undone', 'refused'].map((it) => `undo:${it}`),
  ...['held', 'unverified', 'lost', 'elsewhere'].map((it) => `lock:${it}`),
  ...['synced', 'unsent', 'syncing', 'offline', 'auth-needed', 'stalled', 'error'].map((it) => `status:${it}`),
  ...['applied', 'duplicate', 'late', 'held', 'rejected'].map((it) => `verdict:${it}`),
  ...SCENE_KINDS.map((kind) => `scene:${kind}`),
  ...[1, 2, 3, 4, 5].flatMap((devices) => [`devices:${devices}`, `devices-counted:${devices}`]),
  ...[1, 2, 3].map((windows) => `windows:${windows}`),
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
  'holders-compared',
  'windows-compared',
  'handed-in-compared',
  'upgraded:window',
  'upgraded:server',
  'spill-drained',
  'matched',
  'rebuilt',
  'rebuild-compared',
  'ack-races-scan',
  'late:stale-fence',
  'late:submitted',
  'set',
  'window-closed',
  'toured',
]
