// The body of the sync worker, testable without a Worker: what the page asks for, carried out on one account at a time.
import type { ServerAbilities } from '../domain/access'
import { RemoteError } from '../domain/errors'
import {
  asId,
  type CycleCountId,
  type FacilityId,
  type ItemKey,
  type ProductId,
  type RowUuid,
  type SessionId,
} from '../domain/ids'
import { newSession, refreshCounts } from '../sync/counts'
import { dismissHeld, moveHeld } from '../sync/move-held'
import { matchItem } from '../sync/matching'
import { chooseFacility } from '../sync/profile'
import { dismissQuietDevice, readQuietDevices } from '../sync/quiet-devices'
import { retryQuarantined } from '../sync/quarantine'
import { rebuildSession } from '../sync/rebuild'
import type { BaseReviewApi } from '../ports/base-review'
import type { PeopleApi } from '../ports/people'
import type { ReportApi } from '../ports/report'
import type { PlanApi } from '../ports/plan'
import type { ReviewApi } from '../ports/review'
import type { SubmitProblem } from '../ports/scans-schema'
import { changeSession, fenceOf, readSession } from '../sync/session-row'
import { queueSubmit, withdrawSubmit } from '../sync/submit'
import { readToken, type Account, type ApiAsk, type World } from './account'
import { createAccounts } from './accounts'
import { createHandOverCalls } from './hand-over-calls'
import { createBoardWatch } from './board-watch'
import { leaveSession, openInThisWindow } from './open-session'
import { outcomeOf } from './outcome'
import type { Failure, SessionLook, SyncWorkerApi } from './protocol'

/** @param world real in the worker, fakes in tests */
export function createSyncWorkerApi(world: World): SyncWorkerApi {
  const accounts = createAccounts(world)
  return {
    accounts: accounts.list,
    lookAtServer: (serverOrigin) =>
      outcomeOf(async () => ({
        demoUsers: (await world.anonymousApi(serverOrigin).capabilities()).demoUsers,
      })),
    signIn: (config, password) =>
      outcomeOf(async () => ({ profile: await accounts.signIn(config, password) })),
    resumeUser: accounts.resume,
    signOut: accounts.signOut,
    selectFacility: (facilityId) =>
      outcomeOf(async () => {
        const account = await accounts.current()
        const profile = await chooseFacility(
          account.deps.api,
          account.profile(),
          asId<FacilityId>(facilityId),
        )
        await account.timed.tx(['meta'], 'rw', (tx) => tx.put('meta', { k: 'profile', profile }))
        account.useProfile(profile)
        account.catalogueKeeper().kick()
        return { profile }
      }),
    ...createCountCalls(accounts.current),
    ...createSessionCalls(world, accounts.current),
    ...createEngineCalls(accounts),
    review: createReviewCall(world, accounts.current),
    baseReview: createBaseReviewCall(world, accounts.current),
    ...createWatchCalls(world, accounts.current),
    people: createPeopleCall(world, accounts.current),
    reports: createReportCall(world, accounts.current),
    plan: createPlanCall(world, accounts.current),
    ...createHandOverCalls(world, accounts.current),
    removeUserData: accounts.removeData,
    quietDevices: () => outcomeOf(async () => ({ devices: await readQuietDevices((await accounts.current()).deps) })),
    dismissQuietDevice: async (device) => dismissQuietDevice((await accounts.current()).deps, device),
  }
}

type CurrentAccount = () => Promise<Account>
type CountCalls = Pick<SyncWorkerApi, 'refreshCounts' | 'startCycleCount' | 'newSession'>

function createCountCalls(current: CurrentAccount): CountCalls {
  const refresh = async ({ deps, profile }: Account): Promise<number> =>
    refreshCounts(deps, asId<FacilityId>(profile().facilityId))

  /** The change is made; a list that cannot be fetched now is fetched when it is looked at. */
  const refreshIfPossible = async (account: Account): Promise<void> => {
    try {
      await refresh(account)
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error
      account.deps.log.write('info', 'refresh-failed', { reason: error.reason })
    }
  }

  return {
    refreshCounts: () => outcomeOf(async () => ({ fetchedAt: await refresh(await current()) })),
    startCycleCount: (cycleCountId) =>
      outcomeOf(async () => {
        const account = await current()
        const { api, clock } = account.deps
        await api.startCycleCount(
          asId<CycleCountId>(cycleCountId),
          clock.now() + (api.clockOffset()?.offsetMs ?? 0),
        )
        await refreshIfPossible(account)
        return {}
      }),
    newSession: ({ cycleCountId, name, area }) =>
      outcomeOf(async () => {
        const account = await current()
        const sessionId = await newSession(account.deps, {
          cycleCountId: asId<CycleCountId>(cycleCountId),
          name,
          area,
        })
        await refreshIfPossible(account)
        return { sessionId }
      }),
  }
}

