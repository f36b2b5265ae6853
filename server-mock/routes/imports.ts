// Imported lists over the wire (contract 6.1, 6.2): the upload, and the system message that follows it.
import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { COUNTS, Text } from '../../src/contract/envelope'
import { EXPORT_MESSAGE_TYPE, WireExports } from '../../src/contract/exports'
import {
  IMPORT_MESSAGE_TYPE,
  ImportErrors,
  PostSystemMessage,
  UploadAnswer,
  WireImport,
  WireImports,
} from '../../src/contract/plan-import'
import type { Permission } from '../../src/domain/access'
import { IMPORT_BYTES_MAX } from '../../src/domain/plan-import'
import { readBytes } from '../http/body'
import type { Caller, ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import { readMillis, readPaging } from '../http/query'
import type { Registrar } from '../http/route'
import { facilitiesOfFile } from '../plan/import-file'
import {
  cancelJob,
  findKnownJob,
  hasWork,
  insertJob,
  listJobs,
  readErrors,
  readJob,
  tellJob,
} from '../plan/import-store'
import { runImports } from '../plan/run-import'
import { hasExports, listExports } from '../reports/export-store'
import { runExportsLater } from '../reports/run-export'
import { MAY_REVIEW } from './review-base'

const MESSAGES = `${COUNTS}cycleCounts/systemMessages`
const planning = { needs: ['INV_COUNT_CREATE'] } as const

interface Upload {
  readonly fileName: string
  readonly content: string
  /** sha-256 of the file that the person has, where it is not the content itself. */
  readonly fileHash: string | null
  /** Although it was imported before. */
  readonly isAgain: boolean
}

/** Rules: docs/SPEC.md PL11-PL16. */
export const registerImports: Registrar = (registry, context) => {
  registry.route({
    ...planning,
    method: 'POST',
    path: `${COUNTS}cycleCounts/upload`,
    read: readUpload,
    answer: UploadAnswer,
    handler: ({ caller, body }) => takeUpload(caller, body, context),
  })
  registry.route({
    needs: ['INV_COUNT_CREATE', ...MAY_REVIEW],
    method: 'GET',
    path: MESSAGES,
    answer: v.union([WireImports, WireExports]),
    handler: async ({ sql, caller, query }) => {
      const type = query.one('systemMessageTypeId')
      const now = context.clock.now()
      const from = readMillis(query.one('initDate_from') ?? '0')
      if (!Number.isFinite(from)) throw new HttpError(400, 'initDate_from cannot be read', 'BAD_REQUEST')
      const { limit } = readPaging(query, context.limits.pageRowsMax)
      // A job whose process died is taken up again when somebody looks.
      if (type === EXPORT_MESSAGE_TYPE) {
        requireOneOf(caller, MAY_REVIEW)
        if (await hasExports(sql, now)) runExportsLater(context)
        return listExports(sql, caller, { from, facilityId: query.one('facilityId'), limit, now })
      }
      caller.require('INV_COUNT_CREATE')
      if (type !== null && type !== IMPORT_MESSAGE_TYPE) return []
      if (await hasWork(sql, now)) void runImports(context)
      return listJobs(sql, caller, { from, limit })
    },
  })
  registerOne(registry, context)
}

/** @throws HttpError 403 without any of them */
function requireOneOf(caller: Caller, permissions: readonly Permission[]): void {
  if (permissions.some((it) => caller.may(it))) return
  throw new HttpError(403, `One of ${permissions.join(', ')} is needed`, 'FORBIDDEN')
}

const registerOne: Registrar = (registry, context) => {
  registry.route({
    ...planning,
    isExtension: true,
    method: 'GET',
    path: `${MESSAGES}/:systemMessageId`,
    answer: WireImport,
    handler: async ({ sql, caller, param }) => {
      if (await hasWork(sql, context.clock.now())) void runImports(context)
      return tellJob(sql, caller, param('systemMessageId'))
    },
  })
  registry.route({
    ...planning,
    method: 'POST',
    path: `${MESSAGES}/:systemMessageId`,
    body: PostSystemMessage,
    answer: v.object({ systemMessageId: v.string() }),
    handler: async ({ caller, param }) => {
      const systemMessageId = param('systemMessageId')
      await context.db.tx((sql) => cancelJob(sql, caller, systemMessageId, context.clock.now()))
      return { systemMessageId }
    },
  })
  registry.route({
    ...planning,
    method: 'GET',
    path: `${MESSAGES}/:systemMessageId/downloadFile`,
    answer: v.object({ csvData: v.string() }),
    handler: async ({ sql, caller, param }) => ({
      csvData: (await readJob(sql, caller, param('systemMessageId'))).content,
    }),
  })
  registry.route({
    ...planning,
    method: 'GET',
    path: `${MESSAGES}/:systemMessageId/errors`,
    answer: ImportErrors,
    handler: async ({ sql, caller, param, query }) => {
      await tellJob(sql, caller, param('systemMessageId'))
      return readErrors(sql, param('systemMessageId'), readPaging(query, context.limits.pageRowsMax))
    },
  })
  registry.route({
    ...planning,
    method: 'GET',
    path: 'admin/serviceJobs/:jobName',
    answer: v.object({ jobDetail: v.object({ nextExecutionDateTime: v.number() }) }),
    // There is no waiting: an upload is begun at once.
    handler: async () => ({ jobDetail: { nextExecutionDateTime: context.clock.now() } }),
  })
}

/** @throws HttpError 413, 400 for no form, one without a file, or a file that is no text */
async function readUpload(request: Request): Promise<Upload> {
  const type = request.headers.get('content-type') ?? ''
  if (!/^multipart\/form-data\s*;/i.test(type))
    throw new HttpError(400, 'An upload is multipart/form-data', 'BAD_REQUEST')
  const form = await formOf(await readBytes(request, IMPORT_BYTES_MAX), type)
  const file = form.get('uploadedFile')
  if (!(file instanceof Blob)) throw new HttpError(400, 'uploadedFile: a file is missing', 'BAD_REQUEST')
  const name = v.safeParse(Text, form.get('fileName') ?? file.name)
  if (!name.success) throw new HttpError(400, 'fileName: this is no name', 'BAD_REQUEST')
  const hash = form.get('fileHash')
  return {
    fileName: name.output,
    content: textOf(await file.arrayBuffer()),
    fileHash: typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash) ? hash : null,
    isAgain: form.get('again') === 'Y',
  }
}

