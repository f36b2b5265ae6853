// All that crosses between page and sync worker: plain data. Failures cross as data too: an Error loses its class on the way.
import type { Profile } from '../domain/access'
import type { RemoteErrorReason } from '../domain/errors'
import type { HandoverProblem } from '../domain/handover'
import type { LockState } from '../domain/lock'
import type { Product } from '../domain/product'
import type { PendingElsewhere, QuietDevice } from '../domain/session'
import type { SyncState } from '../ports/platform'
import type { HeldFate } from '../ports/server'
import type { PeopleApi } from '../ports/people'
import type { ReportApi } from '../ports/report'
import type { PlanApi } from '../ports/plan'
import type { BaseReviewApi } from '../ports/base-review'
import type { ReviewApi } from '../ports/review'
import type { WatchApi } from '../ports/watch'

export interface Failure {
  readonly ok: false
  readonly reason: RemoteErrorReason
  /** The server's words or ours, ready to show. */
  readonly message: string
  /** Who holds the lock, when `locked`. */
  readonly holder?: { readonly userName: string; readonly deviceId: string | null }
  readonly retryAfterMs?: number
}

export type Outcome<T> = ({ readonly ok: true } & T) | Failure

/** Which server and user the worker works for. */
export interface WorkerConfig {
  readonly serverOrigin: string
  readonly userName: string
}

export interface Account {
  readonly serverOrigin: string
  readonly userName: string
  /** null: its storage did not open, or did not answer in time. */
  readonly unsentRows: number | null
}

export interface SessionLook {
  readonly holder: {
    readonly userName: string
    readonly deviceId: string
    /** This very device, in a life before or in another window: taking over takes it from nobody. */
    readonly isThisDevice: boolean
  } | null
  readonly pendingElsewhere: readonly PendingElsewhere[]
}

/** What is in a hand-over file, and what it would bring, or brought, to this device. */
export interface HandoverSummary {
  readonly userName: string
  readonly deviceName: string
  readonly savedAt: number
  /** That the server lacked when the file was made. */
  readonly scans: number
  /** That were not on this device before. */
  readonly newScans: number
  /** Logs that were not taken, because other scans are here under their number. */
  readonly conflicts: number
  readonly sessionNames: readonly string[]
}

export type OrHandoverProblem<T> = ({ readonly ok: true } & T) | { readonly ok: false; readonly problem: HandoverProblem }

/** Why a sync run is asked for; all the same work, the word goes to the log. */
export type SyncTrigger = 'online' | 'foreground' | 'sign-in' | 'manual' | 'new-work'

export interface SyncWorkerApi {
  /** Users who have a database on this device, with what they have not sent; for the sign-in page. Needs no sign-in. */
  accounts: () => Promise<readonly Account[]>
  /** Anonymous: is it there, who may try it out? Offline is an outcome, not an error. */
  lookAtServer: (serverOrigin: string) => Promise<Outcome<{ demoUsers: readonly string[] }>>
  /** Sign in, load profile, permissions, facilities, preferences; store them; start syncing. */
  signIn: (config: WorkerConfig, password: string) => Promise<Outcome<{ profile: Profile }>>
  /**
   * Go on with a user who signed in earlier, without the network. null: sign in first. Rejects when the storage does
   * not open; the worker goes on trying, and the other calls reject until it has succeeded.
   */
  resumeUser: (config: WorkerConfig) => Promise<Profile | null>
  /** Forget the token; keep everything unsent. */
  signOut: () => Promise<void>
  selectFacility: (facilityId: string) => Promise<Outcome<{ profile: Profile }>>

  /** Fetch the list of cycle counts into the database. */
  refreshCounts: () => Promise<Outcome<{ fetchedAt: number }>>
  startCycleCount: (cycleCountId: string) => Promise<Outcome<object>>
  /** A new session: a clone of the requested items for a directed count, empty for a hard count. */
  newSession: (input: {
    cycleCountId: string
    name: string
    area: string
  }) => Promise<Outcome<{ sessionId: string }>>
  /**
   * Push own → lock → pull items → ready (sync.md 2.10). Offline it goes on with what the device has, if it was opened before.
   * `takeOver` takes the lock from its holder where that is allowed.
   */
  openSession: (input: {
    sessionId: string
    takeOver: boolean
  }) => Promise<Outcome<{ lock: LockState; pendingElsewhere: readonly PendingElsewhere[] }>>
  /**
   * Before taking over: who holds the session by the server's word, and what other devices have not sent to it.
   * Changes nothing. `holder` null: nobody does.
   */
  lookAtSession: (sessionId: string) => Promise<Outcome<SessionLook>>
  /** Stop the heartbeat and give the lock back (keeps it when offline: it runs out by itself). */
  leaveSession: (sessionId: string) => Promise<void>
  /** Queue the submit; carried out now if the network is there, else later. `done`: the session is submitted. */
  submitSession: (sessionId: string) => Promise<Outcome<{ done: boolean }>>
  withdrawSubmit: (sessionId: string) => Promise<void>
  reopenSession: (sessionId: string) => Promise<Outcome<object>>

