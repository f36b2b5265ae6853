// The install's identity, kept in the same database as its events: a wiped device gets a new one.
import { asId, type DeviceId } from '../domain/ids'
import type { IdSource } from '../domain/time-and-ids'
import type { ScansStore } from '../ports/scans-schema'

/** What earlier versions called a device by themselves: on somebody else's screen it names the wrong one, or none. */
const NAMES_OF_NOTHING = ['', 'This device', 'App on this device', 'Browser on this device']

/**
 * Read or make it. Page and worker may ask at the same time: the first transaction decides.
 * @param kind as `iPad`, to tell it apart on other screens until a person names it; null: the caller cannot know
 * Rule: docs/SPEC.md BD16
 */
export function ensureDevice(
  scans: Pick<ScansStore, 'tx'>,
  ids: IdSource,
  kind: string | null,
): Promise<DeviceId> {
  const fresh = ids.next()
  return scans.tx(['meta'], 'rw', async (tx) => {
    const known = await tx.get('meta', 'device')
    const [deviceId, name] = known?.k === 'device' ? [known.deviceId, known.name] : [fresh, null]
    const isNameless = name === null || NAMES_OF_NOTHING.includes(name)
    if (name === null || (isNameless && kind !== null))
      await tx.put('meta', { k: 'device', deviceId, name: kind === null ? '' : `${kind} ${deviceId.slice(-4).toUpperCase()}` })
    return asId<DeviceId>(deviceId)
  })
}

/** What people call it; undefined while it has no name. */
export async function readDeviceName(scans: ScansStore): Promise<string | undefined> {
  const device = await scans.tx(['meta'], 'r', (tx) => tx.get('meta', 'device'))
  return device?.k === 'device' && !NAMES_OF_NOTHING.includes(device.name) ? device.name : undefined
}
