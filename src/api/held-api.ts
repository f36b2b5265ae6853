// Held scans on their way into another session, over HTTP; a server of the base profile has no such call.
import { HeldMoved } from '../contract/held'
import { RemoteError } from '../domain/errors'
import { asId, type RowUuid, type SessionId } from '../domain/ids'
import { decodeQuantity } from '../domain/quantity'
import type { HeldApi } from '../ports/server'
import { SESSIONS } from './counts-api'
import { type Http, part } from './http'

export function createHeldCalls(http: Http, profile: 'extended' | 'hotwax'): HeldApi {
  return {
    async moveHeld({ sessionId, uuid, rev, lastScanAt, toSessionId }) {
      if (profile !== 'extended')
        throw new RemoteError('unsupported', 'This server cannot move scans to another session')
      const path = `${SESSIONS}/${part(sessionId)}/held`
      const body = { rowKey: uuid, rev, toSessionId, lastScanAt }
      const told = await http.json({ method: 'post', path, schema: HeldMoved, body })
      const quantity = decodeQuantity(told.quantity)
      if (typeof quantity === 'string')
        throw new RemoteError('captive-portal', `POST ${path}: the quantity is ${quantity}`)
      return {
        toSessionId: asId<SessionId>(told.toSessionId),
        toSessionName: told.toSessionName,
        uuid: asId<RowUuid>(told.uuid),
        quantity,
      }
    },
  }
}
