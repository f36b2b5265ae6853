// What goes wrong, and when: the discrete faults of one seed, drawn before it begins so that they can be dropped one by one.
import type { Chance } from './random'

export type Fault =
  /** The window dies before its step so many steps from now: between any two awaits, before or after a commit. */
  | { readonly kind: 'crash-window'; readonly device: number; readonly tab: number; readonly afterSteps: number }
  | { readonly kind: 'crash-device'; readonly device: number; readonly afterSteps: number }
  /** Power loss: and the disk has lost its last commits. */
  | { readonly kind: 'lose-commits'; readonly device: number; readonly afterSteps: number; readonly commits: number }
  | { readonly kind: 'worker-dies'; readonly device: number; readonly tab: number; readonly afterSteps: number }
  | { readonly kind: 'wipe'; readonly device: number }
  | { readonly kind: 'clone'; readonly device: number }
  | { readonly kind: 'freeze'; readonly device: number; readonly tab: number; readonly ms: number }
  | { readonly kind: 'sleep'; readonly device: number; readonly ms: number }
  | { readonly kind: 'offline'; readonly device: number; readonly ms: number }
  | { readonly kind: 'cut-up'; readonly device: number; readonly ms: number }
  | { readonly kind: 'cut-down'; readonly device: number; readonly ms: number }
  | { readonly kind: 'portal'; readonly device: number; readonly ms: number }
  | { readonly kind: 'clock-jump'; readonly device: number; readonly ms: number }
  | { readonly kind: 'storage-away'; readonly device: number; readonly ms: number }
  | { readonly kind: 'storage-hangs'; readonly device: number; readonly ms: number }
  | { readonly kind: 'storage-full'; readonly device: number; readonly ms: number }
  | { readonly kind: 'slow-commits'; readonly device: number; readonly ms: number }
  | { readonly kind: 'handle-dies'; readonly device: number; readonly tab: number; readonly side: 'page' | 'worker'; readonly hangs: boolean }
  | { readonly kind: 'server-down'; readonly ms: number }
  | { readonly kind: 'server-restart' }
  | { readonly kind: 'backup' }
  | { readonly kind: 'restore' }
  | { readonly kind: 'expire-tokens' }
  | { readonly kind: 'withdraw-permission'; readonly user: string; readonly ms: number }
  /** Two devices take one session over at the same moment. */
  | { readonly kind: 'cross-takeovers'; readonly devices: readonly [number, number]; readonly sessionId: string }
  /** The next window of the device that holds a lock over all its windows falls asleep with it. */
  | { readonly kind: 'freeze-leader'; readonly device: number; readonly ms: number }
  /** A device is out of reach with its scans; meanwhile another takes the session over and submits it, and it is approved. */
  | { readonly kind: 'left-behind'; readonly device: number; readonly other: number; readonly sessionId: string; readonly ms: number }
  /** The server has too much to do: for a while it says so, and when to come again, to everybody. */
  | { readonly kind: 'busy-server'; readonly ms: number }
  /** The disk refuses a row at once, not the commit of all of them. */
  | { readonly kind: 'quota-on-put'; readonly device: number; readonly ms: number }
  /** A database that is opened now never opens. */
  | { readonly kind: 'open-hangs'; readonly device: number; readonly ms: number }

export type FaultKind = Fault['kind']

export const FAULT_KINDS: readonly FaultKind[] = [
  'crash-window',
  'crash-device',
  'lose-commits',
  'worker-dies',
  'wipe',
  'clone',
  'freeze',
  'sleep',
  'offline',
  'cut-up',
  'cut-down',
  'portal',
  'clock-jump',
  'storage-away',
  'storage-hangs',
  'storage-full',
  'slow-commits',
  'handle-dies',
  'server-down',
  'server-restart',
  'backup',
  'restore',
  'expire-tokens',
  'withdraw-permission',
  'cross-takeovers',
]

/** Drawn apart from the others: a kind more among those would be another world for every seed that was ever written down. */
export const LATER_FAULT_KINDS: readonly FaultKind[] = ['freeze-leader', 'left-behind']

/** Drawn apart once more, on the days of `isLatest`. */
export const LATEST_FAULT_KINDS: readonly FaultKind[] = ['busy-server', 'quota-on-put', 'open-hangs']

/** Rare ones end a seed's interest when they come often. */
const WEIGHTS: Readonly<Partial<Record<FaultKind, number>>> = {
  'crash-window': 6,
  'crash-device': 3,
  'lose-commits': 2,
  wipe: 0.4,
  clone: 0.4,
  offline: 3,
  restore: 0.6,
}

