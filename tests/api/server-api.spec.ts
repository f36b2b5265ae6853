import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAnonymousApi, createServerApi } from '../../src/api/create-server-api'
import { asId } from '../../src/domain/ids'
import type { DeviceId, FacilityId, LogId } from '../../src/domain/ids'
import { LIMITS } from '../../src/domain/limits'
import type { ServerApi } from '../../src/ports/server'
import { openDevice } from '../support/network-engine'
import { aScan, negationOf, SESSION, TEA, units } from '../support/builders'
import type { Asked, StubServer } from '../support/stub-server'
import { startStubServer } from '../support/stub-server'
import { foldNew } from '../../src/sync/fold'
import { readUnsent } from '../../src/sync/unsent'

let stub: StubServer
const clock = { now: () => 1_000_000, mono: () => 0 }
const caller = { deviceId: asId<DeviceId>('d1'), userName: 'ana' }

beforeEach(async () => {
  stub = await startStubServer()
})
afterEach(() => stub.close())

function apiOf(profile: 'extended' | 'hotwax'): ServerApi {
  const abilities = {
    profile,
    gzip: false,
    fencing: profile === 'extended',
    epoch: null,
    protocol: null,
  }
  return createServerApi({
    serverOrigin: stub.origin,
    clock,
    limits: LIMITS,
    caller,
    abilities,
    token: () => Promise.resolve('t'),
  })
}

/** Answers by method and end of path. */
function answers(table: Readonly<Record<string, (asked: Asked) => unknown>>): void {
  stub.answer = (asked) => {
    const path = asked.url.split('?')[0] ?? ''
    const [, make] =
      Object.entries(table).find(
        ([key]) =>
          `${asked.method} ${path}`.endsWith(key.split(' ')[1] ?? '') &&
          key.startsWith(asked.method),
      ) ?? []
    if (make === undefined)
      return { status: 404, body: { errorCode: 404, errors: `no ${asked.url}` } }
    return { body: make(asked) }
  }
}

async function unsentRow() {
  const device = await openDevice()
  const tea = aScan(TEA)
  await device.scans(tea, negationOf(tea))
  await foldNew(device.deps)
  const rows = await readUnsent(device.deps, SESSION, 10)
  await device.engine.close()
  return rows
}