type SessionCalls = Pick<
  SyncWorkerApi,
  | 'openSession'
  | 'lookAtSession'
  | 'leaveSession'
  | 'submitSession'
  | 'withdrawSubmit'
  | 'reopenSession'
>

function createSessionCalls(world: World, current: CurrentAccount): SessionCalls {
  return {
    openSession: ({ sessionId, takeOver }) =>
      outcomeOf(async () =>
        openInThisWindow(world, await current(), asId<SessionId>(sessionId), takeOver),
      ),
    lookAtSession: (sessionId) =>
      outcomeOf(async () => lookAt(await current(), asId<SessionId>(sessionId))),
    leaveSession: async (sessionId) => leaveSession(await current(), asId<SessionId>(sessionId)),
    async submitSession(rawId) {
      const { asked, scheduler } = await current()
      const sessionId = asId<SessionId>(rawId)
      await queueSubmit(asked, sessionId)
      const state = await scheduler.trigger('manual')
      const row = await readSession(asked, sessionId)
      if (row?.submitProblem == null)
        return {
          ok: true,
          done: row?.session.status === 'submitted' && row.submitQueuedAt === null,
        }
      return submitFailure(row.submitProblem, row.lock.lostTo, state.problem)
    },
    async withdrawSubmit(sessionId) {
      await withdrawSubmit((await current()).asked, asId<SessionId>(sessionId))
    },
    reopenSession: (rawId) =>
      outcomeOf(async () => {
        const { deps } = await current()
        const sessionId = asId<SessionId>(rawId)
        await deps.api.setSessionStatus(
          sessionId,
          'assigned',
          await fenceOf(deps, sessionId),
          deps.ids.next(),
        )
        // Whoever opens it again counts on: a submit whose answer is still awaited would be repeated for ever, and the
        // server knows it and does nothing.
        await changeSession(deps, sessionId, (row) => ({
          ...row,
          session: { ...row.session, status: 'assigned' },
          submitQueuedAt: null,
          submitProblem: null,
        }))
        return {}
      }),
  }
}

async function lookAt({ deps }: Account, sessionId: SessionId): Promise<SessionLook> {
  const lease = await deps.api.getSessionLock(sessionId)
  if (lease === null)
    return { holder: null, pendingElsewhere: await deps.api.unsentElsewhere(sessionId) }
  const { userName, deviceId } = lease.holder
  const isThisDevice = userName === deps.caller.userName && deviceId === deps.caller.deviceId
  return {
    holder: { userName, deviceId, isThisDevice },
    pendingElsewhere: lease.pendingElsewhere,
  }
}

function submitFailure(
  problem: SubmitProblem,
  lostTo: string | null,
  words: string | null,
): Failure {
  switch (problem) {
    case 'stale-fence':
      return {
        ok: false,
        reason: 'stale-fence',
        message:
          lostTo === null
            ? 'Somebody else holds this session now'
            : `${lostTo} holds this session now`,
        ...(lostTo === null ? {} : { holder: { userName: lostTo, deviceId: null } }),
      }
    case 'changed-elsewhere':
      return {
        ok: false,
        reason: 'rejected',
        message: 'The server shows other quantities than this device: somebody else changed them',
      }
    case 'reopened':
      return { ok: false, reason: 'rejected', message: 'It was submitted, and somebody has opened it again since' }
    case 'rejected':
      return { ok: false, reason: 'rejected', message: words ?? 'The server refused the submit' }
  }
}

function createReviewCall(world: World, current: CurrentAccount): SyncWorkerApi['review'] {
  return (name, ...args) =>
    outcomeOf(async () => {
      const api = await supervisorApi(current, world.reviewApi, 'This server keeps no reviews')
      // Which parameters and which answer belong to the name is in the type of `review`; here it is one of many.
      const call: (...given: never[]) => Promise<unknown> = api[name]
      const answer = await call(...(args as readonly unknown[] as never[]))
      return { answer: answer as Awaited<ReturnType<ReviewApi[typeof name]>> }
    })
}

function createBaseReviewCall(world: World, current: CurrentAccount): SyncWorkerApi['baseReview'] {
  return (name, ...args) =>
    outcomeOf(async () => {
      const otherwise = 'This server is reviewed another way'
      const api = await supervisorApi(current, world.baseReviewApi, otherwise, 'hotwax')
      // As in createReviewCall.
      const call: (...given: never[]) => Promise<unknown> = api[name]
      const answer = await call(...(args as readonly unknown[] as never[]))
      return { answer: answer as Awaited<ReturnType<BaseReviewApi[typeof name]>> }
    })
}

type WatchCalls = Pick<SyncWorkerApi, 'board' | 'watchBoard'>

function createWatchCalls(world: World, current: CurrentAccount): WatchCalls {
  const watchApi = () => supervisorApi(current, world.watchApi, 'This server has no board')
  const watch = createBoardWatch(world, current, watchApi)
  return {
    board: (...args) =>
      outcomeOf(async () => ({ answer: await (await watchApi()).board(...args) })),
    watchBoard: async (facilityId) =>
      watch(facilityId === null ? null : asId<FacilityId>(facilityId)),
  }
}

