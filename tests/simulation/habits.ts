// What people do with an iPad and a scanner: bursts, slips and their repair, breaks, take-overs, dying batteries, shift ends.
import type { Chance } from './random'
import type { Action, TabView, View } from './workload'

export interface Shop {
  readonly chance: () => Chance
  readonly view: () => View
  /** Not much time is left: finish and go home. */
  readonly isClosing: () => boolean
}

export interface Person {
  readonly shop: Shop
  readonly user: string
  readonly device: number
  readonly tab: number
  /** The shelf they were sent to; null: whichever is there. */
  sessionId: string | null
}

/** Something done after a while; null: only the while. */
export interface Wish {
  readonly afterMs: number
  readonly action: Action | null
}

export type Habit = Generator<Wish, void, undefined>

const SECOND = 1000
const MINUTE = 60 * SECOND
const BURSTS_PER_SHIFT_MAX = 40
const TRIES_TO_GET_IN = 6

type Deed = Action extends infer One ? (One extends { readonly device: number } ? Omit<One, 'device' | 'tab'> : never) : never

function wish({ device, tab }: Person, afterMs: number, deed: Deed): Wish {
  // The union is taken apart and put together again: each deed is its action without the place.
  return { afterMs, action: { ...deed, device, tab } }
}

const wait = (afterMs: number): Wish => ({ afterMs, action: null })
const screenOf = ({ shop, device, tab }: Person): TabView | undefined =>
  shop.view().tabs.find((it) => it.device === device && it.tab === tab)
const between = ({ shop }: Person, low: number, high: number): number => shop.chance().int(low, high)
const happens = ({ shop }: Person, probability: number): boolean => shop.chance().is(probability)

/** One person's time with the iPad, from taking it to handing it on. */
export function* associateShift(person: Person, isShared: boolean): Habit {
  const bursts = isShared ? between(person, 2, 8) : between(person, 4, BURSTS_PER_SHIFT_MAX)
  for (let burst = 0; burst < bursts && !person.shop.isClosing(); burst++) {
    if (screenOf(person)?.mayCount === true) yield* workAWhile(person)
    else yield* getIn(person)
  }
  yield* endOfShift(person, isShared)
}

/** To the counting screen: window, sign-in, list, session; when somebody is in it, ask, wait, or take it. */
function* getIn(person: Person): Habit {
  for (let tries = 0; tries < TRIES_TO_GET_IN; tries++) {
    const screen = screenOf(person)
    if (screen === undefined) return yield wait(MINUTE)
    if (!screen.isOpen) yield wish(person, between(person, 1, 20) * SECOND, { kind: 'open-window' })
    else if (screen.user === null) yield* signIn(person)
    else if (screen.user !== person.user) yield wish(person, between(person, 1, 5) * SECOND, { kind: 'sign-out' })
    else if (screen.mayCount) return
    else yield* enterSession(person, screen, tries)
    // The network may be slow: the longer it takes, the longer people wait before they tap again.
    yield wait(between(person, 2, 8) * SECOND * 2 ** tries)
  }
  yield wait(between(person, 5, 120) * SECOND)
}

function* signIn(person: Person): Habit {
  yield wish(person, between(person, 3, 15) * SECOND, { kind: 'sign-in', user: person.user })
  if (happens(person, 0.3)) yield wish(person, between(person, 1, 4) * SECOND, { kind: 'list' })
  else yield wait(between(person, 2, 5) * SECOND)
}

function* enterSession(person: Person, screen: TabView, tries: number): Habit {
  const { sessions } = person.shop.view()
  const open = sessions.filter((it) => it.status === 'created' || it.status === 'assigned')
  const isOver = open.every((it) => it.sessionId !== person.sessionId)
  // The shelf is done, or somebody else holds on to it: the next shelf, or a new session.
  if (isOver || (tries > 3 && happens(person, 0.5))) {
    person.sessionId = open.length === 0 ? null : person.shop.chance().pick(open).sessionId
    if (person.sessionId === null && happens(person, 0.5)) return yield wish(person, 5 * SECOND, { kind: 'new-session', name: `${person.user} again` })
  }
  if (person.sessionId === null) return yield wish(person, 10 * SECOND, { kind: 'list' })
  if (screen.sessionId !== null && screen.sessionId !== person.sessionId) yield wish(person, SECOND, { kind: 'leave' })
  const takeOver = tries > 1 && happens(person, 0.6)
  yield wish(person, between(person, 500, 3000), { kind: 'open', sessionId: person.sessionId, takeOver })
}

