// What a screen shows of the facility that is chosen: asked for anew when another one is, and no answer for the one before is shown.
import { computed, watch, type ComputedRef } from 'vue'
import { asId, type FacilityId } from '../domain/ids'
import { useLoginStore } from '../stores/login'

/** The facility that is chosen now. */
export function useFacilityId(): ComputedRef<FacilityId> {
  const login = useLoginStore()
  return computed(() => asId<FacilityId>(login.profile?.facilityId ?? ''))
}

/**
 * The choice may arrive while a screen is already there: the worker keeps it, and the page hears of it a moment later.
 * @param ask show nothing once `isStill` is false: another facility, or the same one, has been asked since
 * Rules: docs/SPEC.md RV39
 */
export function useChosenFacility(
  ask: (facilityId: FacilityId, isStill: () => boolean) => Promise<void>,
) {
  const facilityId = useFacilityId()
  let generation = 0

  function load(): Promise<void> {
    const mine = (generation += 1)
    return ask(facilityId.value, () => mine === generation)
  }
  watch(facilityId, load, { immediate: true })
  return { facilityId, load }
}
