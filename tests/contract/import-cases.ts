// What every server does with an uploaded list (contract 6): a system message that ends, counts made of all rows or none.
import * as v from 'valibot'
import { CycleCountList, WireSession } from '../../src/contract/counts'
import { COUNTS } from '../../src/contract/envelope'
import { IMPORT_MESSAGE_TYPE, IMPORT_STATUS_IDS, WireImports } from '../../src/contract/plan-import'
import { itemsOf } from './base-cases'
import { ensure, type Answer } from './client'
import { aProduct } from './review-cases'
import type { Case, World } from './suite'

const MESSAGES = 'cycleCounts/systemMessages'
const COLUMNS = 'countImportName,purposeType,facilityId,externalFacilityId,productId,idType,idValue,estimatedStartDate,estimatedCompletionDate'
/** A server may look for new messages once a minute. */
const LOOKS_MAX = 450
const LOOK_EVERY_MS = 200
const OVER: readonly string[] = [IMPORT_STATUS_IDS.consumed, IMPORT_STATUS_IDS.error, IMPORT_STATUS_IDS.cancelled]

/** Only who creates counts may import them. */
const mayCreate = ({ permissions }: World) =>
  permissions.some((it) => ['INV_COUNT_CREATE', 'INV_COUNT_ADMIN', 'COMMON_ADMIN'].includes(it))

async function send({ client }: World, name: string, csv: string): Promise<Answer> {
  const form = new FormData()
  form.set('uploadedFile', new Blob([csv], { type: 'text/csv' }), `${name}.csv`)
  form.set('fileName', name)
  // The boundary of a form is told by whoever writes it out.
  const request = new Request('http://form.test', { method: 'POST', body: form })
  const type = request.headers.get('content-type') ?? ''
  return client.send('POST', `${COUNTS}cycleCounts/upload`, await request.arrayBuffer(), { 'Content-Type': type })
}

type Message = v.InferOutput<typeof WireImports>[number]

async function messagesOf({ client }: World, name: string): Promise<readonly Message[]> {
  const query = `systemMessageTypeId=${IMPORT_MESSAGE_TYPE}&initDate_from=${Date.now() - 86_400_000}&orderByField=${encodeURIComponent('initDate desc, processedDate desc')}&pageSize=100`
  const all = await client.ok(WireImports, 'GET', `${MESSAGES}?${query}`)
  return all.filter((it) => it.messageText.includes(name))
}

async function upload(world: World, name: string, csv: string, messages = 1): Promise<Message> {
  const answer = await send(world, name, csv)
  ensure(answer.status === 200, `POST upload: expected 200, got ${answer.status}: ${answer.text.slice(0, 300)}`)
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const found = await messagesOf(world, name)
    const [newest] = found
    if (newest !== undefined && found.length === messages && found.every((it) => OVER.includes(it.statusId))) return newest
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
  throw new Error(`The system message of ${name} does not come to an end`)
}

const listOf = (...rows: readonly string[]) => [COLUMNS, ...rows, ''].join('\n')
const rowOf = ({ facilityId }: World, name: string, productId: string) =>
  `${name},DIRECTED_COUNT,${facilityId},,${productId},,,,12-31-2030 17:00:00`

async function countsNamed({ client, facilityId }: World, name: string) {
  const query = `facilityId=${encodeURIComponent(facilityId)}&keyword=${encodeURIComponent(name)}&pageSize=100`
  return (await client.ok(CycleCountList, 'GET', `cycleCounts/workEfforts?${query}`)).cycleCounts
}

