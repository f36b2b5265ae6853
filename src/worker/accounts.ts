// Which user the worker works for: signing in, going on without a network, signing out, and who else has work here.
import { RemoteError } from '../domain/errors'
import type { Access, Profile } from '../domain/access'
import type { SyncState } from '../ports/platform'
import type { Caller, ServerApi } from '../ports/server'
import { scansName } from '../db/names'
import { loadProfile } from '../sync/profile'
import { ensureDevice } from '../usecases/device'
import { inTime } from '../usecases/in-time'
import { unsentLines } from '../usecases/unsent-lines'
import {
  type Account,
  openAccount,
  readToken,
  timedScans,
  type TimedScans,
  type World,
} from './account'
import type { Account as AccountInfo, WorkerConfig } from './protocol'
import { createRetry } from './retry'

/** What the bar shows while nobody is signed in. */
const NOBODY: SyncState = {
  status: 'auth-needed',
  unsentRows: 0,
  quarantinedRows: 0,
  heldRows: 0,
  trouble: 'sign-in',
  lastSyncedAt: null,
  nextTryAt: null,
  problem: null,
}

/** Only the page can tell an iPad from a Macintosh; it names the device when it opens the account. */
const DEVICE_KIND = null
/** How long signing out waits for the server to hear of it. */
const GOODBYE_MS = 2000

export interface Accounts {
  /** @throws {RemoteError} `unauthorized` when nobody is signed in */
  readonly current: () => Promise<Account>
  readonly signIn: (config: WorkerConfig, password: string) => Promise<Profile>
  readonly resume: (config: WorkerConfig) => Promise<Profile | null>
  readonly signOut: () => Promise<void>
  /** Sign out, then delete the database of whoever was signed in. @throws {RemoteError} `unauthorized`: nobody is */
  readonly removeData: () => Promise<void>
  readonly list: () => Promise<readonly AccountInfo[]>
  readonly status: () => Promise<SyncState>
  readonly stop: () => Promise<void>
}

