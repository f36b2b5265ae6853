// POST oms/dataDocumentView: named lists that other routes provide (contract 7.1).
import { DataDocumentRequest } from '../../src/contract/products'
import { HttpError } from '../http/errors'
import { Query } from '../http/query'
import type { DocumentView, Registry } from '../http/route'
import { requireNeeds } from '../http/serve'

const PAGE_INDEX_MAX = 1_000_000

export function registerDataDocument(
  registry: Registry,
  findDocument: (id: string) => DocumentView | undefined,
): void {
  registry.route({
    method: 'POST',
    path: 'oms/dataDocumentView',
    // Each document says itself what its caller needs.
    needs: 'signed-in',
    body: DataDocumentRequest,
    handler: async ({ body, caller, context, sql }) => {
      const view = findDocument(body.dataDocumentId)
      if (view === undefined)
        throw new HttpError(
          400,
          `Data document ${body.dataDocumentId.slice(0, 60)} not found`,
          'BAD_REQUEST',
        )
      requireNeeds(caller, view.needs)
      const outer = Query.fromRecord({ pageIndex: body.pageIndex, pageSize: body.pageSize })
      const pageIndex = outer.int('pageIndex', { min: 0, max: PAGE_INDEX_MAX, otherwise: 0 })
      const limit = outer.int('pageSize', {
        min: 1,
        max: context.limits.pageRowsMax,
        otherwise: 20,
      })
      const rows = await view.rows({
        caller,
        context,
        sql,
        query: Query.fromRecord(body.customParametersMap),
        limit,
        offset: pageIndex * limit,
        filterByDate: body.filterByDate,
      })
      return { entityValueList: rows }
    },
  })
}
