// Planning over HTTP (extended profile): finds products and people, creates whole counts; wire names end here.
import * as v from 'valibot'
import { PURPOSE_IDS } from '../contract/counts'
import { COUNTS } from '../contract/envelope'
import {
  PlanAnswer,
  PlanChanged,
  PlannedItemsAnswer,
  PlannedSessionChanged,
  PlanPeople,
  PlanProducts,
  PlanShares,
  SessionList,
} from '../contract/plan'
import {
  IMPORT_MESSAGE_TYPE,
  IMPORT_STATUS_IDS,
  ImportErrors,
  UploadAnswer,
  WireImport,
  WireImports,
} from '../contract/plan-import'
import { asId, type CycleCountId, type ProductId, type SessionId, type UserName } from '../domain/ids'
import { IMPORT_STATES, type RowError } from '../domain/plan-import'
import type {
  ChosenProducts,
  ImportJob,
  NewPlan,
  PlanApi,
  PlannedCount,
  PlanProduct,
} from '../ports/plan'
import type { PlanAgainApi } from '../ports/plan-again'
import { listCycleCounts } from './counts-api'
import { microOf } from './decode-review'
import { part, type Http } from './http'
import { createPlanAgainApi, encodeChoice } from './plan-again-api'

const PLAN = `${COUNTS}plan`

const MESSAGES = `${COUNTS}cycleCounts/systemMessages`
const ImportFile = v.object({ csvData: v.string() })
const JOBS_MAX = 50
const ERROR_PAGE = 1000
/** A row has a handful of errors at most. */
const ERROR_PAGES_MAX = 300

export function createPlanApi(http: Http): PlanApi {
  return { ...createPlanning(http), ...createChanges(http), ...createImports(http), ...createPlanAgainApi(http) }
}

type Changes = Pick<PlanApi, 'planned' | 'change' | 'cancel' | 'reassign' | 'changeItems' | 'sessionList'>

function createChanges(http: Http): Changes {
  const count = (id: CycleCountId, rest = '') => `${PLAN}/counts/${part(id)}${rest}`
  const session = (id: SessionId, rest = '') => `${PLAN}/sessions/${part(id)}${rest}`
  return {
    planned: (facilityId) => listCycleCounts(http, facilityId, ['created', 'in-progress']),
    async change(id, { name, startAt, dueAt }) {
      const body = {
        workEffortName: name,
        estimatedStartDate: startAt,
        estimatedCompletionDate: dueAt,
      }
      await http.json({ method: 'post', path: count(id), schema: PlanChanged, body })
    },
    async cancel(id, reason) {
      const body = { reason }
      await http.json({ method: 'post', path: count(id, '/cancel'), schema: PlanChanged, body })
    },
    async reassign(id, assignedTo) {
      const body = { assignedTo }
      const schema = PlannedSessionChanged
      await http.json({ method: 'post', path: session(id), schema, body })
    },
    async sessionList(id, { text, after }) {
      const query = { text: text === '' ? undefined : text, ...after }
      const wire = await http.json({ method: 'get', path: session(id, '/items'), schema: SessionList, query })
      return {
        total: wire.total,
        next: wire.next ?? null,
        products: wire.products.map((it) => ({
          productId: asId<ProductId>(it.productId),
          name: it.productName ?? it.productId,
          identifier: it.identifier ?? null,
          isCounted: it.isCounted,
        })),
      }
    },
    async changeItems(id, body) {
      const path = session(id, '/items')
      const wire = await http.json({ method: 'post', path, schema: PlannedItemsAnswer, body })
      return wire.verdicts.map(({ productId, verdict, message }) => ({
        productId: asId<ProductId>(productId),
        verdict,
        message: message ?? null,
      }))
    },
  }
}

type Imports = Pick<PlanApi, 'upload' | 'imports' | 'importJob' | 'importFile' | 'importErrors' | 'cancelImport'>

function createImports(http: Http): Imports {
  return {
    async upload({ fileName, csv, fileHash, isAgain }) {
      const body = new FormData()
      body.set('uploadedFile', new Blob([csv], { type: 'text/csv' }), `${fileName}.csv`)
      body.set('fileName', fileName)
      if (fileHash !== '') body.set('fileHash', fileHash)
      if (isAgain) body.set('again', 'Y')
      const path = `${COUNTS}cycleCounts/upload`
      const wire = await http.json({ method: 'post', path, schema: UploadAnswer, body, isLong: true })
      const known = wire.isKnown ? { since: wire.knownSince ?? 0, by: wire.knownBy ?? '' } : null
      return { importId: wire.systemMessageId, known }
    },
    async cancelImport(importId) {
      const body = { systemMessageId: importId, statusId: IMPORT_STATUS_IDS.cancelled }
      await http.run({ method: 'post', path: `${MESSAGES}/${part(importId)}`, body })
    },
    async imports(since) {
      const query = {
        systemMessageTypeId: IMPORT_MESSAGE_TYPE,
        initDate_from: since,
        orderByField: 'initDate desc, processedDate desc',
        pageSize: JOBS_MAX,
      }
      const wire = await http.json({ method: 'get', path: MESSAGES, schema: WireImports, query })
      return wire.map(decodeJob)
    },
    async importJob(importId) {
      return decodeJob(await http.json({ method: 'get', path: `${MESSAGES}/${part(importId)}`, schema: WireImport }))
    },
    async importFile(importId) {
      const path = `${MESSAGES}/${part(importId)}/downloadFile`
      return (await http.json({ method: 'get', path, schema: ImportFile, isLong: true })).csvData
    },
    async importErrors(importId) {
      const errors: RowError[] = []
      const path = `${MESSAGES}/${part(importId)}/errors`
      for (let pageIndex = 0; pageIndex < ERROR_PAGES_MAX; pageIndex += 1) {
        const query = { pageIndex, pageSize: ERROR_PAGE }
        const page = await http.json({ method: 'get', path, schema: ImportErrors, query })
        for (const it of page)
          errors.push({
            line: it.line ?? null,
            column: it.column ?? null,
            value: it.value ?? null,
            message: it.message ?? it.errorText,
          })
        if (page.length < ERROR_PAGE) break
      }
      return errors
    },
  }
}

