// One valid example per endpoint: the fuzzer starts from it. A route without one fails the test.
const SESSIONS = 'inventory-cycle-count/cycleCounts/sessions/:sessionId'
const COUNTS = 'inventory-cycle-count/cycleCounts/workEfforts'

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

export interface FuzzDefinition {
  /** What the call reads of the query, with values that are taken. */
  readonly query?: Readonly<Record<string, string>>
  /** A body that is accepted. */
  readonly body?: Json
  /** Tables that a refused call may write to on purpose. */
  readonly mayStillWrite?: readonly string[]
}

/** What a device says of its unsent scans is kept although the lock is refused (decision 16). */
const LOCK_REPORT = ['session_device', 'session_change']
/** Attempts are counted before the password is looked at (SP2). */
const ATTEMPTS = ['sign_in_failure']

const SCAN_EVENT = {
  eventId: 'event-1',
  logId: 'log-1',
  seq: 1,
  kind: 'scan',
  raw: '036000291452',
  symbology: null,
  itemKey: 'gtin:00036000291452',
  quantity: 1,
  packSize: 1,
  negates: null,
  at: 1_780_000_000_000,
  serverOffsetMs: 0,
  serverOffsetAgeMs: 0,
  userId: 'alex',
  source: 'wedge',
  fence: 1,
}
const ITEM = {
  uuid: 'row-1',
  importItemSeqId: '00001',
  productId: 'TEE',
  productIdentifier: '036000291452',
  quantity: 3,
  isRequested: 'Y',
  systemQuantityOnHand: 10,
  createdDate: 1_780_000_000_000,
  lastScanAt: 1_780_000_000_000,
  lastUpdatedAt: 1_780_000_000_000,
  countedByUserLoginId: 'ana',
  logId: 'log-1',
  rev: 9,
  standing: 3,
  matchRev: 9,
}
const LIST = { pageIndex: '0', pageSize: '20', orderByField: '-createdDate' }
const REPORT = { facilityId: 'north', from: '2026-01-01', thru: '2026-01-31', area: 'overflow' }
const SOLR = {
  params: { rows: 10, start: 0, 'q.op': 'AND', defType: 'edismax' },
  query: '*tee* OR "Black tee"^100',
  filter: ['docType: PRODUCT', '-upc:A/1'],
  sort: 'productName asc',
}

