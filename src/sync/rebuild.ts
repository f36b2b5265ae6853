// Fold a session from scratch: to the same bytes as the incremental fold, at any time (I9, S3.50), in pieces that hold no scan up.
import { chunksOf } from '../domain/chunks'
import type { CountRecord } from '../domain/count-record'
import { foldScanEvents } from '../domain/fold'
import { asId } from '../domain/ids'
import type { ItemKey, LineKey, ProductId, RowUuid, SessionId } from '../domain/ids'
import type { LineTexts } from '../domain/lines'
import type { Identification } from '../domain/product'
import type { ScansTx } from '../ports/scans-schema'
import { lookUp, textsFor } from '../usecases/identities'
import { readCursor } from '../usecases/overlay'
import { readCounters } from './apply-lines'
import type { EngineDeps } from './engine-deps'
import { beginRecount, halfRebuiltKey, mendLines, mendOwnRows, mendStoredRows, PIECE_TABLES } from './rebuild-pieces'
import type { History, Known, Mended, NotYet, Page } from './rebuild-pieces'

const PAGE = 1000
/** Events of one session: two millions. */
const PAGES_MAX = 2000
/** As many as rows of one origin, or lines, in the smallest pieces. */
const PIECES_MAX = 2_000_000
const LOST_RACES_MAX = 20

/**
 * Make own rows, lines and counters of a session what its events up to the cursor say. Matches, acknowledgements and
 * server rows stay; nothing that is unsent becomes sent, nor the other way round. Posts `lines`, at the end with `all`.
 *
 * In pieces: each is one transaction over `limits.rebuildBatch` rows or lines, which are right from then on, whatever scans, folds,
 * pulls, pushes and other windows do between two. A crash leaves what is done, and a note by which the self-check goes on.
 * Why: docs/adr/0042. Rules: docs/SPEC.md CR13-CR15, CR25, CR27-CR30
 *
 * @returns how many lines were other than before: 0 unless something was broken
 * @throws when the fold kept moving on while one piece was tried; the pieces before it are done
 */
export async function rebuildSession(deps: EngineDeps, sessionId: SessionId): Promise<{ changedLines: number }> {
  await deps.scans.tx(['counters'], 'rw', (tx) => beginRecount(tx, sessionId))
  const readOn = createHistory(deps, sessionId)
  const run: Run = { deps, sessionId, readOn, history: await readOn(), changed: new Set() }
  for (const uuids of chunksOf([...run.history.rows.keys()], deps.limits.rebuildBatch))
    await mend(run, (tx, known) => mendOwnRows(tx, run.history, known, uuids))
  for (const origin of ['own', 'server'] as const)
    await throughPieces(run, asId<RowUuid>(''), (tx, known, after) => mendStoredRows(tx, run.history, known, { origin, after }))
  await throughPieces(run, asId<LineKey>(''), (tx, known) => mendLines(tx, run.history, known))
  const { buckets } = await deps.scans.tx(['meta', 'counters'], 'rw', async (tx) => {
    await tx.bulkDelete('meta', [halfRebuiltKey(sessionId)])
    return await readCounters(tx, sessionId)
  })
  const { counted, uncounted, undirected, unmatched } = buckets
  deps.bus.post({ kind: 'lines', sessionId, changed: 'all', counts: { counted, uncounted, undirected, unmatched } })
  return { changedLines: run.changed.size }
}

interface Run {
  readonly deps: EngineDeps
  readonly sessionId: SessionId
  readonly readOn: () => Promise<History>
  history: History
  readonly changed: Set<LineKey>
}

/** One piece, once nothing was folded since the history was read and the catalogue was asked for what is new in it. */
async function mend<Done extends Mended>(run: Run, piece: (tx: ScansTx, known: Known) => Promise<Done | NotYet>): Promise<Done> {
  const { deps, sessionId } = run
  const identities = new Map<ItemKey, Identification | null>()
  const texts = new Map<ProductId, LineTexts | null>()
  for (let attempt = 0; attempt < LOST_RACES_MAX; attempt++) {
    const result = await deps.scans.tx(PIECE_TABLES, 'rw', (tx) => piece(tx, { identities, texts }))
    if (result.kind === 'overtaken') run.history = await run.readOn()
    else if (result.kind === 'mended') {
      for (const lineKey of result.lines) run.changed.add(lineKey)
      if (result.lines.length > 0) deps.bus.post({ kind: 'lines', sessionId, changed: result.lines, counts: result.counts })
      return result
    } else {
      const found = await lookUp(deps.catalogue, result.keys)
      for (const { itemKey } of result.keys) identities.set(itemKey, found.identities.get(itemKey) ?? null)
      const named = await textsFor(deps.catalogue, result.productIds)
      for (const productId of result.productIds) texts.set(productId, named.get(productId) ?? null)
    }
  }
  throw new Error(`Session ${sessionId} could not be rebuilt: the fold was always ahead`)
}

async function throughPieces<K extends string>(run: Run, first: K, piece: (tx: ScansTx, known: Known, after: K) => Promise<Page<K>>): Promise<void> {
  let after: K = first
  for (let nth = 0; nth < PIECES_MAX; nth++) {
    const { next }: { next: K | null } = await mend(run, (tx, known) => piece(tx, known, after))
    if (next === null) return
    after = next
  }
  throw new RangeError(`A session has more than ${PIECES_MAX} pieces`)
}

/** Page by page in transactions of their own, each time from where it ended: scans go on meanwhile. */
function createHistory({ scans, limits }: EngineDeps, sessionId: SessionId): () => Promise<History> {
  const rows = new Map<RowUuid, CountRecord>()
  const places = new Map<RowUuid, number>()
  let after = 0

  function add(events: Parameters<typeof foldScanEvents>[1]): void {
    for (const [uuid, row] of foldScanEvents(rows, events, () => UNIDENTIFIED)) {
      if (!places.has(uuid)) places.set(uuid, places.size)
      rows.set(uuid, row)
    }
  }

  return async () => {
    const cursor = await scans.tx(['meta'], 'r', readCursor)
    for (let page = 0; page < PAGES_MAX; page++) {
      const events = await scans.tx(['scanEvents'], 'r', (tx) =>
        tx.range('scanEvents', '[sessionId+gid]', {
          lower: [sessionId, after],
          lowerOpen: true,
          upper: [sessionId, cursor],
          limit: PAGE,
        }),
      )
      add(events)
      after = events.at(-1)?.gid ?? after
      if (events.length < PAGE) return { sessionId, batch: limits.rebuildBatch, cursor, rows, places }
    }
    throw new RangeError(`Session ${sessionId} has more than ${PAGE * PAGES_MAX} events`)
  }
}

const UNIDENTIFIED = { productId: null, isRequested: false, systemQuantityOnHand: null, matchRev: 0 } as const
