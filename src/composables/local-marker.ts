// The storage marker in localStorage, one entry per database; what cannot be read is no marker.
import { asId } from '../domain/ids'
import type { MarkedLog, StorageMarker } from '../domain/storage-marker'
import type { MarkerMemory } from '../usecases/storage-watch'

const PREFIX = 'shelfcount:marker:'

/** @param name the database that it tells about */
export function createLocalMarker(storage: Storage, name: string): MarkerMemory & { readonly forget: () => void } {
  const key = PREFIX + name
  return {
    read: () => decodeMarker(storage.getItem(key)),
    write(marker) {
      try {
        storage.setItem(key, JSON.stringify(marker))
      } catch (error) {
        // No room: the warning is worth less than the spilled scans that may have taken it.
        if (!(error instanceof DOMException)) throw error
        performance.mark('marker-not-written')
      }
    },
    forget: () => storage.removeItem(key),
  }
}

/** null: none was written, or not by us. */
export function decodeMarker(text: string | null): StorageMarker | null {
  const parsed = text === null ? 'none' : jsonOf(text)
  if (typeof parsed !== 'object' || parsed === null) return null
  const { deviceId, logs } = parsed as Readonly<Record<string, unknown>>
  if (typeof deviceId !== 'string' || !Array.isArray(logs)) return null
  return { deviceId: asId(deviceId), logs: logs.filter(isMarkedLog) }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return 'unreadable'
  }
}

function isMarkedLog(it: unknown): it is MarkedLog {
  if (typeof it !== 'object' || it === null) return false
  const { logId, sessionId, head, sentHead } = it as Readonly<Record<string, unknown>>
  return typeof logId === 'string' && typeof sessionId === 'string' && Number.isSafeInteger(head) && Number.isSafeInteger(sentHead)
}
