// States in words: complete, and without a code in them.
import { describe, expect, it } from 'vitest'
import { failureWords, lockWords, refusalWords, signInFailureWords, syncWords, troubleWords } from '../../src/composables/words'
import { REMOTE_ERROR_REASONS } from '../../src/domain/errors'
import type { LockState } from '../../src/domain/lock'
import type { RefusalReason } from '../../src/ports/counting'
import { SYNC_TROUBLES, type SyncState } from '../../src/ports/platform'
import { SYNCED } from '../support/fake-services'

const CODE = /\b[45]\d\d\b|_[A-Z]|stale|fence|epoch|undefined|null/

describe('words', () => {
  it('[UI2] every state of sending and of the lock has its own words', () => {
    const statuses: readonly SyncState['status'][] = ['synced', 'unsent', 'syncing', 'offline', 'auth-needed', 'stalled', 'error']
    const sync = statuses.map((status) => syncWords({ ...SYNCED, status, unsentRows: 3, trouble: status === 'offline' ? 'network' : null }))
    expect(new Set(sync).size).toBe(statuses.length)
    expect(sync[1]).toBe('3 lines to send')
    expect(sync[3]).toBe('Waiting for the network')

    const locks: readonly LockState[] = ['none', 'held', 'unverified', 'lost', 'elsewhere']
    const lock = locks.map((it) => lockWords(it, 'ben', 'ana'))
    expect(new Set(lock).size).toBe(locks.length)
    expect(lock[3]).toBe('Ben is counting this')
    expect(lockWords('lost', 'ana', 'ana')).toBe('Your other device has this')
    expect([...sync, ...lock].join(' ')).not.toMatch(CODE)
  })

  it('[UI26] what is in the way is said in a sentence, with the time of the next try', () => {
    const said = SYNC_TROUBLES.map((trouble) => troubleWords({ ...SYNCED, trouble }, 'UTC') ?? '')
    expect(new Set(said).size).toBe(SYNC_TROUBLES.length)
    for (const words of said) {
      expect(words).toMatch(/^[A-Z].*\.$/)
      expect(words).not.toMatch(CODE)
    }

    const state = { ...SYNCED, status: 'error', trouble: 'server', nextTryAt: Date.UTC(2026, 0, 1, 17, 2, 11) } as const
    expect(troubleWords(state, 'UTC')).toBe('The server has a problem. It is tried again at 17:02:11; nothing is lost.')
    expect(syncWords(state)).toBe('The server has a problem')
    expect(troubleWords(SYNCED, 'UTC')).toBeNull()
  })

  it('[UI2] every failure and refusal says what to do, and shows no code', () => {
    const failures = REMOTE_ERROR_REASONS.flatMap((reason) => [
      failureWords({ reason, message: '' }),
      signInFailureWords({ reason, message: '' }),
    ])
    const refusals: readonly RefusalReason[] = ['empty', 'too-long', 'quantity', 'lock-lost', 'no-lock', 'submitted', 'storage', 'unreadable']
    for (const words of [...failures, ...refusals.map(refusalWords)]) {
      expect(words).toMatch(/^[A-Z].*\.$/)
      expect(words).not.toMatch(CODE)
    }
    expect(failureWords({ reason: 'locked', message: 'SESSION_LOCKED', holder: { userName: 'ben', deviceId: null } })).toBe('Ben is counting this.')
    expect(failureWords({ reason: 'rejected', message: 'No such product' })).toBe('The server said: No such product')
    expect(signInFailureWords({ reason: 'server-down', message: '', retryAfterMs: 1500 })).toContain('2 seconds')
  })
})
