// The line between a worker and the server: it loses, doubles, delays, reorders, cuts one way, and answers what no server said.
import type { ServerAbilities } from '../../src/domain/access'
import { RemoteError } from '../../src/domain/errors'
import type { Limits } from '../../src/domain/limits'
import type { Clock } from '../../src/domain/time-and-ids'
import type { AnonymousApi, Caller, ServerApi } from '../../src/ports/server'
import { BUSY, INJECTED, LATER_INJECTED, NOT_WHEN_ASKING_WHO_IT_IS, PORTAL } from './http-answers'
import type { Bites } from './bites'
import type { Marks } from './marks'
import { chanceOf } from './random'
import type { Life, Scheduler } from './scheduler'
import { createSimAnonymousApi, createSimApi } from './server/sim-api'
import type { SimAnswer, SimRequest } from './server/wire'
import { POISON } from './things'

export interface NetworkConfig {
  readonly lossRate: number
  readonly lostAnswerRate: number
  readonly duplicateRate: number
  /** Of the duplicates: minutes later instead of moments. */
  readonly lateRate: number
  /** Answers that the server never gave. */
  readonly injectRate: number
  /** Of those: after the server has done the work. */
  readonly injectAfterRate: number
  readonly delayMs: number
  /** Rarely so many times slower: reorders, and runs into the time-out. */
  readonly slowRate: number
  /** No copy arrives later than this after it was sent. */
  readonly copyMaxMs: number
  /** Base profile: a copy that comes after its answer was heard is found by nobody before the submit (docs/adr/0014). */
  readonly copiesBeforeAnswer: boolean
  /** The answers of `LATER_INJECTED` too. */
  readonly hasLaterAnswers: boolean
}

/** What a device's radio does right now. */
export interface Line {
  isOffline: boolean
  isCutUp: boolean
  isCutDown: boolean
  isPortal: boolean
  /** A slow cell: so much longer each way. */
  extraMs: number
  /** The line goes dead after so many more messages; null: it does not. */
  messagesLeft: number | null
}

export const freshLine = (): Line => ({ isOffline: false, isCutUp: false, isCutDown: false, isPortal: false, extraMs: 0, messagesLeft: null })

/** What a scene wants to happen to a message; the rest is as drawn. */
export type Foretold = Partial<Pick<Drawn, 'isAnswerLost' | 'isNoticed' | 'copyMs' | 'injected'>>

/** What happens to one message; the exhaustive mode dictates it. */
export type Fate =
  | 'delivered'
  | 'lost-request'
  | 'lost-answer'
  | 'duplicated'
  /** A copy arrives after the answer was heard, behind newer rows. */
  | 'late-copy'
export const FATES: readonly Fate[] = ['delivered', 'lost-request', 'lost-answer', 'duplicated', 'late-copy']

export interface NetworkDeps {
  readonly seed: number
  readonly scheduler: Scheduler
  readonly marks: Marks
  /** Of faults of the server. */
  readonly bites: Bites
  /** The server does it, now. `device`: who sent it. */
  readonly request: (request: SimRequest, device: string) => SimAnswer
  /** It leaves the device now, whatever becomes of it. */
  readonly onSent: (request: SimRequest, device: string) => void
  readonly foretold: (request: SimRequest, device: string) => Foretold | null
  readonly limits: Limits
  /** Read anew at each message: faults are switched off for the liveness phase. */
  readonly config: () => NetworkConfig
  readonly isServerDown: () => boolean
  readonly isServerBusy: () => boolean
  /** What is said to a row of poison; null: it is taken. */
  readonly poison: () => SimAnswer | null
  readonly note: (text: string) => void
  /** Exhaustive mode: the fate of the message of this number; null = as the config says. */
  readonly fateOf?: ((nth: number) => Fate | null) | undefined
}

/** Where a message comes from. */
export interface From {
  readonly life: Life
  readonly device: string
  readonly line: Line
  /** Of faults of the line. */
  readonly bites: Bites
  readonly clock: Clock
  readonly protocol: number
}

export interface Network {
  readonly anonymousApi: (from: From) => AnonymousApi
  readonly serverApi: (from: From, ask: { readonly caller: Caller; readonly abilities: ServerAbilities; readonly token: () => Promise<string | null> }) => ServerApi
  readonly messages: () => number
  /** Rows of a session have left a device, and it has heard nothing of them yet. */
  readonly isPushing: (device: string, sessionId: string) => boolean
}

interface Drawn {
  readonly thereMs: number
  readonly backMs: number
  readonly isLost: boolean
  readonly isAnswerLost: boolean
  readonly isNoticed: boolean
  /** After the first arrival. */
  readonly copyMs: number | null
  readonly injected: (SimAnswer & { readonly name: string }) | null
  readonly isInjectedAfter: boolean
}