const CASES: readonly Case[] = [
  {
    title: 'makes a count of an uploaded list',
    run: async (world) => {
      const { client, unique, facilityId } = world
      const name = unique('Contract check import')
      const productId = await aProduct(world)
      const message = await upload(world, name, listOf(rowOf(world, name, productId)))
      ensure(message.statusId === IMPORT_STATUS_IDS.consumed, `The message ended as ${message.statusId}`)
      const [count, ...more] = await countsNamed(world, name)
      ensure(count !== undefined && more.length === 0, 'There is not one count of the name')
      ensure(count.statusId === 'CYCLE_CNT_CREATED' && count.facilityId === facilityId, 'The count is not a new one of the facility')
      ensure(count.estimatedCompletionDate != null, 'The count has no due date')
      const path = `cycleCounts/workEfforts/${count.workEffortId}/sessions?pageNoLimit=true`
      const [session] = await client.ok(v.array(WireSession), 'GET', path)
      ensure(session !== undefined, 'The count has no session')
      const asked = (await itemsOf(client, session.inventoryCountImportId)).filter((it) => it.isRequested === 'Y')
      ensure(asked.length === 1 && asked[0]?.productId === productId, 'The session does not ask for the product of the list')
    },
  },
  {
    title: 'adds the rows of a second list of the name to the count that is open',
    run: async (world) => {
      const name = world.unique('Contract check append')
      const productId = await aProduct(world)
      for (const [index, file] of [world.unique('Contract check list'), world.unique('Contract check list')].entries())
        await upload(world, file, listOf(rowOf(world, name, productId)) + '\n'.repeat(index))
      ensure((await countsNamed(world, name)).length === 1, 'There is more than one count of the name')
    },
  },
  {
    title: 'takes nothing of a list with a wrong row, and says what is wrong with it',
    run: async (world) => {
      const { client, unique } = world
      const name = unique('Contract check errors')
      const productId = await aProduct(world)
      const wrong = `${name},DIRECTED_COUNT,NO_SUCH_FACILITY,,${productId},,,,`
      const message = await upload(world, name, listOf(rowOf(world, name, productId), wrong))
      ensure(message.statusId === IMPORT_STATUS_IDS.error, `The message ended as ${message.statusId}`)
      const Errors = v.array(v.looseObject({ errorText: v.string() }))
      const errors = await client.ok(Errors, 'GET', `${MESSAGES}/${message.systemMessageId}/errors`)
      ensure(errors.some((it) => it.errorText.includes('NO_SUCH_FACILITY')), 'No error names the facility that there is not')
      ensure((await countsNamed(world, name)).length === 0, 'There is a count of it all the same')
    },
  },
  {
    title: 'gives the file of a message back, and does not cancel what is over',
    run: async (world) => {
      const name = world.unique('Contract check file')
      const csv = listOf(rowOf(world, name, await aProduct(world)))
      const { systemMessageId } = await upload(world, name, csv)
      const path = `${MESSAGES}/${systemMessageId}`
      const { csvData } = await world.client.ok(v.object({ csvData: v.string() }), 'GET', `${path}/downloadFile`)
      ensure(csvData.trim() === csv.trim(), 'It is another file')
      await world.client.refused([400, 409], 'POST', path, { systemMessageId, statusId: IMPORT_STATUS_IDS.cancelled })
    },
  },
  {
    title: 'says when messages are looked at next',
    run: async ({ client }) => {
      const Job = v.object({ jobDetail: v.looseObject({ nextExecutionDateTime: v.number() }) })
      await client.okRest(Job, 'GET', 'admin/serviceJobs/consume_AllReceivedSystemMessages_frequent')
    },
  },
  {
    title: 'refuses an upload without a file',
    run: async ({ client }) => {
      const form = new Request('http://form.test', { method: 'POST', body: new FormData() })
      const type = form.headers.get('content-type') ?? ''
      const answer = await client.send('POST', `${COUNTS}cycleCounts/upload`, await form.arrayBuffer(), { 'Content-Type': type })
      ensure(answer.status >= 400 && answer.status < 500, `POST upload without a file: got ${answer.status}`)
    },
  },
  {
    title: 'takes the same list again from who sends it again (base profile)',
    run: async (world) => {
      if (world.target.profile !== 'hotwax') return
      const name = world.unique('Contract check again')
      const csv = listOf(rowOf(world, name, await aProduct(world)))
      await upload(world, name, csv)
      await upload(world, name, csv, 2)
    },
  },
]


/** For somebody who may not create counts, that it is refused is the case. */
export const IMPORT_CASES: readonly Case[] = CASES.map(({ title, run }) => ({
  title,
  run: async (world) => {
    if (mayCreate(world)) return run(world)
    const answer = await send(world, 'refused', COLUMNS)
    ensure(answer.status === 403, `POST upload without INV_COUNT_CREATE: expected 403, got ${answer.status}`)
  },
}))