/** One stretch of work: a shelf, and what comes in between. */
function* workAWhile(person: Person): Habit {
  const roll = between(person, 1, 100)
  if (roll <= 30) return yield* burst(person)
  if (roll <= 39) return yield* doubleScan(person)
  if (roll <= 48) return yield* wrongItem(person)
  if (roll <= 57) return yield* wrongQuantity(person)
  if (roll <= 69) return yield* unknownBarcode(person)
  if (roll <= 74) return yield* carton(person)
  if (roll <= 82) return yield* pause(person)
  if (roll <= 86) return yield* walkOutOfTheNet(person)
  if (roll <= 91) return yield* batteryDies(person)
  if (roll <= 95) return yield* handOver(person)
  if (roll <= 98) return yield* secondWindow(person)
  return yield* nervous(person)
}

const barcodeOf = ({ shop }: Person): string => shop.chance().pick(shop.view().barcodes)
/** What is stuck on shelves and goods besides barcodes. */
const LABELS = ['A-12-3', '00012345', '2912345006991', 'https://shop.example/p/7', 'POS 4 ÄÖ', '99999', '📦'] as const

const scan = (person: Person, afterMs: number, value: string, times = 1): Wish => wish(person, afterMs, { kind: 'scan', value, times })

/** The trigger held down along a shelf: one product, then the next, at one to twenty scans a second. */
function* burst(person: Person): Habit {
  const gap = person.shop.chance().pick([50, 90, 250, 600, 1000])
  const products = between(person, 1, 3)
  for (let product = 0; product < products; product++) {
    const value = barcodeOf(person)
    const pieces = between(person, 1, 6)
    for (let piece = 0; piece < pieces; piece++) yield scan(person, piece === 0 ? between(person, 800, 4000) : gap + between(person, 0, 40), value)
  }
}

/** The scanner read one piece twice; the finger taps "undo", sometimes twice as well. */
function* doubleScan(person: Person): Habit {
  const value = barcodeOf(person)
  yield scan(person, 900, value)
  yield scan(person, between(person, 60, 180), value)
  yield wish(person, between(person, 700, 4000), { kind: 'undo', nth: 0 })
  if (happens(person, 0.3)) yield wish(person, between(person, 80, 300), { kind: 'undo', nth: 0 })
}

/** Noticed at once or only after some more scans. */
function* wrongItem(person: Person): Habit {
  yield scan(person, 1500, barcodeOf(person))
  const later = happens(person, 0.5) ? between(person, 1, 4) : 0
  for (let more = 0; more < later; more++) yield scan(person, between(person, 200, 900), barcodeOf(person))
  yield wish(person, between(person, 1000, 8000), { kind: 'undo', nth: later })
  if (happens(person, 0.25)) yield wish(person, between(person, 1000, 4000), { kind: 'undo-line', nth: 0 })
}

/** Lost count: counts the shelf by hand and sets the total, sometimes wrong again, sometimes to nothing. */
function* wrongQuantity(person: Person): Habit {
  yield* burst(person)
  const total = happens(person, 0.15) ? 0 : between(person, 1, 30)
  yield wish(person, between(person, 5, 40) * SECOND, { kind: 'set', nth: 0, total })
  if (happens(person, 0.3)) yield wish(person, between(person, 2, 20) * SECOND, { kind: 'set', nth: 0, total: total + 1 })
  if (happens(person, 0.4)) yield* burst(person)
}