  /** Say what a scanned value stands for; appends the pack correction where needed. */
  matchItem: (input: {
    sessionId: string
    itemKey: string
    productId: string
    packSize: number
    /** As scanned: to be known in the next counts, too. Where the server remembers no barcodes it is this session's alone. */
    remember?: string
  }) => Promise<void>
  /** Names and identifiers, over the device's catalogue; then the server when online and nothing is found. */
  searchProducts: (text: string, limit: number) => Promise<readonly Product[]>
  /** Lines of a session whose name or identifier has the text, as line keys in name order. */
  searchLines: (sessionId: string, text: string, limit: number) => Promise<readonly string[]>

  /** One call of the review, for those who settle counts; online only. The token stays with the worker. */
  review: <Name extends keyof ReviewApi>(
    name: Name,
    ...args: Parameters<ReviewApi[Name]>
  ) => Promise<Outcome<{ readonly answer: Awaited<ReturnType<ReviewApi[Name]>> }>>

  /** The same on a server of the base profile. */
  baseReview: <Name extends keyof BaseReviewApi>(
    name: Name,
    ...args: Parameters<BaseReviewApi[Name]>
  ) => Promise<Outcome<{ readonly answer: Awaited<ReturnType<BaseReviewApi[Name]>> }>>

  /** One call of the administration of people; online only. */
  people: <Name extends keyof PeopleApi>(
    name: Name,
    ...args: Parameters<PeopleApi[Name]>
  ) => Promise<Outcome<{ readonly answer: Awaited<ReturnType<PeopleApi[Name]>> }>>

  /** One call of the reports; online only. */
  reports: <Name extends keyof ReportApi>(
    name: Name,
    ...args: Parameters<ReportApi[Name]>
  ) => Promise<Outcome<{ readonly answer: Awaited<ReturnType<ReportApi[Name]>> }>>

  /** The board of a facility, or what changed on it; online only. */
  board: (
    ...args: Parameters<WatchApi['board']>
  ) => Promise<Outcome<{ readonly answer: Awaited<ReturnType<WatchApi['board']>> }>>
  /** Keep a stream of hints for this facility's board open, told by the bus as `board`; null: close it. */
  watchBoard: (facilityId: string | null) => Promise<void>

  /** One call of planning, for those who plan counts; online only. The token stays with the worker. */
  plan: <Name extends keyof PlanApi>(
    name: Name,
    ...args: Parameters<PlanApi[Name]>
  ) => Promise<Outcome<{ readonly answer: Awaited<ReturnType<PlanApi[Name]>> }>>

  /** Events were appended: fold them, then send. Coalesced. */
  scanned: () => Promise<void>
  syncNow: (trigger: SyncTrigger) => Promise<SyncState>
  status: () => Promise<SyncState>
  /** Fold from scratch (S3.50); the bytes stay the same. */
  rebuild: (sessionId: string) => Promise<{ changedLines: number }>
  /** Try a quarantined row again. */
  retryQuarantined: (uuid: string) => Promise<void>
  /** Put a held row into another session; online only. Repeatable. */
  moveHeld: (input: { uuid: string; toSessionId: string }) => Promise<Outcome<{ readonly fate: HeldFate }>>
  /** Take a held row off the list that somebody else has decided on. */
  dismissHeld: (uuid: string) => Promise<void>
  /**
   * Everything that the server lacks of this user's work, as a file; null when it lacks nothing. Changes nothing.
   * `passphrase` null: readable for everybody who has the file.
   */
  saveScans: (
    passphrase: string | null,
  ) => Promise<OrHandoverProblem<{ saved: { file: Blob; name: string; scans: number; lines: number } | null }>>
  /** What taking over would do. Changes nothing. */
  lookIntoFile: (file: Blob, passphrase: string | null) => Promise<OrHandoverProblem<{ summary: HandoverSummary }>>
  /** Take its scans over, once however often it is called, and send them. */
  takeOverScans: (file: Blob, passphrase: string | null) => Promise<OrHandoverProblem<{ summary: HandoverSummary }>>
  /** Other devices that vanished with unsent scans, less those that were dismissed or came by file. */
  quietDevices: () => Promise<Outcome<{ devices: readonly QuietDevice[] }>>
  dismissQuietDevice: (device: QuietDevice) => Promise<void>
  /** Sign out and delete this user's database on this device, for good. Whoever asks has been told what is unsent. */
  removeUserData: () => Promise<void>
  /** Abort what runs and close. */
  stop: () => Promise<void>
}
