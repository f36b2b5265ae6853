// The fake server's rows: upsert by uuid, each half by its revision, verdicts (decisions 4, 5, 15).
import { asId } from '../../src/domain/ids'
import type { HeardElsewhere } from '../../src/domain/session'
import type { UserName } from '../../src/domain/ids'
import type { Clock } from '../../src/domain/time-and-ids'
import type { Caller, PutItemsAnswer, PutItemsRequest, RowVerdict } from '../../src/ports/server'
import { aServerItem } from './builders'
import type { FakeServer, FakeSession } from './fake-server'

export function putItems(
  server: FakeServer,
  clock: Clock,
  caller: Caller,
  request: PutItemsRequest,
): PutItemsAnswer {
  const session = server.session(request.sessionId)
  session.unsent.set(caller.deviceId, {
    deviceId: caller.deviceId,
    userName: asId<UserName>(caller.userName),
    unsentScans: request.unsentScans,
    lastHeardAt: clock.now(),
  })
  const verdicts = request.rows.map((row) => putRow({ server, clock }, session, row, request.fence))
  if (server.profile === 'hotwax') return { verdicts, serverTime: null }
  return { verdicts, serverTime: clock.now(), elsewhere: heardElsewhere(server, session, caller) }
}

/** A base server tells nothing of other devices. */
export function heardElsewhere(
  server: FakeServer,
  session: FakeSession,
  caller: Caller,
): HeardElsewhere {
  if (server.profile === 'hotwax') return { pendingElsewhere: [] }
  const others = [...session.unsent.values()].filter((it) => it.deviceId !== caller.deviceId)
  return {
    pendingElsewhere: others.filter((it) => it.unsentScans > 0),
    heardElsewhereAt: Math.max(0, ...others.map(({ lastHeardAt }) => lastHeardAt)),
  }
}

type PutRow = PutItemsRequest['rows'][number]

function putRow(
  { server, clock }: { readonly server: FakeServer; readonly clock: Clock },
  session: FakeSession,
  row: PutRow,
  fence: number | null,
): RowVerdict {
  const current = session.rows.get(row.uuid)
  const importItemSeqId = current?.importItemSeqId ?? String(session.rows.size + 1).padStart(5, '0')
  const verdict = (kind: 'applied' | 'duplicate' | 'late' | 'held', rev = row.rev): RowVerdict => ({
    uuid: row.uuid,
    verdict: kind,
    rev,
    importItemSeqId,
    lastUpdatedStamp: null,
    code: null,
    message: null,
  })
  const isClosed = session.header.status === 'approved' || session.header.status === 'voided'
  if (server.profile === 'extended' && isClosed) return verdict('held')
  const removedRev = session.removed.get(row.uuid)
  if (removedRev !== undefined && row.rev <= removedRev) return verdict('duplicate', removedRev)
  session.removed.delete(row.uuid)
  const isNewer =
    current === undefined || server.profile === 'hotwax' || row.rev > (current.rev ?? -1)
  if (
    current !== undefined &&
    server.profile === 'extended' &&
    current.rev === row.rev &&
    current.quantity !== row.quantity
  )
    return {
      uuid: row.uuid,
      verdict: 'rejected',
      code: 'REV_CONFLICT',
      message: 'another quantity at the same revision',
    }
  const isMatchNewer =
    current === undefined || server.profile === 'hotwax' || row.matchRev > (current.matchRev ?? -1)
  if (!isNewer && !isMatchNewer) return verdict('duplicate', current.rev ?? row.rev)
  const isBase = server.profile === 'hotwax'
  session.rows.set(row.uuid, {
    ...aServerItem({
      uuid: row.uuid,
      importItemSeqId,
      productIdentifier: row.productIdentifier,
      countedBy: row.countedBy,
    }),
    lastScanAt: row.lastScanAt === 0 ? (current?.lastScanAt ?? null) : row.lastScanAt,
    logId: isBase ? null : row.logId,
    rev: isBase ? null : Math.max(row.rev, current?.rev ?? 0),
    standing: isBase ? null : isNewer ? row.standing : current.standing,
    quantity: isNewer ? (isBase && row.sendNullQuantity ? null : row.quantity) : current.quantity,
    productId: isMatchNewer ? row.productId : current.productId,
    isRequested: isMatchNewer ? row.isRequested : current.isRequested,
    matchRev: isBase ? null : Math.max(row.matchRev, current?.matchRev ?? 0),
    lastUpdatedStamp: clock.now(),
    acceptedRevs: [...(current?.acceptedRevs ?? []), row.rev],
  })
  if (fence === session.fence && session.header.status !== 'submitted') return verdict('applied')
  session.late.add(row.uuid)
  return verdict(server.profile === 'extended' ? 'late' : 'applied')
}
