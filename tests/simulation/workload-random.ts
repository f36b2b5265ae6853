// The first workload: everything that the screens offer, in random order, with weights drawn anew for each seed.
import type { Chance } from './random'
import type { Action, LaterAction, MakeWorkload, Step, TabView, View } from './workload'

const ODD_VALUES = ['0', '   ', 'ÄÖ-✓-🧃', 'x'.repeat(255), 'y'.repeat(256), '0000000000017', 'A\u0000B', '012345678905', '04252614']
const ODD_TIMES = [0, -1, 12, 1_000_000_000, 2_000_000_000]

type Kind = Exclude<Action['kind'], LaterAction['kind']>

const WEIGHTS: Readonly<Record<Exclude<Kind, 'sign-in' | 'open'>, number>> = {
  scan: 60,
  undo: 6,
  'undo-line': 1,
  set: 3,
  match: 3,
  submit: 2,
  withdraw: 2,
  reopen: 1,
  leave: 2,
  sync: 3,
  rebuild: 1,
  list: 1,
  'new-session': 1,
  'retry-refused': 2,
  'sign-out': 1,
  'close-window': 1,
  'open-window': 3,
  approve: 2,
}

/** Swarm: some kinds are off for a whole seed, the others weigh more or less. */
function drawWeights(chance: Chance): [Kind, number][] {
  return Object.entries(WEIGHTS).map(([kind, weight]): [Kind, number] => {
    const factor = kind === 'scan' ? 1 : chance.is(0.35) ? 0 : 0.3 + 2 * chance.next()
    return [kind as Kind, weight * factor]
  })
}

export const randomWorkload: MakeWorkload = (setup, steps) => {
  const weights = drawWeights(setup)
  const sum = weights.reduce((all, [, weight]) => all + weight, 0)
  const pause = setup.pick([300, 1500, 6000])
  const burst = setup.next() * 0.8
  const oddity = setup.is(0.5) ? 0 : 0.08
  let left = steps
  /** What is still to be scanned of a burst. */
  let rest: Action[] = []

  function kindOf(chance: Chance): Kind {
    let at = chance.next() * sum
    for (const [kind, weight] of weights) {
      at -= weight
      if (at < 0) return kind
    }
    return 'scan'
  }

  return {
    name: 'random',
    next(chance, view): Step | null {
      const [action, ...others] = rest
      rest = others
      if (action !== undefined) return { afterMs: chance.int(1, 120), action }
      left -= 1
      if (left < 0) return null
      const counting = view.tabs.filter((it) => it.mayCount)
      const place = chance.pick(counting.length > 0 && chance.is(0.75) ? counting : view.tabs)
      const first = actionFor(chance, view, place, { kind: kindOf(chance), oddity })
      if (first.kind === 'scan' && chance.is(burst))
        rest = Array.from({ length: chance.int(1, 6) }, () => actionFor(chance, view, place, { kind: chance.is(0.85) ? 'scan' : 'undo', oddity }))
      return { afterMs: chance.int(1, 2 * pause), action: first }
    },
  }
}

function actionFor(
  chance: Chance,
  view: View,
  { device, tab, isOpen, user, sessionId, mayCount }: TabView,
  { kind, oddity }: { readonly kind: Kind; readonly oddity: number },
): Action {
  const place = { device, tab }
  if (!isOpen) return { kind: 'open-window', ...place }
  if (user === null && chance.is(0.7)) return { kind: 'sign-in', ...place, user: chance.pick(view.users) }
  if ((sessionId === null || !mayCount) && chance.is(0.6)) {
    const session = chance.pick(view.sessions).sessionId
    return { kind: 'open', ...place, sessionId: sessionId !== null && chance.is(0.6) ? sessionId : session, takeOver: chance.is(0.4) }
  }
  const nth = chance.int(0, 4)
  switch (kind) {
    case 'scan':
      return {
        kind,
        ...place,
        value: chance.is(oddity) ? chance.pick(ODD_VALUES) : chance.pick(view.barcodes),
        times: chance.is(oddity) ? chance.pick(ODD_TIMES) : chance.is(0.1) ? chance.int(2, 24) : 1,
      }
    case 'undo':
    case 'undo-line':
      return { kind, ...place, nth }
    case 'set':
      return { kind, ...place, nth, total: chance.int(0, 40) }
    case 'match':
      return { kind, ...place, nth, productId: chance.pick(view.productIds), packSize: chance.pick([1, 1, 6, 12]) }
    case 'sync':
      return { kind, ...place, why: chance.pick(['online', 'foreground', 'manual', 'new-work'] as const) }
    case 'new-session':
      return { kind, ...place, name: `Aisle ${chance.int(1, 3)}` }
    case 'approve':
      return { kind, sessionId: chance.pick(view.sessions).sessionId }
    case 'sign-in':
      return { kind, ...place, user: chance.pick(view.users) }
    case 'open':
      return { kind, ...place, sessionId: chance.pick(view.sessions).sessionId, takeOver: false }
    case 'submit':
    case 'withdraw':
    case 'reopen':
    case 'leave':
    case 'rebuild':
    case 'list':
    case 'retry-refused':
    case 'sign-out':
    case 'close-window':
    case 'open-window':
      return { kind, ...place }
  }
}
