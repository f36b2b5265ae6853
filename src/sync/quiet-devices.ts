// Devices that vanished with unsent scans: which of them are still news to this user on this device.
import type { QuietDevice } from '../domain/session'
import { isLog } from '../usecases/scan-totals'
import type { NetworkDeps } from './network-deps'

const SEEN = 'setting:quiet-devices-seen'
const LOGS_MAX = 10_000
/** More cannot be on screen, and the server tells no more. */
const SEEN_MAX = 100

/**
 * Ask the server, and leave out what was dismissed here, and what came here as a file that was saved since: an older one
 * lacks what was scanned after it. A device that is heard of again and vanishes once more is news again.
 * Rules: docs/SPEC.md SR2, SR10
 *
 * @throws {RemoteError} nothing is known then
 */
export async function readQuietDevices(deps: NetworkDeps): Promise<readonly QuietDevice[]> {
  const told = await deps.api.quietDevices()
  if (told.length === 0) return []
  return deps.scans.tx(['meta', 'logs'], 'r', async (tx) => {
    const seen = new Set(seenOf(await tx.get('meta', SEEN)))
    const news: QuietDevice[] = []
    for (const device of told) {
      if (seen.has(keyOf(device))) continue
      const logs = await tx.range('logs', 'sessionId', { lower: device.sessionId, upper: device.sessionId, limit: LOGS_MAX })
      const cameByFile = logs.some(
        (log) => isLog(log) && log.takenFrom?.deviceId === device.deviceId && (log.takenFrom.savedAt ?? 0) >= device.lastHeardAt,
      )
      if (!cameByFile) news.push(device)
    }
    return news
  })
}

/** A person has read it. */
export function dismissQuietDevice({ scans }: Pick<NetworkDeps, 'scans'>, device: Pick<QuietDevice, 'deviceId' | 'sessionId' | 'lastHeardAt'>): Promise<void> {
  return scans.tx(['meta'], 'rw', async (tx) => {
    const seen = [keyOf(device), ...seenOf(await tx.get('meta', SEEN))].slice(0, SEEN_MAX)
    await tx.put('meta', { k: SEEN, value: seen.join('\n') })
  })
}

function keyOf({ deviceId, sessionId, lastHeardAt }: Pick<QuietDevice, 'deviceId' | 'sessionId' | 'lastHeardAt'>): string {
  return `${deviceId} ${sessionId} ${lastHeardAt}`
}

function seenOf(row: object | undefined): string[] {
  return row !== undefined && 'value' in row && typeof row.value === 'string' ? row.value.split('\n') : []
}
