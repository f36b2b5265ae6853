// The server port over HTTP, for both profiles: one file per resource, put together here.
import type { ServerAbilities } from '../domain/access'
import type { Limits } from '../domain/limits'
import type { Clock } from '../domain/time-and-ids'
import type { BaseReviewApi } from '../ports/base-review'
import type { PeopleApi } from '../ports/people'
import type { ReportApi } from '../ports/report'
import type { PlanApi } from '../ports/plan'
import type { ReviewApi } from '../ports/review'
import type { AnonymousApi, Caller, ServerApi } from '../ports/server'
import type { WatchApi } from '../ports/watch'
import { createBarcodeCalls } from './barcodes-api'
import { createBaseReviewCalls } from './base-review-api'
import { createCountsCalls } from './counts-api'
import { createHeldCalls } from './held-api'
import { createHttp, type Http } from './http'
import { createItemsCalls } from './items-api'
import { createLockCalls } from './lock-api'
import { createPeopleCalls } from './people-api'
import { createPlanApi as createPlanCalls } from './plan-api'
import { createProductsCalls } from './products-api'
import { createReportCalls } from './report-api'
import { createReviewApi as createReviewCalls } from './review-api'
import { createAnonymousCalls, createStartupCalls } from './startup-api'
import { createWatchCalls } from './watch-api'

export interface AnonymousConfig {
  readonly serverOrigin: string
  readonly limits: Limits
  readonly clock: Clock
  readonly fetch?: typeof fetch
}

export interface ServerConfig extends AnonymousConfig {
  readonly caller: Caller
  readonly abilities: ServerAbilities
  /** Asked for each call: a new sign-in works at once. null: 401 will come, and says so. */
  readonly token: () => Promise<string | null>
}

export function createAnonymousApi(config: AnonymousConfig): AnonymousApi {
  return createAnonymousCalls(
    createHttp({ ...config, token: () => Promise.resolve(null), canGzip: false }),
  )
}

export function createServerApi(config: ServerConfig): ServerApi {
  return serverApiOver(createHttp({ ...config, canGzip: config.abilities.gzip }), config)
}

/** The same over any way of carrying requests: the simulator has one of its own. */
export function serverApiOver(
  http: Http,
  { caller, abilities, limits }: Pick<ServerConfig, 'caller' | 'abilities' | 'limits'>,
): ServerApi {
  return {
    ...createStartupCalls(http),
    ...createCountsCalls(http, caller),
    ...createItemsCalls(http, caller, abilities.profile),
    ...createHeldCalls(http, abilities.profile),
    ...createBarcodeCalls(http, caller, abilities.profile),
    ...createLockCalls(http, caller, abilities.profile, limits),
    ...createProductsCalls(http, abilities.profile),
    clockOffset: http.clockOffset,
  }
}

/** For those who settle counts; the extended profile only. */
export function createReviewApi(config: ServerConfig): ReviewApi {
  return createReviewCalls(createHttp({ ...config, canGzip: config.abilities.gzip }))
}

/** The same on a server of the base profile, as far as it goes there. */
export function createBaseReviewApi(config: ServerConfig): BaseReviewApi {
  const http = createHttp({ ...config, canGzip: config.abilities.gzip })
  return createBaseReviewCalls(http, createCountsCalls(http, config.caller), config.caller)
}

/** For those who watch; the extended profile only. */
export function createWatchApi(config: ServerConfig): WatchApi {
  return createWatchCalls(createHttp({ ...config, canGzip: config.abilities.gzip }))
}

/** For those who administrate people; the extended profile only. */
export function createPeopleApi(config: ServerConfig): PeopleApi {
  return createPeopleCalls(createHttp({ ...config, canGzip: config.abilities.gzip }))
}

/** For those who look back; the extended profile only. */
export function createReportApi(config: ServerConfig): ReportApi {
  return createReportCalls(createHttp({ ...config, canGzip: config.abilities.gzip }))
}

/** For those who plan counts; the extended profile only. */
export function createPlanApi(config: ServerConfig): PlanApi {
  return createPlanCalls(createHttp({ ...config, canGzip: config.abilities.gzip }))
}
