// What each session of a plan would get, asked for once its list and its sessions rest for a moment.
import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import type { FacilityId } from '../domain/ids'
import type { ChosenProducts, PlanShare } from '../ports/plan'
import type { Split } from '../domain/plan'
import type { Services } from './services'
import { trying } from './trying'
import { failureWords } from './words'

/** Whoever is still choosing asks for nothing. */
const REST_MS = 400

export interface SharesAsk {
  readonly products: ChosenProducts
  readonly split: Split
  readonly parts: number
}

export type PlanShares =
  | { readonly state: 'none' }
  | { readonly state: 'asking' }
  | { readonly state: 'lost'; readonly words: string }
  | { readonly state: 'told'; readonly shares: readonly PlanShare[] }

/** @param ask null: there is nothing to share. Rules: docs/SPEC.md PL56 */
export function usePlanShares(
  sync: Pick<Services['sync'], 'plan'>,
  facilityId: FacilityId,
  ask: () => SharesAsk | null,
): Readonly<ShallowRef<PlanShares>> {
  const shares = shallowRef<PlanShares>({ state: 'none' })
  let timer: ReturnType<typeof setTimeout> | undefined
  /** Grows with every change: the answer for an older list is thrown away. */
  let generation = 0

  async function read(wanted: SharesAsk, mine: number): Promise<void> {
    const outcome = await trying(sync.plan('shares', facilityId, wanted))
    if (mine !== generation) return
    shares.value = outcome.ok ? { state: 'told', shares: outcome.answer } : { state: 'lost', words: failureWords(outcome) }
  }

  watch(
    () => JSON.stringify(ask()),
    () => {
      clearTimeout(timer)
      const mine = (generation += 1)
      const wanted = ask()
      shares.value = { state: wanted === null ? 'none' : 'asking' }
      if (wanted !== null) timer = setTimeout(() => void read(wanted, mine), REST_MS)
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    clearTimeout(timer)
    generation += 1
  })
  return shares
}