/** By method and path as registered. */
export const FUZZ_DEFINITIONS: Readonly<Record<string, FuzzDefinition>> = {
  'GET inventory-cycle-count/capabilities': {},
  'GET admin/checkLoginOptions': {},
  'POST admin/login': { body: { username: 'ana', password: 'wrong' }, mayStillWrite: ATTEMPTS },
  'POST admin/logout': { body: {} },
  'GET admin/user/profile': {},
  'POST admin/user/profile': { body: { userId: 'alex', timeZone: 'Europe/Berlin' } },
  'GET admin/user/getAvailableTimeZones': {},
  'GET admin/user/permissions': { query: { viewSize: '20', viewIndex: '0' } },
  'GET admin/user/:partyId/facilities': { query: LIST },
  'GET admin/user/preferences': { query: { userId: 'alex', preferenceKey: 'X' } },
  'PUT admin/user/preferences': {
    body: { userId: 'alex', preferenceKey: 'SELECTED_FACILITY', preferenceValue: 'north' },
  },
  'GET oms/facilities': { query: { ...LIST, facilityId: 'north', facilityTypeId: 'WAREHOUSE' } },
  'GET oms/facilities/:facilityId/productStores': {},
  'GET oms/productStores': { query: { ...LIST, productStoreId: 'STORE' } },
  'GET admin/productStores/:productStoreId/settings': { query: { settingTypeEnumId: 'X' } },
  'POST admin/productStores/:productStoreId/settings': {
    body: { settingTypeEnumId: 'INV_FORCE_SCAN', settingValue: 'true' },
  },
  'GET oms/goodIdentificationTypes': { query: { parentTypeId: 'X', orderByField: 'description' } },
  'GET oms/statuses': { query: { statusTypeId: 'INV_COUNT_SESSION', orderByField: 'statusId' } },
  'GET admin/enums': { query: { enumTypeId: 'CYCLE_CNT_PURPOSE' } },
  'POST oms/dataDocumentView': {
    body: {
      dataDocumentId: 'InventoryCountImportLock',
      pageIndex: 0,
      pageSize: 20,
      filterByDate: true,
      customParametersMap: {
        inventoryCountImportId: 'S1',
        facilityId: 'north',
        productId: 'TEE',
        fromDate: 1,
        deviceId: 'device-1',
      },
    },
  },
  'GET inventory-cycle-count/products': { query: { after: '0', limit: '10' } },
  'POST admin/runSolrQuery': { body: { json: SOLR } },
  'POST admin/search/query': { body: SOLR },
  'GET inventory-cycle-count/stock': { query: { facilityId: 'north', after: 'A', limit: '10' } },
  'GET poorti/getInventoryAvailableByFacility': {
    query: { facilityId: 'north', productId: 'TEE' },
  },
  'GET oms/productFacilities/inventory': { query: { facilityId: 'north', productId: 'TEE,CAP' } },
  [`GET ${COUNTS}`]: {
    query: {
      ...LIST,
      facilityId: 'north',
      statusId: 'CYCLE_CNT_IN_PRGS',
      keyword: 'aisle',
      createdDate: '0',
      createdDateFrom: '2026-01-01',
      createdDateTo: '2027-01-01 00:00:00',
      closedDate: '0',
      countType: 'HARD_COUNT',
      estimatedCompletionDate: '0',
    },
  },
  [`GET ${COUNTS}/:workEffortId`]: {},
  [`POST ${COUNTS}`]: {
    body: {
      workEffortId: 'C9',
      workEffortName: 'Aisle 9',
      workEffortTypeId: 'CYCLE_COUNT_RUN',
      workEffortPurposeTypeId: 'HARD_COUNT',
      statusId: 'CYCLE_CNT_CREATED',
      facilityId: 'north',
      createdByUserLogin: 'alex',
      createdDate: 1,
      estimatedStartDate: 1,
      estimatedCompletionDate: 2,
      isBlind: 'Y',
      requestId: 'r1',
    },
  },
  [`PUT ${COUNTS}/:workEffortId`]: {
    body: {
      workEffortId: 'C1',
      statusId: 'CYCLE_CNT_CMPLTD',
      workEffortName: 'Aisle 5',
      facilityId: 'north',
      actualStartDate: 1,
      actualCompletionDate: 2,
      estimatedStartDate: 1,
      estimatedCompletionDate: 2,
    },
  },
  [`GET ${COUNTS}/:workEffortId/sessions`]: { query: LIST },
  [`POST ${COUNTS}/:workEffortId/sessions`]: {
    body: {
      countImportName: 'Left',
      statusId: 'SESSION_CREATED',
      uploadedByUserLogin: 'alex',
      facilityAreaId: 'A',
      createdDate: 1,
      workEffortId: 'C1',
      inventoryCountImportId: 'S9',
      requestId: 'r1',
    },
  },
  [`GET ${SESSIONS}`]: {},
  [`PUT ${SESSIONS}`]: {
    body: {
      inventoryCountImportId: 'S1',
      statusId: 'SESSION_SUBMITTED',
      countImportName: 'Right',
      facilityAreaId: 'B',
      fence: 1,
      deviceId: 'device-1',
      requestId: 'r1',
    },
  },
  [`POST ${SESSIONS}/cloneDirectedCount`]: {
    body: {
      inventoryCountImportId: 'S1',
      facilityAreaId: 'B',
      countImportName: 'Right',
      requestId: 'r1',
    },
  },
  [`GET ${SESSIONS}/items/count`]: {},
  [`GET ${SESSIONS}/items`]: {
    query: {
      ...LIST,
      uuid: 'row-1',
      productId: 'TEE',
      importItemSeqId: '1',
      lastUpdatedStamp: '0',
      productIdentifier: 'x',
    },
  },
  [`PUT ${SESSIONS}/items`]: {
    body: {
      items: [ITEM, { ...ITEM, uuid: 'row-2', importItemSeqId: '00002', quantity: 1.5 }],
      protocol: 1,
      deviceId: 'device-1',
      requestId: 'r1',
      fence: 1,
      unsentScans: 0,
    },
  },
  [`DELETE ${SESSIONS}/items`]: { body: [{ importItemSeqId: '00001' }, { uuid: 'row-1' }] },
  [`GET ${SESSIONS}/lock`]: { query: { deviceId: 'device-1' } },
  [`POST ${SESSIONS}/lock`]: {
    body: {
      inventoryCountImportId: 'S1',
      userId: 'alex',
      deviceId: 'device-2',
      fromDate: 1,
      thruDate: 2,
      leaseSeconds: 120,
      lastHeartbeatAt: 1,
      mode: 'force',
      requestId: 'r1',
      unsentScans: 3,
    },
    mayStillWrite: LOCK_REPORT,
  },
  [`PUT ${SESSIONS}/lock`]: {
    body: {
      inventoryCountImportId: 'S1',
      userId: 'alex',
      deviceId: 'device-1',
      fromDate: 1,
      thruDate: 2,
      leaseSeconds: 120,
      lastHeartbeatAt: 1,
      fence: 1,
      unsentScans: 3,
    },
    mayStillWrite: LOCK_REPORT,
  },
  [`PUT ${SESSIONS}/release`]: {
    body: {
      inventoryCountImportId: 'S1',
      userId: 'alex',
      deviceId: 'device-1',
      fromDate: 1,
      thruDate: 2,
      overrideByUserId: 'alex',
      fence: 1,
      unsentScans: 0,
    },
    mayStillWrite: LOCK_REPORT,
  },
  [`POST ${SESSIONS}/held`]: {
    body: { rowKey: 'row-1', rev: 4, toSessionId: 'S2', lastScanAt: 1 },
  },
  [`POST ${SESSIONS}/barcodes`]: {
    body: { wishId: 'w1', value: '4012345678901', productId: 'CAP', packSize: 6, deviceId: 'device-1' },
  },
  'GET inventory-cycle-count/barcodes': { query: { limit: '5', beforeAt: '1', beforeId: 'w1' } },
  'DELETE inventory-cycle-count/barcodes/:wishId': {},
  [`PUT ${SESSIONS}/scanEvents`]: {
    body: {
      protocol: 1,
      deviceId: 'device-1',
      events: [SCAN_EVENT, { ...SCAN_EVENT, eventId: 'event-2', seq: 2 }],
    },
  },
  ...reviewDefinitions(),
  ...planDefinitions(),
}

