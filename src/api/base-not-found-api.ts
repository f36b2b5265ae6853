// What a hard count did not find, on a server of the base contract: told by the stock, counted as zero in a session of its own.
import { SESSION_STATUS_IDS, SessionCreated } from '../contract/counts'
import { StockDocument } from '../contract/products'
import { asId, type ItemKey, type LogId, type ProductId, type SessionId } from '../domain/ids'
import { encodeQuantity } from '../domain/quantity'
import { rowUuidOf } from '../domain/row-uuid'
import type { BaseReviewApi } from '../ports/base-review'
import type { Caller } from '../ports/server'
import { SESSIONS, WORK_EFFORTS } from './counts-api'
import { microOrNull } from './decode-review'
import { part, type Http } from './http'

const STOCK_PAGE = 500
/** Rows that such a server takes in one request. */
const ZEROS_CHUNK = 250
/** Rows of one writer: the review, which is no device. */
const LOG = asId<LogId>('not-found')

/** Contract 3.6, 4.3, 7.1. Rules: docs/SPEC.md RV70. */
export function createNotFoundCalls(http: Http, { userName }: Pick<Caller, 'userName'>): Pick<BaseReviewApi, 'stock' | 'countAsZero'> {
  return {
    async stock(facilityId, pageIndex) {
      const body = {
        dataDocumentId: 'ProductFacilityAndInventoryItem',
        pageIndex,
        pageSize: STOCK_PAGE,
        customParametersMap: { facilityId, orderByField: 'productId' },
      }
      const { entityValueList } = await http.json({ method: 'post', path: 'oms/dataDocumentView', schema: StockDocument, body })
      const rows = entityValueList.map((it) => ({
        productId: asId<ProductId>(it.productId),
        name: it.internalName ?? it.productId,
        book: microOrNull(it.quantityOnHandTotal),
      }))
      return { rows, isLast: rows.length < STOCK_PAGE }
    },
    async countAsZero({ cycleCountId, name }, { sessionId, rows }) {
      const createdDate = http.clock.now()
      const session = {
        workEffortId: cycleCountId,
        inventoryCountImportId: sessionId,
        countImportName: `OOS Selected – ${name} – ${createdDate}`,
        statusId: SESSION_STATUS_IDS.submitted,
        uploadedByUserLogin: userName,
        createdDate,
      }
      const path = `${WORK_EFFORTS}/${part(cycleCountId)}/sessions`
      const made = await http.json({ method: 'post', path, schema: SessionCreated, body: session })
      const id = asId<SessionId>(made.inventoryCountImportId)
      for (let from = 0; from < rows.length; from += ZEROS_CHUNK) {
        const items = rows.slice(from, from + ZEROS_CHUNK).map(({ productId, bookNow }) => ({
          inventoryCountImportId: id,
          productId,
          quantity: 0,
          ...(bookNow === null ? {} : { systemQuantityOnHand: encodeQuantity(bookNow) }),
          uploadedByUserLogin: userName,
          countedByUserLoginId: userName,
          uuid: rowUuidOf(id, LOG, `product:${productId}` as ItemKey),
          createdDate,
        }))
        await http.run({ method: 'put', path: `${SESSIONS}/${part(id)}/items`, body: { items } })
      }
    },
  }
}
