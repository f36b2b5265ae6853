// What exists on this device alone.
import { describe, expect, it } from 'vitest'
import type { RowUuid } from '../../src/domain/ids'
import { asId } from '../../src/domain/ids'
import { foldNew } from '../../src/sync/fold'
import { unsentLines } from '../../src/usecases/unsent-lines'
import { aScan, RICE, SESSION, TEA } from '../support/builders'
import { openTestEngine } from '../support/test-engine'

describe('lines that only this device has', () => {
  it('[SH6] are the unsent ones, the refused ones, and those that nobody has folded yet; each once', async () => {
    const { deps, append, scans } = await openTestEngine()
    expect(await unsentLines(scans)).toBe(0)

    await append([aScan(TEA), aScan(TEA), aScan(RICE)])
    expect(await unsentLines(scans)).toBe(2)
    await foldNew(deps)
    expect(await unsentLines(scans)).toBe(2)

    const entry = { sessionId: SESSION, code: 'X', message: '', rev: 1, at: 0 }
    await scans.tx(['quarantine'], 'rw', (tx) =>
      tx.bulkPut('quarantine', [
        { ...entry, uuid: asId<RowUuid>('refused'), kind: 'rejected' },
        { ...entry, uuid: asId<RowUuid>('evidence'), kind: 'held' },
      ]),
    )
    expect(await unsentLines(scans)).toBe(3)
  })
})
