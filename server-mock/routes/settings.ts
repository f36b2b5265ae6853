// Facilities, product stores and their settings, and the lists of names (contract 1.3, 2.3).
import * as v from 'valibot'
import { Text } from '../../src/contract/envelope'
import {
  Facilities,
  FacilityProductStores,
  GoodIdentificationTypes,
  ProductStores,
  ProductStoreSettings,
  Statuses,
} from '../../src/contract/startup'
import { orderByOf, pageHeaders, Params, readPaging, whereOf, type Fields } from '../http/query'
import type { Registry, RouteInput } from '../http/route'

/** A list resource over one table expression: wire columns, what may be filtered, the scope of the caller. */
interface List {
  readonly columns: string
  readonly from: string
  readonly fields: Fields
  readonly otherwise: string
  readonly last: string
  /** A further condition; null for none. */
  readonly scope?: (params: Params) => string | null
}

export function registerSettings(registry: Registry): void {
  registerFacilities(registry)
  registerProductStores(registry)
  registerNames(registry)
}

const FACILITY_FIELDS: Fields = {
  facilityId: { sql: 'facility_id', type: 'text' },
  facilityName: { sql: 'facility_name', type: 'text' },
  facilityTypeId: { sql: 'facility_type_id', type: 'text' },
  parentTypeId: { sql: 'parent_type_id', type: 'text' },
}

function registerFacilities(registry: Registry): void {
  registry.route({
    method: 'GET',
    path: 'oms/facilities',
    needs: ['INVCOUNT_APP_VIEW'],
    answer: Facilities,
    handler: (input) =>
      readList<v.InferInput<typeof Facilities>[number]>(input, {
        columns: `facility_id as "facilityId", facility_name as "facilityName", facility_time_zone as "facilityTimeZone",
          facility_type_id as "facilityTypeId"`,
        from: 'facility',
        fields: FACILITY_FIELDS,
        otherwise: 'facility_name',
        last: 'facility_id',
        scope: (params) =>
          input.caller.isAdmin
            ? null
            : `facility_id = any(${params.add([...input.caller.facilityIds], 'text[]')})`,
      }),
  })
  registry.route({
    method: 'GET',
    path: 'oms/facilities/:facilityId/productStores',
    needs: ['INVCOUNT_APP_VIEW'],
    answer: FacilityProductStores,
    handler: async ({ sql, caller, param }) => {
      caller.requireAt(param('facilityId'))
      return sql.query<{ productStoreId: string; thruDate: number | null }>(
        `select facility_id as "facilityId", product_store_id as "productStoreId", thru_date as "thruDate"
         from facility_product_store where facility_id = $1 order by product_store_id`,
        [param('facilityId')],
      )
    },
  })
}

function registerProductStores(registry: Registry): void {
  registry.route({
    method: 'GET',
    path: 'oms/productStores',
    needs: ['INVCOUNT_APP_VIEW'],
    answer: ProductStores,
    handler: (input) =>
      readList<v.InferInput<typeof ProductStores>[number]>(input, {
        columns: 'product_store_id as "productStoreId", store_name as "storeName"',
        from: 'product_store',
        fields: { productStoreId: { sql: 'product_store_id', type: 'text' } },
        otherwise: 'store_name',
        last: 'product_store_id',
      }),
  })
  registry.route({
    method: 'GET',
    path: 'admin/productStores/:productStoreId/settings',
    needs: ['INVCOUNT_APP_VIEW'],
    answer: ProductStoreSettings,
    handler: (input) =>
      readList<v.InferInput<typeof ProductStoreSettings>[number]>(input, {
        columns: `product_store_id as "productStoreId", setting_type_enum_id as "settingTypeEnumId",
          setting_value as "settingValue"`,
        from: 'product_store_setting',
        fields: { settingTypeEnumId: { sql: 'setting_type_enum_id', type: 'text' } },
        otherwise: 'setting_type_enum_id',
        last: 'product_store_id',
        scope: (params) =>
          `product_store_id = ${params.add(input.param('productStoreId'), 'text')}`,
      }),
  })
  registry.route({
    method: 'POST',
    path: 'admin/productStores/:productStoreId/settings',
    needs: ['INV_COUNT_ADMIN'],
    body: v.object({
      settingTypeEnumId: Text,
      settingValue: v.nullable(v.pipe(v.string(), v.maxLength(4000))),
    }),
    handler: async ({ sql, param, body }) => {
      await sql.query(
        `insert into product_store_setting (product_store_id, setting_type_enum_id, setting_value)
         select product_store_id, $2, $3 from product_store where product_store_id = $1
         on conflict (product_store_id, setting_type_enum_id) do update set setting_value = excluded.setting_value`,
        [param('productStoreId'), body.settingTypeEnumId, body.settingValue],
      )
      return { productStoreId: param('productStoreId'), settingTypeEnumId: body.settingTypeEnumId }
    },
  })
}

