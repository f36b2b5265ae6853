// The bridge over a reload: what was spilled comes back in order, and what is no scan is left alone.
import { beforeEach, describe, expect, it } from 'vitest'
import { createLocalSpill } from '../../src/composables/local-spill'
import { asId } from '../../src/domain/ids'
import type { EventId } from '../../src/domain/ids'
import { aScan } from '../support/builders'

const draft = (eventId: string) => aScan('4006381333931', { eventId: asId<EventId>(eventId) })

describe('createLocalSpill', () => {
  beforeEach(() => localStorage.clear())

  it('[UI14] spilled scans come back in their order, once, after a reload', () => {
    createLocalSpill(localStorage, 'db').write([draft('02'), draft('01')])
    const spill = createLocalSpill(localStorage, 'db')
    spill.write([draft('02')])
    expect(spill.read().map((it) => it.eventId)).toEqual(['01', '02'])
    spill.remove([asId<EventId>('01')])
    expect(spill.read()).toEqual([draft('02')])
  })

  it('[UI14] the scans of another user are not read, and what is no scan stays untouched', () => {
    createLocalSpill(localStorage, 'other').write([draft('01')])
    localStorage.setItem('shelfcount:spill:db:broken', '{"kind":"scan"}')
    localStorage.setItem('shelfcount:spill:db:worse', '{')
    expect(createLocalSpill(localStorage, 'db').read()).toEqual([])
    expect(localStorage.length).toBe(3)
  })
})
