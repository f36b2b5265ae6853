// Say what a scanned value stands for: by a person's word, or by a catalogue that has grown.
import { itemKeyOf } from '../domain/barcode/item-key'
import { standsAlone } from '../domain/barcode/trade-item'
import type { CountedItem } from '../domain/counted-item'
import type { ItemKey, LineKey, ProductId, SessionId } from '../domain/ids'
import { asId } from '../domain/ids'
import { named } from '../domain/lines'
import type { LineTexts } from '../domain/lines'
import type { Product } from '../domain/product'
import type { NewIdentity } from './apply-identity'
import type { EngineDeps } from './engine-deps'
import { foldNew } from './fold'
import { learnIdentities, learnPacks } from './pack-sizes'
import { lookUp, textsFor, textsOfProduct } from '../usecases/identities'

/** Unmatched lines that are looked up again in one call. */
const REMATCH_CHUNK = 200

export interface MatchInput {
  readonly sessionId: SessionId
  readonly itemKey: ItemKey
  readonly productId: ProductId
  /** Units that one scan of the value counts. */
  readonly packSize: number
  /** As scanned; left out: it holds for this session alone. */
  readonly remember?: string
}

/**
 * A person says what a value stands for: once, for all its scans of this session, past and to come. Where the pack
 * size is another one than the scans were made with, a correction is appended first and everything is folded.
 * Repeatable. A wish to have it known in the next counts is stored with the match. Rules: docs/SPEC.md BU6, SE9, CA12
 */
export async function matchItem(deps: EngineDeps, input: MatchInput): Promise<void> {
  const { sessionId, itemKey, productId, packSize } = input
  const texts = await textsFor(deps.catalogue, [productId])
  const identity: NewIdentity = { itemKey, productId, packSize, source: 'user', ...wishOf(deps, input, texts.get(productId)) }
  if (await learnIdentities(deps, sessionId, [identity], texts)) await foldNew(deps)
}

function wishOf({ ids, clock }: EngineDeps, { remember, ...match }: MatchInput, texts?: LineTexts): Pick<NewIdentity, 'wish'> {
  if (remember === undefined || !standsAlone(match.itemKey, remember)) return {}
  const value = remember.trim()
  return { wish: { wishId: ids.next(), ...match, value, texts: texts ?? { name: value, identifier: value }, at: clock.now() } }
}

/**
 * Look one chunk of unmatched values up again, after a catalogue page came in.
 *
 * @param afterKey `next` of the chunk before; left out: from the start
 * @returns how many found their product; `next` is null when all were looked at
 */
export async function rematchUnmatched(
  deps: EngineDeps,
  sessionId: SessionId,
  afterKey?: LineKey,
): Promise<{ matched: number; next: LineKey | null }> {
  const lines = await unmatchedLines(deps, sessionId, afterKey)
  const last = lines.at(-1)
  if (last === undefined) return { matched: 0, next: null }
  const open = lines.filter((line) => line.productId === null)
  // An unmatched line is keyed by its value and called by it.
  const keys = open.map((line) => ({ itemKey: asId<ItemKey>(line.lineKey), raw: line.identifier }))
  const found = await lookUp(deps.catalogue, keys)

  const identities: NewIdentity[] = []
  for (const [itemKey, identity] of found.identities)
    if (identity.kind === 'matched')
      identities.push({ itemKey, productId: identity.productId, packSize: identity.packSize, source: 'catalogue' })
  if (await learnIdentities(deps, sessionId, identities, found.texts)) await foldNew(deps)
  return { matched: identities.length, next: lines.length < REMATCH_CHUNK ? null : last.lineKey }
}

/** Lines whose key is a scanned value, in key order; `gtin:` sorts before `raw:`. */
async function unmatchedLines(deps: EngineDeps, sessionId: SessionId, afterKey?: LineKey): Promise<CountedItem[]> {
  return await deps.scans.tx(['items'], 'r', async (tx) => {
    const lines: CountedItem[] = []
    for (const prefix of ['gtin', 'raw']) {
      if (afterKey !== undefined && afterKey >= `${prefix};`) continue
      const from = afterKey !== undefined && afterKey > `${prefix}:` ? afterKey : `${prefix}:`
      const found = await tx.range('items', ':id', {
        lower: [sessionId, asId<LineKey>(from)],
        lowerOpen: true,
        upper: [sessionId, asId<LineKey>(`${prefix};`)],
        limit: REMATCH_CHUNK - lines.length,
      })
      lines.push(...found)
      if (lines.length >= REMATCH_CHUNK) break
    }
    return lines
  })
}

/**
 * Take a catalogue page in for what is matched already: lines are called as it calls their products, and values that
 * the server had named a product for count their pack size. Rules: docs/SPEC.md BU9, BU10
 *
 * @returns how many lines got another name
 */
export async function nameLines(
  deps: EngineDeps,
  sessionId: SessionId,
  products: readonly Product[],
): Promise<number> {
  if (products.length === 0) return 0
  const changed = await deps.scans.tx(['items'], 'rw', async (tx) => {
    const keys = products.map((it): [SessionId, LineKey] => [sessionId, asId<LineKey>(it.productId)])
    const lines = await tx.bulkGet('items', keys)
    const renamed = products.flatMap((product, index) => {
      const line = lines[index]
      const texts = textsOfProduct(product)
      const isKnown = line === undefined || (line.name === texts.name && line.identifier === texts.identifier)
      return isKnown ? [] : [named(line, texts)]
    })
    await tx.bulkPut('items', renamed)
    return renamed.map((line) => line.lineKey)
  })
  if (changed.length > 0) deps.bus.post({ kind: 'lines', sessionId, changed, counts: null })
  const packs = products.flatMap(({ productId, identifiers }) =>
    identifiers.map(({ value, packSize }) => ({ itemKey: itemKeyOf(value), productId, packSize })),
  )
  if (await learnPacks(deps, sessionId, packs)) await foldNew(deps)
  return changed.length
}