function createPeopleCall(world: World, current: CurrentAccount): SyncWorkerApi['people'] {
  return (name, ...args) =>
    outcomeOf(async () => {
      const api = await supervisorApi(current, world.peopleApi, 'This server administrates nobody')
      // As in createReviewCall.
      const call: (...given: never[]) => Promise<unknown> = api[name]
      const answer = await call(...(args as readonly unknown[] as never[]))
      return { answer: answer as Awaited<ReturnType<PeopleApi[typeof name]>> }
    })
}

function createReportCall(world: World, current: CurrentAccount): SyncWorkerApi['reports'] {
  return (name, ...args) =>
    outcomeOf(async () => {
      const api = await supervisorApi(current, world.reportApi, 'This server keeps no reports')
      // As in createReviewCall.
      const call: (...given: never[]) => Promise<unknown> = api[name]
      const answer = await call(...(args as readonly unknown[] as never[]))
      return { answer: answer as Awaited<ReturnType<ReportApi[typeof name]>> }
    })
}

function createPlanCall(world: World, current: CurrentAccount): SyncWorkerApi['plan'] {
  return (name, ...args) =>
    outcomeOf(async () => {
      const api = await supervisorApi(current, world.planApi, 'Counts are not planned on this server')
      // As in createReviewCall.
      const call: (...given: never[]) => Promise<unknown> = api[name]
      const answer = await call(...(args as readonly unknown[] as never[]))
      return { answer: answer as Awaited<ReturnType<PlanApi[typeof name]>> }
    })
}

/** @throws {RemoteError} `unsupported` in words, on a server of the other profile */
async function supervisorApi<Api>(
  current: CurrentAccount,
  make: ((ask: ApiAsk) => Api) | undefined,
  otherwise: string,
  profile: ServerAbilities['profile'] = 'extended',
): Promise<Api> {
  const { config, deps, timed } = await current()
  const { abilities, caller } = deps
  if (make === undefined || abilities.profile !== profile)
    throw new RemoteError('unsupported', otherwise)
  const token = () => readToken(timed)
  return make({ serverOrigin: config.serverOrigin, caller, abilities, token })
}

type EngineCalls = Pick<
  SyncWorkerApi,
  | 'matchItem'
  | 'searchProducts'
  | 'searchLines'
  | 'scanned'
  | 'syncNow'
  | 'status'
  | 'rebuild'
  | 'retryQuarantined'
  | 'moveHeld'
  | 'dismissHeld'
  | 'stop'
>

function createEngineCalls(accounts: ReturnType<typeof createAccounts>): EngineCalls {
  const { current } = accounts
  return {
    async matchItem({ sessionId, itemKey, productId, packSize, remember }) {
      const { deps, scheduler } = await current()
      const input = {
        sessionId: asId<SessionId>(sessionId),
        itemKey: asId<ItemKey>(itemKey),
        productId: asId<ProductId>(productId),
        packSize,
        ...(remember === undefined || deps.abilities.profile !== 'extended' ? {} : { remember }),
      }
      await matchItem(deps, input)
      scheduler.ask('new-work')
    },
    async searchProducts(text, limit) {
      const { deps, products } = await current()
      const found = await products().find(text, limit)
      if (found.length > 0) return found
      try {
        return await deps.api.searchProducts(text, limit)
      } catch (error) {
        if (!(error instanceof RemoteError)) throw error
        // Offline: what the device has is the answer.
        deps.log.write('info', 'search-failed', { reason: error.reason })
        return found
      }
    },
    searchLines: async (sessionId, text, limit) =>
      (await current()).lines.find(asId<SessionId>(sessionId), text, limit),
    scanned: async () => (await current()).scheduler.scanned(),
    async syncNow(trigger) {
      const { scheduler, catalogueKeeper } = await current()
      if (trigger !== 'new-work') catalogueKeeper().kick(trigger === 'manual')
      return scheduler.trigger(trigger)
    },
    status: accounts.status,
    async rebuild(sessionId) {
      const { deps } = await current()
      return rebuildSession(deps, asId<SessionId>(sessionId))
    },
    async retryQuarantined(uuid) {
      const { asked, scheduler } = await current()
      if (await retryQuarantined(asked, asId<RowUuid>(uuid))) scheduler.ask('manual')
    },
    moveHeld: ({ uuid, toSessionId }) =>
      outcomeOf(async () => {
        const { deps, scheduler } = await current()
        const fate = await moveHeld(deps, asId<RowUuid>(uuid), asId<SessionId>(toSessionId))
        scheduler.ask('new-work')
        return { fate }
      }),
    async dismissHeld(uuid) {
      const { asked, scheduler } = await current()
      await dismissHeld(asked, asId<RowUuid>(uuid))
      scheduler.ask('new-work')
    },
    stop: accounts.stop,
  }
}
