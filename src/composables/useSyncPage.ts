// What the Sync page reads: unsent per session, lines that were not taken, the newest log entries, this device's name.
import type { SessionId } from '../domain/ids'
import type { SessionRow, SyncLogRow } from '../ports/scans-schema'
import { LAST } from '../ports/store'
import type { QuarantinedLine } from './held-lines'
import type { AccountData } from './services'
import { useLiveRead, type LiveRead } from './useLiveRead'

const QUARANTINE_MAX = 500
const SESSIONS_MAX = 500
const LOG_KEYS_MAX = 20_000
const LOG_SHOWN = 100

export interface SyncPage {
  readonly unsent: readonly { readonly sessionId: SessionId; readonly name: string; readonly lines: number }[]
  readonly quarantine: readonly QuarantinedLine[]
  readonly deviceName: string | null
}

function nameOfSession(sessions: readonly SessionRow[], id: SessionId): string {
  return sessions.find((it) => it.sessionId === id)?.session.name ?? 'A session'
}

export function useSyncPage({ scans }: AccountData): LiveRead<SyncPage> {
  return useLiveRead(async () =>
    scans.tx(['outbox', 'quarantine', 'sessions', 'meta', 'inventoryCountRecords', 'items'], 'r', async (tx) => {
      const quarantine = await tx.range('quarantine', ':id', { limit: QUARANTINE_MAX })
      const sessions = await tx.range('sessions', ':id', { limit: SESSIONS_MAX })
      const device = await tx.get('meta', 'device')
      const records = await tx.bulkGet('inventoryCountRecords', quarantine.map((it) => it.uuid))
      const known = records.flatMap((it) => (it === undefined ? [] : [it]))
      const items = await tx.bulkGet('items', known.map((it) => [it.sessionId, it.lineKey]))
      const names = new Map(known.map((it, index) => [it.uuid, items[index]?.name ?? it.productIdentifier]))
      // Counted in the index: this is asked again at every change, and the rows themselves are of no use here.
      const unsent = await Promise.all(
        sessions.map(async ({ sessionId, session }) => ({
          sessionId,
          name: session.name,
          lines: await tx.count('outbox', '[sessionId+uuid]', { lower: [sessionId], upper: [sessionId, LAST] }),
        })),
      )
      return {
        unsent: unsent.filter((it) => it.lines > 0),
        quarantine: quarantine.map((row) => ({
          row,
          name: names.get(row.uuid) ?? 'A line',
          sessionName: nameOfSession(sessions, row.sessionId),
        })),
        deviceName: device?.k === 'device' ? device.name : null,
      }
    }),
  )
}

/** Newest first. Keys are read forward and only the last rows fetched: nothing runs backwards on this database. */
export async function readSyncLog({ scans }: AccountData): Promise<readonly SyncLogRow[]> {
  const rows = await scans.tx(['syncLog'], 'r', async (tx) => {
    const keys = await tx.rangeKeys('syncLog', ':id', { limit: LOG_KEYS_MAX })
    return tx.bulkGet('syncLog', keys.slice(-LOG_SHOWN))
  })
  return rows.filter((it) => it !== undefined).reverse()
}

/** People tell devices apart by this name. Nothing changes if the device is not known yet. */
export async function renameDevice({ scans }: AccountData, name: string): Promise<void> {
  await scans.tx(['meta'], 'rw', async (tx) => {
    const device = await tx.get('meta', 'device')
    if (device?.k === 'device') await tx.put('meta', { ...device, name })
  })
}