async function formOf(bytes: Uint8Array, type: string): Promise<FormData> {
  try {
    return await new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }).formData()
  } catch {
    throw new HttpError(400, 'The form cannot be read', 'BAD_REQUEST')
  }
}

function textOf(bytes: ArrayBuffer): string {
  const problem = 'uploadedFile: this is no UTF-8 text'
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    if (!text.includes('\0')) return text
  } catch {
    throw new HttpError(400, problem, 'BAD_REQUEST')
  }
  throw new HttpError(400, problem, 'BAD_REQUEST')
}

async function takeUpload(
  caller: Caller,
  { fileName, content, fileHash, isAgain }: Upload,
  context: ServerContext,
): Promise<v.InferInput<typeof UploadAnswer>> {
  const hash = fileHash ?? createHash('sha256').update(content).digest('hex')
  const facilityIds = await facilitiesOfFile(content)
  const now = context.clock.now()
  const jobId = context.ids.next()
  const answer = await context.db.tx(async (sql) => {
    // Two copies of one file at the same time take turns.
    await sql.query("select pg_advisory_xact_lock(hashtext('import'), hashtext($1))", [hash])
    // Clients of the base contract send a file again because they mean it. Rows for places that are not the caller's are
    // errors, whoever has imported them before.
    const isOurs = facilityIds?.every((it) => caller.mayAt(it)) ?? true
    const known = isAgain || !isOurs || context.profile === 'hotwax' ? null : await findKnownJob(sql, { hash, facilityIds })
    if (known !== null)
      return {
        systemMessageId: known.jobId,
        isKnown: true,
        knownSince: known.createdAt,
        knownBy: known.createdBy,
      }
    await insertJob(sql, { jobId, fileName, content, hash, facilityIds, caller, now })
    return { systemMessageId: jobId, isKnown: false }
  })
  void runImports(context)
  return answer
}
