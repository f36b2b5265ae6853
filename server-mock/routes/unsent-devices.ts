// Devices that said they had unsent scans and were not heard of since (decision 16): told to their user at the next sign-in.
import { COUNTS } from '../../src/contract/envelope'
import { UnsentDevices } from '../../src/contract/lock'
import type { Sql } from '../db/db'
import type { Caller } from '../http/context'
import type { Registrar } from '../http/route'

/** A device that counts is heard of every 40 seconds: after this it has gone. */
const QUIET_MS = 600_000
const DEVICES_MAX = 100

/** Own devices; who may release locks sees those of everybody in their facilities. Rules: docs/SPEC.md SR1 */
export const registerUnsentDevices: Registrar = (registry) => {
  registry.route({
    method: 'GET',
    path: `${COUNTS}unsentDevices`,
    needs: ['INVCOUNT_APP_VIEW'],
    isExtension: true,
    answer: UnsentDevices,
    handler: async ({ sql, caller, query, context }) => {
      const now = context.clock.now()
      const devices = await readQuietDevices(sql, caller, { askingDeviceId: query.one('deviceId'), until: now - QUIET_MS })
      return { devices, serverTime: now }
    },
  })
}

type QuietDevice = UnsentDevices['devices'][number]

async function readQuietDevices(
  sql: Sql,
  caller: Caller,
  { askingDeviceId, until }: { readonly askingDeviceId: string | null; readonly until: number },
): Promise<QuietDevice[]> {
  return sql.query<QuietDevice & Record<string, unknown>>(
    `select d.session_id as "inventoryCountImportId", s.name as "countImportName", d.device_id as "deviceId",
       d.device_name as "deviceName", d.user_id as "userId", d.unsent_scans as "unsentScans", d.last_heard_at as "lastHeardAt"
     from session_device d
     join count_session s on s.session_id = d.session_id
     join cycle_count c on c.work_effort_id = s.work_effort_id
     where d.unsent_scans > 0 and d.last_heard_at <= $1 and d.device_id is distinct from $2
       and ($3::boolean or d.user_id = $4) and ($5::boolean or c.facility_id = any($6::text[]))
     order by d.last_heard_at desc, d.device_id, d.session_id limit ${DEVICES_MAX}`,
    [until, askingDeviceId, caller.may('INV_COUNT_LOCK_RLS'), caller.userName, caller.isAdmin, [...caller.facilityIds]],
  )
}
