// A screen of one facility, while another one is being chosen.
import { createPinia, setActivePinia } from 'pinia'
import { describe, expect, it } from 'vitest'
import { effectScope, nextTick } from 'vue'
import { useChosenFacility } from '../../src/composables/useChosenFacility'
import type { Profile } from '../../src/domain/access'
import { useLoginStore } from '../../src/stores/login'

const at = (facilityId: string): Profile => ({
  userId: 'sam',
  userName: 'sam',
  fullName: 'Sam',
  partyId: 'sam',
  timeZone: 'UTC',
  permissions: [],
  facilities: [],
  facilityId,
  identifierPreference: { primary: '', secondary: '', barcode: '' },
  server: { profile: 'extended', gzip: true, fencing: true, epoch: null, protocol: null },
})

describe('the chosen facility', () => {
  it('[RV39] another choice asks again, and what comes late for the one before is not shown', async () => {
    setActivePinia(createPinia())
    const login = useLoginStore()
    const who = { serverOrigin: '', userName: 'sam' }
    login.enter(who, at('north'))
    const shown: string[] = []
    const answers = new Map<string, () => void>()
    const scope = effectScope()
    const { load } = scope.run(() =>
      useChosenFacility(async (facilityId, isStill) => {
        await new Promise<void>((resolve) => answers.set(facilityId, resolve))
        if (isStill()) shown.push(facilityId)
      }),
    )!

    login.enter(who, at('south'))
    await nextTick()
    answers.get('south')?.()
    answers.get('north')?.()
    await nextTick()
    expect([...answers.keys(), ...shown]).toEqual(['north', 'south', 'south'])

    void load()
    answers.get('south')?.()
    await nextTick()
    expect(shown).toEqual(['south', 'south'])
    scope.stop()
  })
})
