// What the device knows about a scanned value and the right to count it: found out before the append, within a budget.
import type { CountedItem } from '../domain/counted-item'
import { lineKeyOf } from '../domain/fold'
import type { ItemKey, ProductId } from '../domain/ids'
import type { Identification, ProductIdentifier } from '../domain/product'
import type { SessionRow } from '../ports/scans-schema'
import { readRights, remember, rememberIdentifiers, rightsBefore } from './desk-memory'
import type { DeskMemory, RecordDeps, RightsBefore } from './desk-memory'
import { isWish, wishKeyOf } from './barcode-wishes'
import { lookUp } from './identities'
import type { Found } from './identities'
import { inTime } from './in-time'
import { readUnread } from './line-totals'
import type { Unread } from './line-totals'

export interface ScanContext {
  readonly session: SessionRow | null
  readonly productId: ProductId | null
  readonly packSize: number
  readonly isAmbiguous: boolean
  readonly name: string | null
  readonly line: CountedItem | null
  /** Of the product in the catalogue; null: not at hand. */
  readonly identifiers: readonly ProductIdentifier[] | null
  /** Read together with the line; null: the line was not read. */
  readonly unread: Unread | null
}

/** A right to count that was read so lately needs no reading before the append. */
const RIGHTS_FRESH_MS = 5000

export interface FoundContext {
  readonly context: ScanContext
  /** What is found in the end, where the append does not wait for it. */
  readonly late: Promise<ScanContext> | null
}

interface Wanted {
  readonly itemKey: ItemKey
  readonly raw: string
  /** One piece or pack: no amount that has to be held against the line. */
  readonly isSingle: boolean
}

/**
 * Enough to append: the value's product and pack size, and the right to count. The reading of `scans` waits for every
 * fold and acknowledgement that writes, so a value that the catalogue or the last scan knows is not made to wait for
 * it: should the session's own match say another pack size, the fold makes up for it (SE9).
 *
 * @returns null when not even the session can be read: storage is dead
 */
export async function contextInTime(deps: RecordDeps, memory: DeskMemory, wanted: Wanted): Promise<FoundContext | null> {
  const isFresh = memory.session !== null && deps.clock.mono() - memory.sessionReadAt < RIGHTS_FRESH_MS
  const session = memory.session ?? (await readSessionInTime(deps, memory))
  if (session === 'unreadable') return null
  const before = rightsBefore(memory, deps.clock)
  const guessing = guessOf(deps, memory, wanted)
  const reading = guessing.named.then((guess) => readContext(deps, memory, { itemKey: wanted.itemKey, before, guess }))
  // A refused scan asks for none of it: then its failure is nobody's either. Whoever does ask hears of it.
  reading.catch(() => undefined)
  const enough = guessing.identified.then((guess): FoundContext | Promise<FoundContext> =>
    isFresh && wanted.isSingle && guess.productId !== null
      ? { context: { session, ...guess, line: null, identifiers: null, unread: null }, late: reading }
      : reading.then((context) => ({ context, late: null })),
  )
  try {
    return await inTime(deps.timers, deps.limits.identifyBudgetMs, enough)
  } catch (error) {
    deps.log.write('warn', 'identify-late', { error: String(error) })
    return { context: lastKnown(memory, session, wanted), late: reading }
  }
}

/** The first scan must know whether it is allowed; afterwards the last known answer bridges a slow read. */
async function readSessionInTime(deps: RecordDeps, memory: DeskMemory): Promise<SessionRow | null | 'unreadable'> {
  const before = rightsBefore(memory, deps.clock)
  try {
    const reading = deps.writer.store().tx(['sessions', 'meta'], 'r', (tx) => readRights(tx, deps.sessionId))
    const rights = await inTime(deps.timers, deps.limits.writeTimeoutMs, reading)
    remember(memory, before, rights)
    return rights.session
  } catch (error) {
    deps.log.write('error', 'session-unreadable', { error: String(error) })
    void deps.writer.probe()
    return 'unreadable'
  }
}

