// Barcodes that people had remembered: who may say so, who wins, who sees them, and what stays when one is taken back.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deleteProducts, putProducts } from '../../../server-mock/products/catalogue'
import { startCountsServer, type CountsServer, type TestSession, type TestUser } from '../../support/counts-server'

let server: CountsServer
let session: TestSession
beforeAll(async () => {
  server = await startCountsServer()
  session = await server.aSession()
}, 60_000)
afterAll(() => server.close())

interface Wish {
  readonly wishId: string
  readonly value: string
  readonly productId: string
  readonly packSize?: number
}

const remember = (user: TestUser, { packSize = 1, ...wish }: Wish) =>
  server.call(user, 'POST', `${session.path}/barcodes`, { packSize, deviceId: `ipad-${user}`, ...wish })

const list = async (user: TestUser = 'sam') => (await server.call(user, 'GET', 'barcodes')).body.barcodes

async function identifiersAfter(cursor: string) {
  const { body } = await server.call('ben', 'GET', `products?after=${cursor}`)
  return { next: body.next as string, products: body.products as { productId: string; identifiers: { type: string; value: string; packSize: number }[] }[] }
}

/** A row of another session under the value, as a device sends it that does not know the product. */
async function countedAs(value: string, uuid: string): Promise<string | undefined> {
  const other = await server.aSession()
  const answer = await server.call('ben', 'PUT', `${other.path}/items`, {
    items: [{ uuid, logId: 'l', rev: 1, quantity: 1, standing: 1, productIdentifier: value }],
  })
  return answer.body.items[0].productId
}

describe('a barcode that is to be remembered', () => {
  it('[SP27] comes from whoever counts, once per wish, and is known on every device and in every later count', async () => {
    const { next } = await identifiersAfter('0')
    const wish = { wishId: 'w1', value: '4012345678901', productId: 'CAP', packSize: 6 }

    expect((await remember('ana', wish)).body).toEqual({ state: 'remembered' })
    expect((await remember('ana', wish)).body).toEqual({ state: 'remembered' })

    const changes = await identifiersAfter(next)
    expect(changes.products.map((it) => [it.productId, it.identifiers])).toEqual([
      ['CAP', [{ type: 'SKU', value: 'CAP-R', packSize: 1 }, { type: 'REMEMBERED', value: '4012345678901', packSize: 6 }]],
    ])
    expect((await identifiersAfter(changes.next)).products).toEqual([])
    expect(await countedAs('04012345678901', 'u1')).toBe('CAP')
  })

  it('[SP27] is refused to whoever may not count there, and for a product that nobody knows', async () => {
    const wish = { wishId: 'w2', value: 'shelf-9', productId: 'CAP' }
    expect((await remember('zoe', wish)).status).toBe(403)
    expect((await remember('max', wish)).status).toBe(403)
    expect((await remember('ana', { ...wish, productId: 'NONE' })).status).toBe(404)
    expect((await remember('ana', { ...wish, value: '  ' })).status).toBe(400)
    expect((await remember('ana', { ...wish, wishId: 'w1' })).status).toBe(400)
    expect((await list()).map((it: { wishId: string }) => it.wishId)).toEqual(['w1'])
  })

  it('[SP28] never overrules: the first wins, the second is told, and the same word twice is no quarrel', async () => {
    await remember('ana', { wishId: 'w3', value: 'label-3', productId: 'CAP' })

    const second = await remember('ben', { wishId: 'w4', value: 'label-3', productId: 'TEE' })
    const catalogue = await remember('ben', { wishId: 'w5', value: '0036000291452', productId: 'CAP' })
    const pack = await remember('ben', { wishId: 'w6', value: 'label-3', productId: 'CAP', packSize: 12 })
    const same = await remember('ben', { wishId: 'w7', value: 'label-3', productId: 'CAP' })

    expect([second.status, second.body.code, second.body.errors]).toEqual([
      409, 'BARCODE_REFUSED', 'label-3 stands for Red cap already: ana had it remembered',
    ])
    expect([catalogue.status, catalogue.body.errors]).toEqual([409, '0036000291452 stands for Black tee already, by the catalogue'])
    expect([pack.status, pack.body.errors]).toEqual([409, 'One scan of label-3 counts 1 of Red cap already, not 12: ana had it remembered'])
    expect(same.body).toEqual({ state: 'known' })
    expect(await countedAs('label-3', 'u2')).toBe('CAP')
  })

  it('[SP28] of two at the same moment one is remembered', async () => {
    const answers = await Promise.all([
      remember('ana', { wishId: 'w8', value: 'label-8', productId: 'CAP' }),
      remember('ben', { wishId: 'w9', value: 'label-8', productId: 'TEE' }),
    ])
    expect(answers.map((it) => it.status).toSorted()).toEqual([200, 409])
  })

  it('[SP27] outlives a catalogue file that does not name it, and gives way where the file names it itself', async () => {
    await remember('ana', { wishId: 'w10', value: '4006381333931', productId: 'TEE', packSize: 3 })
    const tee = { productId: 'TEE', name: 'Black tee', identifiers: [{ type: 'UPCA', value: '036000291452', packSize: 1 }] }
    const { next } = await identifiersAfter('0')

    await putProducts(server.db, [tee])
    const kept = await identifiersAfter(next)
    await putProducts(server.db, [{ ...tee, identifiers: [...tee.identifiers, { type: 'EAN', value: '04006381333931', packSize: 1 }] }])
    const named = await identifiersAfter(kept.next)

    const codes = (it: typeof kept) => it.products.flatMap(({ identifiers }) => identifiers.map(({ value, packSize }) => [value, packSize]))
    expect(codes(kept)).toEqual([['036000291452', 1], ['4006381333931', 3]])
    expect(codes(named)).toEqual([['04006381333931', 1], ['036000291452', 1]])
  })

  it('[SP28] of a product that is gone may be remembered anew', async () => {
    await putProducts(server.db, [{ productId: 'OLD', name: 'Old hat', identifiers: [] }])
    await remember('ana', { wishId: 'w11', value: 'label-11', productId: 'OLD' })
    await deleteProducts(server.db, ['OLD'])

    expect((await remember('ben', { wishId: 'w12', value: 'label-11', productId: 'CAP' })).status).toBe(200)
    expect(await countedAs('label-11', 'u4')).toBe('CAP')
  })
})

