import { afterEach, describe, expect, it } from 'vitest'
import type { Handover } from '../../src/domain/handover'
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
  const hear = async (): Promise<void> => {
    const keeper = createLockKeeper(gone.deps, () => undefined)
    await keeper.acquire(SESSION, { takeOver: false })
    keeper.stop()
  }
  await hear()
  await gone.time.advance(HOUR)
  return { gone, here, hear }
}

/** To a file and back. */
async function save({ deps }: Pick<TestDevice, 'deps'>): Promise<Handover> {
  const handover = await collectUnsent(deps, 'https://counts.example')
  if (typeof handover === 'string') throw new Error(handover)
  return structuredClone(handover)
}

describe('a device that vanished with unsent scans', () => {
  it('[SR2] is told at the next sign-in, once it has been quiet for a while', async () => {
    const { gone, here } = await vanished()

    expect(await readQuietDevices(here.deps)).toMatchObject([{ deviceId: 'iPad-1', unsentScans: 2, sessionName: 'S1' }])
    expect(await readQuietDevices(gone.deps)).toEqual([])
  })

  it('[SR2] is not told again when somebody has read it, until it vanishes anew', async () => {
    const { gone, here, hear } = await vanished()
    const [device] = await readQuietDevices(here.deps)

    await dismissQuietDevice(here.deps, device!)
    const dismissed = await readQuietDevices(here.deps)
    await hear()
    await gone.time.advance(HOUR)

    expect(dismissed).toEqual([])
    expect(await readQuietDevices(here.deps)).toHaveLength(1)
  })

  it('[SR2] is no news when its scans came as a file', async () => {
    const { gone, here } = await vanished()

    await takeOverScans(here.deps, await save(gone))

    expect(await readQuietDevices(here.deps)).toEqual([])
  })

  it('[SR10] is told although a file of it was taken over, when that was saved before it was last heard of', async () => {
    const { gone, here, hear } = await vanished()
    const early = await save(gone)
    await gone.time.advance(HOUR)
    await gone.scans(aScan(TEA))
    await hear()
    await here.time.advance(HOUR)

    await takeOverScans(here.deps, early)

    expect(await readQuietDevices(here.deps)).toMatchObject([{ deviceId: 'iPad-1', unsentScans: 3 }])
  })

  it.each([['brings more scans', 1], ['brings nothing new', 0]])(
    '[SR10] is no news any more when a later file %s, saved after it was last heard of',
    async (_, more) => {
      const { gone, here, hear } = await vanished()
      const early = await save(gone)
      await gone.time.advance(HOUR)
      for (let nth = 0; nth < more; nth++) await gone.scans(aScan(TEA))
      await hear()
      await gone.time.advance(HOUR)
      const late = await save(gone)
      await takeOverScans(here.deps, early)
      const told = await readQuietDevices(here.deps)

      await takeOverScans(here.deps, late)
      const after = await readQuietDevices(here.deps)
      await takeOverScans(here.deps, early)

      expect(told).toHaveLength(1)
      expect(after).toEqual([])
      expect(await readQuietDevices(here.deps)).toEqual([])
    },
  )

  it('[SR10] is told by the time of the server, whatever the clock of the device that saved the file says', async () => {
    const { gone, here, hear } = await vanished()
    // Its clock is three hours fast.
    const fast = { ...gone.deps, clock: { ...gone.deps.clock, now: () => gone.time.clock.now() + 3 * HOUR } }
    await gone.engine.scans.tx(['meta'], 'rw', (tx) => tx.put('meta', { k: 'serverClock', offsetMs: -3 * HOUR, measuredAt: 0 }))
    const early = await save({ ...gone, deps: fast })
    await gone.time.advance(HOUR)
    await hear()
    await here.time.advance(HOUR)

    await takeOverScans(here.deps, early)

    expect(await readQuietDevices(here.deps)).toHaveLength(1)
  })

  it('[SR2] is not known in the base profile', async () => {
    const { here } = await vanished('hotwax')

    expect(await readQuietDevices(here.deps)).toEqual([])
  })
})
