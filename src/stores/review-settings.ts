// How this device shows reviews: filter, order, threshold. Kept in localStorage; losing them loses nothing.
import { defineStore } from 'pinia'
import { ref, watch } from 'vue'

const KEY = 'shelfcount:review'
const OVER_MAX = 1_000_000

export interface ReviewChoice {
  filter: string
  sort: string
  threshold: string
  over: number
}

const FIRST: ReviewChoice = { filter: 'open', sort: 'value', threshold: 'none', over: 2 }

function load(): ReviewChoice {
  const text = localStorage.getItem(KEY)
  if (text === null) return { ...FIRST }
  try {
    const stored = JSON.parse(text) as Partial<Record<keyof ReviewChoice, unknown>>
    const textOf = (name: 'filter' | 'sort' | 'threshold') =>
      typeof stored[name] === 'string' ? stored[name] : FIRST[name]
    const { over } = stored
    const isAmount = typeof over === 'number' && over >= 0 && over <= OVER_MAX
    return {
      filter: textOf('filter'),
      sort: textOf('sort'),
      threshold: textOf('threshold'),
      over: isAmount ? over : FIRST.over,
    }
  } catch {
    // Of another version, or written halfway: no settings.
    return { ...FIRST }
  }
}

export const useReviewSettings = defineStore('review-settings', () => {
  const choice = ref<ReviewChoice>(load())
  watch(choice, (value) => localStorage.setItem(KEY, JSON.stringify(value)), { deep: true })
  return { choice }
})