export function createAccounts(world: World): Accounts {
  // A promise, so that calls that come while an account opens wait for it instead of finding nobody.
  let running: Promise<Account | null> = Promise.resolve(null)
  const retry = createRetry(world)
  /** How often somebody signed in or out here: what was asked for before that is nobody's wish any more. */
  let entered = 0

  /**
   * Opening and closing take their turns. A failed one changes nothing: whoever was counting goes on counting. A turn
   * waits for no storage without end, as everything else waits for it. Rules: docs/SPEC.md WK61, WK62, WK63
   */
  function replace(
    next: (before: Account | null) => Promise<Account | null>,
  ): Promise<Account | null> {
    const earlier = running
    const replaced = earlier.then(next)
    running = replaced.catch(() => earlier)
    return replaced
  }

  function start(config: WorkerConfig, given: Parameters<typeof openAccount>[2]): Account {
    const account = openAccount(world, config, given)
    void world.beginNewLog?.(account.deps)
    // Scans of the last life may wait to be folded, signed in or not.
    void account.scheduler.scanned()
    if (given.isSignedIn) account.catalogueKeeper().kick()
    return account
  }

  async function signIn(config: WorkerConfig, password: string): Promise<Profile> {
    const anonymous = world.anonymousApi(config.serverOrigin)
    const { demoUsers: _users, serverTime: _time, ...abilities } = await anonymous.capabilities()
    const access = await anonymous.signIn(config.userName, password)
    const account = await replace(async (before) => {
      const isSame = before !== null && isSameAccount(before.config, config)
      const scans = isSame ? before.deps.scans : world.openScans(config)
      const timed = timedScans(world, scans)
      try {
        const deviceId = await ensureDevice(timed, world.ids, DEVICE_KIND)
        const api = apiWith(
          access.token,
          config.serverOrigin,
          { deviceId, userName: config.userName },
          abilities,
        )
        const profile = await loadProfile(api, abilities)
        await storeSignIn(timed, access, profile)
        entered += 1
        if (isSame) return signedInAgain(before, profile)
        await before?.close()
        return start(config, { scans, deviceId, profile, isSignedIn: true })
      } catch (error) {
        if (!isSame) scans.close()
        throw error
      }
    })
    retry.cancel()
    if (account === null) throw new RemoteError('unauthorized', 'Nobody is signed in')
    account.scheduler.ask('sign-in')
    return account.profile()
  }

  function signedInAgain(account: Account, profile: Profile): Account {
    account.useProfile(profile)
    account.scheduler.setSignedIn(true)
    account.catalogueKeeper().kick()
    return account
  }

  /** For the calls around a sign-in, when the token is not, or no longer, in the database. */
  function apiWith(
    token: string,
    serverOrigin: string,
    caller: Caller,
    abilities: Profile['server'],
  ): ServerApi {
    return world.serverApi({ serverOrigin, caller, abilities, token: () => Promise.resolve(token) })
  }

  /** @param since somebody else signed in, or out, after it was asked for: they are not replaced */
  async function resumeOnce(config: WorkerConfig, since: number): Promise<Profile | null> {
    const account = await replace(async (before) => {
      if (since !== entered || (before !== null && isSameAccount(before.config, config))) return before
      const scans = world.openScans(config)
      const timed = timedScans(world, scans)
      try {
        const stored = await readStored(timed)
        const deviceId = stored && (await ensureDevice(timed, world.ids, DEVICE_KIND))
        await before?.close()
        if (stored !== null && deviceId !== null)
          return start(config, { scans, deviceId, ...stored })
        scans.close()
        return null
      } catch (error) {
        scans.close()
        throw error
      }
    })
    retry.cancel()
    if (account === null || !isSameAccount(account.config, config)) return null
    account.scheduler.ask('foreground')
    return account.profile()
  }

  async function resume(config: WorkerConfig): Promise<Profile | null> {
    const since = entered
    try {
      return await resumeOnce(config, since)
    } catch (error) {
      // Whoever counts must not have to reload because the storage was away for a moment.
      if (since === entered) retry.start(error, () => resumeOnce(config, since))
      throw error
    }
  }

  /** The token is forgotten here first, so that signing out never waits for a network; then the server is told. */
  async function signOut(account: Account): Promise<void> {
    const token = await readToken(account.timed)
    account.scheduler.setSignedIn(false)
    try {
      await account.timed.tx(['meta'], 'rw', (tx) => tx.bulkDelete('meta', ['login', 'profile']))
    } catch (error) {
      // As far as anybody knows it is still there: then so is its user.
      account.scheduler.setSignedIn(token !== null)
      throw error
    }
    if (token === null) return
    const { caller, abilities, timers, log } = account.deps
    const goodbye = apiWith(token, account.config.serverOrigin, caller, abilities)
      .signOut()
      // Unheard: the token ends by itself.
      .catch((error: unknown) => log.write('info', 'sign-out-unheard', { message: String(error) }))
    await Promise.race([goodbye, timers.sleep(GOODBYE_MS)])
  }

  /** One that does not open or answer is told as that, and hides none of the others. Rule: docs/SPEC.md SH9 */
  async function lookInto(config: WorkerConfig, account: Account | null): Promise<AccountInfo> {
    const isOpen = account !== null && isSameAccount(account.config, config)
    const scans = isOpen ? account.deps.scans : world.openScans(config)
    try {
      return { ...config, unsentRows: await unsentLines(timedScans(world, scans)) }
    } catch {
      return { ...config, unsentRows: null }
    } finally {
      if (!isOpen) scans.close()
    }
  }

  async function current(): Promise<Account> {
    const account = await running
    if (account !== null) return account
    if (retry.trouble() !== null) throw retry.trouble()
    throw new RemoteError('unauthorized', 'Sign in first')
  }

  return {
    current,
    signIn,
    resume,
    async signOut() {
      retry.cancel()
      entered += 1
      await replace(async (account) => {
        if (account === null) return null
        await signOut(account)
        await account.close()
        return null
      })
    },
    async removeData() {
      retry.cancel()
      entered += 1
      const { config } = await current()
      await replace(async (account) => {
        if (account === null) return null
        await signOut(account)
        await account.close()
        return null
      })
      // Nobody is signed in by now, also where this fails: then the data is still there, and a person is told.
      await world.deleteDatabase(scansName(config.serverOrigin, config.userName))
    },
    async list() {
      const account = await running
      const names = await inTime(world.timers, world.limits.storageTimeoutMs, world.databaseNames())
      return Promise.all(names.flatMap(configOf).map((config) => lookInto(config, account)))
    },
    async status() {
      return (await running)?.scheduler.status() ?? NOBODY
    },
    async stop() {
      retry.cancel()
      await replace(async (account) => {
        await account?.close()
        return null
      })
    },
  }
}

function isSameAccount(a: WorkerConfig, b: WorkerConfig): boolean {
  return a.serverOrigin === b.serverOrigin && a.userName === b.userName
}

function storeSignIn(scans: TimedScans, access: Access, profile: Profile): Promise<void> {
  return scans.tx(['meta'], 'rw', (tx) =>
    tx.bulkPut('meta', [
      { k: 'login', access },
      { k: 'profile', profile },
    ]),
  )
}

/** null: nobody has signed in here with this name, or signed out again. */
function readStored(scans: TimedScans): Promise<{ profile: Profile; isSignedIn: boolean } | null> {
  return scans.tx(['meta'], 'r', async (tx) => {
    const profile = await tx.get('meta', 'profile')
    const login = await tx.get('meta', 'login')
    return profile?.k === 'profile'
      ? { profile: profile.profile, isSignedIn: login !== undefined }
      : null
  })
}

/** `scans:<origin>:<user>` back into its parts; the port belongs to the origin. */
function configOf(databaseName: string): WorkerConfig[] {
  const match = /^scans:(https?:\/\/[^/:]+(?::\d+)?):(.+)$/.exec(databaseName)
  const [, serverOrigin, userName] = match ?? []
  return serverOrigin === undefined || userName === undefined ? [] : [{ serverOrigin, userName }]
}
