// What every server does: the base profile. Cases depend on nothing but what the suite prepared.
import * as v from 'valibot'
import { CycleCountList, WireCycleCount, WireSession } from '../../src/contract/counts'
import { COUNTS } from '../../src/contract/envelope'
import { Count, WireItems, type WireItem } from '../../src/contract/items'
import { LockDocument, WireLock } from '../../src/contract/lock'
import { ensure, envelopeOf, parse, type Client } from './client'
import type { Case, World } from './suite'

const Anything = v.unknown()

/** All rows of a session, repetitions of the base profile's view taken out. */
export async function itemsOf(client: Client, sessionId: string): Promise<readonly WireItem[]> {
  const rows = await client.ok(WireItems, 'GET', `cycleCounts/sessions/${sessionId}/items?pageIndex=0&pageSize=500&orderByField=importItemSeqId`)
  return [...new Map(rows.map((it) => [it.importItemSeqId, it])).values()]
}

/** @throws ContractError when the row is not there */
export async function rowOf(client: Client, sessionId: string, uuid: string): Promise<WireItem> {
  const row = (await itemsOf(client, sessionId)).find((it) => it.uuid === uuid)
  ensure(row !== undefined, `The row ${uuid} is not among the items`)
  return row
}

const putItems = (client: Client, sessionId: string, items: readonly object[]) =>
  client.ok(Anything, 'PUT', `cycleCounts/sessions/${sessionId}/items`, { items })

const lockOf = async ({ client }: World, sessionId: string) =>
  (
    await client.okRest(LockDocument, 'POST', 'oms/dataDocumentView', {
      dataDocumentId: 'InventoryCountImportLock', filterByDate: true, pageIndex: 0, pageSize: 100,
      customParametersMap: { inventoryCountImportId: sessionId },
    })
  ).entityValueList

const lockBody = ({ user }: World, deviceId: string) => ({
  userId: user.username, deviceId, thruDate: Date.now() + 300_000, leaseSeconds: 300, lastHeartbeatAt: Date.now(),
})

const SIGN_IN: readonly Case[] = [
  {
    title: 'refuses a wrong password in the error envelope',
    run: async ({ client, target }) => {
      const answer = await client.json('POST', 'admin/login', { username: target.username, password: `${target.password}-wrong` })
      envelopeOf([400, 401, 403], answer, 'POST admin/login')
    },
  },
  {
    title: 'refuses calls without a token',
    run: async ({ client }) => {
      const answer = await client.send('GET', `${COUNTS}cycleCounts/workEfforts`, undefined, { Authorization: '' })
      envelopeOf([401], answer, 'GET workEfforts without a token')
    },
  },
  {
    title: 'lets the user see the app',
    run: async ({ permissions }) => {
      ensure(permissions.some((it) => ['INVCOUNT_APP_VIEW', 'INV_COUNT_ADMIN', 'COMMON_ADMIN'].includes(it)), 'INVCOUNT_APP_VIEW is missing')
    },
  },
  {
    title: 'answers 404 in the error envelope to a path it does not know',
    run: async ({ client }) => {
      await client.refused([404], 'GET', 'cycleCounts/nothingHere')
    },
  },
  {
    title: 'answers 400 in the error envelope to a body that is not JSON',
    run: async ({ client, aSession }) => {
      const answer = await client.send('PUT', `${COUNTS}cycleCounts/sessions/${await aSession()}/items`, '{"items":[')
      envelopeOf([400], answer, 'PUT items with half a body')
    },
  },
]