function planDefinitions(): Readonly<Record<string, FuzzDefinition>> {
  const plan = 'inventory-cycle-count/plan'
  const uploads = 'inventory-cycle-count/cycleCounts'
  return {
    [`GET ${plan}/products`]: {
      query: {
        facilityId: 'north',
        text: 'black tee',
        abcClasses: 'A,-',
        stock: 'positive',
        notCountedSince: '1',
        notCountedForDays: '30',
        categories: 'Dairy',
        tags: 'Organic',
        suppliers: 'Meadow',
        aisles: '01',
        bin: '01-A',
        offset: '0',
        limit: '10',
      },
    },
    [`GET ${plan}/people`]: { query: { facilityId: 'north' } },
    [`POST ${plan}/counts`]: {
      body: {
        requestId: 'r1',
        workEffortId: 'P9',
        workEffortName: 'Aisle 9',
        facilityId: 'north',
        workEffortPurposeTypeId: 'DIRECTED_COUNT',
        isBlind: true,
        estimatedStartDate: 1,
        estimatedCompletionDate: 2,
        products: {
          by: 'filter',
          filter: { text: 'tee', abcClasses: [], stock: 'any', notCountedSince: 1 },
          without: ['CAP'],
        },
        split: 'by-area',
        parts: [{ countImportName: 'Left', facilityAreaId: 'display', assignedTo: null }],
        tolerance: { units: 1, percent: 2, money: 3 },
        templateId: 'T1',
      },
    },
    [`POST ${plan}/shares`]: {
      body: { facilityId: 'north', products: { by: 'filter', filter: { text: 'tee', abcClasses: [], stock: 'any' }, without: ['CAP'] }, split: 'by-area', parts: 2 },
    },
    [`GET ${plan}/choices`]: { query: { facilityId: 'north' } },
    [`GET ${plan}/schedule`]: { query: { facilityId: 'north', limit: '10' } },
    [`PUT ${plan}/schedule`]: { body: { facilityId: 'north', everyDays: { A: 30, B: 90, C: null } } },
    [`GET ${plan}/changes`]: { query: { facilityId: 'north', limit: '10' } },
    [`GET ${plan}/templates`]: { query: { facilityId: 'north' } },
    [`PUT ${plan}/templates/:templateId`]: {
      body: {
        facilityId: 'north',
        name: 'Dairy',
        plan: {
          workEffortPurposeTypeId: 'DIRECTED_COUNT',
          isBlind: true,
          products: { by: 'list', productIds: ['TEE'] },
          split: 'by-area',
          parts: [{ facilityAreaId: 'display', assignedTo: null }],
          tolerance: { units: 1, percent: 2, money: 3 },
          dueAfterDays: 3,
        },
      },
    },
    [`DELETE ${plan}/templates/:templateId`]: { query: { facilityId: 'north' } },
    [`POST ${plan}/templates/:templateId/restore`]: { body: { facilityId: 'north' } },
    [`POST ${plan}/counts/:workEffortId`]: {
      body: { workEffortName: 'Aisle 5', estimatedStartDate: 1, estimatedCompletionDate: 2 },
    },
    [`POST ${plan}/counts/:workEffortId/cancel`]: { body: { reason: 'planned twice' } },
    [`POST ${plan}/sessions/:sessionId`]: {
      body: { assignedTo: null, countImportName: 'Left', facilityAreaId: 'display' },
    },
    [`GET ${plan}/sessions/:sessionId/items`]: { query: { text: 'tee', limit: '10', afterName: 'A', afterId: 'A' } },
    [`POST ${plan}/sessions/:sessionId/items`]: {
      body: { requestId: 'r1', add: ['TEE'], remove: ['CAP'] },
    },
    // Its body is a form: what is wrong with one is tried out in tests/server-mock/plan/import.spec.ts.
    [`POST ${uploads}/export`]: {
      body: {
        facilityId: 'north',
        facilityId_op: 'equals',
        statusId: 'CYCLE_CNT_CLOSED',
        closedDate: '2026-11-01 00:00:00.000',
        keyword: 'aisle',
        format: 'xlsx',
        from: '2026-11-01',
        thru: '2026-11-30',
        area: 'overflow',
        abcClass: 'A',
      },
    },
    [`GET ${uploads}/export/:systemMessageId`]: {},
    [`POST ${uploads}/upload`]: {},
    [`GET ${uploads}/systemMessages`]: {
      query: { systemMessageTypeId: 'ImportInventoryCounts', initDate_from: '1', pageSize: '10' },
    },
    [`GET ${uploads}/systemMessages/:systemMessageId`]: {},
    [`POST ${uploads}/systemMessages/:systemMessageId`]: { body: { statusId: 'SmsgCancelled' } },
    [`GET ${uploads}/systemMessages/:systemMessageId/downloadFile`]: {},
    [`GET ${uploads}/systemMessages/:systemMessageId/errors`]: { query: { pageIndex: '0', pageSize: '10' } },
    'GET admin/serviceJobs/:jobName': {},
  }
}

