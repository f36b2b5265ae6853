// Whether a window may count: its worker's newest word, not what is stored for the whole device.
import { describe, expect, it } from 'vitest'
import { createWindowRights } from '../../src/composables/window-right'
import type { LockState } from '../../src/domain/lock'
import { SESSION } from '../support/builders'

describe('the right of a window', () => {
  it.each<[LockState, boolean]>([
    ['held', true],
    ['unverified', true],
    // The stored lock says it in its own words.
    ['lost', true],
    ['elsewhere', false],
    ['none', false],
  ])('[WK45] is what the worker said last: %s', (state, has) => {
    const rights = createWindowRights(undefined, () => 'claim')
    rights.take(SESSION, 'held')

    rights.take(SESSION, state)

    expect(rights.has(SESSION)).toBe(has)
  })
})