describe('server api', () => {
  it('[PU27] takes a server without capabilities for a base server', async () => {
    answers({})
    const anonymous = createAnonymousApi({ serverOrigin: stub.origin, limits: LIMITS, clock })

    expect(await anonymous.capabilities()).toMatchObject({
      profile: 'hotwax',
      gzip: false,
      fencing: false,
    })
  })

  it('[PU32] is told by the server when this version is outdated', async () => {
    const told = {
      gzip: true,
      feed: false,
      events: false,
      fencing: true,
      documents: false,
      adjustments: false,
      serverTime: 1,
      epoch: 'e',
    }
    const anonymous = createAnonymousApi({ serverOrigin: stub.origin, limits: LIMITS, clock })

    answers({ 'GET /capabilities': () => ({ ...told, protocol: { min: 2, max: 3 } }) })
    await expect(anonymous.capabilities()).rejects.toMatchObject({ reason: 'outdated' })

    answers({ 'GET /capabilities': () => ({ ...told, protocol: { min: 1, max: 3 } }) })
    expect(await anonymous.capabilities()).toMatchObject({ profile: 'extended' })
  })

  it('[PU28] sends count and identification with their revisions, and reads a verdict for each row', async () => {
    const rows = await unsentRow()
    answers({
      'PUT /items': ({ body }) => ({
        items: (body as { items: { uuid: string; rev: number }[] }).items.map((it) => ({
          uuid: it.uuid,
          importItemSeqId: '00007',
          rev: it.rev,
          verdict: 'late',
        })),
        serverTime: 1_005_000,
      }),
    })

    const answer = await apiOf('extended').putItems({
      sessionId: SESSION,
      rows,
      fence: 3,
      unsentScans: 9,
    })

    expect(stub.asked[0]?.body).toMatchObject({
      protocol: 1,
      deviceId: 'd1',
      fence: 3,
      unsentScans: 9,
      items: [
        { productIdentifier: TEA, productId: null, quantity: 0, standing: 0, rev: 2, matchRev: 0 },
      ],
    })
    expect(answer).toMatchObject({
      verdicts: [{ verdict: 'late', rev: 2, importItemSeqId: '00007' }],
      serverTime: 1_005_000,
    })
  })

  it('[PU29] hides standing from a base server behind a null quantity, and takes only JSON for an acknowledgement', async () => {
    const rows = await unsentRow()
    const api = apiOf('hotwax')
    stub.answer = () => ({ body: {} })
    const answer = await api.putItems({ sessionId: SESSION, rows, fence: null, unsentScans: 0 })
    stub.answer = () => ({})
    const empty = await api
      .putItems({ sessionId: SESSION, rows, fence: null, unsentScans: 0 })
      .catch((error: unknown) => error)

    expect(stub.asked[0]?.body).toMatchObject({ items: [{ quantity: null }] })
    expect(answer.verdicts).toMatchObject([{ verdict: 'applied', rev: 2 }])
    expect(empty).toMatchObject({ reason: 'captive-portal' })
  })

  it('[PU30] reads repeated rows of a base server once, and exact quantities', async () => {
    const row = {
      importItemSeqId: '00001',
      uuid: 'u1',
      productId: 'tea',
      quantity: 1.5,
      isRequested: 'Y',
    }
    answers({
      'GET /items': () => [row, { ...row, quantityOnHandTotal: 3 }, { importItemSeqId: '00002' }],
    })

    const page = await apiOf('hotwax').itemsPage(SESSION, 0, 3)

    expect(page.more).toBe(true)
    expect(page.items).toMatchObject([
      { importItemSeqId: '00001', quantity: 1_500_000, isRequested: true },
      { importItemSeqId: '00002', quantity: null },
    ])
  })

  it('[PU31] refuses a quantity that it cannot hold exactly', async () => {
    answers({ 'GET /items': () => [{ importItemSeqId: '00001', quantity: 0.123456789 }] })

    await expect(apiOf('extended').itemsPage(SESSION, 0, 3)).rejects.toMatchObject({
      reason: 'rejected',
    })
  })

  it('[CA10] reads a Solr page: identifiers split at the first slash', async () => {
    answers({
      'POST /runSolrQuery': () => ({
        response: {
          numFound: 2,
          start: 0,
          docs: [
            {
              productId: 'tea',
              productName: 'Tea',
              goodIdentifications: ['SKU/T-1', 'SHOP/10/99', 'bad'],
            },
          ],
        },
      }),
    })

    const page = await apiOf('hotwax').products(null, 1000)

    expect(page).toEqual({
      products: [
        {
          productId: 'tea',
          name: 'Tea',
          identifiers: [
            { type: 'SKU', value: 'T-1', packSize: 1 },
            { type: 'SHOP', value: '10/99', packSize: 1 },
          ],
          isDeleted: false,
        },
      ],
      next: '1',
      more: true,
    })
  })

  it('[WK13] reads all pages of permissions and the facilities in force', async () => {
    answers({
      'GET /user/permissions': ({ url }) => ({
        docs: url.includes('viewIndex=0')
          ? Array.from({ length: 200 }, (_, at) => ({ permissionId: `P${at}` }))
          : [{ permissionId: 'LAST' }],
      }),
      'GET /P1/facilities': () => [{ facilityId: 'F1' }, { facilityId: 'OLD', thruDate: 5 }],
      'GET /oms/facilities': () => [{ facilityId: 'F1', facilityName: 'Shop' }],
    })
    const api = apiOf('extended')

    const permissions = await api.permissions()
    const facilities = await api.facilities('P1', false)

    expect(permissions).toHaveLength(201)
    expect(facilities).toEqual([{ facilityId: 'F1', name: 'Shop', timeZone: 'UTC' }])
    expect(stub.asked.at(-1)?.url).toContain('facilityId=F1&')
  })

  it('[CA11] asks for stock with its facility and reads exact amounts', async () => {
    answers({
      'GET /stock': () => ({
        stock: [{ productId: 'tea', quantityOnHandTotal: -2, availableToPromiseTotal: 0.5 }],
        next: 'n',
        more: false,
      }),
    })

    const page = await apiOf('extended').stock(asId<FacilityId>('F1'), null, 10)

    expect(page.stock).toEqual([{ productId: 'tea', qoh: units(-2), atp: 500_000 }])
  })
})