describe('a supervisor', () => {
  it('[SP30] sees who had what remembered, when and where, page by page, in own facilities', async () => {
    server.clock.at += 1000
    await remember('ana', { wishId: 'w20', value: 'label-20', productId: 'CAP', packSize: 2 })

    expect((await list())[0]).toEqual({
      wishId: 'w20', value: 'label-20', productId: 'CAP', productName: 'Red cap', packSize: 2, by: 'ana', at: server.clock.at,
      sessionId: session.sessionId, sessionName: 'Aisle 4 left', countName: 'Aisle 4',
    })
    const first = (await server.call('sam', 'GET', 'barcodes?limit=2')).body
    const last = first.barcodes.at(-1)
    const second = (await server.call('sam', 'GET', `barcodes?limit=2&beforeAt=${last.at}&beforeId=${last.wishId}`)).body
    expect(first.more).toBe(true)
    const ids = [...first.barcodes, ...second.barcodes].map((it) => it.wishId)
    expect(ids).toEqual((await list()).slice(0, 4).map((it: { wishId: string }) => it.wishId))
    expect((await server.call('ana', 'GET', 'barcodes')).status).toBe(403)
    await server.db.query("update user_facility set facility_id = 'south' where user_id = 'sam'")
    expect(await list()).toEqual([])
    expect((await server.call('sam', 'DELETE', 'barcodes/w20')).status).toBe(403)
    await server.db.query("update user_facility set facility_id = 'north' where user_id = 'sam'")
  })

  it('[SP29] takes one back: the next counts do not know it, what was counted under it stays, and who did it is kept', async () => {
    await remember('ana', { wishId: 'w21', value: 'label-21', productId: 'CAP' })
    const counted = await server.aSession()
    const put = (rev: number) =>
      server.call('ben', 'PUT', `${counted.path}/items`, {
        items: [{ uuid: 'u21', logId: 'l', rev, quantity: rev, standing: rev, productIdentifier: 'label-21' }],
      })
    expect((await put(1)).body.items[0].productId).toBe('CAP')
    const { next } = await identifiersAfter('0')

    expect((await server.call('ana', 'DELETE', 'barcodes/w21')).status).toBe(403)
    server.clock.at += 1000
    const taken = await server.call('sam', 'DELETE', 'barcodes/w21')
    server.clock.at += 1000
    const again = await server.call('sam', 'DELETE', 'barcodes/w21')

    expect(taken.body).toMatchObject({ takenBackBy: 'sam', takenBackAt: server.clock.at - 1000 })
    expect(again.body).toEqual(taken.body)
    const { products } = await identifiersAfter(next)
    expect(products.flatMap((it) => it.identifiers).map((it) => it.value)).not.toContain('label-21')
    expect(await countedAs('label-21', 'u5')).toBeUndefined()
    expect((await put(2)).body.items[0]).toMatchObject({ verdict: 'applied', productId: 'CAP' })
  })

  it('[SP29] [SP28] once it was taken back, a late copy of the wish does not bring it back, and a new one may say otherwise', async () => {
    const late = await remember('ana', { wishId: 'w21', value: 'label-21', productId: 'CAP' })
    expect([late.status, late.body.errors]).toEqual([409, 'sam has taken label-21 back'])

    expect((await remember('ben', { wishId: 'w22', value: 'label-21', productId: 'TEE' })).body).toEqual({ state: 'remembered' })
    expect(await countedAs('label-21', 'u6')).toBe('TEE')
    expect((await list()).filter((it: { value: string }) => it.value === 'label-21').map((it: { by: string; takenBackBy?: string }) => [it.by, it.takenBackBy])).toEqual([
      ['ben', undefined], ['ana', 'sam'],
    ])
  })

  it('[SP29] hears that nothing is remembered under a name that nobody gave', async () => {
    expect((await server.call('sam', 'DELETE', 'barcodes/none')).status).toBe(404)
  })
})
