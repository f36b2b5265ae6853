// Barcodes that are remembered for the next counts: read page by page, taken back, and remembered again where that was a mistake.
import { ref, shallowRef } from 'vue'
import type { IdSource } from '../domain/time-and-ids'
import type { RememberedBarcode } from '../ports/review'
import type { SyncWorkerApi } from '../worker/protocol'
import { trying } from './trying'
import { failureWords } from './words'

/** Pages that are shown at most: 2,000 barcodes. */
const PAGES_MAX = 10

/** Rules: docs/SPEC.md UI73 */
export function useBarcodes(sync: Pick<SyncWorkerApi, 'review'>, ids: IdSource) {
  const barcodes = shallowRef<readonly RememberedBarcode[] | null>(null)
  const hasMore = ref(false)
  const isBusy = ref(false)
  const problem = ref<string | null>(null)
  let pages = 0

  async function read(before: RememberedBarcode | null): Promise<void> {
    const outcome = await trying(
      sync.review('barcodes', before && { at: before.at, wishId: before.wishId }),
    )
    problem.value = outcome.ok ? null : failureWords(outcome)
    if (!outcome.ok) return
    pages = before === null ? 1 : pages + 1
    barcodes.value =
      before === null
        ? outcome.answer.barcodes
        : [...(barcodes.value ?? []), ...outcome.answer.barcodes]
    hasMore.value = outcome.answer.more && pages < PAGES_MAX
  }

  async function busy(work: () => Promise<void>): Promise<void> {
    if (isBusy.value) return
    isBusy.value = true
    await work().finally(() => (isBusy.value = false))
  }

  return {
    barcodes,
    hasMore,
    isBusy,
    problem,
    load: () => busy(() => read(null)),
    more: () => busy(() => read(barcodes.value?.at(-1) ?? null)),
    takeBack: (barcode: RememberedBarcode) =>
      busy(async () => {
        const outcome = await trying(sync.review('takeBarcodeBack', barcode.wishId))
        problem.value = outcome.ok ? null : failureWords(outcome)
        if (outcome.ok)
          barcodes.value = (barcodes.value ?? []).map((it) =>
            it.wishId === barcode.wishId ? outcome.answer : it,
          )
      }),
    rememberAgain: (barcode: RememberedBarcode) =>
      busy(async () => {
        const outcome = await trying(sync.review('rememberAgain', barcode, ids.next()))
        if (outcome.ok) await read(null)
        else problem.value = failureWords(outcome)
      }),
  }
}
