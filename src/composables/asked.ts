// What a screen asks before something is booked, called off or thrown away: title, what happens, ready-made reasons.

export interface Asked {
  readonly title: string
  readonly description: string
  readonly confirm: string
  /** Ready-made reasons; the first is filled in. */
  readonly reasons: readonly string[]
  /** Ask for an amount too, with this one to begin with. */
  readonly amount: string | null
  /** `wanted`: there is no answer without a picture. */
  readonly photo?: 'offered' | 'wanted'
  /** Instead of Cancel, where that word would be two things at once. */
  readonly keep?: string
  /** It cannot be taken back. */
  readonly isFinal?: boolean
}

export const NOTHING_ASKED: Asked = { title: '', description: '', confirm: '', reasons: [], amount: null }
