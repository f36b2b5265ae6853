// Plays the people of a shop: who works where, who takes turns on a shared iPad, and what everybody does next.
import { associateShift, supervisorRound, type Habit, type Person, type Shop, type Wish } from './habits'
import type { Action, MakeWorkload, Step, View } from './workload'
import type { Chance } from './random'

/** People leave with their work submitted: so many actions before the end they begin to. */
const LAST_ACTIONS_EACH = 6
/** Pauses in a row after which somebody glances at the list: the world has to move on for anybody to see anything new. */
const PAUSES_MAX = 30

interface Working {
  readonly habit: Habit
  readonly place: Pick<Person, 'device' | 'tab'>
  /** null: gone home. */
  wish: Wish | null
  dueAt: number
}

/**
 * Everybody goes their own way, in their own time; the next step is the next thing that anybody does. A person looks at
 * the screen when they decide, so a decision may be a moment old when it is carried out, as with people.
 */
export const peopleWorkload: MakeWorkload = (_chance, steps) => {
  let now = 0
  let left = steps
  let crew: Working[] | null = null
  let last: Working | null = null
  const shop: { chance: Chance | null; view: View | null } = { chance: null, view: null }

  return {
    name: 'people',
    next: (chance, view) => {
      shop.chance = chance
      shop.view = view
      crew ??= crewOf(
        {
          chance: () => held(shop.chance),
          view: () => held(shop.view),
          isClosing: () => left <= LAST_ACTIONS_EACH * (crew?.length ?? 1),
        },
        now,
      )
      if (last !== null) decide(last, now)
      if (left <= 0) return null
      const acting = nextAction(crew)
      if (acting === null) return null
      left -= 1
      const afterMs = Math.max(0, Math.round(acting.who.dueAt - now))
      now += afterMs
      last = acting.who
      return { afterMs, action: acting.action } satisfies Step
    },
  }
}

/** The next thing that anybody does; null when all have gone home. */
function nextAction(crew: readonly Working[]): { readonly who: Working; readonly action: Action } | null {
  for (let pauses = 0; pauses < PAUSES_MAX; pauses++) {
    const who = nextActor(crew)
    if (who === null) return null
    const action = who.wish?.action ?? null
    if (action !== null) return { who, action }
    decide(who, who.dueAt)
  }
  const who = nextActor(crew)
  return who && { who, action: who.wish?.action ?? { kind: 'list', ...who.place } }
}

function held<T>(value: T | null): T {
  if (value === null) throw new Error('Nobody has come to work yet')
  return value
}

/** One habit for each iPad: its people come one after the other. A supervisor walks by. */
function crewOf(shop: Shop, now: number): Working[] {
  const { users } = shop.view()
  const chance = shop.chance()
  const associates = users.filter((it) => it !== 'sam')
  const devices = [...new Set(shop.view().tabs.map((it) => it.device))]
  const habits = devices.map((device, index) => {
    const screen = shop.view().tabs.find((it) => it.device === device && it.tab === 0)
    const [next = 'ana', ...others] = rotated(associates, chance.is(0.7) ? index : 0)
    // Whoever has the iPad in hand begins.
    const first = screen?.user ?? next
    const shifts = [first, ...[next, ...others].filter((it) => it !== first).slice(0, chance.int(0, others.length))]
    const sessionId = screen?.sessionId ?? sessionFor(shop, index)
    const people = shifts.map((user): Person => ({ shop, user, device, tab: 0, sessionId }))
    return { habit: sharedDevice(people), place: { device, tab: 0 } }
  })
  const desk = chance.pick(devices)
  const place = { device: desk, tab: tabAside(shop, desk) }
  const round = { habit: supervisorRound({ ...place, shop, user: 'sam', sessionId: null }), place }
  return [...habits, ...(users.includes('sam') ? [round] : [])].map((who, index) => {
    const working: Working = { ...who, wish: null, dueAt: now + index * 700 }
    decide(working, working.dueAt)
    return working
  })
}

/** Mostly one shelf each; now and then two people in one session. */
function sessionFor(shop: Shop, index: number): string | null {
  const { sessions } = shop.view()
  const place = shop.chance().is(0.6) ? index : 0
  return sessions[place % Math.max(1, sessions.length)]?.sessionId ?? null
}

/** The supervisor uses a second window where there is one. */
function tabAside(shop: Shop, device: number): number {
  return Math.max(...shop.view().tabs.filter((it) => it.device === device).map((it) => it.tab))
}

function rotated<T>(list: readonly T[], by: number): readonly T[] {
  const from = list.length === 0 ? 0 : by % list.length
  return [...list.slice(from), ...list.slice(0, from)]
}

function* sharedDevice(people: readonly Person[]): Habit {
  for (;;)
    for (const person of people) {
      yield* associateShift(person, people.length > 1)
      if (person.shop.isClosing()) return
    }
}

function decide(working: Working, from: number): void {
  const next = working.habit.next()
  working.wish = next.done === true ? null : next.value
  working.dueAt = from + (working.wish?.afterMs ?? 0)
}

/** Whoever is due first; at the same moment the one who came first. Null when all have gone home. */
function nextActor(crew: readonly Working[]): Working | null {
  return crew.reduce<Working | null>((a, b) => (b.wish === null || (a !== null && a.dueAt <= b.dueAt) ? a : b), null)
}
