// The install's identity, kept in the same database as its events: a wiped device gets a new one.
import { asId, type DeviceId } from '../domain/ids'
import type { IdSource } from '../domain/time-and-ids'
import type { ScansStore } from '../ports/scans-schema'

/** Read or make it. Page and worker may ask at the same time: the first transaction decides. */
export function ensureDevice(scans: ScansStore, ids: IdSource, name: string): Promise<DeviceId> {
  const fresh = ids.next()
  return scans.tx(['meta'], 'rw', async (tx) => {
    const known = await tx.get('meta', 'device')
    if (known?.k === 'device') return asId<DeviceId>(known.deviceId)
    await tx.put('meta', { k: 'device', deviceId: fresh, name })
    return asId<DeviceId>(fresh)
  })
}

/** What people call it; undefined while it has no name. */
export async function readDeviceName(scans: ScansStore): Promise<string | undefined> {
  const device = await scans.tx(['meta'], 'r', (tx) => tx.get('meta', 'device'))
  return device?.k === 'device' && device.name !== '' ? device.name : undefined
}
