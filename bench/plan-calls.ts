// The planning screen's own calls: a list is sent and followed until it is over.
import { setTimeout as sleep } from 'node:timers/promises'
import { PASSWORD } from '../e2e/support/rest'
import { createAnonymousApi, createPlanApi } from '../src/api/create-server-api'
import { asId, type DeviceId } from '../src/domain/ids'
import { LIMITS } from '../src/domain/limits'
import type { ImportState } from '../src/domain/plan-import'
import type { PlanApi } from '../src/ports/plan'

/** The screen asks how far it is so often. */
const LOOK_EVERY_MS = 1000
const LOOKS_MAX = 600

/** As sam, who plans. */
export async function planApiOf(serverOrigin: string): Promise<PlanApi> {
  const clock = { now: () => Date.now(), mono: () => performance.now() }
  const anonymous = createAnonymousApi({ serverOrigin, limits: LIMITS, clock })
  const [abilities, { token }] = await Promise.all([
    anonymous.capabilities(),
    anonymous.signIn('sam', PASSWORD),
  ])
  const caller = { deviceId: asId<DeviceId>('bench-desk'), userName: 'sam' }
  return createPlanApi({
    serverOrigin,
    limits: LIMITS,
    clock,
    abilities,
    caller,
    token: () => Promise.resolve(token),
  })
}

/** @returns how it ended */
export async function importCsv(
  plan: PlanApi,
  fileName: string,
  csv: string,
): Promise<ImportState> {
  const { importId } = await plan.upload({ fileName, csv, fileHash: '', isAgain: false })
  for (let looks = 0; looks < LOOKS_MAX; looks += 1) {
    await sleep(LOOK_EVERY_MS)
    const { state } = await plan.importJob(importId)
    if (state !== 'received' && state !== 'consuming') return state
  }
  throw new Error('The import does not come to an end')
}
