// Signing in, going on after a restart, signing out: one object that main.ts makes, used by the router and the screens.
import { inject, type InjectionKey, type ShallowRef } from 'vue'
import type { Profile } from '../domain/access'
import type { useLoginStore } from '../stores/login'
import type { Outcome, WorkerConfig } from '../worker/protocol'
import type { AccountData, Services } from './services'

export interface SignIn {
  /** Sign in with the server's help; the databases of this user are open afterwards. */
  readonly signIn: (config: WorkerConfig, password: string) => Promise<Outcome<{ profile: Profile }>>
  /** Go on with the last user, without the network. @returns whether somebody is signed in now */
  readonly resume: () => Promise<boolean>
  /** Always possible: unsent work stays on the device and is sent after the next sign-in. */
  readonly signOut: () => Promise<void>
  /**
   * Sign out and delete this user's data here, for good.
   * @param givenUp so many lines that only this device has may go: a person was asked about them
   * @returns what keeps it from being removed; then nothing was changed
   */
  readonly removeData: (givenUp: number) => Promise<Removal>
  readonly selectFacility: (facilityId: string) => Promise<Outcome<{ profile: Profile }>>
}

/** `counted`: a window of this device counts; `unsent`: more lines are only here than were given up. */
export type Removal =
  | { readonly kind: 'removed' }
  | { readonly kind: 'counted' }
  | { readonly kind: 'unsent'; readonly lines: number }

export const signInKey: InjectionKey<SignIn> = Symbol('sign-in')

export function useSignIn(): SignIn {
  const signIn = inject(signInKey)
  if (signIn === undefined) throw new Error('No sign-in: main.ts provides it')
  return signIn
}

/** About an hour of trying: a worker's storage comes back within seconds or with the next start. */
const RESUME_TRIES_MAX = 60
const RESUME_PAUSE_MS = 1000

async function storedProfile(account: AccountData): Promise<Profile | null> {
  const row = await account.scans.tx(['meta'], 'r', (tx) => tx.get('meta', 'profile'))
  return row?.k === 'profile' ? row.profile : null
}

export function createSignIn(
  services: Services,
  account: ShallowRef<AccountData | null>,
  login: ReturnType<typeof useLoginStore>,
): SignIn {
  let resuming: Promise<boolean> | null = null

  async function enter(config: WorkerConfig, profile: Profile): Promise<void> {
    const open = account.value
    const isSame =
      open?.config.userName === config.userName && open.config.serverOrigin === config.serverOrigin
    if (!isSame) {
      open?.close()
      account.value = await services.openAccount(config)
    }
    login.enter(config, profile)
    services.rememberAccount(config)
  }

  /** A worker that cannot open the storage yet is asked again, ever more rarely. */
  function resumeInWorker(config: WorkerConfig, tries = 1): void {
    services.sync.resumeUser(config).catch(() => {
      if (tries >= RESUME_TRIES_MAX) return
      setTimeout(() => {
        if (login.account?.userName === config.userName) resumeInWorker(config, tries + 1)
      }, RESUME_PAUSE_MS * 2 ** Math.min(tries, 5))
    })
  }

  async function resumeLast(): Promise<boolean> {
    const config = services.lastAccount()
    if (config === null) return false
    const opened = await services.openAccount(config)
    const profile = await storedProfile(opened)
    if (profile === null) {
      opened.close()
      return false
    }
    account.value = opened
    login.enter(config, profile)
    // The worker catches up by itself: the screen waits for nothing but the device's own database.
    resumeInWorker(config)
    return true
  }

  return {
    async signIn(config, password) {
      const outcome = await services.sync.signIn(config, password)
      if (outcome.ok) await enter(config, outcome.profile)
      return outcome
    },
    async resume() {
      if (login.account !== null) return true
      resuming ??= resumeLast().finally(() => (resuming = null))
      return resuming
    },
    async signOut() {
      await services.sync.signOut()
      services.rememberAccount(null)
      account.value?.close()
      account.value = null
      login.leave()
    },
    async removeData(givenUp) {
      const open = account.value
      if (open === null || open.waiting() > 0 || (await open.isCounted())) return { kind: 'counted' }
      // Once more, right before: nothing is scanned any more, and what was asked about may have been less.
      const lines = await open.onlyHere()
      if (lines > givenUp) return { kind: 'unsent', lines }
      open.close()
      try {
        await services.sync.removeUserData()
        services.forgetTraces(open.config)
      } finally {
        // Signed out by now, whatever became of the database.
        services.rememberAccount(null)
        account.value = null
        login.leave()
      }
      return { kind: 'removed' }
    },
    async selectFacility(facilityId) {
      const outcome = await services.sync.selectFacility(facilityId)
      if (outcome.ok && login.account !== null) login.enter(login.account, outcome.profile)
      return outcome
    },
  }
}