function decodeJob(wire: v.InferOutput<typeof WireImports>[number]): ImportJob {
  return {
    importId: wire.systemMessageId,
    fileName: wire.messageText,
    state: IMPORT_STATES.find((it) => IMPORT_STATUS_IDS[it] === wire.statusId) ?? 'received',
    startedAt: wire.initDate,
    rowsTotal: wire.rowsTotal,
    rowsDone: wire.rowsDone,
    rowsWritten: wire.rowsWritten,
    errorCount: wire.errorCount,
    made: wire.made.map((it) => ({
      cycleCountId: asId<CycleCountId>(it.workEffortId),
      name: it.workEffortName,
      items: it.items,
      isNew: it.isNew,
    })),
    by: wire.createdBy ?? null,
    isOwn: wire.isOwn,
  }
}

function createPlanning(http: Http): Omit<PlanApi, keyof Imports | keyof Changes | keyof PlanAgainApi> {
  return {
    async products(facilityId, filter, { offset, limit }) {
      const query = {
        facilityId,
        text: filter.text === '' ? undefined : filter.text,
        abcClasses: filter.abcClasses.length === 0 ? undefined : filter.abcClasses.join(','),
        stock: filter.stock,
        notCountedForDays: filter.notCountedForDays ?? undefined,
        categories: filter.categories,
        tags: filter.tags,
        suppliers: filter.suppliers,
        aisles: filter.aisles,
        bin: filter.bin === '' ? undefined : filter.bin,
        offset,
        limit,
      }
      const wire = await http.json({
        method: 'get',
        path: `${PLAN}/products`,
        schema: PlanProducts,
        query,
      })
      return { products: wire.products.map(decodeProduct), total: wire.total }
    },
    async people(facilityId) {
      const { people } = await http.json({
        method: 'get',
        path: `${PLAN}/people`,
        schema: PlanPeople,
        query: { facilityId },
      })
      return people.map(({ userName, fullName }) => ({
        userName: asId<UserName>(userName),
        fullName,
      }))
    },
    async create(plan) {
      const wire = await http.json({
        method: 'post',
        path: `${PLAN}/counts`,
        schema: PlanAnswer,
        body: encodePlan(plan),
      })
      return decodePlanned(wire)
    },
    async shares(facilityId, { products, ...ask }) {
      const body = { facilityId, products: encodeChosen(products), ...ask }
      const { shares } = await http.json({ method: 'post', path: `${PLAN}/shares`, schema: PlanShares, body })
      return shares.map((it) => ({ ...it, firstAisle: it.firstAisle ?? null, lastAisle: it.lastAisle ?? null }))
    },
  }
}

function decodeProduct(
  wire: v.InferOutput<typeof PlanProducts>['products'][number],
): PlanProduct {
  return {
    productId: asId<ProductId>(wire.productId),
    name: wire.productName,
    identifier: wire.identifier ?? null,
    abcClass: wire.abcClass ?? null,
    lastCountedAt: wire.lastCountedAt ?? null,
    category: wire.category ?? null,
    places: wire.places ?? null,
    qoh: wire.quantityOnHand === undefined ? null : microOf(wire.quantityOnHand),
  }
}

function encodePlan(plan: NewPlan): object {
  return {
    requestId: plan.requestId,
    workEffortId: plan.cycleCountId,
    workEffortName: plan.name,
    facilityId: plan.facilityId,
    workEffortPurposeTypeId: PURPOSE_IDS[plan.countType],
    isBlind: plan.isBlind,
    estimatedStartDate: plan.startAt,
    estimatedCompletionDate: plan.dueAt,
    products: plan.products === null ? null : encodeChosen(plan.products),
    tolerance: plan.tolerance,
    templateId: plan.templateId,
    split: plan.split,
    parts: plan.parts.map(({ name, area, assignedTo }) => ({
      countImportName: name,
      facilityAreaId: area === '' ? null : area,
      assignedTo,
    })),
  }
}

function encodeChosen(chosen: ChosenProducts): object {
  return chosen.by === 'due' ? { by: 'due', first: chosen.first } : encodeChoice(chosen)
}

function decodePlanned(wire: v.InferOutput<typeof PlanAnswer>): PlannedCount {
  return {
    cycleCountId: asId<CycleCountId>(wire.workEffortId),
    sessions: wire.sessions.map((it) => ({
      sessionId: asId<SessionId>(it.inventoryCountImportId),
      name: it.countImportName ?? it.inventoryCountImportId,
      assignedTo: it.assignedTo == null ? null : asId<UserName>(it.assignedTo),
      products: it.products,
    })),
  }
}
