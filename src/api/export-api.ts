// Exports over HTTP (contract 6.3): asked for, followed in the list of system messages, fetched.
import type * as v from 'valibot'
import { CYCLE_COUNT_STATUS_IDS } from '../contract/counts'
import { COUNTS } from '../contract/envelope'
import {
  EXPORT_MESSAGE_TYPE,
  EXPORT_STATUS_IDS,
  ExportAsked,
  ExportFile,
  WireExports,
  type WireExport,
} from '../contract/exports'
import { RemoteError } from '../domain/errors'
import { asId, type UserName } from '../domain/ids'
import type { ExportJob } from '../domain/report'
import type { ReportApi } from '../ports/report'
import { part, type Http } from './http'

const EXPORT = `${COUNTS}cycleCounts/export`
const MESSAGES = `${COUNTS}cycleCounts/systemMessages`
/** More are not looked through on a screen. */
const LISTED = 50

const STATES = ['waiting', 'working', 'ready', 'failed'] as const

export function createExportCalls(http: Http): Pick<ReportApi, 'requestExport' | 'exports' | 'exportFile'> {
  return {
    async requestExport({ abcClass, ...ask }, format, what) {
      const days = { ...ask, abcClass: abcClass === '' ? 'none' : abcClass }
      const { facilityId, from, thru } = ask
      // The list of counts knows no products: those that the days know.
      const closed = { facilityId, from, thru, statusId: CYCLE_COUNT_STATUS_IDS.closed }
      const body = { ...(what === 'counts' ? closed : days), format, what }
      await http.json({ method: 'post', path: EXPORT, schema: ExportAsked, body })
    },
    async exports(facilityId) {
      const query = { systemMessageTypeId: EXPORT_MESSAGE_TYPE, facilityId, pageSize: LISTED }
      return (await http.json({ method: 'get', path: MESSAGES, schema: WireExports, query })).map(decodeJob)
    },
    async exportFile(id) {
      const path = `${EXPORT}/${part(id)}`
      const { csvData, fileData, fileName } = await http.json({ method: 'get', path, schema: ExportFile })
      if (csvData != null) return { fileName, content: csvData }
      if (fileData != null) return { fileName, content: bytesOf(fileData) }
      throw new RemoteError('captive-portal', `GET ${path}: an answer without a file`)
    },
  }
}

function decodeJob(wire: v.InferOutput<typeof WireExport>): ExportJob {
  return {
    id: wire.systemMessageId,
    state: STATES.find((it) => EXPORT_STATUS_IDS[it] === wire.statusId) ?? 'failed',
    format: wire.format,
    fileName: wire.fileName,
    bytes: wire.bytes,
    rows: wire.rowsDone,
    by: wire.createdBy == null ? null : asId<UserName>(wire.createdBy),
    at: wire.initDate,
    expiresAt: wire.expiresDate ?? null,
    problem: wire.errorText ?? null,
  }
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64)
  return Uint8Array.from(text, (it) => it.charCodeAt(0))
}
