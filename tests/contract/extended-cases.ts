// What our additions promise: verdicts, halves, fences, repeatable requests. For servers of the extended profile.
import { gzipSync } from 'node:zlib'
import * as v from 'valibot'
import { Capabilities } from '../../src/contract/capabilities'
import { SessionCreated, WireSession } from '../../src/contract/counts'
import { COUNTS, ITEMS_MAX, PROTOCOL } from '../../src/contract/envelope'
import { HeldMoved } from '../../src/contract/held'
import { PutItemsResponse, PutScanEventsResponse, WireItems } from '../../src/contract/items'
import { WireLock, WireLocks } from '../../src/contract/lock'
import { ProductsPage } from '../../src/contract/products'
import { itemsOf, mayDelete, rowOf } from './base-cases'
import { ContractError, ensure, envelopeOf, type Client } from './client'
import type { Case, World } from './suite'

const Anything = v.unknown()

async function put(client: Client, sessionId: string, items: readonly object[], over: object = {}) {
  return client.ok(PutItemsResponse, 'PUT', `cycleCounts/sessions/${sessionId}/items`, { protocol: PROTOCOL, deviceId: 'contract', items, ...over })
}

async function verdictsOf(client: Client, sessionId: string, items: readonly object[], over: object = {}) {
  return (await put(client, sessionId, items, over)).items.map((it) => (it.code == null ? it.verdict : `${it.verdict} ${it.code}`)).join(', ')
}

const aRow = (uuid: string, rev: number, over: object = {}) => ({
  uuid, logId: `log-${uuid}`, productIdentifier: `value-${uuid}`, quantity: rev, standing: rev, rev, ...over,
})

const lock = ({ client }: World, sessionId: string, deviceId: string, over: object = {}) =>
  client.ok(WireLock, 'POST', `cycleCounts/sessions/${sessionId}/lock`, { deviceId, ...over })

function expectEqual(actual: string, expected: string): void {
  ensure(actual === expected, `Expected ${expected}; got ${actual}`)
}

