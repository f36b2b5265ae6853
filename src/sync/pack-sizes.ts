// Let the scans of a value count the pack size that was learnt: with the product, or after the server had named it.
import type { ItemKey, ProductId, SessionId } from '../domain/ids'
import type { LineTexts } from '../domain/lines'
import type { MatchRow } from '../ports/scans-schema'
import { correctPacks } from '../usecases/correct-packs'
import { productOfHandKey } from '../usecases/identities'
import { applyIdentities } from './apply-identity'
import type { NewIdentity } from './apply-identity'
import type { EngineDeps } from './engine-deps'

/** The server named the product, and the catalogue has not said yet how many units a scan of the value counts. */
export function isPackOpen(match: MatchRow | undefined): match is MatchRow & { readonly productId: ProductId } {
  return match !== undefined && match.productId !== null && match.source === 'server' && match.isPackKnown !== true
}

/**
 * Store identities and make up for the pack sizes. Corrections come first: a crash in between leaves the value
 * unmatched, and the next try adds nothing twice. And once more afterwards: what was scanned and folded between the
 * two counted as unmatched. Rules: docs/SPEC.md BU6-BU8, SE9
 *
 * @returns whether a correction was appended, that is, whether there is something to fold
 */
export async function learnIdentities(
  deps: EngineDeps,
  sessionId: SessionId,
  identities: readonly NewIdentity[],
  texts: ReadonlyMap<ProductId, LineTexts>,
): Promise<boolean> {
  const before = await readMatches(deps, sessionId, identities)
  const open = identities.filter(({ itemKey, source }) => source !== 'catalogue' || (before.get(itemKey)?.productId ?? null) === null)
  const isEarly = await correctAll(deps, sessionId, open)
  await applyIdentities(deps, sessionId, open, texts)
  const after = await readMatches(deps, sessionId, open)
  const taken = open.filter(({ itemKey, productId }) => after.get(itemKey)?.productId === productId)
  const isLate = await correctAll(deps, sessionId, taken)
  return isEarly || isLate
}

/** What the catalogue says of one scan of a value. */
export interface KnownPack {
  readonly itemKey: ItemKey
  readonly productId: ProductId
  readonly packSize: number
}

/**
 * Take pack sizes for values that the server named the same product for before the catalogue did. Repeatable.
 * Rules: docs/SPEC.md BU10
 *
 * @returns whether a correction was appended
 */
export async function learnPacks(deps: EngineDeps, sessionId: SessionId, packs: readonly KnownPack[]): Promise<boolean> {
  if (packs.length === 0) return false
  const matches = await readMatches(deps, sessionId, packs)
  const isMeant = (match: MatchRow | undefined, productId: ProductId): match is MatchRow => isPackOpen(match) && match.productId === productId
  const open = packs.filter(({ itemKey, productId }) => isMeant(matches.get(itemKey), productId))
  if (open.length === 0) return false
  const isEarly = await correctAll(deps, sessionId, open)
  await deps.scans.tx(['matches'], 'rw', async (tx) => {
    const stored = await tx.bulkGet('matches', open.map(({ itemKey }) => [sessionId, itemKey]))
    const known = open.flatMap(({ productId, packSize }, index) => {
      const match = stored[index]
      return isMeant(match, productId) ? [{ ...match, packSize, isPackKnown: true }] : []
    })
    await tx.bulkPut('matches', known)
  })
  const isLate = await correctAll(deps, sessionId, open)
  return isEarly || isLate
}

async function correctAll(
  deps: EngineDeps,
  sessionId: SessionId,
  packs: readonly Pick<KnownPack, 'itemKey' | 'packSize'>[],
): Promise<boolean> {
  let isCorrected = false
  for (const { itemKey, packSize } of packs)
    if (productOfHandKey(itemKey) === null)
      isCorrected = (await correctPacks(deps, { sessionId, itemKey, packSize })) || isCorrected
  return isCorrected
}

async function readMatches(
  { scans }: EngineDeps,
  sessionId: SessionId,
  keys: readonly { readonly itemKey: ItemKey }[],
): Promise<ReadonlyMap<ItemKey, MatchRow>> {
  if (keys.length === 0) return new Map()
  const rows = await scans.tx(['matches'], 'r', (tx) =>
    tx.bulkGet('matches', keys.map(({ itemKey }) => [sessionId, itemKey])),
  )
  return new Map(rows.flatMap((row) => (row === undefined ? [] : [[row.itemKey, row]])))
}