/** The look-up is late: the value stands for what it stood for at its last scan. */
function lastKnown(memory: DeskMemory, session: SessionRow | null, { itemKey }: Wanted): ScanContext {
  const known = memory.values.get(itemKey) ?? { productId: null, packSize: 1, name: null }
  return { session: memory.session ?? session, ...known, isAmbiguous: false, line: null, identifiers: null, unread: null }
}

interface Guessed {
  readonly itemKey: ItemKey
  readonly guess: Guess
  readonly before: RightsBefore
}

/** Everything that is asked of `scans` is asked in one transaction, and at once; it collides with no append. */
async function readContext(deps: RecordDeps, memory: DeskMemory, { itemKey, guess, before }: Guessed): Promise<ScanContext> {
  const { sessionId } = deps
  const read = await deps.writer.store().tx(['sessions', 'meta', 'matches', 'items'], 'r', async (tx) => {
    const guessedKey = lineKeyOf(itemKey, guess.productId)
    const age = memory.matches.age()
    const isUnknown = guess.productId === null && !guess.isAmbiguous
    const [rights, unread, match, guessed, wish] = await Promise.all([
      readRights(tx, sessionId),
      readUnread(tx, deps, memory),
      tx.get('matches', [sessionId, itemKey]),
      tx.get('items', [sessionId, guessedKey]),
      isUnknown ? tx.get('meta', wishKeyOf(itemKey)) : undefined,
    ])
    memory.matches.take(age, new Map([[itemKey, match?.productId ?? null]]))
    // The session's word comes first, then the catalogue's, then what waits to be in it.
    const said = match?.productId != null ? match : isWish(wish) ? wish : guess
    const identity = { productId: said.productId, packSize: said.packSize, isAmbiguous: said === guess && guess.isAmbiguous }
    const wished = said === wish && isWish(wish) ? wish.texts.name : null
    const lineKey = lineKeyOf(itemKey, identity.productId)
    const line = lineKey === guessedKey ? guessed : await tx.get('items', [sessionId, lineKey])
    return { rights, unread, identity, line: line ?? null, wished }
  })
  remember(memory, before, read.rights)
  const { productId, packSize, isAmbiguous } = read.identity
  const name = read.line?.name ?? read.wished ?? (productId === guess.productId ? guess.name : null)
  memory.values.set(itemKey, { productId, packSize, name })
  const identifiers = productId === null ? [] : (memory.identifiers.get(productId) ?? null)
  return { session: read.rights.session, productId, packSize, isAmbiguous, name, line: read.line, identifiers, unread: read.unread }
}

interface Guess {
  readonly productId: ProductId | null
  readonly packSize: number
  readonly isAmbiguous: boolean
  readonly name: string | null
}

interface Guessing {
  /** The product and the pack size: all that an append needs. */
  readonly identified: Promise<Guess>
  /** With the product's name. */
  readonly named: Promise<Guess>
}

/** As at its last scan; a value that stood for no product then, or is new, is looked up in the catalogue. */
function guessOf({ catalogue }: RecordDeps, memory: DeskMemory, wanted: Wanted): Guessing {
  const known = memory.values.get(wanted.itemKey)
  if (known !== undefined && known.productId !== null) {
    const guess = Promise.resolve({ ...known, isAmbiguous: false })
    return { identified: guess, named: guess }
  }
  let tell: (identities: Found['identities']) => void = () => undefined
  const early = new Promise<Guess>((resolve) => {
    tell = (identities) => resolve(guessBy(identities.get(wanted.itemKey), null))
  })
  const named = lookUp(catalogue, [wanted], tell).then(({ identities, texts, products }) => {
    const identity = identities.get(wanted.itemKey)
    if (identity?.kind !== 'matched') return guessBy(identity, null)
    const product = products.get(identity.productId)
    if (product !== undefined) rememberIdentifiers(memory, identity.productId, product.identifiers)
    return guessBy(identity, texts.get(identity.productId)?.name ?? null)
  })
  return { identified: Promise.race([early, named]), named }
}

function guessBy(identity: Identification | undefined, name: string | null): Guess {
  if (identity?.kind !== 'matched') return { productId: null, packSize: 1, isAmbiguous: identity?.kind === 'ambiguous', name: null }
  return { productId: identity.productId, packSize: identity.packSize, isAmbiguous: false, name }
}
