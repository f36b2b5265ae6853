// Sessions of any size on the server, made over REST as a supervisor would have planned them.
import { COUNTS } from '../src/contract/envelope'
import type { RestUser } from '../e2e/support/rest'
import { cycleCountsOf } from '../e2e/support/rest'
import type { BenchProduct } from './catalogue'

const BATCH = 500

/** A directed count with one session that asks for all these products. @returns the session's id */
export async function makeSession(
  supervisor: RestUser,
  name: string,
  products: readonly BenchProduct[],
): Promise<string> {
  const facilityId = (await cycleCountsOf(supervisor))[0]?.facilityId
  if (facilityId === undefined || facilityId === null) throw new Error('The demo data has no count to copy the facility from')
  const { workEffortId } = await supervisor.send<{ workEffortId: string }>('POST', `${COUNTS}cycleCounts/workEfforts`, {
    workEffortName: name,
    workEffortTypeId: 'CYCLE_COUNT_RUN',
    workEffortPurposeTypeId: 'DIRECTED_COUNT',
    statusId: 'CYCLE_CNT_CREATED',
    facilityId,
    createdDate: Date.now(),
    createdByUserLogin: supervisor.userName,
  })
  await supervisor.send('PUT', `${COUNTS}cycleCounts/workEfforts/${workEffortId}`, {
    workEffortId,
    statusId: 'CYCLE_CNT_IN_PRGS',
    actualStartDate: Date.now(),
  })
  const { inventoryCountImportId } = await supervisor.send<{ inventoryCountImportId: string }>(
    'POST',
    `${COUNTS}cycleCounts/workEfforts/${workEffortId}/sessions`,
    { countImportName: name, facilityAreaId: 'Bench', statusId: 'SESSION_CREATED', createdDate: Date.now(), uploadedByUserLogin: supervisor.userName, workEffortId },
  )
  for (let at = 0; at < products.length; at += BATCH) {
    const items = products.slice(at, at + BATCH).map((it) => ({
      productId: it.productId,
      productIdentifier: it.gtin,
      isRequested: 'Y',
      createdDate: Date.now(),
    }))
    await supervisor.send('PUT', `${COUNTS}cycleCounts/sessions/${inventoryCountImportId}/items`, { items })
  }
  return inventoryCountImportId
}

/** Every product asked for and counted by ana, one in ten off by one. */
export async function countAll(supervisor: RestUser, sessionId: string, products: readonly BenchProduct[]): Promise<void> {
  for (let at = 0; at < products.length; at += BATCH) {
    const items = products.slice(at, at + BATCH).map(({ productId, gtin }, place) => ({
      uuid: `${sessionId}-${at + place}`,
      logId: 'bench-log',
      rev: 1,
      quantity: (at + place) % 10 === 9 ? 2 : 1,
      standing: 1,
      productId,
      productIdentifier: gtin,
      countedByUserLoginId: 'ana',
      lastScanAt: Date.now(),
    }))
    await supervisor.send('PUT', `${pathOf(sessionId)}/items`, { items })
  }
}

export async function handIn(supervisor: RestUser, sessionId: string): Promise<void> {
  for (const statusId of ['SESSION_ASSIGNED', 'SESSION_SUBMITTED'])
    await supervisor.send('PUT', pathOf(sessionId), { statusId })
}

/** The id of its count. */
export async function countOf(supervisor: RestUser, sessionId: string): Promise<string> {
  return (await supervisor.get<{ workEffortId: string }>(pathOf(sessionId))).workEffortId
}

function pathOf(sessionId: string): string {
  return `${COUNTS}cycleCounts/sessions/${sessionId}`
}
