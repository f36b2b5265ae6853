// The people of the second workload do all that people do, from the seed alone.
import { describe, expect, it } from 'vitest'
import { chanceOf } from './random'
import { runDay } from './day'
import { peopleWorkload } from './workload-people'
import type { Action, Step, TabView, View } from './workload'

const ACTIONS = 300

/** A shop where everything works at once: who signs in is signed in, who opens a session may count. */
function stepsOf(seed: number): readonly Step[] {
  const tabs: TabView[] = [0, 1].flatMap((device) =>
    [0, 1].map((tab) => ({ device, tab, isOpen: true, user: null, sessionId: null, mayCount: false, scans: 0 })),
  )
  const sessions = ['S1', 'S2'].map((sessionId) => ({ sessionId, status: 'created' }))
  const workload = peopleWorkload(chanceOf(seed, 'make'), ACTIONS)
  const chance = chanceOf(seed, 'steps')
  const steps: Step[] = []
  for (let now = 0; ; now += steps.at(-1)?.afterMs ?? 0) {
    const view: View = { now, tabs, sessions, users: ['ana', 'ben', 'sam'], barcodes: ['4006381333931', '5901234123457'], productIds: ['TEA'] }
    const step = workload.next(chance, view)
    if (step === null) return steps
    steps.push(step)
    if ('device' in step.action) show(tabs, step.action)
    const { action } = step
    if (action.kind === 'submit' || action.kind === 'reopen') for (const it of sessions) it.status = action.kind === 'submit' ? 'submitted' : 'assigned'
  }
}

function show(tabs: TabView[], action: Extract<Action, { device: number }>): void {
  const at = tabs.findIndex((it) => it.device === action.device && it.tab === action.tab)
  const screen = tabs[at]
  if (screen === undefined) throw new Error('Somebody works at an iPad that is not there')
  tabs[at] = { ...screen, ...changeOf(action) }
}

function changeOf(action: Action): Partial<TabView> {
  switch (action.kind) {
    case 'sign-in':
      return { user: action.user }
    case 'open':
      return { sessionId: action.sessionId, mayCount: true }
    case 'leave':
    case 'submit':
      return { sessionId: null, mayCount: false }
    case 'sign-out':
      return { user: null, sessionId: null, mayCount: false }
    case 'close-window':
      return { isOpen: false, sessionId: null, mayCount: false }
    case 'open-window':
      return { isOpen: true }
    default:
      return {}
  }
}

describe('the people workload', () => {
  const stories = Array.from({ length: 30 }, (_, seed) => stepsOf(seed + 1))

  it('[SS2] does all that people do', () => {
    const kinds = new Set(stories.flat().map((it) => it.action.kind))

    expect([...kinds].toSorted()).toEqual(
      [
        'approve', 'close-window', 'leave', 'list', 'match', 'new-session', 'open', 'open-window', 'rebuild', 'reopen', 'retry-refused',
        'scan', 'set', 'sign-in', 'sign-out', 'submit', 'sync', 'undo', 'undo-line', 'withdraw',
      ].toSorted(),
    )
  })

  it('[SS2] mostly scans, in bursts and with breaks of hours', () => {
    const steps = stories.flat()
    const scans = steps.filter((it) => it.action.kind === 'scan')

    expect(scans.length).toBeGreaterThan(steps.length / 2)
    expect(scans.filter((it) => it.afterMs <= 130).length).toBeGreaterThan(scans.length / 10)
    expect(stories.some((story) => story.some((it) => it.afterMs >= 15 * 60_000))).toBe(true)
  })

  it('[SS2] has several people on one iPad and one session, and takes over', () => {
    const opened = stories.map((story) => story.flatMap(({ action }) => (action.kind === 'open' ? [action] : [])))
    const isShared = (story: readonly { readonly sessionId: string; readonly device: number }[]): boolean =>
      story.some((a) => story.some((b) => a.sessionId === b.sessionId && a.device !== b.device))

    expect(opened.filter(isShared).length).toBeGreaterThan(5)
    expect(opened.flat().filter((it) => it.takeOver).length).toBeGreaterThan(5)
    const users = stories.map((story) => new Set(story.flatMap(({ action }) => (action.kind === 'sign-in' && action.device === 0 ? [action.user] : []))))
    expect(users.filter((it) => it.size > 1).length).toBeGreaterThan(5)
  })

  it('[SS2] goes home, and tells the same story for the same seed', () => {
    for (const story of stories) expect(story.length).toBeLessThanOrEqual(ACTIONS)
    expect(stepsOf(7)).toEqual(stories[6])
    expect(stepsOf(8)).not.toEqual(stories[6])
  })

  it.each([3, 15])('[SS2] works in the simulator, day %i, twice the same', { timeout: 60_000 }, async (seed) => {
    const [first, second] = [await runDay(seed, 'people'), await runDay(seed, 'people')]

    expect(first.violation).toBeNull()
    expect(first.scans).toBeGreaterThan(10)
    expect(second.hash).toBe(first.hash)
  })
})
