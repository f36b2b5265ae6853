// Somebody sees the dialog that asks for a sign-in and types the password, sooner or later, and again where that broke off.
import type { SyncState } from '../../src/ports/platform'
import type { Marks } from './marks'
import type { People } from './people'
import { chanceOf } from './random'
import type { Chance } from './random'
import type { Life, Scheduler } from './scheduler'
import type { SimWorld } from './sim-world'
import type { SimWindow } from './window'

export interface TypingDeps {
  readonly seed: number
  readonly scheduler: Scheduler
  /** When somebody first types; each further time has a stream of its own. */
  readonly chance: Chance
  readonly marks: Marks
  readonly people: Pick<People, 'signIn' | 'open'>
  readonly note: (text: string) => void
}

export interface Typing {
  /** A window shows a status. */
  readonly onStatus: (window: SimWindow, status: SyncState['status']) => void
}

const TYPED_WITHIN_MS = [2000, 40_000] as const
/** About an hour of typing: as long as a page goes on trying to resume by itself. */
const TYPED_MAX = 100

export function createTyping(deps: TypingDeps): Typing {
  const { scheduler, chance, marks, people } = deps
  /** Pages that somebody is about to type into; a page that was loaded anew asks anew (seed 2628). */
  const typing = new Set<Life>()
  /** Pages that show that the sign-in is over. */
  const asking = new Set<Life>()

  function typeIn(window: SimWindow, afterMs: number, attempt: number): void {
    const { pageLife, page } = window
    typing.add(pageLife)
    scheduler.after(afterMs, null, 'types the password', () => {
      typing.delete(pageLife)
      if (pageLife.isOver || window.page === null || window.page !== page) return
      void signInAgain(window, page.config.userName, attempt)
    })
  }

  /** @returns whether the dialog closes */
  async function enter(window: SimWindow, user: string): Promise<boolean> {
    try {
      marks.note('signed-in-again')
      if (!(await people.signIn(window, user))) return false
      if (window.sessionId !== null) await people.open(window, window.sessionId, false)
      return true
    } catch (error) {
      deps.note(`${window.name} sign-in broke: ${String(error)}`)
      return false
    }
  }

  /** A sign-in that breaks leaves its dialog open, with words: whoever sees it types once more (seed 8407). */
  async function signInAgain(window: SimWindow, user: string, attempt: number): Promise<void> {
    const { pageLife, page } = window
    if ((await enter(window, user)) || attempt >= TYPED_MAX) return
    if (!asking.has(pageLife) || typing.has(pageLife) || pageLife.isOver || window.page !== page) return
    marks.note('typed-again')
    typeIn(window, chanceOf(deps.seed, 'types-again', window.name, window.lives, attempt).int(...TYPED_WITHIN_MS), attempt + 1)
  }

  return {
    onStatus(window, status) {
      const { pageLife } = window
      if (status !== 'auth-needed') {
        asking.delete(pageLife)
        return
      }
      asking.add(pageLife)
      if (!typing.has(pageLife) && window.page !== null) typeIn(window, chance.int(...TYPED_WITHIN_MS), 1)
    },
  }
}

/** A sign-in that nobody answers takes no longer than two requests. */
const OTHERS_MS = 30_000
const TRIES = 4

/** At rest: whoever is still typing in that window under another name ends first (seed 26609). */
export async function signInAtLast(world: Pick<SimWorld, 'people' | 'waitFor' | 'pause'>, window: SimWindow, user: string): Promise<void> {
  for (let left = TRIES; left > 0; left--) {
    await world.waitFor(world.people.signIn(window, user))
    if (window.page === null || window.page.config.userName === user) return
    await world.pause(OTHERS_MS)
  }
}