const ROW_CASES: readonly Case[] = [
  {
    title: 'extended: says what it can, without a sign-in',
    run: async ({ client }) => {
      const answer = await client.send('GET', `${COUNTS}capabilities`, undefined, { Authorization: '' })
      ensure(answer.status === 200, `GET capabilities: ${answer.status}`)
      const { protocol } = v.parse(Capabilities, JSON.parse(answer.text))
      ensure(protocol.min <= PROTOCOL && PROTOCOL <= protocol.max, 'Protocol 1 is not spoken')
    },
  },
  {
    title: 'extended: answers a verdict per row, in any order of revisions',
    run: async ({ client, aSession, unique }) => {
      const [sessionId, uuid] = [await aSession(), unique('row')]
      expectEqual(await verdictsOf(client, sessionId, [aRow(uuid, 5)]), 'applied')
      expectEqual(await verdictsOf(client, sessionId, [aRow(uuid, 5)]), 'duplicate')
      expectEqual(await verdictsOf(client, sessionId, [aRow(uuid, 3)]), 'duplicate')
      expectEqual(await verdictsOf(client, sessionId, [aRow(uuid, 5, { quantity: 6 })]), 'rejected REV_CONFLICT')
      const row = await rowOf(client, sessionId, uuid)
      ensure(row.quantity === 5 && row.rev === 5 && row.standing === 5, 'The row is not what revision 5 said')
    },
  },
  {
    title: 'extended: a bad row holds up no other',
    run: async ({ client, aSession, unique }) => {
      const [sessionId, good] = [await aSession(), unique('row')]
      const bad = [{ uuid: unique('row'), rev: 1, quantity: 'three' }, { uuid: unique('row'), rev: 1, quantity: 0.0000001 }]
      expectEqual(await verdictsOf(client, sessionId, [...bad, aRow(good, 1)]), 'rejected BAD_QUANTITY, rejected BAD_QUANTITY, applied')
      ensure((await itemsOf(client, sessionId)).length === 1, 'A refused row was stored')
    },
  },
  {
    title: 'extended: joins count and identification by revisions of their own',
    run: async ({ client, aSession, unique }) => {
      const [sessionId, uuid] = [await aSession(), unique('row')]
      const { products } = await client.ok(ProductsPage, 'GET', 'products?limit=1')
      const productId = products[0]?.productId
      ensure(productId !== undefined, 'The server has no products')
      await put(client, sessionId, [aRow(uuid, 2)])
      expectEqual(await verdictsOf(client, sessionId, [{ uuid, productId, matchRev: 1 }]), 'applied')
      expectEqual(await verdictsOf(client, sessionId, [{ uuid, productId: null, matchRev: 1 }]), 'duplicate')
      await put(client, sessionId, [aRow(uuid, 4)])
      const row = await rowOf(client, sessionId, uuid)
      ensure(row.productId === productId && row.quantity === 4, 'One half overwrote the other')
    },
  },
  {
    title: 'extended: counts late rows of a submitted session',
    run: async ({ client, aSession, unique }) => {
      const [sessionId, uuid] = [await aSession(), unique('row')]
      for (const statusId of ['SESSION_ASSIGNED', 'SESSION_SUBMITTED']) await client.ok(Anything, 'PUT', `cycleCounts/sessions/${sessionId}`, { statusId })
      expectEqual(await verdictsOf(client, sessionId, [aRow(uuid, 2)]), 'late')
      ensure((await rowOf(client, sessionId, uuid)).quantity === 2, 'The late row was not counted')
    },
  },
  {
    title: 'extended: makes one row of many requests at the same time',
    run: async ({ client, aSession, unique }) => {
      const [sessionId, uuid] = [await aSession(), unique('row')]
      await Promise.all([1, 2, 3, 4, 5, 6].map((rev) => put(client, sessionId, [aRow(uuid, rev)])))
      const rows = await itemsOf(client, sessionId)
      ensure(rows.length === 1 && rows[0]?.quantity === 6, `Expected one row with 6, found ${JSON.stringify(rows.map((it) => it.quantity))}`)
    },
  },
  {
    title: 'extended: refuses more than 500 rows with 413',
    run: async ({ client, aSession, unique }) => {
      const items = Array.from({ length: ITEMS_MAX + 1 }, (_it, at) => aRow(unique('row'), at + 1))
      await client.refused([413], 'PUT', `cycleCounts/sessions/${await aSession()}/items`, { items })
    },
  },
  {
    title: 'extended: reads gzip bodies',
    run: async ({ client, aSession, unique }) => {
      const [sessionId, uuid] = [await aSession(), unique('row')]
      const body = gzipSync(JSON.stringify({ items: [aRow(uuid, 2)] }))
      const answer = await client.send('PUT', `${COUNTS}cycleCounts/sessions/${sessionId}/items`, new Uint8Array(body), { 'Content-Encoding': 'gzip' })
      ensure(answer.status === 200, `A gzip body: ${answer.status} ${answer.text.slice(0, 200)}`)
      ensure((await rowOf(client, sessionId, uuid)).quantity === 2, 'The gzip body did not arrive')
    },
  },
  {
    title: 'extended: shows the book quantity only to those who may see it',
    run: async ({ client, aSession, unique, permissions }) => {
      const sessionId = await aSession()
      const { products } = await client.ok(ProductsPage, 'GET', 'products?limit=1')
      await put(client, sessionId, [aRow(unique('row'), 1, { productId: products[0]?.productId, matchRev: 1 })])
      const rows = await client.ok(WireItems, 'GET', `cycleCounts/sessions/${sessionId}/items`)
      const isSeen = rows.some((it) => it.systemQuantityOnHand != null || it.quantityOnHandTotal != null)
      const mayBeSeen = permissions.some((it) => ['INV_CNT_VIEW_QOH', 'INV_COUNT_ADMIN', 'COMMON_ADMIN'].includes(it))
      ensure(!isSeen || mayBeSeen, 'The book quantity is shown to a user without INV_CNT_VIEW_QOH')
    },
  },
  {
    title: 'extended: stores each scan event once',
    run: async ({ client, aSession, unique, user }) => {
      const sessionId = await aSession()
      const events = [1, 2].map((seq) => ({
        eventId: unique('event'), logId: 'log', seq, kind: 'scan', raw: '1', itemKey: 'raw:1', quantity: 1, packSize: 1,
        at: Date.now(), userId: user.username, source: 'wedge',
      }))
      const send = () => client.ok(PutScanEventsResponse, 'PUT', `cycleCounts/sessions/${sessionId}/scanEvents`, { events })
      const [first, second] = [await send(), await send()]
      ensure(first.stored === 2 && second.stored === 0 && second.known === 2, 'An event was stored twice')
    },
  },
]