function registerNames(registry: Registry): void {
  registry.route({
    method: 'GET',
    path: 'oms/goodIdentificationTypes',
    needs: ['INVCOUNT_APP_VIEW'],
    answer: GoodIdentificationTypes,
    handler: (input) =>
      readList<v.InferInput<typeof GoodIdentificationTypes>[number]>(input, {
        columns:
          'good_identification_type_id as "goodIdentificationTypeId", parent_type_id as "parentTypeId", description',
        from: 'good_identification_type',
        fields: {
          parentTypeId: { sql: 'parent_type_id', type: 'text' },
          goodIdentificationTypeId: { sql: 'good_identification_type_id', type: 'text' },
        },
        otherwise: 'description',
        last: 'good_identification_type_id',
      }),
  })
  registry.route({
    method: 'GET',
    path: 'oms/statuses',
    needs: ['INVCOUNT_APP_VIEW'],
    answer: Statuses,
    handler: (input) =>
      readList<v.InferInput<typeof Statuses>[number]>(input, {
        columns: 'status_id as "statusId", status_type_id as "statusTypeId", description',
        from: 'status_item',
        fields: {
          statusTypeId: { sql: 'status_type_id', type: 'text' },
          statusId: { sql: 'status_id', type: 'text' },
        },
        otherwise: 'sequence_num',
        last: 'status_id',
      }),
  })
  registry.route({
    method: 'GET',
    path: 'admin/enums',
    needs: ['INVCOUNT_APP_VIEW'],
    handler: (input) =>
      readList<{ enumId: string; description: string }>(input, {
        columns: 'enum_id as "enumId", enum_type_id as "enumTypeId", description',
        from: 'enumeration',
        fields: {
          enumTypeId: { sql: 'enum_type_id', type: 'text' },
          enumId: { sql: 'enum_id', type: 'text' },
        },
        otherwise: 'sequence_num',
        last: 'enum_id',
      }),
  })
}

/** One page in a stable order, with Moqui's paging headers. */
async function readList<Row extends object>(
  input: RouteInput<undefined>,
  list: List,
): Promise<Row[]> {
  const { sql, query, context, header } = input
  const paging = readPaging(query, context.limits.pageRowsMax)
  const params = new Params()
  const scope = list.scope?.(params) ?? 'true'
  const where = `${scope} and ${whereOf(query, list.fields, params)}`
  const [counted] = await sql.query<{ total: number }>(
    `select count(*)::int as total from ${list.from} where ${where}`,
    params.values,
  )
  for (const [name, value] of pageHeaders(paging, counted?.total ?? 0)) header(name, value)
  const order = orderByOf(query, list.fields, list)
  return sql.query<Row>(
    `select ${list.columns} from ${list.from} where ${where} order by ${order}
     limit ${params.add(paging.limit, 'int')} offset ${params.add(paging.offset, 'int')}`,
    params.values,
  )
}
