// A counting desk on one test engine, with what its page hands in: writer, storage that a test can kill, the window's right.
import type { LineKey } from '../../src/domain/ids'
import { asId } from '../../src/domain/ids'
import type { Micro } from '../../src/domain/quantity'
import type { ScanInput, ScanOutcome } from '../../src/ports/counting'
import type { ScansShape, ScansStore } from '../../src/ports/scans-schema'
import { foldNew } from '../../src/sync/fold'
import { createCountingDesk } from '../../src/usecases/counting-desk'
import type { DeskDeps, OpenDesk } from '../../src/usecases/counting-desk'
import { createScanWriter } from '../../src/usecases/scan-writer'
import type { ScanWriter, ScanWriterDeps } from '../../src/usecases/scan-writer'
import { ANA, SESSION, units } from './builders'
import type { TestEngine } from './test-engine'

export interface TestDesk {
  readonly desk: OpenDesk
  readonly writer: ScanWriter
  readonly scan: (raw: string, overrides?: Partial<ScanInput>) => Promise<ScanOutcome>
  readonly set: (lineKey: string, total: Micro) => Promise<ScanOutcome>
  /** Quantity and standing scans of a line once everything is folded; null = no such line. */
  readonly folded: (lineKey: string) => Promise<{ quantity: number; standing: number; bucket: string } | null>
}

export interface TestDeskOptions {
  readonly desk?: Partial<DeskDeps>
  readonly writer?: Partial<ScanWriterDeps>
}

export function openTestDesk(engine: TestEngine, options: TestDeskOptions = {}): TestDesk {
  const { deps, scans } = engine
  const spill = { read: () => [], write: () => undefined, remove: () => undefined }
  const store = options.writer?.store ?? scans
  const writer = createScanWriter({ ...deps, store, reopen: async () => store, spill, userName: ANA, ...options.writer })
  const desk = createCountingDesk({ ...deps, sessionId: SESSION, writer, mayCountHere: () => true, ...options.desk })
  return {
    desk,
    writer,
    scan: (raw, overrides) =>
      desk.scan({ raw, symbology: null, source: 'scanner', times: units(1), receivedAt: null, ...overrides }),
    set: (lineKey, total) => desk.setQuantity(asId<LineKey>(lineKey), total),
    folded: async (lineKey) => {
      await foldNew(deps)
      const [line] = await desk.lines([asId<LineKey>(lineKey)])
      return line === undefined ? null : { quantity: line.quantity, standing: line.standing, bucket: line.bucket }
    },
  }
}

/** The store as a page sees it: `before` runs before each transaction and may delay or refuse it. */
export function storeWith(
  real: ScansStore,
  before: (tables: readonly (keyof ScansShape)[], mode: 'r' | 'rw') => Promise<void>,
): ScansStore {
  return {
    ...real,
    tx: async (tables, mode, work) => {
      await before(tables, mode)
      return await real.tx(tables, mode, work)
    },
  }
}
