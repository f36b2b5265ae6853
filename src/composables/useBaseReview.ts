// A review where the server books each decision at once: looked at again before it is booked, and what became of it read back.
import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { asId, type CycleCountId, type ProductId, type SessionId } from '../domain/ids'
import { isUncounted, needsPerson, roundOf, type ReviewRow } from '../domain/review'
import { commentsOf, type AtOnce, type SentDecision } from '../domain/sent-decision'
import type { CycleCount } from '../domain/session'
import { BASE_CHUNK, COMMENTS_MAX, type DecisionAtOnce, type SessionOfProduct, type StockedProduct } from '../ports/base-review'
import type { ScansStore } from '../ports/scans-schema'
import type { SyncWorkerApi } from '../worker/protocol'
import { countOf } from './format'
import { bookOf, zeroWords } from './base-review-words'
import type { Services } from './services'
import { trying } from './trying'
import { useSentTrail } from './useSentTrail'
import { failureWords, passesByItself, type ShownFailure } from './words'

/** Fifty thousand products: more are no review. */
const PAGES_MAX = 200

/** Of 500 each. */
const STOCK_PAGES_MAX = 200

interface Read {
  readonly count: CycleCount
  /** What a hard count did not find: in the stock, and in no row. */
  readonly notFound: readonly ReviewRow[]
  /** Products that the server says there are. */
  readonly total: number
  readonly rows: ReadonlyMap<ProductId, ReviewRow>
}

export interface BaseReviewDeps extends Pick<Services, 'clock' | 'ids'> {
  readonly sync: Pick<SyncWorkerApi, 'baseReview'>
  readonly scans: ScansStore
}
interface Sending {
  readonly decisions: readonly DecisionAtOnce[]
  readonly batch: string
}

const OURS = { reason: 'rejected', message: '' } as const
const NOT_NOTED: ShownFailure = { ...OURS, words: 'This device could not note what it was about to book, so it was not sent. Try again.' }
const TOO_LONG: ShownFailure = { ...OURS, words: `Reason and note together are longer than ${COMMENTS_MAX} characters. Make them shorter.` }

/** Rules: docs/SPEC.md RV43, RV44, RV47-RV49. */
export function useBaseReview({ sync, scans, clock, ids }: BaseReviewDeps, id: CycleCountId) {
  const reading = useReading(sync, id)
  const trail = useSentTrail(scans, id)
  const { read, isLoading, isWhole, load } = reading
  const isDeciding = ref(false)
  const isBusy = computed(() => isLoading.value || isDeciding.value)
  /** What became of the last action, and why it did not go through. */
  const said = ref<string | null>(null)
  const problem = ref<string | null>(null)

  const count = computed(() => read.value?.count ?? null)
  const rows = computed(() => [...(read.value?.rows.values() ?? []), ...(read.value?.notFound ?? [])])
  const openSessions = computed(() =>
    (count.value?.sessions ?? []).filter((it) => it.status === 'created' || it.status === 'assigned'),
  )
  const isUnderReview = computed(() => count.value?.status === 'completed' && isWhole.value)
  const leftToDecide = computed(() => rows.value.filter((it) => !isUncounted(it) && needsPerson(it)).length)

  /** One at a time. A failure leaves everything as the server has it, which is read anew either way. */
  async function acting(work: () => Promise<ShownFailure | null>): Promise<void> {
    if (isBusy.value) return
    isDeciding.value = true
    said.value = null
    problem.value = null
    const failed = await work()
    if (failed !== null) problem.value = failureWords(failed)
    isDeciding.value = false
  }

  /** @param note goes with each of them */
  function decide(chosen: readonly ReviewRow[], act: AtOnce, note: string | null = null): Promise<void> {
    return acting(async () => {
      if ((commentsOf(act, note) ?? '').length > COMMENTS_MAX) return TOO_LONG
      // Such a server believes the figures that it is sent: they must be those of now.
      await load()
      const before = read.value
      if (before === null || !isWhole.value) return null
      const still = chosen.filter((it) => isSame(it, before.rows.get(it.productId)))
      const batch = ids.next()
      const failed = await send(before.count, { decisions: still.map((row) => ({ row, act, note })), batch })
      await load()
      // What a lost answer has done is in the rows that were read since.
      const now = isWhole.value ? read.value?.rows : undefined
      const isDone = (productId: ProductId) => now?.get(productId)?.decision != null
      if (now !== undefined) await trail.settle(batch, (productId) => becameOf(isDone(productId), failed))
      const done = still.filter((it) => isDone(it.productId)).length
      if (now !== undefined) said.value = doneWords(act, done, chosen.length - still.length)
      return failed
    })
  }

  /** Their zeros are in a session of their own, and booked as every other row is. What a lost answer has done is in the rows that are read since. */
  function countAsZero(chosen: readonly ReviewRow[]): Promise<void> {
    return acting(async () => {
      await load()
      const before = read.value
      if (before === null || !isWhole.value) return null
      const books = new Map(before.notFound.map((it) => [it.productId, it.bookNow]))
      const still = chosen.filter((it) => books.get(it.productId) === it.bookNow)
      const ask = { sessionId: asId<SessionId>(ids.next()), rows: still }
      const sent = still.length === 0 ? { ok: true as const } : await trying(sync.baseReview('countAsZero', before.count, ask))
      await load()
      const left = new Set(read.value?.notFound.map((it) => it.productId))
      const done = still.filter((it) => !left.has(it.productId)).length
      if (isWhole.value) said.value = zeroWords(done, chosen.length - still.length)
      return sent.ok ? null : sent
    })
  }

  async function send(to: CycleCount, { decisions, batch }: Sending): Promise<ShownFailure | null> {
    for (let from = 0; from < decisions.length; from += BASE_CHUNK) {
      const chunk = decisions.slice(from, from + BASE_CHUNK)
      const at = clock.now()
      // First on this device: a window that dies with its request leaves the trace of it.
      if (!(await trail.note(chunk.map((it) => sentOf(it, batch, at))))) return NOT_NOTED
      const sent = await trying(sync.baseReview('decide', to, chunk))
      // Nothing is sent a second time: nobody promises that it would not be booked twice.
      if (!sent.ok) return sent
    }
    return null
  }

  function move(to: 'completed' | 'closed'): Promise<void> {
    return acting(async () => {
      const moved = await trying(sync.baseReview('move', id, to))
      await load()
      return moved.ok ? null : moved
    })
  }

  /** null: it could not be read. */
  async function sessionsOf({ productId }: ReviewRow): Promise<readonly SessionOfProduct[] | null> {
    const asked = await trying(sync.baseReview('sessions', id, productId))
    return asked.ok ? asked.answer : null
  }

  return { ...reading, trail, sessionsOf, count, rows, openSessions, isUnderReview, leftToDecide, isBusy, said, problem, decide, countAsZero, move }
}

