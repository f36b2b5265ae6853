// Joins the scanner to the count: what each kind of capture means for the open session.
import type { WedgeSettings } from '../domain/barcode/wedge-result'
import { quantityOfText, splitTimes } from '../domain/quantity-entry'
import type { Scanning } from './useScanning'
import { useWedge, type Wedge } from './useWedge'
import type { WedgeMemoryStore } from './wedge-memory'

/** `12x` and nothing else: on its own the letter is no part of a name. */
const TIMES_ALONE = /^\s*([0-9]{1,5})\s*[xX]\s*$/

/** A look-up that takes longer is none: the scan must not vanish while it is waited for. */
const LOOK_UP_MS = 2000

const noAnswer = (): Promise<false> => new Promise((resolve) => setTimeout(() => resolve(false), LOOK_UP_MS))

function splitTypedTimes(text: string): ReturnType<typeof splitTimes> {
  const digits = TIMES_ALONE.exec(text)?.[1]
  return digits === undefined ? splitTimes(text) : { digits, rest: '' }
}

export interface CaptureDeps {
  readonly scanning: Scanning
  readonly scanField: () => HTMLInputElement | null
  readonly memory: WedgeMemoryStore
  /** What is set up for this device's scanner. */
  readonly settings: () => WedgeSettings
  /** Does the device know a product for this value? */
  readonly isKnown: (raw: string, symbology: string | null) => Promise<boolean>
}

/** Needs an effect scope that lives as long as the session is open. */
export function useCapture({ scanning, scanField, memory, settings, isKnown }: CaptureDeps): Wedge {
  /** @returns false when the number cannot be a quantity: nothing may be counted with it then */
  function takeTimes(digits: string): boolean {
    const entered = quantityOfText(digits)
    if (entered?.kind !== 'quantity') return false
    scanning.prefix.value = entered.quantity
    return true
  }

  function typed(value: string): void {
    const { digits, rest } = splitTypedTimes(value)
    if (digits !== null && !takeTimes(digits)) return scanning.refuse(value, 'quantity')
    if (rest !== '') void scanning.receive({ raw: rest, symbology: null, source: 'keyboard', receivedAt: null })
  }

  /**
   * What stood in the scan field when a scan came: `12*` is for that scan; anything else was not finished, and must
   * not join what is typed later.
   * @returns false when the number cannot be a quantity
   */
  function takeWhatStoodInField(): boolean {
    const field = scanField()
    const text = field?.value.trim() ?? ''
    if (field === null || text === '') return true
    field.value = ''
    field.dispatchEvent(new Event('input', { bubbles: true }))
    const { digits, rest } = splitTypedTimes(text)
    return digits === null || rest !== '' || takeTimes(digits)
  }

  function scanned(raw: string, symbology: string | null, endedAt: number): void {
    if (takeWhatStoodInField()) void scanning.receive({ raw, symbology, source: 'scanner', receivedAt: endedAt })
    else scanning.refuse(raw, 'quantity')
  }

  /** Without a terminator it counts only if the device knows it; when that cannot be found out, a person decides. */
  async function unterminated(raw: string, symbology: string | null, endedAt: number): Promise<void> {
    let known: boolean
    try {
      known = await Promise.race([isKnown(raw, symbology), noAnswer()])
    } catch {
      known = false
    }
    if (known) scanned(raw, symbology, endedAt)
    else scanning.partial(raw, symbology)
  }

  return useWedge({
    scanField,
    memory,
    settings,
    onScan: ({ raw, symbology, endedAt }) => scanned(raw, symbology, endedAt),
    onPartial: (result) => {
      const { raw, symbology, endedAt } = result
      if (result.kind === 'partial') return scanning.partial(raw, symbology)
      void unterminated(raw, symbology, endedAt)
    },
    onFaulty: (result) =>
      scanning.refuse(result.raw, result.fault === 'too-long' ? 'too-long' : 'unreadable'),
    onTyped: typed,
  })
}