const COUNT_CASES: readonly Case[] = [
  {
    title: 'lists cycle counts of a facility page by page',
    run: async ({ client, facilityId }) => {
      const path = (page: number) => `cycleCounts/workEfforts?facilityId=${encodeURIComponent(facilityId)}&pageSize=1&pageIndex=${page}&orderByField=-createdDate`
      const [first, second] = [await client.ok(CycleCountList, 'GET', path(0)), await client.ok(CycleCountList, 'GET', path(1))]
      ensure(first.cycleCounts.length === 1 && second.cycleCounts.length <= 1, 'pageSize=1 gives another number of rows')
      ensure(first.cycleCounts[0]?.workEffortId !== second.cycleCounts[0]?.workEffortId, 'Two pages show the same count')
    },
  },
  {
    title: 'shows one cycle count',
    run: async ({ client, cycleCount }) => {
      const one = await client.ok(WireCycleCount, 'GET', `cycleCounts/workEfforts/${cycleCount.workEffortId}`)
      ensure(one.workEffortId === cycleCount.workEffortId, 'Another count came back')
    },
  },
  {
    title: 'answers an empty 200 for one that does not exist',
    run: async ({ client, unique }) => {
      for (const path of [`cycleCounts/workEfforts/${unique('none')}`, `cycleCounts/sessions/${unique('none')}`]) {
        const answer = await client.json('GET', COUNTS + path)
        ensure(answer.status === 200 && answer.text === '', `GET ${path}: ${answer.status} ${answer.text.slice(0, 100)}`)
      }
    },
  },
  {
    title: 'creates a session and lists it',
    run: async ({ client, cycleCount, aSession }) => {
      const sessionId = await aSession()
      const sessions = await client.ok(v.array(WireSession), 'GET', `cycleCounts/workEfforts/${cycleCount.workEffortId}/sessions?pageNoLimit=true`)
      ensure(sessions.some((it) => it.inventoryCountImportId === sessionId && it.statusId === 'SESSION_CREATED'), 'The new session is not listed')
    },
  },
  {
    title: 'refuses a status change that is not allowed',
    run: async ({ client, aSession }) => {
      const sessionId = await aSession()
      await client.refused([400], 'PUT', `cycleCounts/sessions/${sessionId}`, { inventoryCountImportId: sessionId, statusId: 'SESSION_SUBMITTED' })
      const session = await client.ok(WireSession, 'GET', `cycleCounts/sessions/${sessionId}`)
      ensure(session.statusId === 'SESSION_CREATED', `The session is ${session.statusId} all the same`)
    },
  },
  {
    title: 'assigns, submits and opens a session again',
    run: async ({ client, aSession }) => {
      const sessionId = await aSession()
      for (const statusId of ['SESSION_ASSIGNED', 'SESSION_SUBMITTED', 'SESSION_ASSIGNED']) {
        await client.ok(Anything, 'PUT', `cycleCounts/sessions/${sessionId}`, { inventoryCountImportId: sessionId, statusId })
        const session = await client.ok(WireSession, 'GET', `cycleCounts/sessions/${sessionId}`)
        ensure(session.statusId === statusId, `The session is ${session.statusId}, not ${statusId}`)
      }
    },
  },
]