function useReading(sync: Pick<SyncWorkerApi, 'baseReview'>, id: CycleCountId) {
  const read = shallowRef<Read | null>(null)
  const isLoading = ref(false)
  const loaded = ref(0)
  const failure = shallowRef<ShownFailure | null>(null)
  const isWhole = computed(() => failure.value === null && !isLoading.value && read.value !== null && read.value.rows.size === read.value.total)
  /** Grows with every load: the answers of an older one are thrown away. */
  let generation = 0
  onScopeDispose(() => (generation += 1))

  async function readAll(mine: number): Promise<Read | ShownFailure> {
    const [count, total] = await Promise.all([trying(sync.baseReview('count', id)), trying(sync.baseReview('total', id))])
    if (!count.ok) return count
    if (!total.ok) return total
    const rows = new Map<ProductId, ReviewRow>()
    for (let page = 0; page < PAGES_MAX && mine === generation; page += 1) {
      const next = await trying(sync.baseReview('page', id, page))
      if (!next.ok) return next
      for (const row of next.answer.rows) rows.set(row.productId, row)
      if (mine === generation) loaded.value = rows.size
      if (next.answer.isLast) break
    }
    const notFound = count.answer.countType === 'hard' && rows.size === total.answer ? await readNotFound(mine, count.answer, rows) : []
    if ('reason' in notFound) return notFound
    return { count: count.answer, total: total.answer, rows, notFound }
  }

  /** The contract leaves it to its clients: the stock of the facility less what is under review (3.7). */
  async function readNotFound(
    mine: number,
    { facilityId, status }: CycleCount,
    rows: ReadonlyMap<ProductId, ReviewRow>,
  ): Promise<readonly ReviewRow[] | ShownFailure> {
    const found = new Map<ProductId, ReviewRow>()
    if (facilityId === null || status === 'closed' || status === 'cancelled') return []
    for (let page = 0; page < STOCK_PAGES_MAX && mine === generation; page += 1) {
      const next = await trying(sync.baseReview('stock', facilityId, page))
      if (!next.ok) return next
      for (const it of next.answer.rows) if (it.book !== null && it.book !== 0 && !rows.has(it.productId)) found.set(it.productId, notFoundRow(it))
      if (next.answer.isLast) break
    }
    return [...found.values()]
  }

  async function load(): Promise<void> {
    const mine = (generation += 1)
    isLoading.value = true
    loaded.value = 0
    const found = await readAll(mine)
    if (mine !== generation) return
    isLoading.value = false
    failure.value = 'rows' in found ? null : found
    if ('rows' in found) read.value = found
  }

  return { read, isLoading, loaded, failure, isWhole, load }
}

function notFoundRow({ productId, name, book }: StockedProduct): ReviewRow {
  return {
    productId, name, identifier: null, abcClass: null, isRequested: false, bookNow: book, unitCost: null, rounds: [],
    wantsPhoto: false, state: 'not-found', why: null, recount: null, decision: null,
  }
}

/** Undecided still, with the figures that were on screen. */
function isSame(seen: ReviewRow, now: ReviewRow | undefined): boolean {
  if (now === undefined || now.decision !== null) return false
  const [a, b] = [roundOf(seen), roundOf(now)]
  return a?.quantity === b?.quantity && bookOf(seen) === bookOf(now)
}

/** A request without an answer may still arrive, and a decision beside a refused one is somebody else's: neither is known. */
function becameOf(isDone: boolean, failed: ShownFailure | null): 'booked' | 'not-booked' | undefined {
  const isRefused = failed !== null && !passesByItself(failed)
  if (isDone) return isRefused ? undefined : 'booked'
  return isRefused ? 'not-booked' : undefined
}

function sentOf({ row, act, note }: DecisionAtOnce, batch: string, at: number): SentDecision {
  const { productId, name } = row
  return { batch, at, productId, name, act, note, counted: roundOf(row)?.quantity ?? null, book: bookOf(row), became: 'unknown' }
}

function doneWords(act: AtOnce, done: number, changed: number): string {
  const what = act.kind !== 'skip' ? `${countOf(done, 'variance')} booked.` : `${countOf(done, 'product')} skipped.`
  if (changed === 0) return what
  return `${what} ${countOf(changed, 'product')} ${changed === 1 ? 'has' : 'have'} changed since you looked and ${changed === 1 ? 'was' : 'were'} left as ${changed === 1 ? 'it is' : 'they are'}: look again.`
}
