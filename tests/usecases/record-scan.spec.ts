import { beforeEach, describe, expect, it } from 'vitest'
import { asId } from '../../src/domain/ids'
import type { ScansShape } from '../../src/ports/scans-schema'
import { queueSubmit, withdrawSubmit } from '../../src/sync/submit'
import { QUEUE_MAX } from '../../src/usecases/scan-writer'
import { aScan, aSession, fillCatalogue, putSession, SESSION, SOAP, TEA, units } from '../support/builders'
import { settle } from '../support/fake-time'
import { openDevice } from '../support/network-engine'
import { openTestDesk, storeWith } from '../support/test-desk'
import { openTestEngine } from '../support/test-engine'
import type { TestEngine } from '../support/test-engine'

let engine: TestEngine

beforeEach(async () => {
  engine = await openTestEngine()
  await fillCatalogue(engine.catalogue, { TEA: [TEA], SOAP: [`12x${SOAP}`] })
})

/** A store whose reads of these tables take 50 ms while `slow.isOn`. */
function slowStore(slow: { isOn: boolean }) {
  return storeWith(engine.scans, async (tables: readonly (keyof ScansShape)[], mode) => {
    if (slow.isOn && mode === 'r' && tables.includes('matches')) await engine.time.timers.sleep(50)
  })
}

async function passing<T>(work: Promise<T>): Promise<T> {
  for (let step = 0; step < 50; step++) await engine.time.advance(10)
  return await work
}

describe('the right to count', () => {
  it('[SE33] is the window’s too: no scan, undo or amount while another window of the device counts', async () => {
    let isHere = true
    const page = openTestDesk(engine, { desk: { mayCountHere: () => isHere } })
    const outcome = await page.scan(TEA)
    await page.folded('TEA')
    isHere = false

    expect(await page.scan(TEA)).toMatchObject({ kind: 'refused', reason: 'no-lock' })
    expect(await page.set('TEA', units(9))).toMatchObject({ kind: 'refused', reason: 'no-lock' })
    expect(await page.desk.undo(outcome.kind === 'refused' ? asId('') : outcome.eventId)).toBe('refused')
    expect(await page.desk.undoLine(asId('TEA'))).toBe(0)
    expect(await page.folded('TEA')).toMatchObject({ quantity: units(1), standing: 1 })
  })

  it('[SE33] says first what a person can do nothing about: the lock is lost', async () => {
    await putSession(engine.scans, aSession({ lock: 'lost' }))
    const page = openTestDesk(engine, { desk: { mayCountHere: () => false } })

    expect(await page.scan(TEA)).toMatchObject({ reason: 'lock-lost' })
  })

  it('[SE34] is asked anew after a message about the lock, however slow the device', async () => {
    const slow = { isOn: false }
    const page = openTestDesk(engine, { writer: { store: slowStore(slow) } })
    await page.scan(TEA)
    slow.isOn = true
    await putSession(engine.scans, aSession({ lock: 'lost' }))
    engine.deps.bus.post({ kind: 'lock', sessionId: SESSION, state: 'lost' })

    expect(await passing(page.scan(TEA))).toMatchObject({ kind: 'refused', reason: 'lock-lost' })
  })

  it('[SE34] is asked anew after the tap on Submit, and after its withdrawal', async () => {
    const device = await openDevice()
    engine = device.engine
    const slow = { isOn: false }
    const page = openTestDesk(engine, { writer: { store: slowStore(slow) } })
    await page.scan(TEA)
    slow.isOn = true

    await queueSubmit(device.deps, SESSION)
    expect(await passing(page.scan(TEA))).toMatchObject({ kind: 'refused', reason: 'submitted' })
    await withdrawSubmit(device.deps, SESSION)
    expect(await passing(page.scan(TEA))).toMatchObject({ kind: 'unmatched' })
  })

  it('[SE34] is not remembered from a read that was under way when it changed', async () => {
    const slow = { isOn: false }
    const late: (() => void)[] = []
    const store = {
      ...engine.scans,
      tx: (async (tables, mode, work) => {
        const read = await engine.scans.tx(tables, mode, work)
        if (slow.isOn && tables.includes('matches')) await new Promise<void>((resolve) => late.push(resolve))
        return read
      }) as typeof engine.scans.tx,
    }
    const page = openTestDesk(engine, { writer: { store } })
    await page.scan(TEA)
    slow.isOn = true
    const before = page.scan(TEA)
    await engine.time.advance(30)
    await putSession(engine.scans, aSession({ lock: 'lost' }))
    engine.deps.bus.post({ kind: 'lock', sessionId: SESSION, state: 'lost' })
    for (const go of late.splice(0)) go()
    await settle()

    const after = page.scan(TEA)
    expect(await passing(after)).toMatchObject({ kind: 'refused', reason: 'lock-lost' })
    for (const go of late.splice(0)) go()
    await passing(before)
  })
})