/** What a device is told, and what it has felt once it hears it. */
interface Told {
  readonly answer: SimAnswer
  readonly marks: readonly string[]
}

interface Message {
  readonly label: string
  readonly request: SimRequest
  readonly device: string
}

const OFFLINE = new RemoteError('offline', 'no answer')

export function createNetwork(deps: NetworkDeps): Network {
  const { scheduler, marks } = deps
  const counts = new Map<string, number>()
  const underWay = new Set<{ readonly from: From; readonly request: SimRequest }>()
  let messages = 0

  function carry(from: From, request: SimRequest): Promise<SimAnswer> {
    const { life, line } = from
    const name = nameOf(request)
    const nth = (counts.get(`${from.device} ${name}`) ?? 0) + 1
    counts.set(`${from.device} ${name}`, nth)
    messages += 1
    const label = `${from.device} ${name}#${nth}`
    const chance = chanceOf(deps.seed, 'message', label)
    const drawn = drawFate(chance, request, deps.fateOf?.(messages) ?? null)
    const fate = { ...drawn, ...deps.foretold(request, from.device), thereMs: drawn.thereMs + line.extraMs, backMs: drawn.backMs + line.extraMs }
    const sentAt = scheduler.now()
    const message = { label, request, device: from.device }
    deps.onSent(request, from.device)
    if (line.messagesLeft !== null && line.messagesLeft-- <= 0) line.isOffline = true

    const one = { from, request }
    underWay.add(one)

    return new Promise((resolve, reject) => {
      let isSettled = false
      const settle = (how: string, run: () => void): void => {
        if (isSettled) return
        isSettled = true
        underWay.delete(one)
        deps.note(`${label} ${how}`)
        run()
      }
      const failAfter = (ms: number): void =>
        void scheduler.after(ms, life, `${label} fails`, () => settle('offline', () => reject(OFFLINE)))

      if (line.isOffline) {
        marks.note('net:offline')
        from.bites.feel('offline')
        return failAfter(1 + 20 * chance.next())
      }
      scheduler.after(deps.limits.requestTimeoutMs, life, `${label} timeout`, () => {
        if (!isSettled) marks.note('net:timeout')
        settle('timeout', () => reject(OFFLINE))
      })
      const answer = (told: Told): void => {
        if (line.isCutDown || fate.isAnswerLost) {
          marks.note(line.isCutDown ? 'net:cut-down' : 'net:lost-answer')
          if (line.isCutDown) from.bites.feel('cut-down')
          // Half of them the browser notices at once.
          if (fate.isNoticed) failAfter(fate.backMs)
          return
        }
        scheduler.after(fate.backMs, life, `${label} answer`, () =>
          settle(String(told.answer.status), () => {
            for (const mark of told.marks) marks.note(mark)
            if (told.marks.includes('net:portal')) from.bites.feel('portal')
            if (told.marks.includes('net:busy')) deps.bites.feel('busy-server')
            resolve(told.answer)
          }),
        )
      }
      if (line.isPortal)
        return answer({ answer: PORTAL, marks: ['net:portal', `http:${PORTAL.name}`] })
      if (line.isCutUp || fate.isLost) {
        marks.note(line.isCutUp ? 'net:cut-up' : 'net:lost-request')
        if (line.isCutUp) from.bites.feel('cut-up')
        if (fate.isNoticed) failAfter(fate.backMs)
        return
      }
      const arrivesAt = (ms: number): number => Math.min(ms, sentAt + deps.config().copyMaxMs - scheduler.now())
      scheduler.after(arrivesAt(fate.thereMs), null, `${label} arrives`, () => {
        if (deps.isServerDown()) {
          marks.note('net:server-down')
          deps.bites.feel('server-down')
          return failAfter(5)
        }
        if (deps.isServerBusy()) return answer({ answer: BUSY, marks: ['net:busy', `http:${BUSY.name}`] })
        if (fate.copyMs !== null)
          scheduler.after(arrivesAt(fate.copyMs), null, `${label} copy`, () => {
            if (deps.isServerDown()) return
            marks.note((fate.copyMs ?? 0) >= LATE_MS ? 'net:late-copy' : 'net:copy')
            carryOut(message)
          })
        answer(arrive(message, fate))
      })
    })
  }

  function arrive(message: Message, { injected, isInjectedAfter }: Drawn): Told {
    const { label, request } = message
    const poison = deps.poison()
    if (
      poison !== null &&
      request.method === 'PUT' &&
      request.body?.includes(POISON) === true &&
      label.includes('/items')
    )
      return { answer: poison, marks: [`poison:${poison.status}`] }
    if (injected === null) return { answer: carryOut(message), marks: [] }
    const heard = `http:${injected.name}`
    if (!isInjectedAfter) return { answer: injected, marks: [heard] }
    carryOut(message)
    return { answer: injected, marks: [heard, 'net:refused-after-commit'] }
  }

  function carryOut({ label, request, device }: Message): SimAnswer {
    const answer = deps.request(request, device)
    deps.note(`${label} ${answer.status}`)
    marks.note(`server:${answer.status}`)
    return answer
  }

  /** Each message has a stream of its own: what is dropped elsewhere does not change its fate. */
  function drawFate(chance: ReturnType<typeof chanceOf>, request: SimRequest, dictated: Fate | null): Drawn {
    const config = deps.config()
    const delay = (): number => {
      const ms = config.delayMs * (0.2 + 1.8 * chance.next())
      return chance.is(config.slowRate) ? ms * chance.int(10, 200) : ms
    }
    const thereMs = delay()
    const backMs = delay()
    const [lost, answerLost, noticed, doubled, isLate] = [chance.is(config.lossRate), chance.is(config.lostAnswerRate), chance.is(0.5), chance.is(config.duplicateRate), chance.is(config.lateRate)]
    const drawnMs = isLate ? chance.int(LATE_MS, 600_000) : delay() * 3
    const isUnheard = dictated === null ? answerLost : dictated === 'lost-answer'
    const isLateCopy = dictated === 'late-copy'
    const usualMs = config.copiesBeforeAnswer && !isUnheard ? Math.min(drawnMs, backMs * 0.9) : drawnMs
    const copyMs = isLateCopy ? DICTATED_COPY_MS : usualMs
    const isInjected = chance.is(config.injectRate)
    const injected = chance.pick(config.hasLaterAnswers ? [...INJECTED, ...LATER_INJECTED] : INJECTED)
    const asksWho = request.path.endsWith('capabilities') || request.path.startsWith('admin/')
    const isSayable = !(asksWho && NOT_WHEN_ASKING_WHO_IT_IS.has(injected.name)) && (injected.name !== '200-empty' || isAnsweredWithBody(request))
    const isInjectable = isInjected && dictated === null && isSayable
    return {
      thereMs,
      backMs,
      isLost: dictated === null ? lost : dictated === 'lost-request',
      isAnswerLost: dictated === null ? answerLost : dictated === 'lost-answer',
      isNoticed: noticed,
      copyMs: isCopied(request) && (dictated === null ? doubled : dictated === 'duplicated' || isLateCopy) ? copyMs : null,
      injected: isInjectable ? injected : null,
      isInjectedAfter: chance.is(config.injectAfterRate),
    }
  }

  return {
    messages: () => messages,
    isPushing: (device, sessionId) =>
      [...underWay].some(({ from, request: { method, path } }) => from.device === device && !from.life.isOver && method === 'PUT' && path.endsWith(`${sessionId}/items`)),
    anonymousApi: (from) => abortable(marks, createSimAnonymousApi({ carry: (request) => carry(from, request), clock: from.clock, protocol: from.protocol })),
    serverApi: (from, ask) =>
      abortable(marks, createSimApi({ ...ask, carry: (request) => carry(from, request), clock: from.clock, limits: deps.limits, protocol: from.protocol })),
  }
}