/** Found out what it is after a while, or not: then it is dropped, or stays for the supervisor. */
function* unknownBarcode(person: Person): Habit {
  const value = person.shop.chance().pick(LABELS)
  const pieces = between(person, 1, 4)
  for (let piece = 0; piece < pieces; piece++) yield scan(person, between(person, 300, 1200), value)
  if (happens(person, 0.5)) yield* burst(person)
  const roll = between(person, 1, 10)
  const productId = person.shop.chance().pick(person.shop.view().productIds)
  if (roll <= 5) yield wish(person, between(person, 5, 90) * SECOND, { kind: 'match', nth: 0, productId, packSize: roll === 1 ? 12 : 1 })
  else if (roll <= 7) yield wish(person, between(person, 3, 30) * SECOND, { kind: 'undo-line', nth: 0 })
  // The wrong product first, then the right one.
  if (roll === 5) yield wish(person, between(person, 3, 30) * SECOND, { kind: 'match', nth: 0, productId: person.shop.chance().pick(person.shop.view().productIds), packSize: 1 })
}

/** Whole cartons: one scan for many. */
function* carton(person: Person): Habit {
  yield scan(person, between(person, 2, 8) * SECOND, barcodeOf(person), between(person, 2, 48))
  if (happens(person, 0.2)) yield wish(person, 3 * SECOND, { kind: 'undo', nth: 0 })
}

/** From a word with a colleague to lunch; over long ones the lease runs out and iPadOS may throw the page away. */
function* pause(person: Person): Habit {
  const minutes = person.shop.chance().pick([0.2, 0.5, 1, 3, 5, 15, 45, 120])
  const isThrownAway = minutes >= 15 && happens(person, 0.4)
  if (isThrownAway) {
    yield wish(person, 20 * SECOND, { kind: 'close-window' })
    yield wish(person, minutes * MINUTE, { kind: 'open-window' })
  } else yield wish(person, minutes * MINUTE, { kind: 'sync', why: 'foreground' })
  // Straight on, before the app has noticed that time has passed.
  if (happens(person, 0.5)) yield* burst(person)
}

/** Into the cold store and back: the scans go on, the network comes back in between. */
function* walkOutOfTheNet(person: Person): Habit {
  const aisles = between(person, 1, 4)
  for (let aisle = 0; aisle < aisles; aisle++) {
    yield* burst(person)
    yield wait(between(person, 5, 90) * SECOND)
  }
  yield wish(person, between(person, 100, 3000), { kind: 'sync', why: 'online' })
}

/** Dark in the middle of a burst. Charged after a while, and whoever waited for it goes on. */
function* batteryDies(person: Person): Habit {
  const value = barcodeOf(person)
  const pieces = between(person, 3, 12)
  for (let piece = 0; piece < pieces; piece++) yield scan(person, between(person, 50, 120), value)
  yield wish(person, between(person, 0, 60), { kind: 'close-window' })
  yield wish(person, between(person, 2, 90) * MINUTE, { kind: 'open-window' })
  yield* getIn(person)
  // "Did it count the last ones?" Some scan them again and take one back.
  if (happens(person, 0.4)) yield scan(person, 2 * SECOND, value)
  if (happens(person, 0.2)) yield wish(person, 2 * SECOND, { kind: 'undo', nth: 0 })
}

/** "You take this aisle": leaves the session, somebody takes it over, and it may come back. */
function* handOver(person: Person): Habit {
  const screen = screenOf(person)
  if (happens(person, 0.6)) yield wish(person, between(person, 1, 6) * SECOND, { kind: 'leave' })
  const others = person.shop.view().sessions.filter((it) => it.sessionId !== person.sessionId && it.status !== 'approved')
  if (happens(person, 0.5) && others.length > 0) person.sessionId = person.shop.chance().pick(others).sessionId
  yield wait(between(person, 5, 120) * SECOND)
  const sessionId = happens(person, 0.7) ? person.sessionId : (screen?.sessionId ?? person.sessionId)
  if (sessionId !== null) yield wish(person, between(person, 1, 5) * SECOND, { kind: 'open', sessionId, takeOver: true })
}

