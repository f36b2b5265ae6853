// What was learnt about the scanner, kept on the device. Losing it loses nothing: three scans teach it again.
import type { WedgeMemory } from '../domain/barcode/wedge-result'
import { NOTHING_LEARNT, SCANS_TO_LEARN } from '../domain/barcode/wedge-result'

export interface WedgeMemoryStore {
  readonly load: () => WedgeMemory | Promise<WedgeMemory>
  readonly save: (memory: WedgeMemory) => void | Promise<void>
}

const KEY = 'shelfcount:wedge'

/** Kept in localStorage, per device, for all users: the scanner belongs to the device. */
export function createLocalWedgeMemory(
  storage: Pick<Storage, 'getItem' | 'setItem'>,
): WedgeMemoryStore {
  return {
    load: () => decodeWedgeMemory(storage.getItem(KEY)),
    save: (memory) => storage.setItem(KEY, JSON.stringify(memory)),
  }
}

/** What another version of the app wrote, or nobody: nothing learnt. Never throws. */
export function decodeWedgeMemory(stored: string | null): WedgeMemory {
  const [scans, terminator, layout] =
    /^\{"terminatedScans":([0-3]),"terminator":(null|"[A-Za-z]+"),"layout":(null|"[a-z]+")\}$/
      .exec(stored ?? '')
      ?.slice(1) ?? []
  if (scans === undefined) return NOTHING_LEARNT
  return {
    terminatedScans: Math.min(SCANS_TO_LEARN, Number(scans)),
    terminator: (['Enter', 'Tab', 'LF'] as const).find((it) => `"${it}"` === terminator) ?? null,
    layout: (['text', 'us'] as const).find((it) => `"${it}"` === layout) ?? null,
  }
}