const SESSION_CASES: readonly Case[] = [
  {
    title: 'extended: creates and clones once per requestId',
    run: async ({ client, aSession, cycleCount, unique }) => {
      const requestId = unique('request')
      const create = () => client.ok(SessionCreated, 'POST', `cycleCounts/workEfforts/${cycleCount.workEffortId}/sessions`, { countImportName: requestId, requestId })
      const [first, second] = [await create(), await create()]
      expectEqual(second.inventoryCountImportId, first.inventoryCountImportId)
      const source = await aSession()
      const clone = () => client.ok(SessionCreated, 'POST', `cycleCounts/sessions/${source}/cloneDirectedCount`, { countImportName: requestId, requestId })
      const [copy, again] = [await clone(), await clone()]
      expectEqual(again.inventoryCountImportId, copy.inventoryCountImportId)
    },
  },
  {
    title: 'extended: a late copy of a submit changes nothing',
    run: async ({ client, aSession, unique }) => {
      const [sessionId, requestId] = [await aSession(), unique('request')]
      const change = (statusId: string, over = {}) => client.ok(Anything, 'PUT', `cycleCounts/sessions/${sessionId}`, { statusId, ...over })
      await change('SESSION_ASSIGNED')
      await change('SESSION_SUBMITTED', { requestId })
      await change('SESSION_ASSIGNED')
      await change('SESSION_SUBMITTED', { requestId })
      expectEqual((await client.ok(WireSession, 'GET', `cycleCounts/sessions/${sessionId}`)).statusId, 'SESSION_ASSIGNED')
    },
  },
  {
    title: 'extended: grants with a fence that grows with every holder',
    run: async (world) => {
      const { client, aSession, unique } = world
      const [sessionId, one, two] = [await aSession(), unique('device'), unique('device')]
      const first = await lock(world, sessionId, one)
      const again = await lock(world, sessionId, one)
      ensure(first.fence != null && first.fence === again.fence, 'The same holder got another fence')
      await client.ok(Anything, 'PUT', `cycleCounts/sessions/${sessionId}/release`, { deviceId: one, fence: first.fence })
      const second = await lock(world, sessionId, two)
      ensure((second.fence ?? 0) > first.fence, 'The fence did not grow')
    },
  },
  {
    title: 'extended: refuses a held lock with 409, the holder and what is left of the lease',
    run: async (world) => {
      const { client, aSession, unique, user } = world
      const sessionId = await aSession()
      const path = `cycleCounts/sessions/${sessionId}/lock`
      await lock(world, sessionId, unique('device'))
      const answer = await client.json('POST', COUNTS + path, { deviceId: unique('device') })
      const { code, holder, leaseRemainingMs } = envelopeOf([409], answer, `POST ${path}`)
      ensure(code === 'SESSION_LOCKED' && holder?.userId === user.username && (leaseRemainingMs ?? 0) > 0, answer.text)
    },
  },
  {
    title: 'extended: lets a user take over from a device of their own, and shuts the old fence out of authority',
    run: async (world) => {
      const { client, aSession, unique } = world
      const [sessionId, uuid] = [await aSession(), unique('row')]
      const old = await lock(world, sessionId, unique('device'), { unsentScans: 3 })
      const taken = await lock(world, sessionId, unique('device'), { mode: 'force' })
      ensure(taken.pendingElsewhere?.[0]?.unsentScans === 3, 'The unsent scans of the old device are not shown')
      const refusal = await client.refused([409], 'PUT', `cycleCounts/sessions/${sessionId}`, { statusId: 'SESSION_SUBMITTED', fence: old.fence })
      expectEqual(refusal.code ?? '', 'STALE_FENCE')
      expectEqual(await verdictsOf(client, sessionId, [aRow(uuid, 1)], { fence: old.fence }), 'late')
      const locks = await client.ok(WireLocks, 'GET', `cycleCounts/sessions/${sessionId}/lock?pageSize=100&orderByField=-fromDate`)
      ensure(locks[0]?.fence === taken.fence, 'The newest lock does not come first')
      await client.ok(Anything, 'PUT', `cycleCounts/sessions/${sessionId}`, { statusId: 'SESSION_SUBMITTED', fence: taken.fence })
    },
  },
  {
    title: 'extended: pages products without gaps or repetitions',
    run: async ({ client }) => {
      const first = await client.ok(ProductsPage, 'GET', 'products?limit=2')
      const second = await client.ok(ProductsPage, 'GET', `products?limit=2&after=${encodeURIComponent(first.next)}`)
      const both = await client.ok(ProductsPage, 'GET', 'products?limit=4')
      expectEqual([...first.products, ...second.products].map((it) => it.productId).join(), both.products.map((it) => it.productId).join())
    },
  },
]

