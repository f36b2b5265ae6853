// A story of six steps, ended at every one of its steps, with every fate of every one of its messages. No chance in it.
import { FATES } from './network'
import type { Fate } from './network'
import type { Violation } from './oracle'
import { CALM_NETWORK, CALM_STORAGE, drawSwarm } from './swarm'
import type { Swarm } from './swarm'
import { SimWorld } from './sim-world'
import { LIMITS } from '../../src/domain/limits'
import { RICE, TEA, TEA_CASE } from './things'
import type { Action } from './workload'

const SEED = 1

/** Scan, scan a case, take back, count by hand, sync, submit. */
const STORY: readonly (readonly [number, Action])[] = [
  [0, { kind: 'scan', device: 0, tab: 0, value: TEA, times: 1 }],
  [60, { kind: 'scan', device: 0, tab: 0, value: TEA_CASE, times: 1 }],
  [300, { kind: 'undo', device: 0, tab: 0, nth: 1 }],
  [600, { kind: 'scan', device: 0, tab: 0, value: RICE, times: 3 }],
  [900, { kind: 'sync', device: 0, tab: 0, why: 'manual' }],
  [1500, { kind: 'submit', device: 0, tab: 0 }],
]
const BEGIN_MS = 4000
const END_MS = BEGIN_MS + 4000

function storySwarm(profile: Swarm['profile']): Swarm {
  return {
    ...drawSwarm(SEED),
    profile,
    devices: 1,
    tabs: 1,
    users: ['ana'],
    countType: 'directed',
    sessions: 1,
    limits: LIMITS,
    network: CALM_NETWORK,
    storage: CALM_STORAGE,
    faultKinds: [],
    faults: 0,
    skewMs: [],
    keepsLog: false,
    hasPoison: false,
    protocols: [],
  }
}

export interface StoryCase {
  /** Step of the page's (even) or the worker's life before which the window dies; null: it lives. */
  readonly crash: { readonly side: 'page' | 'worker'; readonly step: number } | null
  readonly message: number | null
  readonly fate: Fate
}

interface StoryEnd {
  readonly violation: Violation | null
  readonly pageSteps: number
  readonly workerSteps: number
  readonly messages: number
}

export async function tellStory(profile: Swarm['profile'], { crash, message, fate }: StoryCase): Promise<StoryEnd> {
  const world = new SimWorld({
    seed: SEED,
    swarm: storySwarm(profile),
    traceLines: 0,
    fateOf: (nth) => (nth === message ? fate : 'delivered'),
  })
  world.begin()
  const window = world.windows[0]?.[0]
  if (window === undefined) throw new Error('The story has no window')
  if (crash !== null) {
    const life = crash.side === 'page' ? window.pageLife : window.workerLife
    life.endsAtStep = crash.step
    life.onEnd = () => world.crashNow(window)
  }
  const lives = [window.pageLife, window.workerLife] as const
  for (const [at, action] of STORY) world.scheduler.after(BEGIN_MS + at, null, 'acts', () => world.people.act(action))
  await world.scheduler.run({ time: END_MS, isDone: () => world.violation !== null })
  const [pageSteps, workerSteps] = [lives[0].steps, lives[1].steps]
  const messages = world.network.messages()
  if (world.violation === null) {
    world.heal()
    await world.converge('the story')
  }
  return { violation: world.violation, pageSteps, workerSteps, messages }
}

/** @param report called now and then with what was done and what there is. @returns violations with their cases */
export async function tellAllStories(report: (done: number, all: number) => void): Promise<{ cases: number; failures: { story: StoryCase & { profile: string }; violation: Violation }[] }> {
  const failures: { story: StoryCase & { profile: string }; violation: Violation }[] = []
  let done = 0
  for (const profile of ['extended', 'hotwax'] as const) {
    const plain = await tellStory(profile, { crash: null, message: null, fate: 'delivered' })
    const crashes: StoryCase['crash'][] = [
      null,
      ...Array.from({ length: plain.pageSteps }, (_, step) => ({ side: 'page' as const, step })),
      ...Array.from({ length: plain.workerSteps }, (_, step) => ({ side: 'worker' as const, step })),
    ]
    const fates = Array.from({ length: plain.messages }, (_, nth) => FATES.filter((it) => it !== 'delivered').map((fate) => ({ message: nth + 1, fate }))).flat()
    const messageCases = [{ message: null, fate: 'delivered' as Fate }, ...fates]
    const all = crashes.length * messageCases.length * 2
    for (const crash of crashes)
      for (const { message, fate } of messageCases) {
        const story = { crash, message, fate }
        const { violation } = await tellStory(profile, story)
        done += 1
        if (violation !== null) failures.push({ story: { ...story, profile }, violation })
        if (done % 200 === 0) report(done, all)
      }
  }
  return { cases: done, failures }
}
