// Decisions on one product or twenty thousand: in chunks, with progress; after a failure it goes on where it stopped.
import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import type { CycleCountId, ProductId } from '../domain/ids'
import type { ReviewRow } from '../domain/review'
import type { ProductVerdict } from '../ports/review'
import type { SyncWorkerApi } from '../worker/protocol'
import { decided, toSend, type Wanted } from './review-draft'
import { trying } from './trying'
import type { Review } from './useReview'
import type { ShownFailure } from './words'

/** The server takes no more at once. */
const CHUNK = 500

export interface BulkResult {
  readonly wanted: Wanted
  /** What the server has taken: undo takes these back. */
  readonly taken: readonly ProductId[]
  readonly refused: readonly ProductVerdict[]
}

export interface BulkRun {
  readonly wanted: Wanted
  readonly total: number
  readonly done: number
  readonly failure: ShownFailure | null
}

export interface BulkDecisions {
  /** What is under way, or has stopped at a failure; null otherwise. */
  readonly run: Readonly<ShallowRef<BulkRun | null>>
  readonly isBusy: Readonly<Ref<boolean>>
  /** The last one that came to its end. */
  readonly last: Readonly<ShallowRef<BulkResult | null>>
  readonly start: (rows: readonly ReviewRow[], wanted: Wanted) => Promise<void>
  /** After a failure: the chunk that failed is asked for again under its old id, so nothing is decided twice. */
  readonly goOn: () => Promise<void>
  readonly forget: () => void
}

interface Chunk {
  readonly requestId: string
  readonly rows: readonly ReviewRow[]
}

interface Deps {
  readonly sync: Pick<SyncWorkerApi, 'review'>
  readonly review: Review
  readonly id: CycleCountId
  readonly userName: string
  readonly now: () => number
  readonly nextId: () => string
}

/** Rules: docs/SPEC.md RV26. */
export function useBulkDecisions(deps: Deps): BulkDecisions {
  const run = shallowRef<BulkRun | null>(null)
  const last = shallowRef<BulkResult | null>(null)
  const isBusy = ref(false)
  let waiting: Chunk[] = []
  let taken: ProductId[] = []
  let refused: ProductVerdict[] = []

  async function sendNext(chunk: Chunk, wanted: Wanted): Promise<ShownFailure | null> {
    const decisions = chunk.rows.map((it) => toSend(it, wanted))
    const outcome = await trying(deps.sync.review('decide', deps.id, chunk.requestId, decisions))
    if (!outcome.ok) return outcome
    const { revision, verdicts } = outcome.answer
    const byId = new Map(chunk.rows.map((it) => [it.productId, it]))
    const fresh = verdicts.filter((it) => it.verdict === 'taken').map((it) => it.productId)
    const rows = verdicts
      .filter((it) => it.verdict !== 'refused')
      .flatMap((it) => byId.get(it.productId) ?? [])
    const at = deps.now()
    const changed = rows.map((it) => decided(it, wanted, deps.userName, at))
    deps.review.patch(changed, revision, fresh.length > 0 ? 1 : 0)
    taken.push(...fresh)
    refused.push(...verdicts.filter((it) => it.verdict === 'refused'))
    return null
  }

  async function work(wanted: Wanted, total: number): Promise<void> {
    isBusy.value = true
    for (let chunk = waiting[0]; chunk !== undefined; chunk = waiting[0]) {
      const failure = await sendNext(chunk, wanted)
      if (failure === null) waiting = waiting.slice(1)
      const left = waiting.reduce((sum, it) => sum + it.rows.length, 0)
      run.value = { wanted, total, done: total - left, failure }
      if (failure !== null) break
    }
    isBusy.value = false
    if (waiting.length > 0) return
    run.value = null
    last.value = { wanted, taken, refused }
  }

  return {
    run,
    isBusy,
    last,
    async start(rows, wanted) {
      if (isBusy.value || rows.length === 0) return
      taken = []
      refused = []
      waiting = []
      for (let from = 0; from < rows.length; from += CHUNK)
        waiting.push({ requestId: deps.nextId(), rows: rows.slice(from, from + CHUNK) })
      last.value = null
      run.value = { wanted, total: rows.length, done: 0, failure: null }
      await work(wanted, rows.length)
    },
    async goOn() {
      if (isBusy.value || run.value === null) return
      await work(run.value.wanted, run.value.total)
    },
    forget() {
      last.value = null
      if (!isBusy.value) run.value = null
    },
  }
}
