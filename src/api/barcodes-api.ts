// Barcodes for all counts to come, over HTTP: proposed while counting, seen and taken back by supervisors; extended profile.
import { BarcodeKept, BarcodeList, WireBarcode } from '../contract/barcodes'
import { COUNTS } from '../contract/envelope'
import { RemoteError } from '../domain/errors'
import { asId, type ProductId, type SessionId, type UserName } from '../domain/ids'
import type { RememberedBarcode, ReviewApi } from '../ports/review'
import type { BarcodeApi, Caller } from '../ports/server'
import { SESSIONS } from './counts-api'
import { type Http, part } from './http'

const PATH = `${COUNTS}barcodes`

export function createBarcodeCalls(
  http: Http,
  { deviceId }: Caller,
  profile: 'extended' | 'hotwax',
): BarcodeApi {
  return {
    async rememberBarcode({ sessionId, wishId, value, productId, packSize }, signal) {
      if (profile !== 'extended')
        throw new RemoteError('unsupported', 'This server remembers no barcodes')
      const path = `${SESSIONS}/${part(sessionId)}/barcodes`
      const body = { wishId, value, productId, packSize, deviceId }
      await http.json({
        method: 'post',
        path,
        schema: BarcodeKept,
        body,
        ...(signal === undefined ? {} : { signal }),
      })
    },
  }
}

export function createBarcodeListCalls(
  http: Http,
): Pick<ReviewApi, 'barcodes' | 'takeBarcodeBack' | 'rememberAgain'> {
  return {
    async barcodes(before) {
      const query = before === null ? {} : { beforeAt: before.at, beforeId: before.wishId }
      const { barcodes, more } = await http.json({
        method: 'get',
        path: PATH,
        schema: BarcodeList,
        query,
      })
      return { barcodes: barcodes.map(decodeBarcode), more }
    },
    takeBarcodeBack: async (wishId) =>
      decodeBarcode(
        await http.json({ method: 'delete', path: `${PATH}/${part(wishId)}`, schema: WireBarcode }),
      ),
    async rememberAgain({ sessionId, value, productId, packSize }, wishId) {
      const path = `${SESSIONS}/${part(sessionId)}/barcodes`
      await http.json({
        method: 'post',
        path,
        schema: BarcodeKept,
        body: { wishId, value, productId, packSize },
      })
    },
  }
}

function decodeBarcode({ takenBackAt, takenBackBy, ...it }: WireBarcode): RememberedBarcode {
  return {
    ...it,
    productId: asId<ProductId>(it.productId),
    productName: it.productName ?? null,
    by: asId<UserName>(it.by),
    sessionId: asId<SessionId>(it.sessionId),
    takenBack:
      takenBackAt == null ? null : { at: takenBackAt, by: asId<UserName>(takenBackBy ?? '') },
  }
}
