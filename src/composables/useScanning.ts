// From a decoded scan to what the person sees and hears: prefix, record, feedback, current product, undo.
import { computed, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { hasBadCheckDigit } from '../domain/barcode/item-key'
import type { EventId, LineKey, ProductId } from '../domain/ids'
import { addQuantity, negateQuantity, unitsOf, type Micro } from '../domain/quantity'
import type { DropReason, ScanSource } from '../domain/scan-event'
import type { CountingDesk, FeedEntry, LineView, ScanOutcome } from '../ports/counting'
import { againOf } from './count-again'
import { countOf, formatChange, formatQuantity } from './format'
import { oddQuantity } from './quantity-guard'
import { afterPaint, type ScanTimings } from './scan-timings'
import { sentenceOf, type CurrentLine, type Feedback, type Question, type Toast } from './shown-scan'
import { OUTCOME_WORDS, refusalWords, type FeedbackOutcome } from './words'

export interface Received {
  readonly raw: string
  readonly symbology: string | null
  readonly source: ScanSource
  /** On the scale of performance.now(); null when typed or by hand. */
  readonly receivedAt: number | null
  readonly productId?: ProductId
  /** Beats the prefix: hand counts bring their own number. */
  readonly times?: Micro
}

export interface Scanning {
  readonly feedback: Readonly<ShallowRef<Feedback | null>>
  readonly current: Readonly<ShallowRef<CurrentLine | null>>
  readonly question: Readonly<ShallowRef<Question | null>>
  readonly toast: Readonly<ShallowRef<Toast | null>>
  /** Units before the next scan (`12 ×`); null means one. */
  readonly prefix: Ref<Micro | null>
  readonly canUndo: ComputedRef<boolean>
  readonly receive: (scan: Received) => Promise<ScanOutcome>
  readonly partial: (raw: string, symbology: string | null) => void
  /** Count the partial scan that is on screen: once, whoever taps twice. */
  readonly acceptPartial: () => Promise<void>
  readonly refuse: (raw: string, reason: Extract<ScanOutcome, { kind: 'refused' }>['reason']) => void
  readonly undo: (entry: FeedEntry) => Promise<void>
  readonly undoCurrent: () => Promise<void>
  /** @returns how many scans were taken back */
  readonly undoLine: (lineKey: LineKey, name: string, reason?: DropReason) => Promise<number>
  /** One more or one less of the current product. */
  readonly step: (units: 1 | -1) => Promise<void>
  readonly setTotal: (lineKey: LineKey, total: Micro) => Promise<void>
  readonly select: (lineKey: LineKey) => Promise<void>
  readonly reloadCurrent: () => Promise<void>
  readonly answerQuestion: (isRight: boolean) => Promise<void>
  readonly dismissToast: () => void
  /** A scan has been taken and not answered yet: a reload now would swallow it without a word. */
  readonly isReceiving: () => boolean
}

export interface ScanningDeps {
  readonly desk: CountingDesk
  readonly feed: Readonly<ShallowRef<readonly FeedEntry[]>>
  /** The desk notes what is durable; here is noted what is on screen. */
  readonly timings: Pick<ScanTimings, 'painted'>
  /** Sound of an outcome. */
  readonly sound: (outcome: FeedbackOutcome) => void
  /** The new total of the newest answer, behind its sound; null where it has none. Left out: nothing is spoken. */
  readonly speak?: (total: Micro | null) => void
  /** For screen readers. */
  readonly tell: (sentence: string) => void
  /** Something was appended: the worker folds and sends. */
  readonly appended: () => void
  /** Does this window count in the session? Another one may: both share one database. Left out: yes. */
  readonly mayCountHere?: () => boolean
}

const ONE = unitsOf(1)

type Counted = Exclude<ScanOutcome, { kind: 'refused' }>

/** Rows of the feed in which a scan is looked for again. */
const FOLLOWED_ROWS = 40

function lineOf(view: LineView): Omit<CurrentLine, 'eventId'> {
  const { lineKey, productId, name } = view.item
  return { lineKey, productId, name, total: view.total, view }
}

export function useScanning(deps: ScanningDeps): Scanning {
  const { desk } = deps
  const feedback = shallowRef<Feedback | null>(null)
  const current = shallowRef<CurrentLine | null>(null)
  const question = shallowRef<Question | null>(null)
  const toast = shallowRef<Toast | null>(null)
  const prefix = ref<Micro | null>(null)
  let sequence = 0
  let shown = 0
  let toasts = 0
  let receiving = 0
  /** Amounts set by hand that this screen took back: their rows stay in the feed. */
  const takenBack = new Set<EventId>()
  // Taps on − and + wait for each other: each one starts from the total that the last one left.
  let steps: Promise<unknown> = Promise.resolve()

  const lastOfCurrent = computed(() =>
    deps.feed.value.find((it) => it.kind === 'scan' && !it.isUndone && it.lineKey === current.value?.lineKey),
  )
  const canUndo = computed(() => lastOfCurrent.value !== undefined)

  const isBarred = (): boolean => deps.mayCountHere?.() === false

  /** What was just taken back is not there any more: the band must not go on saying that it was counted. */
  function tellTakenBack(lineKey: LineKey, eventId: EventId | null): void {
    const shownNow = feedback.value
    const isShown = eventId === null ? current.value?.lineKey === lineKey : shownNow?.eventId === eventId
    if (shownNow === null || shownNow.eventId === null || !isShown) return
    feedback.value = { ...shownNow, quantity: null, isTakenBack: true }
  }

  function say(text: string, again: (() => void) | null = null): void {
    toasts += 1
    toast.value = { id: toasts, text, again }
  }

  /** Identified after the beep, or matched: the scan lies on another line now, and the screen goes with it. */
  async function followScan(eventId: EventId | null): Promise<void> {
    if (eventId === null) return
    const entry = (await desk.feed(FOLLOWED_ROWS)).find((it) => it.eventId === eventId)
    const view = entry === undefined ? null : await desk.line(entry.lineKey)
    if (entry === undefined || view === null || current.value?.eventId !== eventId) return
    current.value = { ...lineOf(view), eventId }
    const shownNow = feedback.value
    if (shownNow?.eventId === eventId && entry.bucket !== 'none' && entry.bucket !== 'uncounted')
      feedback.value = {
        ...shownNow,
        outcome: entry.bucket,
        text: view.item.name,
        isMisread: entry.bucket === 'unmatched' && shownNow.isMisread === true,
      }
  }

  async function reloadCurrent(): Promise<void> {
    const before = current.value
    if (before === null) return
    const view = await desk.line(before.lineKey)
    if (current.value?.lineKey !== before.lineKey) return
    if (view === null) return followScan(before.eventId)
    current.value = { ...lineOf(view), eventId: before.eventId }
  }

  async function select(lineKey: LineKey): Promise<void> {
    const view = await desk.line(lineKey)
    if (view === null) return
    question.value = null
    current.value = { ...lineOf(view), eventId: null }
  }

  function showCounted(outcome: Counted, id: number, entered: Micro): void {
    const isSameLine = current.value?.lineKey === outcome.lineKey
    const view = outcome.view ?? (isSameLine ? (current.value?.view ?? null) : null)
    feedback.value = {
      id,
      eventId: outcome.eventId,
      outcome: outcome.kind,
      text: outcome.name,
      quantity: outcome.quantity,
      isMisread: outcome.kind === 'unmatched' && hasBadCheckDigit(outcome.name),
      partial: null,
    }
    const { eventId, lineKey, productId, name, total } = outcome
    current.value = { eventId, lineKey, productId, name, total, view }
    if (!isSameLine) question.value = null
    if (outcome.view === null) void reloadCurrent().then(() => askAboutMany(outcome, entered))
    else void askAboutMany(outcome, entered)
  }

  /** Asked about once, for the number that was entered: not again for every scan of a full pallet. */
  async function askAboutMany({ lineKey, productId, eventId }: Counted, entered: Micro): Promise<void> {
    if (entered === ONE) return
    const line = current.value
    const view = line?.lineKey === lineKey ? line.view : null
    // Not folded yet, such as the first scan of what nobody asked for: the product has a book all the same.
    const expected = view !== null || productId === null ? (view?.book ?? null) : await desk.bookOf(productId)
    if (oddQuantity(entered, expected) === 'too-many')
      question.value = { lineKey, eventId, text: `${formatQuantity(entered)} at once. Is that right?` }
  }

  function show(outcome: ScanOutcome, id: number, entered: Micro): void {
    deps.sound(outcome.kind)
    deps.tell(sentenceOf(outcome))
    // A slow look-up must not put an older scan over a newer one.
    if (id < shown) return
    shown = id
    deps.speak?.(outcome.kind === 'refused' ? null : outcome.total)
    if (outcome.kind === 'refused')
      feedback.value = {
        id,
        eventId: null,
        outcome: 'refused',
        text: refusalWords(outcome.reason),
        quantity: null,
        partial: null,
      }
    else showCounted(outcome, id, entered)
  }

  async function receive(scan: Received): Promise<ScanOutcome> {
    sequence += 1
    const id = sequence
    const times = scan.times ?? (prefix.value ?? ONE)
    prefix.value = null
    if (isBarred()) {
      const refused = { kind: 'refused', reason: 'no-lock', raw: scan.raw } as const
      show(refused, id, times)
      return refused
    }
    receiving += 1
    const { raw, symbology, source, receivedAt, productId } = scan
    const outcome = await desk
      .scan({ raw, symbology, source, times, receivedAt, ...(productId === undefined ? {} : { productId }) })
      .finally(() => (receiving -= 1))
    show(outcome, id, times)
    if (outcome.kind === 'refused') return outcome
    deps.appended()
    if (receivedAt !== null) void afterPaint().then(() => deps.timings.painted(outcome.eventId, receivedAt))
    return outcome
  }

  function refuse(raw: string, reason: Extract<ScanOutcome, { kind: 'refused' }>['reason']): void {
    sequence += 1
    show({ kind: 'refused', reason, raw }, sequence, ONE)
  }

  function partial(raw: string, symbology: string | null): void {
    sequence += 1
    shown = sequence
    feedback.value = {
      id: sequence,
      eventId: null,
      outcome: 'partial',
      text: raw,
      quantity: null,
      partial: { raw, symbology },
    }
    deps.sound('partial')
    deps.speak?.(null)
    deps.tell(`${OUTCOME_WORDS.partial}: ${raw}. Not counted yet.`)
  }

  /** Rule: UI43 */
  async function acceptPartial(): Promise<void> {
    const shownNow = feedback.value
    if (shownNow === null || shownNow.partial === null) return
    // The button goes before the scan is stored: a second tap would count it twice.
    feedback.value = { ...shownNow, partial: null }
    await receive({ ...shownNow.partial, source: 'scanner', receivedAt: null })
  }

  async function undo(entry: FeedEntry): Promise<void> {
    if (entry.kind === 'correction') return undoCorrection(entry)
    const outcome = isBarred() ? 'refused' : await desk.undo(entry.eventId)
    if (outcome === 'refused') {
      say('This scan cannot be taken back now.')
      return
    }
    if (outcome === 'already-undone') {
      say(`${entry.name} was taken back before.`)
      return
    }
    deps.appended()
    tellTakenBack(entry.lineKey, entry.eventId)
    say(`Taken back: ${entry.name} ${formatChange(negateQuantity(entry.quantity))}`, () => {
      toast.value = null
      void receive(againOf(entry))
    })
    await reloadCurrent()
  }

  /** An amount set by hand goes back to what it was before. Rule: UI28 */
  async function undoCorrection(entry: FeedEntry): Promise<void> {
    // A second tap before the feed has followed would take it back twice.
    if (takenBack.has(entry.eventId)) return
    takenBack.add(entry.eventId)
    const view = isBarred() ? null : await desk.line(entry.lineKey)
    if (view === null) {
      takenBack.delete(entry.eventId)
      say('This amount cannot be taken back now.')
      return
    }
    await setTotal(entry.lineKey, addQuantity(view.total, negateQuantity(entry.quantity)))
    say(`Taken back: ${entry.name} ${formatChange(negateQuantity(entry.quantity))}`)
  }

  async function undoCurrent(): Promise<void> {
    if (lastOfCurrent.value !== undefined) await undo(lastOfCurrent.value)
  }

  async function undoLine(lineKey: LineKey, name: string, reason?: DropReason): Promise<number> {
    const before = isBarred() ? null : await desk.line(lineKey)
    const taken = isBarred() ? 0 : await desk.undoLine(lineKey, reason)
    if (taken === 0) {
      say(isBarred() ? 'This line cannot be taken back now.' : `Nothing of ${name} to take back.`)
      return 0
    }
    deps.appended()
    tellTakenBack(lineKey, null)
    await reloadCurrent()
    const after = await desk.line(lineKey)
    say(`Taken back: ${countOf(taken, 'scan')} of ${name}`, before === null || after === null ? null : () => {
      toast.value = null
      void receiveLine(before, addQuantity(before.total, negateQuantity(after.total)))
    })
    return taken
  }

  /** What was taken back as a whole comes again as one count of the same amount. */
  async function receiveLine({ item }: LineView, quantity: Micro): Promise<void> {
    await receive({
      raw: item.identifier,
      symbology: null,
      source: 'hand',
      receivedAt: null,
      times: quantity,
      ...(item.productId === null ? {} : { productId: item.productId }),
    })
  }

  async function setTotal(lineKey: LineKey, total: Micro): Promise<void> {
    const outcome: ScanOutcome = isBarred()
      ? { kind: 'refused', reason: 'no-lock', raw: lineKey }
      : await desk.setQuantity(lineKey, total)
    if (outcome.kind !== 'refused') deps.appended()
    sequence += 1
    show(outcome, sequence, ONE)
    await reloadCurrent()
  }

  async function stepOnce(units: 1 | -1): Promise<void> {
    const line = current.value
    if (line === null) return
    // One more is a scan by hand: it needs no total to start from.
    if (units === 1) {
      await receive({
        raw: line.view?.item.identifier ?? line.name,
        symbology: null,
        source: 'hand',
        receivedAt: null,
        times: ONE,
        ...(line.productId === null ? {} : { productId: line.productId }),
      })
      return
    }
    const view = await desk.line(line.lineKey)
    // Not folded yet: its last scan is the one to take back.
    if (view === null) return undoCurrent()
    await setTotal(line.lineKey, addQuantity(view.total, unitsOf(units)))
    say(`One less: ${line.name}`, () => {
      toast.value = null
      void receiveLine(view, ONE)
    })
  }

  function step(units: 1 | -1): Promise<void> {
    const next = steps.then(() => stepOnce(units))
    steps = next.catch(() => undefined)
    return next
  }

  async function answerQuestion(isRight: boolean): Promise<void> {
    const asked = question.value
    question.value = null
    if (asked === null || isRight) return
    const entry = deps.feed.value.find((it) => it.eventId === asked.eventId)
    if (entry !== undefined) return undo(entry)
    if (isBarred()) return
    await desk.undo(asked.eventId)
    deps.appended()
    await reloadCurrent()
  }

  return {
    feedback,
    current,
    question,
    toast,
    prefix,
    canUndo,
    receive,
    partial,
    acceptPartial,
    refuse,
    undo,
    undoCurrent,
    undoLine,
    step,
    setTotal,
    select,
    reloadCurrent,
    answerQuestion,
    dismissToast: () => (toast.value = null),
    isReceiving: () => receiving > 0,
  }
}