export interface FaultPlan {
  readonly devices: number
  readonly tabs: number
  readonly users: readonly string[]
  readonly sessions: readonly string[]
  readonly kinds: readonly FaultKind[]
  readonly count: number
  readonly untilMs: number
}

export interface TimedFault {
  readonly at: number
  readonly fault: Fault
}

export function drawFaults(chance: Chance, plan: FaultPlan): TimedFault[] {
  if (plan.kinds.length === 0) return []
  const faults: TimedFault[] = []
  for (let n = 0; n < plan.count; n++) {
    const at = chance.int(0, plan.untilMs)
    const fault = faultOf(chance, weighted(chance, plan.kinds), plan)
    faults.push({ at, fault })
    // Something can be lost by a restore only if it was saved before.
    if (fault.kind === 'restore') faults.push({ at: chance.int(0, at), fault: { kind: 'backup' } })
  }
  return faults.toSorted((a, b) => a.at - b.at)
}

/** @param others keep their places among them */
export function drawLaterFaults(chance: Chance, plan: FaultPlan, others: readonly TimedFault[]): TimedFault[] {
  const later = LATER_FAULT_KINDS.flatMap((kind): TimedFault[] => {
    // What needs a second window or device is no fault without it.
    if (!chance.is(0.4) || (kind === 'freeze-leader' ? plan.tabs : plan.devices) < 2) return []
    return [{ at: chance.int(0, plan.untilMs * 0.7), fault: faultOf(chance, kind, plan) }]
  })
  return [...others, ...later].toSorted((a, b) => a.at - b.at)
}

/** @param others keep their places among them */
export function drawLatestFaults(chance: Chance, plan: FaultPlan, others: readonly TimedFault[]): TimedFault[] {
  const latest = LATEST_FAULT_KINDS.flatMap((kind): TimedFault[] => {
    const fault = faultOf(chance, kind, plan)
    const at = chance.int(0, Math.min(plan.untilMs, 60_000))
    return chance.is(0.6) ? [{ at, fault }] : []
  })
  return [...others, ...latest].toSorted((a, b) => a.at - b.at)
}

function weighted(chance: Chance, kinds: readonly FaultKind[]): FaultKind {
  const weightOf = (kind: FaultKind): number => WEIGHTS[kind] ?? 1
  let at = chance.next() * kinds.reduce((sum, kind) => sum + weightOf(kind), 0)
  for (const kind of kinds) {
    at -= weightOf(kind)
    if (at < 0) return kind
  }
  return chance.pick(kinds)
}

function faultOf(chance: Chance, kind: FaultKind, { devices, tabs, users, sessions }: FaultPlan): Fault {
  const device = chance.int(0, devices - 1)
  const tab = chance.int(0, tabs - 1)
  const afterSteps = chance.int(0, 60)
  const ms = chance.pick([chance.int(200, 5000), chance.int(5000, 60_000), chance.int(60_000, 400_000)])
  switch (kind) {
    case 'crash-window':
    case 'worker-dies':
      return { kind, device, tab, afterSteps }
    case 'crash-device':
      return { kind, device, afterSteps }
    case 'lose-commits':
      return { kind, device, afterSteps, commits: chance.int(1, 25) }
    case 'wipe':
    case 'clone':
      return { kind, device }
    case 'freeze':
      return { kind, device, tab, ms }
    case 'storage-away':
    case 'storage-hangs':
    case 'storage-full':
    case 'slow-commits':
    case 'quota-on-put':
    case 'open-hangs':
      return { kind, device, ms: Math.min(ms, 40_000) }
    case 'sleep':
    case 'offline':
    case 'cut-up':
    case 'cut-down':
    case 'portal':
      return { kind, device, ms }
    case 'clock-jump':
      return { kind, device, ms: chance.pick([-1, 1]) * chance.pick([7000, 3_600_000, 86_400_000, 400 * 86_400_000]) }
    case 'handle-dies':
      return { kind, device, tab, side: chance.pick(['page', 'worker'] as const), hangs: chance.is(0.4) }
    case 'server-down':
    case 'busy-server':
      return { kind, ms }
    case 'server-restart':
    case 'backup':
    case 'restore':
    case 'expire-tokens':
      return { kind }
    case 'withdraw-permission':
      return { kind, user: chance.pick(users), ms }
    case 'cross-takeovers':
      return { kind, devices: [device, (device + 1) % devices], sessionId: chance.pick(sessions) }
    case 'freeze-leader':
      return { kind, device, ms: chance.int(35_000, 200_000) }
    case 'left-behind':
      return { kind, device, other: (device + 1) % devices, sessionId: chance.pick(sessions), ms: chance.int(60_000, 600_000) }
  }
}