const LATE_MS = 30_000
/** Behind the rest of the story of six steps. */
const DICTATED_COPY_MS = 5000

/** The last parts of the path that are no ids. */
function nameOf({ method, path }: SimRequest): string {
  const parts = path.split('/').filter((it) => /^[a-zA-Z-]+$/.test(it))
  return `${method} ${parts.slice(-2).join('/')}`
}

/** Questions and sign-ins arrive once, whatever is drawn. */
export function isCopied({ method, path }: SimRequest): boolean {
  return method !== 'GET' && !path.startsWith('admin/')
}

/** An empty page means "no such row" to a question for one thing, and yes to a change: only where neither is meant it is nobody's answer. */
function isAnsweredWithBody({ method, path }: SimRequest): boolean {
  return method === 'PUT' && (path.endsWith('/items') || path.endsWith('/scanEvents'))
}

/** As fetch does: an abort ends the call at once, whatever is under way. */
function abortable<Api extends object>(marks: Marks, api: Api): Api {
  return new Proxy(api, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function' || name === 'clockOffset') return method
      return (...args: unknown[]) => {
        const work = (method as (...given: unknown[]) => Promise<unknown>).apply(target, args)
        const signal = args.find((it): it is AbortSignal => it instanceof AbortSignal)
        const told = work.then(
          (value) => {
            marks.note(`call:${String(name)}`)
            return value
          },
          (error: unknown) => {
            if (error instanceof RemoteError) marks.note(`reason:${error.reason}`)
            throw error
          },
        )
        return signal === undefined ? told : raced(told, signal, () => marks.note('net:aborted'))
      }
    },
  })
}

function raced(work: Promise<unknown>, signal: AbortSignal, onAborted: () => void): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    const onAbort = (): void => {
      onAborted()
      reject(signal.reason)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
