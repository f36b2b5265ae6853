// Listens to a scanner without counting anything: each scan becomes a report of what arrived.
import { shallowRef, type ShallowRef } from 'vue'
import { isEcho, scannerReportOf, withEcho, type ScannerReport } from '../domain/barcode/scanner-report'
import type { KeyInput } from '../domain/barcode/stroke'
import type { WedgeResult, WedgeSettings } from '../domain/barcode/wedge-result'
import { useWedge } from './useWedge'
import type { WedgeMemoryStore } from './wedge-memory'

/** More than any report shows. */
const PENDING_MAX = 1000

export interface ScannerTestOptions {
  readonly memory: WedgeMemoryStore
  readonly settings: () => WedgeSettings
  readonly onReport: (report: ScannerReport) => void
}

/** Needs an effect scope, and no other wedge on the page. What is typed into a field of the page is left alone. */
export function useScannerTest({ memory, settings, onReport }: ScannerTestOptions): Readonly<ShallowRef<ScannerReport | null>> {
  const report = shallowRef<ScannerReport | null>(null)
  let pending: KeyInput[] = []

  function onKey(input: KeyInput): void {
    const last = report.value
    if (pending.length === 0 && last !== null && isEcho(last, input)) report.value = withEcho(last, input)
    else pending = [...pending.slice(1 - PENDING_MAX), input]
  }

  function onResult(result: WedgeResult): void {
    const keys = pending
    pending = []
    if (result.kind === 'typed' && keys.at(-1)?.isInOtherField === true) return
    report.value = scannerReportOf(keys, result, settings())
    onReport(report.value)
  }

  const nothing = (): void => undefined
  useWedge({
    scanField: () => null,
    memory,
    settings,
    watcher: { onKey, onResult },
    onScan: nothing,
    onPartial: nothing,
    onFaulty: nothing,
    onTyped: nothing,
  })
  return report
}
