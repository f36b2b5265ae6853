// What a device is called before a person names it.
import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../src/db/memory-store'
import { SCANS_SCHEMA, type ScansShape } from '../../src/ports/scans-schema'
import { ensureDevice, readDeviceName } from '../../src/usecases/device'

const ids = { next: () => '0198c0de-0000-7000-8000-00000000a3f2' }

function aStore() {
  const scans = createMemoryStore<ScansShape>(SCANS_SCHEMA)
  const named = (name: string) => scans.tx(['meta'], 'rw', (tx) => tx.put('meta', { k: 'device', deviceId: 'old-1d2e', name }))
  return { scans, named }
}

describe('the name of a device', () => {
  it('[BD16] is its kind and the end of its id, whoever opens it first', async () => {
    const { scans } = aStore()
    const id = await ensureDevice(scans, ids, null)
    expect(await readDeviceName(scans)).toBeUndefined()

    expect(await ensureDevice(scans, ids, 'iPad')).toBe(id)
    await ensureDevice(scans, ids, null)

    expect(await readDeviceName(scans)).toBe('iPad A3F2')
  })

  it.each(['This device', 'App on this device', 'Browser on this device'])('[BD16] replaces “%s”, and keeps the id', async (name) => {
    const { scans, named } = aStore()
    await named(name)
    expect(await readDeviceName(scans)).toBeUndefined()

    expect(await ensureDevice(scans, ids, 'Computer')).toBe('old-1d2e')

    expect(await readDeviceName(scans)).toBe('Computer 1D2E')
  })

  it('[BD16] stays what a person has called it', async () => {
    const { scans, named } = aStore()
    await named('Dairy iPad')
    await ensureDevice(scans, ids, 'iPad')
    expect(await readDeviceName(scans)).toBe('Dairy iPad')
  })
})
