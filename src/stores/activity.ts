// Whether somebody counts in this window right now, and whether keys of a scan are under way: then nothing may reload it.
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'

const nothingPending = (): boolean => false

export const useActivityStore = defineStore('activity', () => {
  const isCounting = ref(false)
  /** Asked each time: the scanner knows. */
  const keysPending = shallowRef<() => boolean>(nothingPending)
  return {
    isCounting,
    hasKeysPending: () => keysPending.value(),
    /** From now on this scanner is asked. */
    followKeys: (isBusy: () => boolean) => void (keysPending.value = isBusy),
    forgetKeys: () => void (keysPending.value = nothingPending),
  }
})
