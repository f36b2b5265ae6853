// What this device has sent of one review that is booked at once, kept over windows and days.
import { ref, shallowRef } from 'vue'
import type { CycleCountId, ProductId } from '../domain/ids'
import type { SentDecision, SentTrail } from '../domain/sent-decision'
import type { ScansStore } from '../ports/scans-schema'
import { noteSent, readSent, settleSent } from '../usecases/sent-decisions'

const NOTHING: SentTrail = { sent: [], earlier: 0 }

/** Rule: docs/SPEC.md RV49. */
export function useSentTrail(scans: ScansStore, id: CycleCountId) {
  const kept = shallowRef<SentTrail>(NOTHING)
  /** The device could not read or write it. */
  const isLost = ref(false)

  /** @returns whether it is done; never rejects */
  async function keeping(work: () => Promise<void>): Promise<boolean> {
    try {
      await work()
      kept.value = await readSent(scans, id)
      isLost.value = false
    } catch {
      isLost.value = true
    }
    return !isLost.value
  }

  return {
    kept,
    isLost,
    read: () => keeping(async () => undefined),
    note: (sent: readonly SentDecision[]) => keeping(() => noteSent(scans, id, sent)),
    settle: (batch: string, became: (productId: ProductId) => 'booked' | 'not-booked' | undefined) =>
      keeping(() => settleSent(scans, id, batch, became)),
  }
}