function reviewDefinitions(): Readonly<Record<string, FuzzDefinition>> {
  const review = `${COUNTS}/:workEffortId/review`
  const reason = 'looked again'
  return {
    [`GET ${COUNTS}/:workEffortId/reviews/count`]: {},
    [`GET ${COUNTS}/:workEffortId/reviews`]: { query: LIST },
    [`GET ${COUNTS}/:workEffortId/count`]: { query: { productId: 'TEE', ...LIST } },
    'POST inventory-cycle-count/cycleCounts/submit': {
      body: {
        inventoryCountProductsList: [
          {
            workEffortId: 'T1',
            productId: 'TEE',
            facilityId: 'north',
            systemQuantity: 10,
            countedQuantity: 2,
            varianceQuantity: -8,
            decisionOutcomeEnumId: 'APPLIED',
            decisionReasonEnumId: 'PARTIAL_SCOPE_POST',
            comments: 'x',
          },
        ],
      },
    },
    'POST inventory-cycle-count/recordVariance': {
      body: {
        partyId: 'alex',
        varianceList: [
          {
            inventoryItemId: 'I',
            productId: 'TEE',
            facilityId: 'north',
            reasonEnumId: 'VAR_DAMAGED',
            quantity: -1,
            comments: 'x',
          },
        ],
      },
    },
    'GET inventory-cycle-count/diagnostics': {},
    'GET inventory-cycle-count/unsentDevices': { query: { deviceId: 'device-1' } },
    'GET inventory-cycle-count/people': { query: { after: 'a', limit: '5' } },
    'PUT inventory-cycle-count/people/:userId': {
      body: {
        permissions: ['INVCOUNT_APP_VIEW'],
        facilityIds: ['north'],
        isDisabled: false,
        reason,
        revision: 0,
      },
    },
    'GET inventory-cycle-count/people/:userId/history': {},
    'GET inventory-cycle-count/reports': { query: { ...REPORT, abcClass: 'A' } },
    'GET inventory-cycle-count/reports/facilities': {
      query: { facilityIds: 'north,south', from: '2026-01-01', thru: '2026-01-31', abcClass: 'A' },
    },
    'GET inventory-cycle-count/reports/lines': {
      query: { ...REPORT, afterCount: 'T1', afterProduct: 'TEE', limit: '5' },
    },
    'GET inventory-cycle-count/reports/pace': { query: REPORT },
    'GET inventory-cycle-count/reports/timeline': {
      query: { facilityId: 'north', productId: 'TEE', afterAt: '1', afterId: 'scan:e1', limit: '5' },
    },
    'GET inventory-cycle-count/board': {
      query: { facilityId: 'north', after: '7.epoch', progress: 'true' },
    },
    'GET inventory-cycle-count/events': { query: { scope: 'board:north' } },
    'PUT inventory-cycle-count/movements': {
      body: {
        items: [
          {
            facilityId: 'north',
            movementId: 'm1',
            productId: 'TEE',
            quantity: -1,
            kind: 'sale',
            movedAt: 1_780_000_000_000,
            reference: 'r',
          },
        ],
      },
    },
    'GET inventory-cycle-count/reviewRules': { query: { facilityId: 'north' } },
    'PUT inventory-cycle-count/reviewRules': {
      body: { facilityId: 'north', abcClass: 'A', units: 2, percent: 5, money: 10, seen: null },
    },
    'DELETE inventory-cycle-count/reviewRules': {
      body: { facilityId: 'north', abcClass: 'A', seen: 1_780_000_000_000 },
    },
    'PUT inventory-cycle-count/reviewRules/recounts': {
      body: { facilityId: 'north', isOn: true, seen: null },
    },
    'GET inventory-cycle-count/cycleCounts/lateEvidence': { query: { facilityId: 'north' } },
    'GET inventory-cycle-count/cycleCounts/closed': {
      query: {
        facilityId: 'north',
        text: 'weekly',
        end: 'closed',
        limit: '10',
        beforeAt: '1780000000000',
        beforeId: 'C',
      },
    },
    [`POST ${review}/rows/:productId/notes`]: { body: { note: 'ask the shop' } },
    [`GET ${review}/history`]: { query: { before: '10', limit: '10' } },
    [`GET ${review}`]: {},
    [`GET ${review}/chain`]: {},
    [`GET ${review}/rows`]: { query: { after: 'A', limit: '10' } },
    [`GET ${review}/rows/:productId`]: {},
    [`GET ${review}/rows/:productId/explanation`]: {},
    [`POST ${review}/rows/:productId/photos`]: { body: {} },
    [`GET ${review}/rows/:productId/photos/:photoId`]: {},
    [`POST ${review}/decisions`]: {
      body: {
        requestId: 'r1',
        decisions: [
          {
            productId: 'TEE',
            action: 'apply',
            quantity: 2,
            reason,
            note: 'x',
            seen: { counted: 2, variance: -8 },
          },
        ],
      },
    },
    [`POST ${review}/recounts`]: {
      body: { requestId: 'r1', productIds: ['TEE', 'CAP'], reason, isCancel: false },
    },
    [`POST ${review}/waivers`]: { body: { subject: 'unmatched', reason } },
    [`POST ${review}/sessions`]: { body: { sessionId: 'T2', action: 'reopen', reason } },
    [`POST ${review}/reopen`]: { body: { reason } },
    [`POST ${review}/approve`]: { body: { requestId: 'r1', revision: 1, note: 'x' } },
    [`POST ${review}/corrections`]: {
      body: { requestId: 'r1', productId: 'TEE', quantity: 3, reason },
    },
    [`GET ${review}/late`]: {},
    [`POST ${review}/late`]: {
      body: { sessionId: 'T2', rowKey: 'row-1', rev: 3, verdict: 'accepted', reason },
    },
  }
}
