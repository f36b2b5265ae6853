import { afterEach, describe, expect, it } from 'vitest'
import { asId } from '../../src/domain/ids'
import type { CycleCountId, FacilityId, SessionId } from '../../src/domain/ids'
import { newSession, refreshCounts } from '../../src/sync/counts'
import { changeSession } from '../../src/sync/session-row'
import { SESSION } from '../support/builders'
import type { TestDevice } from '../support/network-engine'
import { openDevice } from '../support/network-engine'

const opened: TestDevice[] = []
const device = async (profile: 'extended' | 'hotwax'): Promise<TestDevice> => {
  const made = await openDevice({ profile })
  opened.push(made)
  return made
}
afterEach(async () => {
  for (const it of opened.splice(0)) await it.engine.close()
})

const WANTED = { cycleCountId: asId<CycleCountId>('C1'), name: 'Aisle 2', area: 'B' }

describe('cycle counts on the device', () => {
  it('[CO1] are the server list, kept for a start without a network', async () => {
    const ana = await device('extended')
    await ana.engine.scans.tx(['cycleCounts'], 'rw', (tx) =>
      tx.put('cycleCounts', {
        cycleCountId: 'old',
        cycleCount: { cycleCountId: asId('old') } as never,
        fetchedAt: 0,
      }),
    )

    await refreshCounts(ana.deps, asId<FacilityId>('F1'))

    const rows = await ana.engine.scans.tx(['cycleCounts'], 'r', (tx) =>
      tx.range('cycleCounts', ':id', { limit: 10 }),
    )
    expect(rows.map((it) => it.cycleCountId)).toEqual(['C1'])
    expect((await ana.session(SESSION)).session.name).toBe(SESSION)
  })

  it('[CO3] do not turn a session back that was submitted while the list was on its way', async () => {
    const ana = await device('extended')
    ana.server.meanwhile = async () => {
      await changeSession(ana.deps, SESSION, (row) => ({
        ...row,
        session: { ...row.session, status: 'submitted' },
      }))
    }

    await refreshCounts(ana.deps, asId<FacilityId>('F1'))

    expect((await ana.session(SESSION)).session.status).toBe('submitted')
  })

  it.each(['extended', 'hotwax'] as const)(
    '[CO2] [S3.3] a session asked for again after a lost answer is made once (%s)',
    async (profile) => {
      const ana = await device(profile)
      ana.server.meanwhile = (call) => {
        if (call === 'cloneSession') ana.server.losesAnswers = 1
        return Promise.resolve()
      }
      await expect(newSession(ana.deps, WANTED)).rejects.toMatchObject({ reason: 'offline' })
      ana.server.meanwhile = () => Promise.resolve()

      const sessionId: SessionId = await newSession(ana.deps, WANTED)
      const another = await newSession(ana.deps, WANTED)

      expect(sessionId).toBe('S2')
      expect(another).toBe('S3')
    },
  )
})
