// The contract suite: what an inventory-count server has to do, as cases that anybody can point at one.
import * as v from 'valibot'
import { CycleCountCreated, CycleCountList, PURPOSE_IDS, SessionCreated, type WireCycleCount } from '../../src/contract/counts'
import { COUNTS } from '../../src/contract/envelope'
import { Facilities, LoginResponse, Permissions, UserFacilities, UserProfile } from '../../src/contract/startup'
import { BASE_CASES } from './base-cases'
import { Client, ContractError, ensure, type Target } from './client'
import { EXTENDED_CASES } from './extended-cases'
import { IMPORT_CASES } from './import-cases'
import { REVIEW_CASES } from './review-cases'

/** What every case is given. */
export interface World {
  readonly client: Client
  readonly target: Target
  readonly user: v.InferOutput<typeof UserProfile>
  readonly permissions: readonly string[]
  readonly facilityId: string
  /** In progress, or about to be. */
  readonly cycleCount: WireCycleCount
  /** A session of the case's own, in the cycle count above. */
  aSession(): Promise<string>
  /** Different in every run and call. */
  unique(prefix: string): string
}

export interface Case {
  readonly title: string
  readonly run: (world: World) => Promise<void>
}

export interface Outcome {
  readonly title: string
  /** null: passed. */
  readonly problem: string | null
}

/** The cases of a profile, in the order they are run. The extended profile has to do all that the base profile does. */
export function casesFor(profile: Target['profile']): readonly Case[] {
  return [...BASE_CASES, ...REVIEW_CASES, ...IMPORT_CASES, ...(profile === 'extended' ? EXTENDED_CASES : [])]
}

/**
 * Signs in, prepares, runs every case. Leaves sessions named `Contract check …` behind.
 * When signing in or preparing fails, all cases count as failed.
 */
export async function runContract(target: Target, report: (outcome: Outcome) => void): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  const note = (outcome: Outcome) => {
    outcomes.push(outcome)
    report(outcome)
  }
  let world: World | null = null
  const cases = casesFor(target.profile)
  for (const { title, run } of cases) {
    try {
      world ??= await prepare(target)
      await run(world)
      note({ title, problem: null })
    } catch (error) {
      note({ title, problem: problemOf(error) })
      if (world !== null) continue
      for (const { title: skipped } of cases.slice(outcomes.length)) note({ title: skipped, problem: 'the preparation failed' })
      break
    }
  }
  return outcomes
}

/** Sign-in, who and where, and a count to work in: one of our own where the user may create it. */
export async function prepare(target: Target): Promise<World> {
  const client = new Client(target)
  const { username, password } = target
  const login = await client.okRest(LoginResponse, 'POST', 'admin/login', { username, password })
  client.token = login.token
  const user = await client.okRest(UserProfile, 'GET', 'admin/user/profile')
  const permissions = await readPermissions(client)
  const facilityId = await readFacility(client, user.partyId ?? user.userId)
  const run = Date.now().toString(36)
  let serial = 0
  const unique = (prefix: string) => `${prefix}-${run}-${(serial += 1)}`
  const cycleCount = await findCycleCount(client, facilityId, unique('Contract check'))
  const aSession = async () => {
    const body = { countImportName: unique('Contract check'), statusId: 'SESSION_CREATED', uploadedByUserLogin: user.username, createdDate: Date.now() }
    const created = await client.ok(SessionCreated, 'POST', `cycleCounts/workEfforts/${cycleCount.workEffortId}/sessions`, body)
    return created.inventoryCountImportId
  }
  return { client, target, user, permissions, facilityId, cycleCount, aSession, unique }
}

const PERMISSION_PAGES_MAX = 50

async function readPermissions(client: Client): Promise<readonly string[]> {
  const permissions: string[] = []
  for (let page = 0; page < PERMISSION_PAGES_MAX; page += 1) {
    const { docs } = await client.okRest(Permissions, 'GET', `admin/user/permissions?viewIndex=${page}&viewSize=200`)
    if (docs.length === 0) return permissions
    permissions.push(...docs.map((it) => it.permissionId))
  }
  throw new ContractError('admin/user/permissions never ends')
}

async function readFacility(client: Client, partyId: string): Promise<string> {
  const own = await client.okRest(UserFacilities, 'GET', `admin/user/${partyId}/facilities?pageSize=500`)
  const [first] = own.filter((it) => it.thruDate == null)
  if (first !== undefined) return first.facilityId
  const [any] = await client.okRest(Facilities, 'GET', 'oms/facilities?pageSize=500')
  ensure(any !== undefined, 'The user has no facility')
  return any.facilityId
}

async function findCycleCount(client: Client, facilityId: string, name: string): Promise<WireCycleCount> {
  const created = await client.json('POST', `${COUNTS}cycleCounts/workEfforts`, {
    workEffortName: name, workEffortTypeId: 'CYCLE_COUNT_RUN', workEffortPurposeTypeId: PURPOSE_IDS.directed,
    statusId: 'CYCLE_CNT_CREATED', facilityId,
  })
  const query = `facilityId=${encodeURIComponent(facilityId)}&statusId=CYCLE_CNT_CREATED,CYCLE_CNT_IN_PRGS&statusId_op=in&pageSize=100&orderByField=-createdDate`
  const { cycleCounts } = await client.ok(CycleCountList, 'GET', `cycleCounts/workEfforts?${query}`)
  const wanted = created.status === 200 ? v.parse(CycleCountCreated, JSON.parse(created.text)).workEffortId : null
  const found = cycleCounts.find((it) => (wanted === null ? it.statusId === 'CYCLE_CNT_IN_PRGS' : it.workEffortId === wanted)) ?? cycleCounts[0]
  ensure(found !== undefined, `No open cycle count in ${facilityId}, and this user may not create one`)
  return found
}

function problemOf(error: unknown): string {
  return error instanceof Error ? `${error.message}${error.cause instanceof Error ? ` (${error.cause.message})` : ''}` : String(error)
}
