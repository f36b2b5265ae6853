import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import Dexie from 'dexie'
import { afterEach, describe, expect, it } from 'vitest'
import { createDexieStore } from '../../src/db/dexie-store'
import type { CountRecord } from '../../src/domain/count-record'
import { SCANS_SCHEMA, SCANS_VERSION } from '../../src/ports/scans-schema'
import type { LogRow, QuarantineRow, ScansShape, ScansStore, Schema, TableSpec } from '../../src/ports/scans-schema'
import type { StoredScanEvent } from '../../src/domain/scan-event'
import { pushSession } from '../../src/sync/push'
import { retryQuarantined } from '../../src/sync/quarantine'
import { rebuildSession } from '../../src/sync/rebuild'
import { checkSession } from '../../src/sync/self-check'
import { fillCatalogue, RICE, SESSION, SOAP, TEA } from '../support/builders'
import { openDevice } from '../support/network-engine'
import { dump, outboxOf } from '../support/test-engine'
import { dumpTables, HARD } from './story'
import type { Tables } from './story'

interface Golden {
  readonly version: number
  readonly schema: Schema<ScansShape>
  readonly tables: Tables
}

const FOLDER = path.join(import.meta.dirname)
const FILES = readdirSync(FOLDER).filter((it) => /^scans-v\d+\.json$/.test(it))
const read = (file: string): Golden => JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8')) as Golden

let names = 0
const opened: string[] = []
afterEach(async () => {
  for (const name of opened.splice(0)) await Dexie.delete(name)
})

/** The database as that version of the app left it, made without any of today's code. */
async function leave(name: string, { version, schema, tables }: Golden): Promise<void> {
  const db = await new Promise<IDBDatabase>((resolve, reject) => {
    // Dexie's version 1 is IndexedDB's version 10.
    const opening = indexedDB.open(name, version * 10)
    opening.onupgradeneeded = () => {
      // No table of the schema: the Dexie store brings it along.
      if (version >= 2) opening.result.createObjectStore('turns')
      for (const [table, { primaryKey, autoIncrement, indexes }] of Object.entries<TableSpec>(schema)) {
        const store = opening.result.createObjectStore(table, { keyPath: asKeyPath(primaryKey), autoIncrement: autoIncrement ?? false })
        for (const [index, { paths, unique }] of Object.entries(indexes))
          store.createIndex(index, asKeyPath(paths.length === 1 ? (paths[0] ?? '') : paths), { unique: unique ?? false })
      }
    }
    opening.onsuccess = () => resolve(opening.result)
    opening.onerror = () => reject(opening.error ?? new Error(`${name} did not open`))
  })
  await new Promise<void>((resolve, reject) => {
    const filling = db.transaction(Object.keys(tables), 'readwrite')
    for (const [table, rows] of Object.entries(tables)) for (const row of rows) filling.objectStore(table).put(row)
    filling.oncomplete = () => resolve()
    filling.onerror = () => reject(filling.error ?? new Error(`${name} was not filled`))
  })
  db.close()
}

const asKeyPath = (path: string | readonly string[]): string | string[] => (typeof path === 'string' ? path : [...path])

/** Opened by today's code. */
async function reopened(file: string): Promise<ScansStore> {
  const name = `scans:golden-${(names += 1)}`
  opened.push(name)
  await leave(name, read(file))
  return createDexieStore<ScansShape>(name, SCANS_SCHEMA, { strict: true, version: SCANS_VERSION })
}

describe.each(FILES)('the released database %s', (file) => {
  it('[SR8] opens with today\'s code, and every event is there unchanged', async () => {
    const scans = await reopened(file)

    const now = await dumpTables({ scans })

    expect(now.scanEvents).toEqual(read(file).tables.scanEvents)
    expect(now.logs).toEqual(read(file).tables.logs)
    expect(Object.entries(now).map(([table, rows]) => [table, rows.length])).toEqual(Object.entries(read(file).tables).map(([table, rows]) => [table, rows.length]))
    expect(Object.values(now).every((rows) => rows.length > 0)).toBe(true)
    scans.close()
  })

  it('[SR8] sends what was unsent, whole, and the refused row when somebody asks for it', async () => {
    const scans = await reopened(file)
    const device = await openDevice()
    device.server.addSession(HARD)
    const deps = { ...device.deps, scans }
    const { tables } = read(file)
    const refused = tables.quarantine as QuarantineRow[]

    for (const { uuid } of refused) await retryQuarantined(deps, uuid)
    for (const sessionId of [SESSION, HARD]) await pushSession(deps, device.memory, sessionId)

    const unsent = new Set([...tables.outbox, ...refused].map((it) => (it as QuarantineRow).uuid))
    const wanted = (tables.inventoryCountRecords as CountRecord[]).filter((it) => unsent.has(it.uuid)).map((it) => [it.uuid, it.quantity, it.rev])
    const sent = [SESSION, HARD].flatMap((it) => [...device.server.session(it).rows.values()]).map((it) => [it.uuid, it.quantity, it.rev])
    expect(sent.toSorted()).toEqual(wanted.toSorted())
    expect(wanted.length).toBeGreaterThan(3)
    expect(await outboxOf(scans)).toEqual([])
    scans.close()
  })

  it('[SR8] [I9] folds from scratch to what it holds, and passes the self-check', async () => {
    const scans = await reopened(file)
    const device = await openDevice()
    await fillCatalogue(device.engine.catalogue, { TEA: [TEA], RICE: [`12x${RICE}`], SOAP: [SOAP] })
    const deps = { ...device.deps, scans, catalogue: device.engine.catalogue }

    for (const sessionId of [SESSION, HARD]) {
      const before = await dump(scans, sessionId)
      expect(await checkSession(deps, sessionId)).toBe(0)
      expect(await rebuildSession(deps, sessionId)).toEqual({ changedLines: 0 })
      expect(await dump(scans, sessionId)).toBe(before)
    }
    const { logs, scanEvents } = read(file).tables
    const heads = (logs as LogRow[]).filter((it) => 'head' in it).reduce((sum, it) => sum + it.head, 0)
    expect(heads).toBe((scanEvents as StoredScanEvent[]).length)
    scans.close()
  })
})

describe('golden databases', () => {
  it('[SR9] there is one of the schema as it is: whoever changes it raises the version and runs `npm run golden`', () => {
    const newest = FILES.map(read).toSorted((a, b) => b.version - a.version)[0]

    expect(newest?.version).toBe(SCANS_VERSION)
    expect(newest?.schema).toEqual(JSON.parse(JSON.stringify(SCANS_SCHEMA)))
    expect(FILES.map((it) => read(it).version).toSorted((a, b) => a - b)).toEqual(Array.from({ length: SCANS_VERSION }, (_, index) => index + 1))
  })
})