const PAGES_MAX = 500

/** Every product from a place on, and the place behind the last one. */
async function readProducts(client: Client, after: string): Promise<{ readonly ids: readonly string[]; readonly next: string }> {
  const ids: string[] = []
  let next = after
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const from = next === '' ? '' : `&after=${encodeURIComponent(next)}`
    const answer = await client.ok(ProductsPage, 'GET', `products?limit=2000${from}`)
    ids.push(...answer.products.map((it) => it.productId))
    ensure(!answer.more || answer.next !== next, 'There is more, and the place stays the same')
    next = answer.next
    if (!answer.more) return { ids, next }
  }
  throw new ContractError(`The products do not end after ${PAGES_MAX} pages`)
}

const CATALOGUE_CASES: readonly Case[] = [
  {
    title: 'extended: gives every product once, and behind the last one only what has changed since',
    run: async ({ client }) => {
      const { ids, next } = await readProducts(client, '')
      ensure(ids.length > 0, 'The server has no products')
      ensure(new Set(ids).size === ids.length, 'A product came twice')
      const since = await readProducts(client, next)
      // On a busy server somebody may change a product meanwhile; nobody changes all of them.
      ensure(since.ids.length < ids.length, `${since.ids.length} of ${ids.length} products are said to have changed just now`)
      ensure(since.ids.length > 0 || since.next === next, 'Nothing has changed, and the place has moved')
    },
  },
  {
    title: 'extended: goes on from any place that it has given before',
    run: async ({ client }) => {
      const first = await client.ok(ProductsPage, 'GET', 'products?limit=1')
      const all = await readProducts(client, '')
      const rest = await readProducts(client, first.next)
      const again = await readProducts(client, first.next)
      const expected = all.ids.filter((it) => it !== first.products[0]?.productId)
      ensure(expected.every((it) => rest.ids.includes(it)), 'Products are missing behind the first page')
      expectEqual(String(again.ids.length >= rest.ids.length), 'true')
    },
  },
]

const DELETE_CASES: readonly Case[] = [
  {
    title: 'extended: a deleted row stays deleted for its device, until that has counted on',
    run: async (world) => {
      if (!mayDelete(world)) return
      const { client, aSession, unique } = world
      const [sessionId, uuid] = [await aSession(), unique('row')]
      await put(client, sessionId, [aRow(uuid, 3)])
      const remove = () => client.ok(Anything, 'DELETE', `cycleCounts/sessions/${sessionId}/items`, [{ uuid }])
      await remove()
      await remove()
      expectEqual(await verdictsOf(client, sessionId, [aRow(uuid, 3)]), 'duplicate')
      ensure((await itemsOf(client, sessionId)).length === 0, 'What was sent before the deletion came back by being sent again')
      expectEqual(await verdictsOf(client, sessionId, [aRow(uuid, 4)]), 'applied')
      ensure((await rowOf(client, sessionId, uuid)).quantity === 4, 'What was counted after the deletion is lost')
    },
  },
  {
    title: 'extended: lets nobody delete rows who may not settle counts',
    run: async (world) => {
      if (mayDelete(world)) return
      const { client, aSession, unique } = world
      const [sessionId, uuid] = [await aSession(), unique('row')]
      await put(client, sessionId, [aRow(uuid, 2)])
      await client.refused([403], 'DELETE', `cycleCounts/sessions/${sessionId}/items`, [{ uuid }])
      ensure((await rowOf(client, sessionId, uuid)).quantity === 2, 'It was refused and has happened')
    },
  },
]

