// A story of six steps, ended at every one of its steps, with every fate of every one of its messages. No chance in it.
import { FATES, isCopied } from './network'
import type { Fate } from './network'
import type { Violation } from './oracle'
import { CALM_NETWORK, CALM_STORAGE, drawSwarm } from './swarm'
import type { Swarm } from './swarm'
import { SimWorld } from './sim-world'
import type { SimWindow } from './window'
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
    poisonStatus: 400,
    protocols: [],
  }
}

export interface Story {
  readonly profile: Swarm['profile']
  /** Step of the page's or the worker's life before which the window dies; null: it lives. */
  readonly crash: { readonly side: Side; readonly step: number } | null
  /** The message whose fate is told; all others are delivered. */
  readonly message: number | null
  readonly fate: Fate
}

export interface StoryEnd {
  readonly violation: Violation | null
  readonly hash: string
  /** Of the first page and the first worker, when the six steps are over. */
  readonly pageSteps: number
  readonly workerSteps: number
  readonly messages: number
  /** What there was to befall, to the very end. */
  readonly whole: {
    readonly steps: Readonly<Record<Side, number>>
    readonly messages: number
    /** Messages that nothing on the way doubles. */
    readonly neverCopied: ReadonlySet<number>
  }
}

type Side = 'page' | 'worker'

export async function tellStory({ profile, crash, message, fate }: Story): Promise<StoryEnd> {
  const world = new SimWorld({
    seed: SEED,
    swarm: storySwarm(profile),
    traceLines: 0,
    fateOf: (nth) => (nth === message ? fate : 'delivered'),
  })
  const neverCopied = new Set<number>()
  world.foretell = (request) => {
    if (!isCopied(request)) neverCopied.add(world.network.messages())
    return null
  }
  world.begin()
  const window = world.windows[0]?.[0]
  if (window === undefined) throw new Error('The story has no window')
  const onUnhandled = (error: unknown): void => world.unhandled(error)
  process.on('unhandledRejection', onUnhandled)
  try {
    return await toItsEnd(world, window, { crash, neverCopied })
  } finally {
    process.off('unhandledRejection', onUnhandled)
  }
}

async function toItsEnd(world: SimWorld, window: SimWindow, { crash, neverCopied }: Pick<Story, 'crash'> & Pick<StoryEnd['whole'], 'neverCopied'>): Promise<StoryEnd> {
  if (crash !== null) {
    const life = crash.side === 'page' ? window.pageLife : window.workerLife
    life.endsAtStep = crash.step
    life.onEnd = () => world.disasters.crashNow(window)
  }
  const [page, worker] = [window.pageLife, window.workerLife]
  for (const [at, action] of STORY) world.scheduler.after(BEGIN_MS + at, null, 'acts', () => world.people.act(action))
  await world.scheduler.run({ time: END_MS, isDone: () => world.violation !== null })
  const [pageSteps, workerSteps] = [page.steps, worker.steps]
  const messages = world.network.messages()
  if (world.violation === null) {
    world.heal()
    await world.atRest.converge('the story')
  }
  const whole = { steps: { page: page.steps, worker: worker.steps }, messages: world.network.messages(), neverCopied }
  return { violation: world.violation, hash: world.trace.hash(), pageSteps, workerSteps, messages, whole }
}

/** Every crash point of the plain story times every fate of each of its messages, in both profiles; always in this order. */
export async function allStories(): Promise<readonly Story[]> {
  const stories: Story[] = []
  for (const profile of ['extended', 'hotwax'] as const) {
    const plain = await tellStory({ profile, crash: null, message: null, fate: 'delivered' })
    const crashes: Story['crash'][] = [null]
    for (let step = 0; step < plain.pageSteps; step++) crashes.push({ side: 'page', step })
    for (let step = 0; step < plain.workerSteps; step++) crashes.push({ side: 'worker', step })
    const fates: Pick<Story, 'message' | 'fate'>[] = [{ message: null, fate: 'delivered' }]
    for (let message = 1; message <= plain.messages; message++)
      for (const fate of FATES) if (fate !== 'delivered') fates.push({ message, fate })
    for (const crash of crashes) for (const it of fates) stories.push({ profile, crash, ...it })
  }
  return stories
}

/**
 * Tells the stories, and does not tell again what is the same event for event: a crash or a fate that never comes about
 * leaves the story without it. Three stories of four are that.
 */
export class StoryTeller {
  /** How many were really told. */
  told = 0
  readonly #ends = new Map<string, Promise<StoryEnd>>()

  async tell(story: Story): Promise<StoryEnd> {
    const same = await this.sameAs(story)
    if (same !== story) return this.tell(same)
    return isSimple(story) ? this.#once(story) : this.#anew(story)
  }

  /** The simpler story that this one is; itself when both its crash and its fate come about. */
  async sameAs(story: Story): Promise<Story> {
    if (isSimple(story)) return story
    const { crash, message, fate } = story
    const withoutFate: Story = { ...story, message: null, fate: 'delivered' }
    const { messages, neverCopied } = (await this.#once(withoutFate)).whole
    if (message === null || message > messages || ((fate === 'duplicated' || fate === 'late-copy') && neverCopied.has(message))) return withoutFate
    const withoutCrash: Story = { ...story, crash: null }
    const { steps } = (await this.#once(withoutCrash)).whole
    return crash === null || crash.step >= steps[crash.side] ? withoutCrash : story
  }

  #once(story: Story): Promise<StoryEnd> {
    const key = JSON.stringify(story)
    const known = this.#ends.get(key) ?? this.#anew(story)
    this.#ends.set(key, known)
    return known
  }

  #anew(story: Story): Promise<StoryEnd> {
    this.told += 1
    return tellStory(story)
  }
}

/** No more than one thing befalls it. */
function isSimple({ crash, message }: Story): boolean {
  return crash === null || message === null
}
