// Barcodes that are remembered for the next counts: whoever counts proposes, supervisors see them and take them back.
import {
  BARCODES_MAX,
  BarcodeKept,
  BarcodeList,
  PostBarcode,
  WireBarcode,
} from '../../src/contract/barcodes'
import { COUNTS } from '../../src/contract/envelope'
import { holdSession } from '../counts/session-store'
import type { Registrar } from '../http/route'
import { listBarcodes, rememberBarcode, takeBarcodeBack } from '../products/remembered'

const PATH = `${COUNTS}barcodes`

/** Rules: docs/SPEC.md SP27-SP30. */
export const registerBarcodes: Registrar = (registry) => {
  registry.route({
    method: 'POST',
    path: `${COUNTS}cycleCounts/sessions/:sessionId/barcodes`,
    needs: ['INVCOUNT_APP_VIEW'],
    isExtension: true,
    body: PostBarcode,
    answer: BarcodeKept,
    handler: ({ caller, param, body, context: { db, clock } }) =>
      db.tx(async (sql) => {
        // Also after the submit: the wish may have waited for the network.
        const { sessionId } = await holdSession(sql, caller, param('sessionId'))
        return {
          state: await rememberBarcode(sql, body, {
            sessionId,
            by: caller.userName,
            now: clock.now(),
          }),
        }
      }),
  })
  registry.route({
    method: 'GET',
    path: PATH,
    needs: ['INV_COUNT_SUBMIT', 'PREVIEW_COUNT_ITEM'],
    isExtension: true,
    answer: BarcodeList,
    handler: ({ sql, caller, query }) => {
      const id = query.one('beforeId')
      const at = query.int('beforeAt', { min: 0, max: Number.MAX_SAFE_INTEGER, otherwise: 0 })
      const limit = query.int('limit', { min: 1, max: BARCODES_MAX, otherwise: BARCODES_MAX })
      return listBarcodes(sql, caller, { before: id === null ? null : { at, id }, limit })
    },
  })
  registry.route({
    method: 'DELETE',
    path: `${PATH}/:wishId`,
    needs: ['INV_COUNT_SUBMIT'],
    isExtension: true,
    answer: WireBarcode,
    handler: ({ caller, param, context: { db, clock } }) =>
      db.tx((sql) => takeBarcodeBack(sql, caller, param('wishId'), clock.now())),
  })
}