describe('the word that the lock goes on being ours', () => {
  it('[KP23] is no reason to lose a scan: one that the storage does not take behind it is kept', async () => {
    let isDead = false
    const store = storeWith(engine.scans, async () => {
      if (isDead) throw new DOMException('Connection to Indexed Database server lost', 'UnknownError')
    })
    const page = openTestDesk(engine, { writer: { store } })
    await page.scan(TEA)
    isDead = true
    engine.deps.bus.post({ kind: 'lock', sessionId: SESSION, state: 'held' })

    expect(await passing(page.scan(TEA))).toMatchObject({ kind: 'refused', reason: 'storage' })
    expect(page.writer.waiting()).toBe(1)
  })

  it('[KP23] [SE34] says nothing of a right that this window had lost: that is asked for', async () => {
    await putSession(engine.scans, aSession({ lock: 'lost' }))
    const page = openTestDesk(engine)
    expect(await page.scan(TEA)).toMatchObject({ kind: 'refused', reason: 'lock-lost' })
    await putSession(engine.scans, aSession())
    engine.deps.bus.post({ kind: 'lock', sessionId: SESSION, state: 'held' })

    expect(await page.scan(TEA)).toMatchObject({ kind: 'undirected' })
  })
})

describe('a scan while something else writes', () => {
  /** A desk on a store that lets nobody near its tables but `scanEvents` and `logs`, as beside a long fold. */
  function deskBeside(held: { isOn: boolean }) {
    const store = storeWith(engine.scans, async (tables: readonly (keyof ScansShape)[]) => {
      if (held.isOn && tables.some((it) => it !== 'scanEvents' && it !== 'logs')) await engine.time.timers.sleep(100)
    })
    return openTestDesk(engine, { writer: { store } })
  }
  const stored = async () => (await engine.scans.tx(['scanEvents'], 'r', (tx) => tx.range('scanEvents', ':id', { limit: 9 }))).length

  it('[SE41] is stored without waiting for it, known or new, with the pack size of the catalogue', async () => {
    const held = { isOn: false }
    const page = deskBeside(held)
    await page.scan(TEA)
    held.isOn = true

    const outcomes = Promise.all([page.scan(TEA), page.scan(SOAP)])
    await settle()

    expect(await stored()).toBe(3)
    expect(await passing(outcomes)).toMatchObject([{ packSize: 1 }, { productId: 'SOAP', packSize: 12, quantity: units(12) }])
  })

  it('[SE41] is stored before the name of its product is read', async () => {
    const { catalogue } = engine
    const held = { isOn: false }
    const slow: typeof catalogue = {
      ...catalogue,
      tx: (tables, mode, work) =>
        catalogue.tx(tables, mode, (tx) => {
          const bulkGet: typeof tx.bulkGet = async (table, keys) => {
            // A transaction waits for nothing but its own requests.
            for (let asked = 0; held.isOn && asked < 10_000; asked++) await tx.bulkGet(table, keys)
            return await tx.bulkGet(table, keys)
          }
          return work({ ...tx, range: tx.range.bind(tx), bulkGet })
        }),
    }
    const page = openTestDesk(engine, { desk: { catalogue: slow } })
    await page.scan(TEA)
    held.isOn = true

    const outcome = page.scan(SOAP)
    await settle()
    expect(await stored()).toBe(2)
    held.isOn = false

    expect(await passing(outcome)).toMatchObject({ kind: 'undirected', productId: 'SOAP', packSize: 12, name: 'Product SOAP' })
  })

  it('[SE41] is told by its value where the catalogue breaks off before the name, and nothing is left unheard', async () => {
    const { catalogue } = engine
    const broken: typeof catalogue = {
      ...catalogue,
      tx: (tables, mode, work) =>
        catalogue.tx(tables, mode, (tx) => work({ ...tx, range: tx.range.bind(tx), bulkGet: () => Promise.reject(new Error('dead')) })),
    }
    const page = openTestDesk(engine, { desk: { catalogue: broken } })

    expect(await passing(page.scan(TEA))).toMatchObject({ kind: 'unmatched' })
    expect(await passing(page.scan(SOAP))).toMatchObject({ kind: 'undirected', productId: 'SOAP', packSize: 12, name: SOAP })
    expect(await stored()).toBe(2)
  })

  it('[SE41] waits for the line when an amount was entered, and for a right to count that was read long ago', async () => {
    const held = { isOn: false }
    const page = deskBeside(held)
    await page.scan(TEA)
    held.isOn = true

    const amount = page.scan(TEA, { times: units(3) })
    await settle()
    expect(await stored()).toBe(1)
    await passing(amount)
    await engine.time.advance(6000)
    const later = page.scan(TEA)
    await settle()

    expect(await stored()).toBe(2)
    await passing(later)
    expect(await stored()).toBe(3)
  })
})

