// What one seed in four plays beside the rest, from streams of its own: every other seed stays what it was written down as.
import { chanceOf } from './random'
import type { Chance } from './random'
import { DEVICES_MAX, tabsOf } from './swarm'
import type { Swarm } from './swarm'
import { PRODUCT_IDS, SESSION_IDS } from './things'
import type { LaterAction } from './workload'

const EVERY = 4
/** No seed whose way somebody was looking into when this came is among them. */
const PLACE = 1
/** A full shop takes several times as long as two devices. */
const CROWD_RATE = 0.3
/** One window is what most people have. */
const TABS = [1, 1, 2, 3] as const

export function isLater(seed: number): boolean {
  return seed % EVERY === PLACE
}

const LATEST_EVERY = 8
const LATEST_PLACE = 6
/** The first seeds are the ones that most was compared on. */
const LATEST_FROM = 60

/** Days with the faults of `LATEST_FAULT_KINDS`; none of them is one of `isLater`. */
export function isLatest(seed: number): boolean {
  return seed > LATEST_FROM && seed % LATEST_EVERY === LATEST_PLACE
}

/** As many devices as there can be, each with windows of its own number. */
export function withCrowd(seed: number, swarm: Swarm): Swarm {
  const chance = chanceOf(seed, 'crowd')
  if (!chance.is(CROWD_RATE)) return swarm
  const devices = chance.pick([DEVICES_MAX - 1, DEVICES_MAX, DEVICES_MAX])
  const tabsEach = Array.from({ length: DEVICES_MAX }, () => chance.pick(TABS))
  return { ...swarm, devices, tabs: Math.max(...tabsEach), tabsEach }
}

/** Sign-in and opening take so long. */
const FROM_MS = 4000
/** Most storms are over by then; a day is not. */
const SOON_MS = 30_000
const LIST_RATE = 0.6
const LIST_CHANGES_MAX = 6
const ROWS_MAX = 12
const FILES_RATE = 0.5
const FILES_MAX = 4

/** At their times, beside what the workload asks for. */
export function drawLaterActions(seed: number, swarm: Swarm): readonly { readonly at: number; readonly action: LaterAction }[] {
  const actions = [...drawListChanges(chanceOf(seed, 'list changes'), swarm), ...drawFiles(chanceOf(seed, 'files'), swarm)]
  return actions.toSorted((a, b) => a.at - b.at)
}

type Drawn = { readonly at: number; readonly action: LaterAction }[]

function drawFiles(chance: Chance, swarm: Swarm): Drawn {
  if (!chance.is(FILES_RATE)) return []
  const placeOf = () => {
    const device = chance.int(0, swarm.devices - 1)
    return { device, tab: chance.int(0, tabsOf(swarm, device) - 1) }
  }
  return Array.from({ length: chance.int(1, FILES_MAX) }, (): Drawn => {
    const at = momentOf(chance, swarm)
    const takes = Array.from({ length: chance.int(1, 3) }, () => ({
      at: at + chance.pick([chance.int(500, 5000), chance.int(5000, 120_000)]),
      action: { kind: 'take-scans', ...placeOf(), nth: chance.pick([0, 0, 0, 1, 2]) } as const,
    }))
    return [{ at, action: { kind: 'save-scans', ...placeOf() } }, ...takes]
  }).flat()
}

function drawListChanges(chance: Chance, swarm: Swarm): Drawn {
  // A base server has no lists that change.
  if (swarm.profile !== 'extended' || !chance.is(LIST_RATE)) return []
  return Array.from({ length: chance.int(1, LIST_CHANGES_MAX) }, () => {
    const sessionId = chance.pick(SESSION_IDS.slice(0, swarm.sessions))
    const action: LaterAction = chance.is(0.7)
      ? { kind: 'change-list', sessionId, productId: chance.pick(PRODUCT_IDS), isAsked: chance.is(0.5) }
      : { kind: 'remove-row', sessionId, nth: chance.int(0, ROWS_MAX) }
    return { at: momentOf(chance, swarm), action }
  })
}

function momentOf(chance: Chance, { safetyMs }: Swarm): number {
  return FROM_MS + chance.int(0, chance.is(0.5) ? Math.min(SOON_MS, safetyMs) : safetyMs)
}
