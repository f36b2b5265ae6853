// Tell the server which barcodes are to be known in the next counts, and what became of it.
import type { BarcodeWish } from '../domain/barcode-wish'
import { RemoteError, wordsOf } from '../domain/errors'
import { isWish, wishKeyOf } from '../usecases/barcode-wishes'
import { noteForReport } from '../usecases/start-report'
import { matchAgain } from './catalogue-download'
import type { NetworkDeps } from './network-deps'

/**
 * Send what waits. Each is settled by itself and once: the server knows a wish by its id, so that one whose answer was
 * lost is sent again for nothing.
 *
 * A yes makes an entry of the catalogue, before the wish is forgotten: in between both say the same. A no is kept as a
 * sentence for the person who asked. Rules: docs/SPEC.md CA12, CA14, CA15
 *
 * @throws {RemoteError} for the network, the sign-in and this version; the wishes stay
 */
export async function rememberBarcodes(
  deps: NetworkDeps,
  wishes: readonly BarcodeWish[],
  signal?: AbortSignal,
): Promise<void> {
  if (deps.abilities.profile !== 'extended') return
  let isAnyKept = false
  for (const wish of wishes) {
    const refusal = await ask(deps, wish, signal)
    if (refusal === null) {
      await enterInCatalogue(deps, wish)
      isAnyKept = true
    }
    await settle(deps, wish, refusal)
  }
  if (isAnyKept) await matchAgain(deps, [], signal)
}

/** @returns why not, in words; null: it is remembered */
async function ask(
  { api, log }: NetworkDeps,
  wish: BarcodeWish,
  signal?: AbortSignal,
): Promise<string | null> {
  const { sessionId, value, productId } = wish
  try {
    await api.rememberBarcode(wish, signal)
    log.write('info', 'barcode-remembered', { sessionId, barcode: value, productId })
    return null
  } catch (error) {
    if (
      !(error instanceof RemoteError) ||
      error.isRetryable ||
      error.reason === 'unauthorized' ||
      error.reason === 'outdated'
    )
      throw error
    log.write('warn', 'barcode-refused', {
      sessionId,
      barcode: value,
      productId,
      message: error.message,
    })
    return wordsOf(error)
  }
}

/** The next download brings the same; until then this is what the server has said. */
async function enterInCatalogue(
  { catalogue }: NetworkDeps,
  { itemKey, productId, packSize }: BarcodeWish,
): Promise<void> {
  await catalogue?.tx(['identifiers'], 'rw', (tx) =>
    tx.put('identifiers', { id: `${itemKey}|${productId}`, itemKey, productId, packSize }),
  )
}

async function settle(
  { scans, clock }: NetworkDeps,
  wish: BarcodeWish,
  refusal: string | null,
): Promise<void> {
  const k = wishKeyOf(wish.itemKey)
  await scans.tx(['meta'], 'rw', async (tx) => {
    const stored = await tx.get('meta', k)
    // Matched anew meanwhile: that is a wish of its own.
    if (!isWish(stored) || stored.wishId !== wish.wishId) return
    await tx.bulkDelete('meta', [k])
    if (refusal === null) return
    const { value, texts } = wish
    await noteForReport(tx, {
      kind: 'not-remembered',
      at: clock.now(),
      value,
      productName: texts.name,
      words: refusal,
    })
  })
}
