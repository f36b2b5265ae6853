// A decision that is booked when it is sent, and what this device remembers of those that it sent.
import type { EpochMs, ProductId } from './ids'
import type { Micro } from './quantity'

/** What is booked of a product: the variance as counted, nothing, or an amount set by hand. */
export type AtOnce =
  | { readonly kind: 'apply' }
  | { readonly kind: 'skip' }
  | { readonly kind: 'set'; readonly to: Micro; readonly reason: string }

export interface SentDecision {
  /** What went out together, to be found again when it is known what became of it. */
  readonly batch: string
  /** Device time. */
  readonly at: EpochMs
  readonly productId: ProductId
  readonly name: string
  readonly act: AtOnce
  /** null: nobody had counted it. */
  readonly counted: Micro | null
  /** What the book said; null: the person may not see it. */
  readonly book: Micro | null
  readonly note: string | null
  /** `unknown`: no answer came, or this device ended before it did. */
  readonly became: 'booked' | 'not-booked' | 'unknown'
}

/** The newest of them, oldest first, and how many older ones were let go. */
export interface SentTrail {
  readonly sent: readonly SentDecision[]
  readonly earlier: number
}

/** What goes to the server in words; null: nothing was said. */
export function commentsOf(act: AtOnce, note: string | null): string | null {
  const said = [act.kind === 'set' ? act.reason : '', note ?? ''].filter((it) => it !== '')
  return said.length === 0 ? null : said.join('; ')
}
