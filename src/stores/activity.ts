// Whether somebody counts in this window right now: then nothing may reload it.
import { defineStore } from 'pinia'
import { ref } from 'vue'

export const useActivityStore = defineStore('activity', () => {
  const isCounting = ref(false)
  return { isCounting }
})