const ITEM_CASES: readonly Case[] = [
  {
    title: 'stores absolute quantities: the second write replaces the first',
    run: async ({ client, aSession, unique }) => {
      const [sessionId, uuid] = [await aSession(), unique('row')]
      await putItems(client, sessionId, [{ uuid, productIdentifier: unique('value'), quantity: 5, createdDate: Date.now(), lastScanAt: Date.now() }])
      const first = await rowOf(client, sessionId, uuid)
      await putItems(client, sessionId, [{ uuid, quantity: 7.25 }])
      const second = await rowOf(client, sessionId, uuid)
      ensure(first.quantity === 5 && second.quantity === 7.25, `Expected 5, then 7.25, got ${first.quantity}, then ${second.quantity}`)
      ensure(first.importItemSeqId === second.importItemSeqId, 'The row got another importItemSeqId')
      ensure(first.productIdentifier === second.productIdentifier, 'A field that was not sent has changed')
    },
  },
  {
    title: 'makes no second row of a request that is repeated',
    run: async ({ client, aSession, unique }) => {
      const sessionId = await aSession()
      const items = [1, 2, 3].map((quantity) => ({ uuid: unique('row'), productIdentifier: unique('value'), quantity }))
      for (let copies = 0; copies < 3; copies += 1) await putItems(client, sessionId, items)
      const rows = await itemsOf(client, sessionId)
      const { count } = await client.ok(Count, 'GET', `cycleCounts/sessions/${sessionId}/items/count`)
      ensure(rows.length === 3 && count === 3, `Expected 3 rows, found ${rows.length}, counted ${count}`)
      ensure(rows.reduce((sum, it) => sum + (it.quantity ?? 0), 0) === 6, 'The quantities have changed')
    },
  },
  {
    title: 'finds a row by importItemSeqId too',
    run: async ({ client, aSession, unique }) => {
      const [sessionId, uuid] = [await aSession(), unique('row')]
      await putItems(client, sessionId, [{ uuid, productIdentifier: unique('value'), quantity: 1 }])
      const { importItemSeqId } = await rowOf(client, sessionId, uuid)
      await putItems(client, sessionId, [{ importItemSeqId, quantity: 4 }])
      const rows = await itemsOf(client, sessionId)
      ensure(rows.length === 1 && rows[0]?.quantity === 4, 'The row was not found by its importItemSeqId')
    },
  },
  {
    title: 'takes null for uncounted, and zero for counted zero',
    run: async ({ client, aSession, unique }) => {
      const [sessionId, cleared, zero] = [await aSession(), unique('row'), unique('row')]
      await putItems(client, sessionId, [cleared, zero].map((uuid) => ({ uuid, productIdentifier: uuid, quantity: 2 })))
      await putItems(client, sessionId, [{ uuid: cleared, quantity: null }, { uuid: zero, quantity: 0 }])
      ensure((await rowOf(client, sessionId, cleared)).quantity == null, 'null became a number')
      ensure((await rowOf(client, sessionId, zero)).quantity === 0, 'Zero did not stay zero')
    },
  },
  {
    title: 'takes negative quantities and fields it does not know',
    run: async ({ client, aSession, unique }) => {
      const [sessionId, uuid] = [await aSession(), unique('row')]
      await putItems(client, sessionId, [{ uuid, productIdentifier: uuid, quantity: -3, someFutureField: { a: [1] } }])
      ensure((await rowOf(client, sessionId, uuid)).quantity === -3, 'A negative quantity did not arrive')
    },
  },
  {
    title: 'keeps what people write: other scripts, quotes, emoji',
    run: async ({ client, aSession, unique }) => {
      const [sessionId, uuid] = [await aSession(), unique('row')]
      const productIdentifier = `Ünïcode "x" 'y' \\ ; -- ünд 商品 🧦 ${uuid}`
      await putItems(client, sessionId, [{ uuid, productIdentifier, quantity: 1 }])
      ensure((await rowOf(client, sessionId, uuid)).productIdentifier === productIdentifier, 'The text has changed')
    },
  },
  {
    title: 'pages items in the order of importItemSeqId',
    run: async ({ client, aSession, unique }) => {
      const sessionId = await aSession()
      await putItems(client, sessionId, Array.from({ length: 25 }, () => ({ uuid: unique('row'), productIdentifier: unique('value'), quantity: 1 })))
      const seen = new Set<string>()
      for (let page = 0; page < 4; page += 1) {
        const rows = await client.ok(WireItems, 'GET', `cycleCounts/sessions/${sessionId}/items?pageIndex=${page}&pageSize=10&orderByField=importItemSeqId`)
        for (const { importItemSeqId } of rows) {
          ensure(importItemSeqId >= ([...seen].at(-1) ?? ''), 'The order is broken')
          seen.add(importItemSeqId)
        }
      }
      ensure(seen.size === 25, `Expected 25 different rows, saw ${seen.size}`)
    },
  },
]

