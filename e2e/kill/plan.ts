// What happens in which round: kinds of death and moments to aim at, drawn from one seed so that a run can be repeated.
import { createRandom } from '../../bench/random'

export const DEATHS = ['browser', 'renderer', 'worker', 'tab', 'navigation', 'update', 'activation', 'schema'] as const
/**
 * - `browser`: SIGKILL for all its processes
 * - `renderer`: SIGKILL for the processes that run pages, the browser lives on
 * - `worker`: the sync worker is terminated, the page scans on and is reloaded later
 * - `tab`: the tab is closed
 * - `navigation`: to another page and back
 * - `update`: a new service worker takes over in the middle, then the page is reloaded
 * - `activation`: SIGKILL for the browser while a new service worker is being activated
 * - `schema`: SIGKILL for the browser while a new version upgrades the database to its schema
 */
export type Death = (typeof DEATHS)[number]

/** Deaths that need a new version on the server. */
export const BY_NEW_VERSION: ReadonlySet<Death> = new Set<Death>(['update', 'activation', 'schema'])

export const MOMENTS = ['any', 'append', 'fold', 'push', 'opening'] as const
/**
 * - `any`: some time after the first scan
 * - `append`: a transaction that stores scans has just begun
 * - `fold`: the worker's transaction that writes count records has just begun
 * - `push`: rows are on their way, or stored on the server while the answer is lost
 * - `opening`: while the session opens again
 */
export type Moment = (typeof MOMENTS)[number]

export interface Plan {
  readonly death: Death
  readonly moment: Moment
  readonly isOffline: boolean
  /** Scanning goes on for so long before the moment is waited for. */
  readonly lifeMs: number
  /** From the moment to the death. */
  readonly aimMs: number
  /** `activation`, `schema`: from its beginning to the SIGKILL. */
  readonly withinMs: number
  /** `push`: the answer is cut off after the commit instead of the request being held back. */
  readonly losesAnswer: boolean
  /** Numbers for what is scanned. */
  readonly random: () => number
}

const LIFE_MS = { least: 300, most: 1500 }
const AIM_MS: Readonly<Record<Moment, number>> = { any: 0, append: 8, fold: 15, push: 600, opening: 1500 }
const WITHIN_MS_MAX = 40
const OFFLINE_SHARE = 0.3

/** SIGKILL of the whole browser is what people meet: it comes twice as often as each of the others. */
const ROTATION: readonly Death[] = ['browser', ...DEATHS]

/** The rounds of a run, one after the other. Nine deaths and five moments are coprime: 45 rounds meet every pair. */
export function* planRounds(seed: number): Generator<Plan, never> {
  const random = createRandom(seed)
  const deaths = shuffled(ROTATION, random)
  const moments = shuffled(MOMENTS, random)
  for (let round = 0; ; round += 1) {
    const death = pick(deaths, round)
    const moment = pick(moments, round)
    // Without a server nothing is pushed and no new version is found.
    const mayBeOffline = moment !== 'push' && !BY_NEW_VERSION.has(death)
    yield {
      death,
      moment,
      isOffline: random() < OFFLINE_SHARE && mayBeOffline,
      lifeMs: LIFE_MS.least + random() * (LIFE_MS.most - LIFE_MS.least),
      aimMs: random() * AIM_MS[moment],
      withinMs: random() * WITHIN_MS_MAX,
      losesAnswer: random() < 0.5,
      random: createRandom(Math.floor(random() * 2 ** 32)),
    }
  }
}

function pick<T>(from: readonly T[], round: number): T {
  const picked = from[round % from.length]
  if (picked === undefined) throw new RangeError('Nothing to pick from')
  return picked
}

function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)
}
