// Runs in the browser: what one commit costs on this disk, with nothing of the app around it. Nothing can be saved faster.
import { createDexieStore } from '../src/db/dexie-store'
import type { DeviceId, EventId, ItemKey, LogId, SessionId, UserName } from '../src/domain/ids'
import { asId } from '../src/domain/ids'
import { unitsOf } from '../src/domain/quantity'
import type { ScanEventDraft } from '../src/domain/scan-event'
import { SCANS_SCHEMA } from '../src/ports/scans-schema'
import type { ScansStore } from '../src/ports/scans-schema'
import { appendScans } from '../src/usecases/append-scans'

export type FloorWork = 'one row, relaxed' | 'one row, strict' | 'append of one scan, strict'

export interface FloorAsked {
  readonly work: FloorWork
  readonly commits: number
  readonly perSecond: number
}

const SESSION = asId<SessionId>('bench-session')
const USER = asId<UserName>('ana')
/** First commits compile code and open the database. */
const WARM_UP = 5

/** Commit at a steady pace, like a scanner. @returns ms from the call to the commit, each */
async function benchFloor({ work, commits, perSecond }: FloorAsked): Promise<readonly number[]> {
  const scans: ScansStore = createDexieStore(`scans:floor ${work}`, SCANS_SCHEMA, { strict: work !== 'one row, relaxed', version: 1 })
  const commit = work === 'append of one scan, strict' ? appending(scans) : putting(scans)
  for (let nth = 0; nth < WARM_UP; nth += 1) await commit()
  const ms: number[] = []
  const startAt = performance.now()
  for (let nth = 0; nth < commits; nth += 1) {
    const from = performance.now()
    await commit()
    ms.push(performance.now() - from)
    const nextAt = startAt + ((nth + 1) * 1000) / perSecond
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, nextAt - performance.now())))
  }
  scans.close()
  return ms
}

function putting(scans: ScansStore): () => Promise<unknown> {
  let nth = 0
  return () => scans.tx(['meta'], 'rw', (tx) => tx.put('meta', { k: 'setting:floor', value: String((nth += 1)) }))
}

/** As the product does it, one scan in a transaction. */
function appending(scans: ScansStore): () => Promise<unknown> {
  const logId = asId<LogId>(crypto.randomUUID())
  let knownHead = 0
  return async () => {
    const mintLog = (): LogId => {
      throw new Error('Nobody reverts this disk')
    }
    const { head } = await appendScans(scans, { sessionId: SESSION, userName: USER, logId, knownHead, mintLog, drafts: [draft()] })
    knownHead = head
  }
}

function draft(): ScanEventDraft {
  return {
    kind: 'scan', eventId: asId<EventId>(crypto.randomUUID()), sessionId: SESSION, deviceId: asId<DeviceId>('bench-device'), userName: USER,
    source: 'scanner', raw: '4006381333931', symbology: null, itemKey: asId<ItemKey>('gtin:04006381333931'), quantity: unitsOf(1), packSize: 1,
    at: Date.now(), serverOffsetMs: null, serverOffsetAgeMs: null, fence: null,
  }
}

Object.assign(globalThis, { benchFloor })
