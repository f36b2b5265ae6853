// The simulated shop's server: users, catalogue, one count with its sessions, and the reviewer who works elsewhere.
import { PROTOCOL } from '../../src/contract/envelope'
import { unitsOf } from '../../src/domain/quantity'
import { createUuidV7Source } from '../../src/domain/uuid-v7'
import { chanceOf } from './random'
import { createSimServer } from './server/sim-server'
import type { SimServer } from './server/sim-server'
import type { Swarm } from './swarm'
import { CLAIMED_TWICE, CYCLE_COUNT, PRODUCT_IDS, RICE, SESSION_IDS, SOAP, TEA, TEA_CASE } from './things'
import { FACILITY } from './window'

/** Without it a user may not count. */
export const MAIN_PERMISSION = 'INVCOUNT_APP_VIEW'
const REVIEWER = 'alex'

export function makeServer(seed: number, swarm: Swarm, now: () => number): SimServer {
  const chance = chanceOf(seed, 'server')
  const facilityIds = [FACILITY]
  const barcode = (value: string, packSize = 1) => ({ type: 'EAN', value, packSize })
  const server = createSimServer({
    profile: swarm.profile,
    clock: { now },
    ids: createUuidV7Source({ now }, (length) => chance.bytes(length)),
    protocol: { min: PROTOCOL - 1, max: PROTOCOL },
    facilityIds,
    users: [
      { userName: 'ana', permissions: [MAIN_PERMISSION, 'INV_COUNT_VAR_LOG'], facilityIds },
      { userName: 'ben', permissions: [MAIN_PERMISSION, 'INV_COUNT_VAR_LOG'], facilityIds },
      { userName: 'sam', permissions: [MAIN_PERMISSION, 'INV_COUNT_LOCK_RLS', 'INV_COUNT_SUBMIT', 'INV_CNT_VIEW_QOH', 'INV_COUNT_CREATE'], facilityIds },
      { userName: REVIEWER, permissions: ['INV_COUNT_ADMIN', MAIN_PERMISSION], facilityIds },
    ],
    products: [
      { productId: 'TEA', name: 'Green tea', identifiers: [barcode(TEA), barcode(TEA_CASE, 12)] },
      { productId: 'RICE', name: 'Rice', identifiers: [barcode(RICE), barcode(CLAIMED_TWICE)] },
      { productId: 'SOAP', name: 'Soap', identifiers: [barcode(SOAP)] },
      { productId: 'JAM', name: 'Jam', identifiers: [barcode(CLAIMED_TWICE)] },
    ],
    stock: PRODUCT_IDS.map((productId) => ({ facilityId: FACILITY, productId, qoh: unitsOf(5), atp: unitsOf(5) })),
  })
  server.addCount({ workEffortId: CYCLE_COUNT, name: 'Spring count', facilityId: FACILITY, countType: swarm.countType })
  for (const sessionId of SESSION_IDS.slice(0, swarm.sessions))
    server.addSession({
      sessionId,
      workEffortId: CYCLE_COUNT,
      name: `Session ${sessionId}`,
      requestedProductIds: swarm.countType === 'directed' ? ['TEA', 'RICE'] : [],
    })
  return server
}

/** A reviewer approves what was submitted. @returns whether it went through */
export function approveSession(server: SimServer, sessionId: string): boolean {
  if (!server.sessionIds().includes(sessionId) || server.statusOf(sessionId) !== 'submitted') return false
  const answer = server.request({
    method: 'PUT',
    path: `inventory-cycle-count/cycleCounts/sessions/${encodeURIComponent(sessionId)}`,
    body: JSON.stringify({ statusId: 'SESSION_APPROVED' }),
    token: server.tokenFor(REVIEWER),
  })
  return answer.status === 200
}
