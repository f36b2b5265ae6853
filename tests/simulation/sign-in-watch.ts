// Users of one device never mix (I22, SH1): what one counted lies in nobody else's database and is sent under nobody
// else's sign-in. Scans that came by file are the exception: they stay those of whoever made them (HF7).
import type { Change } from '../../src/db/memory-table'
import type { StoredScanEvent } from '../../src/domain/scan-event'
import type { LogRow } from '../../src/ports/scans-schema'
import type { Device } from './device'
import type { SimServer } from './server/sim-server'
import type { SimRequest } from './server/wire'

export interface SignInWatchDeps {
  readonly server: SimServer
  readonly deviceOf: (name: string) => Device | null
  readonly violated: (invariant: string, text: string) => void
}

/** Of a row, or of an event, as they cross the network. */
interface Sent {
  readonly logId?: string | null
  readonly countedByUserLoginId?: string | null
  readonly userId?: string
}

export class SignInWatch {
  constructor(private readonly deps: SignInWatchDeps) {}

  /** Whose scans lie in a database is known as soon as they do. */
  onCommit(device: Device, name: string, changes: readonly Change[]): void {
    for (const { table, after } of changes) {
      const event = table === 'scanEvents' ? (after as StoredScanEvent | undefined) : undefined
      if (event === undefined || event.userName === userOf(name)) continue
      if (!isTaken(device, name, event.logId))
        this.deps.violated('I22', `${device.name} keeps a scan of ${event.userName} in ${name}`)
    }
  }

  /** Under whose sign-in it leaves the device; one that the server does not know brings nothing there. */
  onSent({ method, path, token, body }: SimRequest, deviceName: string): void {
    const isWork = method === 'PUT' && (path.endsWith('/items') || path.endsWith('/scanEvents'))
    if (!isWork || body === undefined || token === null) return
    const sender = this.deps.server.userOfToken(token)
    const device = this.deps.deviceOf(deviceName)
    if (sender === null || device === null) return
    for (const { logId, countedByUserLoginId, userId } of sentIn(body)) {
      const counter = userId ?? countedByUserLoginId ?? null
      if (counter === null || counter === sender || logId == null) continue
      const names = [...device.scans.keys()].filter((it) => userOf(it) === sender)
      if (names.some((it) => isTaken(device, it, logId))) continue
      this.deps.violated(
        'I22',
        `${deviceName} sends what ${counter} counted under the sign-in of ${sender}`,
      )
    }
  }
}

/** Both kinds of request carry one list. */
function sentIn(body: string): readonly Sent[] {
  const parsed = JSON.parse(body) as Readonly<Record<string, unknown>>
  return Object.values(parsed).find((it): it is Sent[] => Array.isArray(it)) ?? []
}

/** The log came by file. */
function isTaken(device: Device, name: string, logId: string): boolean {
  const log = device.scans
    .get(name)
    ?.rows('logs')
    .find((it) => it.logId === logId)
  return log !== undefined && (log as LogRow).takenFrom !== undefined
}

/** `scans:<origin>:<user>` */
export function userOf(name: string): string {
  return name.slice(name.lastIndexOf(':') + 1)
}
