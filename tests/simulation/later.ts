// What one seed in four plays beside the rest, from streams of its own: every other seed stays what it was written down as.
import { chanceOf } from './random'
import { DEVICES_MAX } from './swarm'
import type { Swarm } from './swarm'

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

/** As many devices as there can be, each with windows of its own number. */
export function withCrowd(seed: number, swarm: Swarm): Swarm {
  const chance = chanceOf(seed, 'crowd')
  if (!chance.is(CROWD_RATE)) return swarm
  const devices = chance.pick([DEVICES_MAX - 1, DEVICES_MAX, DEVICES_MAX])
  const tabsEach = Array.from({ length: DEVICES_MAX }, () => chance.pick(TABS))
  return { ...swarm, devices, tabs: Math.max(...tabsEach), tabsEach }
}
