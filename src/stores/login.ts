// Who is signed in on this page, and where. The token is not here: only the worker reads it.
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { may as mayDo, type Permission, type Profile } from '../domain/access'

export interface SignedIn {
  readonly serverOrigin: string
  readonly userName: string
}

export const useLoginStore = defineStore('login', () => {
  const account = ref<SignedIn | null>(null)
  const profile = shallowRef<Profile | null>(null)

  const facility = computed(() => {
    const known = profile.value
    if (known === null) return null
    return known.facilities.find((it) => it.facilityId === known.facilityId) ?? null
  })
  /** Due dates and reports are in the facility's zone (decision 24). */
  const timeZone = computed(
    () =>
      facility.value?.timeZone ||
      profile.value?.timeZone ||
      Intl.DateTimeFormat().resolvedOptions().timeZone,
  )

  function enter(who: SignedIn, known: Profile): void {
    account.value = who
    profile.value = known
  }

  function leave(): void {
    account.value = null
    profile.value = null
  }

  function may(wanted: Permission): boolean {
    return profile.value !== null && mayDo(profile.value.permissions, wanted)
  }

  return { account, profile, facility, timeZone, enter, leave, may }
})