describe('slow look-ups', () => {
  it('[SE36] freeze the pack size that the value had at its last scan', async () => {
    const slow = { isOn: false }
    const page = openTestDesk(engine, { writer: { store: slowStore(slow) } })
    await page.scan(SOAP)
    slow.isOn = true

    expect(await passing(page.scan(SOAP))).toMatchObject({ productId: 'SOAP', quantity: units(12), packSize: 12 })
  })
})

describe('scans that are not kept', () => {
  it('[SE32] are told so when not even the session can be read, and the storage is looked after', async () => {
    let isDead = true
    let reopened = 0
    const store = storeWith(engine.scans, async () => {
      if (isDead) throw new Error('dead')
    })
    const page = openTestDesk(engine, {
      writer: {
        store,
        reopen: async () => {
          reopened += 1
          return store
        },
      },
    })

    expect(await page.scan(TEA)).toEqual({ kind: 'refused', reason: 'not-kept', raw: TEA })
    await settle()
    expect(reopened).toBe(1)
    isDead = false
    // Nobody knows yet that it lives again: the first scan is told to wait, and saved by itself.
    expect(await page.scan(TEA)).toEqual({ kind: 'refused', reason: 'storage', raw: TEA })
    await settle()
    expect(await page.scan(TEA)).toMatchObject({ kind: 'undirected', total: units(2) })
  })

  it('[SE32] are told so when too many wait', async () => {
    let letGo = (): void => undefined
    const hanging = new Promise<void>((resolve) => (letGo = resolve))
    const page = openTestDesk(engine, { writer: { store: storeWith(engine.scans, (_tables, mode) => (mode === 'rw' ? hanging : Promise.resolve())) } })
    for (let n = 0; n < QUEUE_MAX; n++) void page.writer.write(aScan('x'))

    expect(await page.scan(TEA)).toMatchObject({ kind: 'refused', reason: 'not-kept' })
    letGo()
  })
})