/** A second window of the same iPad, opened without noticing, and one scan into it. */
function* secondWindow(person: Person): Habit {
  const tabs = person.shop.view().tabs.filter((it) => it.device === person.device && it.tab !== person.tab)
  if (tabs.length === 0 || person.sessionId === null) return
  const aside: Person = { ...person, tab: person.shop.chance().pick(tabs).tab }
  if (screenOf(aside)?.isOpen === false) yield wish(aside, 2 * SECOND, { kind: 'open-window' })
  if (screenOf(aside)?.user == null) yield wish(aside, 4 * SECOND, { kind: 'sign-in', user: person.user })
  yield wish(aside, 2 * SECOND, { kind: 'open', sessionId: person.sessionId, takeOver: happens(person, 0.5) })
  yield scan(aside, 2 * SECOND, barcodeOf(person))
  yield scan(person, 600, barcodeOf(person))
  yield wish(aside, 5 * SECOND, { kind: 'close-window' })
}

/** "Is it saved?" */
function* nervous(person: Person): Habit {
  const taps = between(person, 1, 3)
  for (let tap = 0; tap < taps; tap++) yield wish(person, between(person, 200, 1500), { kind: 'sync', why: 'manual' })
  if (happens(person, 0.3)) yield wish(person, 2 * SECOND, { kind: 'retry-refused' })
  if (happens(person, 0.2)) yield wish(person, 4 * SECOND, { kind: 'rebuild' })
}

/** Submit, look whether it went through, sometimes find one more shelf; hand the iPad on or lock it away. */
function* endOfShift(person: Person, isShared: boolean): Habit {
  const isDone = person.shop.isClosing() || happens(person, 0.4)
  if (isDone && screenOf(person)?.mayCount === true) {
    yield wish(person, between(person, 1, 10) * SECOND, { kind: 'submit' })
    if (happens(person, 0.25)) {
      yield wish(person, between(person, 1, 20) * SECOND, { kind: 'withdraw' })
      yield* burst(person)
      yield wish(person, between(person, 1, 10) * SECOND, { kind: 'submit' })
    }
  }
  const isSignedIn = screenOf(person)?.user === person.user
  if (isSignedIn && (isShared || happens(person, 0.5))) yield wish(person, between(person, 2, 20) * SECOND, { kind: 'sign-out' })
  yield wait(isShared ? between(person, 5, 120) * SECOND : between(person, 1, 20) * MINUTE)
}

/** Walks by every few minutes: looks, opens again what was submitted too early, approves, takes over what nobody counts. */
export function* supervisorRound(person: Person): Habit {
  while (!person.shop.isClosing()) {
    yield wait(between(person, 1, 15) * MINUTE)
    const { sessions } = person.shop.view()
    const submitted = sessions.filter((it) => it.status === 'submitted')
    if (submitted.length > 0) yield* review(person, person.shop.chance().pick(submitted).sessionId)
    else if (happens(person, 0.25) && sessions.length > 0) yield* helpOut(person, person.shop.chance().pick(sessions).sessionId)
    else yield* atTheDesk(person, { kind: 'list' })
  }
}

function* review(person: Person, sessionId: string): Habit {
  if (happens(person, 0.4) && !person.shop.isClosing()) {
    yield* atTheDesk(person, { kind: 'open', sessionId, takeOver: false })
    yield wish(person, between(person, 5, 60) * SECOND, { kind: 'reopen' })
    if (happens(person, 0.5)) yield wish(person, 5 * SECOND, { kind: 'leave' })
  } else if (happens(person, 0.5)) yield { afterMs: between(person, 10, 300) * SECOND, action: { kind: 'approve', sessionId } }
}

/** Takes a session from whoever has it, counts a little and leaves it. */
function* helpOut(person: Person, sessionId: string): Habit {
  yield* atTheDesk(person, { kind: 'open', sessionId, takeOver: true })
  yield* burst(person)
  yield wish(person, between(person, 1, 30) * SECOND, { kind: 'leave' })
}

/** In a window where nobody else is signed in; otherwise the supervisor waits for another round. */
function* atTheDesk(person: Person, deed: Deed): Habit {
  const screen = screenOf(person)
  if (screen?.isOpen === false) yield wish(person, 2 * SECOND, { kind: 'open-window' })
  if (screen?.user != null && screen.user !== person.user) return
  if (screen?.user == null) yield* signIn(person)
  yield wish(person, between(person, 1, 10) * SECOND, deed)
}
