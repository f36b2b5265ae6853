import { afterEach, describe, expect, it } from 'vitest'
import { collectUnsent } from '../../src/sync/give-scans'
import { createLockKeeper } from '../../src/sync/lock-keeper'
import { dismissQuietDevice, readQuietDevices } from '../../src/sync/quiet-devices'
import { takeOverScans } from '../../src/sync/take-over-scans'
import { aScan, SESSION, TEA } from '../support/builders'
import type { TestDevice } from '../support/network-engine'
import { openDevice } from '../support/network-engine'

const HOUR = 3_600_000
const opened: TestDevice[] = []
afterEach(async () => {
  for (const it of opened.splice(0)) await it.engine.close()
})

/** iPad-1 told the server of two unsent scans and vanished; iPad-2 signs in an hour later. */
async function vanished(profile: 'extended' | 'hotwax' = 'extended') {
  const gone = await openDevice({ profile, deviceId: 'iPad-1' })
  const here = await openDevice({ server: gone.server, time: gone.time, deviceId: 'iPad-2' })
  opened.push(gone, here)
  await gone.engine.scans.tx(['meta'], 'rw', (tx) => tx.put('meta', { k: 'device', deviceId: 'iPad-1', name: 'iPad-1' }))
  await gone.scans(aScan(TEA), aScan(TEA))
  const keeper = createLockKeeper(gone.deps, () => undefined)
  await keeper.acquire(SESSION, { takeOver: false })
  keeper.stop()
  await gone.time.advance(HOUR)
  return { gone, here }
}

describe('a device that vanished with unsent scans', () => {
  it('[SR2] is told at the next sign-in, once it has been quiet for a while', async () => {
    const { gone, here } = await vanished()

    expect(await readQuietDevices(here.deps)).toMatchObject([{ deviceId: 'iPad-1', unsentScans: 2, sessionName: 'S1' }])
    expect(await readQuietDevices(gone.deps)).toEqual([])
  })

  it('[SR2] is not told again when somebody has read it, until it vanishes anew', async () => {
    const { gone, here } = await vanished()
    const [device] = await readQuietDevices(here.deps)

    await dismissQuietDevice(here.deps, device!)
    const dismissed = await readQuietDevices(here.deps)
    const keeper = createLockKeeper(gone.deps, () => undefined)
    await keeper.acquire(SESSION, { takeOver: false })
    keeper.stop()
    await gone.time.advance(HOUR)

    expect(dismissed).toEqual([])
    expect(await readQuietDevices(here.deps)).toHaveLength(1)
  })

  it('[SR2] is no news when its scans came as a file', async () => {
    const { gone, here } = await vanished()
    const handover = await collectUnsent(gone.deps, 'https://counts.example')
    if (typeof handover === 'string') throw new Error(handover)

    await takeOverScans(here.deps, handover)

    expect(await readQuietDevices(here.deps)).toEqual([])
  })

  it('[SR2] is not known in the base profile', async () => {
    const { here } = await vanished('hotwax')

    expect(await readQuietDevices(here.deps)).toEqual([])
  })
})