describe('lock of a base server', () => {
  const mine = { fromDate: 1_000_000, thruDate: 1_300_000, userId: 'ana', deviceId: 'd1' }
  const theirs = { ...mine, fromDate: 1_000_007, userId: 'ben', deviceId: 'd2' }
  const ask = { sessionId: SESSION, requestId: 'r', mode: 'normal', unsentScans: 0 } as const

  it('[LK13] is asked for, and looked at again before it counts as ours', async () => {
    let rows: object[] = []
    answers({
      'POST /dataDocumentView': () => ({ entityValueList: rows }),
      'POST /lock': () => {
        rows = [mine]
        return mine
      },
    })

    const lease = await apiOf('hotwax').lockSession(ask)

    expect(lease).toMatchObject({
      fence: null,
      fromDate: 1_000_000,
      holder: { userName: 'ana', deviceId: 'd1' },
      leaseSeconds: 300,
    })
    expect(stub.asked.map((it) => it.url.split('/').at(-1))).toEqual([
      'dataDocumentView',
      'lock',
      'dataDocumentView',
    ])
    expect(stub.asked[1]?.body).not.toHaveProperty('fromDate')
  })

  it('[LK14] of somebody else is left alone, also when theirs appeared in between', async () => {
    let rows: object[] = [theirs]
    answers({
      'POST /dataDocumentView': () => ({ entityValueList: rows }),
      'POST /lock': () => {
        rows = [mine, theirs]
        return mine
      },
    })
    const held = await apiOf('hotwax')
      .lockSession(ask)
      .catch((error: unknown) => error)
    rows = []
    const raced = await apiOf('hotwax')
      .lockSession(ask)
      .catch((error: unknown) => error)

    expect([held, raced]).toMatchObject([
      { reason: 'locked', details: { holder: { userName: 'ben' } } },
      { reason: 'locked' },
    ])
  })

  it('[LK15] is renewed only while it is ours and has not run out', async () => {
    let rows: object[] = []
    answers({
      'POST /dataDocumentView': () => ({ entityValueList: rows }),
      'POST /lock': () => {
        rows = [mine]
        return mine
      },
      'PUT /lock': () => ({}),
    })
    const api = apiOf('hotwax')
    await api.lockSession(ask)
    const lease = await api.lockSession(ask)
    rows = [{ ...mine, fromDate: 1_000_099 }]
    const replaced = await api.extendLock(lease, 0).catch((error: unknown) => error)
    rows = []

    const gone = await api.extendLock(lease, 0).catch((error: unknown) => error)

    expect(replaced).toMatchObject({ reason: 'stale-fence' })
    expect(lease.leaseUntil).toBe(1_300_000)
    expect(gone).toMatchObject({ reason: 'stale-fence' })
    expect(stub.asked.filter((it) => it.method === 'PUT')).toHaveLength(1)
  })
})

describe('evidence over the wire', () => {
  it('[SE44] carries why scans were dropped; of all other events not a byte is another one', async () => {
    const bodies: unknown[] = []
    answers({ 'PUT scanEvents': (asked) => (bodies.push(asked.body), { stored: 3, known: 0, serverTime: 1 }) })
    const tea = aScan(TEA)
    const events = [tea, negationOf(tea), negationOf(tea, { reason: 'not-ours' })].map((it, index) => ({ ...it, logId: asId<LogId>('l'), seq: index + 1, gid: index + 1 }))

    await apiOf('extended').putScanEvents(SESSION, events)

    const [sent] = bodies as [{ events: readonly Record<string, unknown>[] }]
    expect(sent.events.map((it) => it['reason'])).toEqual([undefined, undefined, 'not-ours'])
    expect(sent.events.map((it) => 'reason' in it)).toEqual([false, false, true])
  })
})
