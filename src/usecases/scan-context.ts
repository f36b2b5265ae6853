// What the device knows about a scanned value and the right to count it: found out before the append, within a budget.
import type { CountedItem } from '../domain/counted-item'
import { lineKeyOf } from '../domain/fold'
import type { ItemKey, ProductId } from '../domain/ids'
import type { ProductIdentifier } from '../domain/product'
import type { SessionRow } from '../ports/scans-schema'
import { readRights, remember, rememberIdentifiers } from './desk-memory'
import type { DeskMemory, RecordDeps } from './desk-memory'
import { lookUp } from './identities'
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

export interface FoundContext {
  readonly context: ScanContext
  /** The look-up went over its budget: what it finds in the end. */
  readonly late: Promise<ScanContext> | null
}

interface Wanted {
  readonly itemKey: ItemKey
  readonly raw: string
}

/** @returns null when not even the session can be read: storage is dead */
export async function contextInTime(deps: RecordDeps, memory: DeskMemory, wanted: Wanted): Promise<FoundContext | null> {
  const session = memory.session ?? (await readSessionInTime(deps, memory))
  if (session === 'unreadable') return null
  const reading = readContext(deps, memory, wanted)
  try {
    return { context: await inTime(deps.timers, deps.limits.identifyBudgetMs, reading), late: null }
  } catch (error) {
    deps.log.write('warn', 'identify-late', { error: String(error) })
    return { context: lastKnown(memory, session, wanted), late: reading }
  }
}

/** The first scan must know whether it is allowed; afterwards the last known answer bridges a slow read. */
async function readSessionInTime(deps: RecordDeps, memory: DeskMemory): Promise<SessionRow | null | 'unreadable'> {
  const age = memory.rightsAge
  try {
    const reading = deps.writer.store().tx(['sessions', 'meta'], 'r', (tx) => readRights(tx, deps.sessionId))
    const rights = await inTime(deps.timers, deps.limits.writeTimeoutMs, reading)
    remember(memory, age, rights)
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

/** Everything that is asked of `scans` is asked in one transaction, and at once; it collides with no append. */
async function readContext(deps: RecordDeps, memory: DeskMemory, wanted: Wanted): Promise<ScanContext> {
  const { sessionId } = deps
  const { itemKey } = wanted
  const age = memory.rightsAge
  const guess = await identityOf(deps, memory, wanted)
  const read = await deps.writer.store().tx(['sessions', 'meta', 'matches', 'items'], 'r', async (tx) => {
    const guessedKey = lineKeyOf(itemKey, guess.productId)
    const [rights, unread, match, guessed] = await Promise.all([
      readRights(tx, sessionId),
      readUnread(tx, deps, memory),
      tx.get('matches', [sessionId, itemKey]),
      tx.get('items', [sessionId, guessedKey]),
    ])
    // The session's word comes first, then the catalogue's.
    const identity = match?.productId == null ? guess : { ...guess, productId: match.productId, packSize: match.packSize, isAmbiguous: false }
    const lineKey = lineKeyOf(itemKey, identity.productId)
    const line = lineKey === guessedKey ? guessed : await tx.get('items', [sessionId, lineKey])
    return { rights, unread, identity, line: line ?? null }
  })
  remember(memory, age, read.rights)
  const { productId, packSize, isAmbiguous } = read.identity
  const name = read.line?.name ?? (productId === guess.productId ? guess.name : null)
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

/** As at its last scan; a value that stood for no product then, or is new, is looked up in the catalogue. */
async function identityOf(deps: RecordDeps, memory: DeskMemory, wanted: Wanted): Promise<Guess> {
  const known = memory.values.get(wanted.itemKey)
  if (known !== undefined && known.productId !== null) return { ...known, isAmbiguous: false }
  const { identities, texts, products } = await lookUp(deps.catalogue, [wanted])
  const identity = identities.get(wanted.itemKey)
  if (identity?.kind !== 'matched')
    return { productId: null, packSize: 1, isAmbiguous: identity?.kind === 'ambiguous', name: null }
  const { productId, packSize } = identity
  const product = products.get(productId)
  if (product !== undefined) rememberIdentifiers(memory, productId, product.identifiers)
  return { productId, packSize, isAmbiguous: false, name: texts.get(productId)?.name ?? null }
}