const LOCK_CASES: readonly Case[] = [
  {
    title: 'locks a session, shows the lock and assigns the session',
    run: async (world) => {
      const { client, aSession, unique, user } = world
      const [sessionId, deviceId] = [await aSession(), unique('device')]
      const lock = await client.ok(WireLock, 'POST', `cycleCounts/sessions/${sessionId}/lock`, lockBody(world, deviceId))
      ensure(lock.userId === user.username && lock.deviceId === deviceId, 'The lock names another holder')
      const shown = await lockOf(world, sessionId)
      ensure(shown.length === 1 && shown[0]?.fromDate === lock.fromDate, 'The active lock is not shown')
      const session = await client.ok(WireSession, 'GET', `cycleCounts/sessions/${sessionId}`)
      ensure(session.statusId === 'SESSION_ASSIGNED', `The session is ${session.statusId}`)
    },
  },
  {
    title: 'refuses a second device while the lock is held, and names the holder',
    run: async (world) => {
      const { client, aSession, unique, user, target } = world
      const sessionId = await aSession()
      const path = `cycleCounts/sessions/${sessionId}/lock`
      await client.ok(WireLock, 'POST', path, lockBody(world, unique('device')))
      const refusal = await client.refused([target.profile === 'extended' ? 409 : 400], 'POST', path, lockBody(world, unique('device')))
      ensure(refusal.errors.includes(user.username), `The holder is not named: ${refusal.errors}`)
    },
  },
  {
    title: 'extends a lock, and frees it on release',
    run: async (world) => {
      const { client, aSession, unique, user } = world
      const [sessionId, deviceId] = [await aSession(), unique('device')]
      const path = `cycleCounts/sessions/${sessionId}`
      const lock = await client.ok(WireLock, 'POST', `${path}/lock`, lockBody(world, deviceId))
      const thruDate = Date.now() + 400_000
      await client.ok(Anything, 'PUT', `${path}/lock`, { ...lock, thruDate, leaseSeconds: 400, lastHeartbeatAt: Date.now() })
      const [extended] = await lockOf(world, sessionId)
      ensure((extended?.thruDate ?? 0) > (lock.thruDate ?? 0), 'The lock was not extended')
      const release = { inventoryCountImportId: sessionId, userId: user.username, deviceId, fromDate: lock.fromDate, thruDate: Date.now() }
      await client.ok(Anything, 'PUT', `${path}/release`, release)
      ensure((await lockOf(world, sessionId)).length === 0, 'The lock is still active')
      await client.ok(WireLock, 'POST', `${path}/lock`, lockBody(world, unique('device')))
    },
  },
  {
    title: 'answers every refusal as JSON',
    run: async ({ client, unique }) => {
      const answer = await client.json('PUT', `${COUNTS}cycleCounts/sessions/${unique('none')}`, { statusId: 'SESSION_ASSIGNED' })
      ensure(answer.status === 404, `A session that does not exist was changed: ${answer.status}`)
      parse(v.object({ errorCode: v.literal(404), errors: v.string() }), answer, 'PUT sessions/none')
    },
  },
]

/** Only who settles counts may take rows away. */
export const mayDelete = ({ permissions }: World): boolean =>
  permissions.some((it) => ['INV_COUNT_SUBMIT', 'INV_COUNT_ADMIN', 'COMMON_ADMIN'].includes(it))

