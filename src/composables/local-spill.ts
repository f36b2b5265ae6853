// Scans that the database did not take, kept in localStorage to bridge a reload: one entry per scan, safe beside other windows.
import type { EventId } from '../domain/ids'
import type { ScanEventDraft } from '../domain/scan-event'
import type { Spill } from '../usecases/scan-writer'

const KINDS: readonly unknown[] = ['scan', 'negation', 'correction']
const TEXTS = ['eventId', 'sessionId', 'deviceId', 'userName', 'raw', 'itemKey'] as const
const NUMBERS = ['quantity', 'packSize', 'at'] as const

/** `'foreign'` for what is no scan of ours: left where it is, for a person to look at. */
export function decodeSpilled(text: string): ScanEventDraft | 'foreign' {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return 'foreign'
  }
  if (typeof parsed !== 'object' || parsed === null) return 'foreign'
  const fields = parsed as Readonly<Record<string, unknown>>
  const isDraft =
    KINDS.includes(fields['kind']) &&
    TEXTS.every((it) => typeof fields[it] === 'string') &&
    NUMBERS.every((it) => typeof fields[it] === 'number') &&
    (fields['kind'] !== 'negation' || typeof fields['negates'] === 'string')
  return isDraft ? (parsed as ScanEventDraft) : 'foreign'
}

/** @param name the database that the scans belong to */
export function createLocalSpill(storage: Storage, name: string): Spill {
  const prefix = `shelfcount:spill:${name}:`
  const keyOf = (eventId: EventId): string => prefix + eventId

  return {
    read() {
      const keys: string[] = []
      for (let index = 0; index < storage.length; index++) {
        const key = storage.key(index)
        if (key?.startsWith(prefix) === true) keys.push(key)
      }
      // Event ids are UUIDv7: their order is the order of the scans.
      return keys.sort().flatMap((key) => {
        const draft = decodeSpilled(storage.getItem(key) ?? '')
        return draft === 'foreign' ? [] : [draft]
      })
    },
    write(drafts) {
      for (const draft of drafts) storage.setItem(keyOf(draft.eventId), JSON.stringify(draft))
    },
    remove(eventIds) {
      for (const eventId of eventIds) storage.removeItem(keyOf(eventId))
    },
  }
}
