// What the scenes of an evening are played on: the people at their devices, and what they do there.
import { scansName } from '../../src/db/names'
import { asId } from '../../src/domain/ids'
import type { SessionId } from '../../src/domain/ids'
import { unfinished } from './checks'
import type { Device } from './device'
import type { Chance } from './random'
import type { SimWorld } from './sim-world'
import { CYCLE_COUNT, RICE, SOAP, TEA, TEA_CASE, UNKNOWN } from './things'
import { ORIGIN } from './window'
import type { SimWindow } from './window'

const VALUES = [TEA, TEA, RICE, SOAP, TEA_CASE, UNKNOWN] as const
/** The last user may take over from anybody. */
const SUPERVISOR = 'sam'
const SENT_MS = 60_000

/** Somebody at a device. */
export interface Actor {
  readonly device: Device
  readonly window: SimWindow
  readonly user: string
  /** Of the database of scans. */
  readonly name: string
}

export class Stage {
  constructor(
    readonly world: SimWorld,
    readonly chance: Chance,
    private readonly name: string,
  ) {}

  get leaseMs(): number {
    return this.world.swarm.limits.leaseSeconds * 1000
  }

  addSession(suffix = ''): SessionId {
    const sessionId = `${this.name}${suffix}`
    const isDirected = this.world.swarm.countType === 'directed'
    this.world.server.addSession({ sessionId, workEffortId: CYCLE_COUNT, name: `Evening ${sessionId}`, requestedProductIds: isDirected ? ['TEA', 'RICE'] : [] })
    return asId<SessionId>(sessionId)
  }

  /** Whoever works with the first device. */
  counter(): Promise<Actor | null> {
    return this.#enter(0, this.world.userOf(0))
  }

  /** On a device of their own, where there is one more. */
  supervisor(): Promise<Actor | null> {
    const { devices } = this.world
    const own = devices.findIndex((it, index) => index > 0 && it.name === this.#supervisorsDevice())
    return own > 0 ? this.#enter(own, SUPERVISOR) : Promise.resolve(null)
  }

  #supervisorsDevice(): string | undefined {
    const { devices } = this.world
    return devices.length > 1 ? devices.at(-1)?.name : this.world.addDevice()?.name
  }

  async #enter(index: number, user: string): Promise<Actor | null> {
    await this.world.attend(index, user)
    const device = this.world.devices[index]
    const window = this.world.windows[index]?.[0]
    if (device === undefined || window?.page?.config.userName !== user) return null
    return { device, window, user, name: scansName(ORIGIN, user) }
  }

  /** @returns whether the screen takes scans now */
  async opens(actor: Actor, sessionId: SessionId, takeOver = false): Promise<boolean> {
    const { window, user } = actor
    if (await this.#triesToOpen(window, sessionId, takeOver)) return true
    // A sign-in may have run out unnoticed, with nothing to be sent (seed 1950): whoever is asked types the password.
    if (window.refusal !== 'unauthorized') return false
    await this.world.waitFor(this.world.people.signIn(window, user))
    return this.#triesToOpen(window, sessionId, takeOver)
  }

  async #triesToOpen(window: SimWindow, sessionId: SessionId, takeOver: boolean): Promise<boolean> {
    let isOpen = false
    await this.world.waitFor(this.world.people.open(window, sessionId, takeOver).then((it) => (isOpen = it)))
    return isOpen && (window.lock === 'held' || window.lock === 'unverified')
  }

  act({ device, window }: Actor, action: { readonly kind: 'submit' | 'withdraw' } | { readonly kind: 'sync'; readonly why: 'manual' | 'online' | 'foreground' }): void {
    this.world.people.act({ ...action, device: device.index, tab: window.index })
  }

  async scans({ device, window }: Actor, times: number, everyMs: number, values: readonly string[] = VALUES): Promise<void> {
    for (let n = 0; n < times; n++) {
      this.world.people.act({ kind: 'scan', device: device.index, tab: window.index, value: this.chance.pick(values), times: this.chance.int(1, 3) })
      await this.world.pause(everyMs)
    }
  }

  /** All that the device has is on the server. */
  sent(actor: Actor): Promise<boolean> {
    return this.world.until(() => this.isSent(actor), SENT_MS)
  }

  isSent({ device, name }: Actor): boolean {
    return unfinished(device.database(name), this.world.checks()) === null
  }

  isSubmitted(sessionId: SessionId): Promise<boolean> {
    return this.world.until(() => this.world.server.statusOf(sessionId) === 'submitted', SENT_MS)
  }
}

/** @returns whether it came to its end */
export type Scene = (stage: Stage) => Promise<boolean>