const DELETE_CASES: readonly Case[] = [
  {
    title: 'deletes the rows that are named, as a list, and no others',
    run: async (world) => {
      if (!mayDelete(world)) return
      const { client, aSession, unique } = world
      const sessionId = await aSession()
      const [kept, gone, gone2] = [unique('row'), unique('row'), unique('row')]
      await putItems(client, sessionId, [kept, gone, gone2].map((uuid) => ({ uuid, productIdentifier: uuid, quantity: 2 })))
      const rows = (await itemsOf(client, sessionId)).filter((it) => it.uuid !== kept)
      await client.ok(Anything, 'DELETE', `cycleCounts/sessions/${sessionId}/items`, rows)
      const left = await itemsOf(client, sessionId)
      const { count } = await client.ok(Count, 'GET', `cycleCounts/sessions/${sessionId}/items/count`)
      ensure(left.length === 1 && left[0]?.uuid === kept, `Left are ${left.map((it) => it.uuid).join()}`)
      ensure(count === 1, `Counted are ${count} rows`)
    },
  },
  {
    title: 'gives the seq id of a deleted row to no other',
    run: async (world) => {
      if (!mayDelete(world)) return
      const { client, aSession, unique } = world
      const [sessionId, gone, next] = [await aSession(), unique('row'), unique('row')]
      await putItems(client, sessionId, [{ uuid: gone, productIdentifier: gone, quantity: 2 }])
      const row = await rowOf(client, sessionId, gone)
      await client.ok(Anything, 'DELETE', `cycleCounts/sessions/${sessionId}/items`, [row])
      await putItems(client, sessionId, [{ uuid: next, productIdentifier: next, quantity: 1 }])
      ensure((await rowOf(client, sessionId, next)).importItemSeqId !== row.importItemSeqId, 'A device that knows the old row would write into the new one')
    },
  },
]

/** Names and methods as they come in a header: a list, in any case. */
const namesIn = (header: string | null): readonly string[] => (header ?? '').toLowerCase().split(',').map((it) => it.trim())

const CORS_CASES: readonly Case[] = [
  {
    title: 'lets the app in from another origin: asked beforehand, without a token',
    run: async ({ client, target, unique }) => {
      const origin = target.appOrigin ?? 'https://counting.example'
      for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
        const answer = await client.send('OPTIONS', `${COUNTS}cycleCounts/sessions/${unique('any')}/items`, undefined, {
          Authorization: '', Origin: origin, 'Access-Control-Request-Method': method,
          'Access-Control-Request-Headers': 'authorization,content-encoding,content-type',
        })
        ensure(answer.status === 200 || answer.status === 204, `OPTIONS for ${method}: ${answer.status}`)
        ensureLetIn(answer.headers, origin, `OPTIONS for ${method}`)
        const methods = namesIn(answer.headers.get('Access-Control-Allow-Methods'))
        ensure(methods.includes(method.toLowerCase()) || methods.includes('*'), `${method} is not allowed: ${methods.join()}`)
        const headers = namesIn(answer.headers.get('Access-Control-Allow-Headers'))
        // A star does not stand for Authorization.
        ensure(headers.includes('authorization') && headers.includes('content-type'), `Allowed headers are ${headers.join()}`)
      }
    },
  },
  {
    title: 'lets the app of another origin read answers and refusals',
    run: async ({ client, target, cycleCount }) => {
      const origin = target.appOrigin ?? 'https://counting.example'
      const path = `${COUNTS}cycleCounts/workEfforts/${cycleCount.workEffortId}`
      const answer = await client.send('GET', path, undefined, { Origin: origin })
      ensure(answer.status === 200, `GET ${path}: ${answer.status}`)
      ensureLetIn(answer.headers, origin, 'An answer')
      // Else the app would take an expired sign-in for a broken network.
      const refusal = await client.send('GET', path, undefined, { Authorization: '', Origin: origin })
      ensure(refusal.status === 401, `Without a token: ${refusal.status}`)
      ensureLetIn(refusal.headers, origin, 'A refusal')
    },
  },
]

function ensureLetIn(headers: Headers, origin: string, what: string): void {
  const allowed = headers.get('Access-Control-Allow-Origin')
  ensure(allowed === '*' || allowed === origin, `${what} lets ${allowed ?? 'nobody'} in, not ${origin}`)
}

export const BASE_CASES: readonly Case[] = [...SIGN_IN, ...CORS_CASES, ...COUNT_CASES, ...ITEM_CASES, ...DELETE_CASES, ...LOCK_CASES]