const HELD_CASES: readonly Case[] = [
  {
    title: 'extended: what came for a settled session goes into another one, once and to no third',
    run: async (world) => {
      if (!mayDelete(world)) return
      const { client, aSession, unique } = world
      const [from, to, third, uuid] = [await aSession(), await aSession(), await aSession(), unique('row')]
      await put(client, from, [aRow(uuid, 2)])
      for (const statusId of ['SESSION_ASSIGNED', 'SESSION_SUBMITTED', 'SESSION_APPROVED'])
        await client.ok(Anything, 'PUT', `cycleCounts/sessions/${from}`, { statusId })
      expectEqual(await verdictsOf(client, from, [aRow(uuid, 5)]), 'held')
      const move = { rowKey: uuid, rev: 5, toSessionId: to }
      const moved = await client.ok(HeldMoved, 'POST', `cycleCounts/sessions/${from}/held`, move)
      const again = await client.ok(HeldMoved, 'POST', `cycleCounts/sessions/${from}/held`, move)
      expectEqual(JSON.stringify(again), JSON.stringify(moved))
      const elsewhere = await client.refused([409], 'POST', `cycleCounts/sessions/${from}/held`, { ...move, toSessionId: third })
      expectEqual(elsewhere.code ?? 'none', 'HELD_DECIDED')
      ensure((await rowOf(client, to, moved.uuid)).quantity === 3, 'Not what the settled session lacks')
      expectEqual(String((await itemsOf(client, to)).length + (await itemsOf(client, third)).length), '1')
    },
  },
  {
    title: 'extended: what is not held is not moved',
    run: async ({ client, aSession, unique }) => {
      const [from, to, uuid] = [await aSession(), await aSession(), unique('row')]
      await put(client, from, [aRow(uuid, 2)])
      await client.refused([404], 'POST', `cycleCounts/sessions/${from}/held`, { rowKey: uuid, rev: 2, toSessionId: to })
      ensure((await itemsOf(client, to)).length === 0, 'It was refused and has happened')
    },
  },
]

const ELSEWHERE_CASES: readonly Case[] = [
  {
    title: 'extended: tells what other devices have not sent with locks, heartbeats and rows, and when it has come',
    run: async (world) => {
      const { client, aSession, unique, user } = world
      const [sessionId, one, two, uuid] = [await aSession(), unique('device'), unique('device'), unique('row')]
      const path = `cycleCounts/sessions/${sessionId}`
      const first = await lock(world, sessionId, one, { unsentScans: 5 })
      ensure((first.pendingElsewhere ?? []).length === 0, 'A device is told of its own scans as of another one')
      const second = await lock(world, sessionId, two, { mode: 'force' })
      const told = (pending: readonly { deviceId: string; userId: string; unsentScans: number }[] | null | undefined): string =>
        (pending ?? []).filter((it) => it.unsentScans > 0).map((it) => `${it.deviceId} ${it.userId} ${it.unsentScans}`).join()
      const missing = `${one} ${user.username} 5`
      expectEqual(told(second.pendingElsewhere), missing)

      const heartbeat = () => client.ok(WireLock, 'PUT', `${path}/lock`, { deviceId: two, fence: second.fence, unsentScans: 0 })
      expectEqual(told((await heartbeat()).pendingElsewhere), missing)
      const rows = await put(client, sessionId, [aRow(unique('row'), 1)], { deviceId: two, fence: second.fence })
      expectEqual(told(rows.pendingElsewhere), missing)

      // Five scans in one row, and nothing is left after it.
      await put(client, sessionId, [aRow(uuid, 5)], { deviceId: one, fence: first.fence, unsentScans: 0 })
      const after = await heartbeat()
      expectEqual(told(after.pendingElsewhere), '')
      ensure((after.heardElsewhereAt ?? 0) > 0, 'Nobody was heard of elsewhere, although rows came from there')
    },
  },
]

export const EXTENDED_CASES: readonly Case[] = [
  ...ROW_CASES, ...DELETE_CASES, ...SESSION_CASES, ...HELD_CASES, ...ELSEWHERE_CASES, ...CATALOGUE_CASES,
]
