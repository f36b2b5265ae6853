// Joins the scanner to the count: what each kind of capture means for the open session.
import { quantityOfText, splitTimes } from '../domain/quantity-entry'
import type { Scanning } from './useScanning'
import { useWedge, type Wedge } from './useWedge'
import type { WedgeMemoryStore } from './wedge-memory'

export interface CaptureDeps {
  readonly scanning: Scanning
  readonly scanField: () => HTMLInputElement | null
  readonly memory: WedgeMemoryStore
  /** Does the device know a product for this value? */
  readonly isKnown: (raw: string, symbology: string | null) => Promise<boolean>
}

/** Needs an effect scope that lives as long as the session is open. */
export function useCapture({ scanning, scanField, memory, isKnown }: CaptureDeps): Wedge {
  function typed(value: string): void {
    const { digits, rest } = splitTimes(value)
    if (digits !== null) {
      const entered = quantityOfText(digits)
      if (entered?.kind !== 'quantity') return scanning.refuse(value, 'quantity')
      scanning.prefix.value = entered.quantity
    }
    if (rest !== '') void scanning.receive({ raw: rest, symbology: null, source: 'keyboard', receivedAt: null })
  }

  return useWedge({
    scanField,
    memory,
    onScan: ({ raw, symbology, endedAt }) =>
      void scanning.receive({ raw, symbology, source: 'scanner', receivedAt: endedAt }),
    onPartial: (result) => {
      const { raw, symbology, endedAt } = result
      if (result.kind === 'partial') return scanning.partial(raw, symbology)
      void isKnown(raw, symbology).then((known) => {
        if (known) void scanning.receive({ raw, symbology, source: 'scanner', receivedAt: endedAt })
        else scanning.partial(raw, symbology)
      })
    },
    onFaulty: (result) =>
      scanning.refuse(result.raw, result.fault === 'too-long' ? 'too-long' : 'unreadable'),
    onTyped: typed,
  })
}
