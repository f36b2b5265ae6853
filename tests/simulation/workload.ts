// What people do: a workload is asked for one step after the other and sees what a person would see.
import type { SyncTrigger } from '../../src/worker/protocol'
import type { Chance } from './random'

/**
 * One thing that somebody does. `device` and `tab` are places in the view; an action whose place is not there or whose
 * screen would not offer it does nothing. Actions may overlap: nobody waits for the last one.
 */
export type Action =
  /** Sign in in this window; `user` of the view's users. */
  | { readonly kind: 'sign-in'; readonly device: number; readonly tab: number; readonly user: string }
  | { readonly kind: 'sign-out'; readonly device: number; readonly tab: number }
  /** Open a session's screen. `takeOver`: the button, which takes it from another window or holder where allowed. */
  | { readonly kind: 'open'; readonly device: number; readonly tab: number; readonly sessionId: string; readonly takeOver: boolean }
  | { readonly kind: 'leave'; readonly device: number; readonly tab: number }
  /** Scan a value, `times` × . Any text may be scanned, also absurd ones. */
  | { readonly kind: 'scan'; readonly device: number; readonly tab: number; readonly value: string; readonly times: number }
  /** Take back one of this window's last scans: 0 is the newest. */
  | { readonly kind: 'undo'; readonly device: number; readonly tab: number; readonly nth: number }
  | { readonly kind: 'undo-line'; readonly device: number; readonly tab: number; readonly nth: number }
  /** Set the total of the line of one of the last scans, counted by hand. */
  | { readonly kind: 'set'; readonly device: number; readonly tab: number; readonly nth: number; readonly total: number }
  /** Say what one of the last scanned values stands for. */
  | { readonly kind: 'match'; readonly device: number; readonly tab: number; readonly nth: number; readonly productId: string; readonly packSize: number }
  | { readonly kind: 'submit'; readonly device: number; readonly tab: number }
  | { readonly kind: 'withdraw'; readonly device: number; readonly tab: number }
  | { readonly kind: 'reopen'; readonly device: number; readonly tab: number }
  | { readonly kind: 'sync'; readonly device: number; readonly tab: number; readonly why: SyncTrigger }
  | { readonly kind: 'rebuild'; readonly device: number; readonly tab: number }
  | { readonly kind: 'list'; readonly device: number; readonly tab: number }
  | { readonly kind: 'new-session'; readonly device: number; readonly tab: number; readonly name: string }
  | { readonly kind: 'retry-refused'; readonly device: number; readonly tab: number }
  /** Close the window, or open it again. */
  | { readonly kind: 'close-window'; readonly device: number; readonly tab: number }
  | { readonly kind: 'open-window'; readonly device: number; readonly tab: number }
  /** A reviewer, somewhere else, approves a submitted session. */
  | { readonly kind: 'approve'; readonly sessionId: string }
  | LaterAction

/** Came when most seeds were written down: no workload draws them, one day in four plays them beside its own. */
export type LaterAction =
  /** A planner, somewhere else, puts a product on a session's list or takes it off. */
  | { readonly kind: 'change-list'; readonly sessionId: string; readonly productId: string; readonly isAsked: boolean }
  /** A supervisor, somewhere else, removes one of a session's rows, counted or not. */
  | { readonly kind: 'remove-row'; readonly sessionId: string; readonly nth: number }
  /** Save what is unsent as a file, and lay it beside the others. */
  | { readonly kind: 'save-scans'; readonly device: number; readonly tab: number }
  /** Take one of the saved files over: 0 is the newest, whoever saved it. */
  | { readonly kind: 'take-scans'; readonly device: number; readonly tab: number; readonly nth: number }

export interface TabView {
  readonly device: number
  readonly tab: number
  /** The window is there; not crashed, closed or frozen. */
  readonly isOpen: boolean
  readonly user: string | null
  /** The session on screen. */
  readonly sessionId: string | null
  /** The screen takes scans, as far as the person can see. */
  readonly mayCount: boolean
  /** Scans that beeped in this window's life. */
  readonly scans: number
}

export interface View {
  /** Virtual milliseconds since the start. */
  readonly now: number
  readonly tabs: readonly TabView[]
  readonly sessions: readonly { readonly sessionId: string; readonly status: string }[]
  /** Users who may sign in; `sam` may take over from anybody. */
  readonly users: readonly string[]
  /** Barcodes of the catalogue, a case of twelve among them. */
  readonly barcodes: readonly string[]
  readonly productIds: readonly string[]
}

export interface Step {
  /** Virtual milliseconds after the step before. */
  readonly afterMs: number
  readonly action: Action
}

export interface Workload {
  readonly name: string
  /** @returns null when everybody goes home. Take chance from `chance` alone, and keep no state outside the closure. */
  readonly next: (chance: Chance, view: View) => Step | null
}

/** Made anew for each seed. @param steps how many actions there is time for */
export type MakeWorkload = (chance: Chance, steps: number) => Workload
