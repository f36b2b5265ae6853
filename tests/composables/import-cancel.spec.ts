// An import that somebody follows: cancelled on the way, or too late.
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, type EffectScope } from 'vue'
import { useImport } from '../../src/composables/useImport'
import { asId, type FacilityId } from '../../src/domain/ids'
import type { ImportState } from '../../src/domain/plan-import'
import type { OpenTable } from '../../src/ports/tables'
import type { PlanApi } from '../../src/ports/plan'
import type { Services } from '../../src/composables/services'
import type { SyncWorkerApi } from '../../src/worker/protocol'
import { createFakeWorker } from '../support/fake-services'

let scope: EffectScope
beforeEach(() => {
  setActivePinia(createPinia())
  vi.useFakeTimers()
  scope = effectScope()
})
afterEach(() => {
  scope.stop()
  vi.useRealTimers()
})

const TABLE: OpenTable = {
  summary: { fileName: 'list.csv', hash: 'h', header: ['Barcode'], rowCount: 1, sample: [] },
  importCsv: async () => 'x',
  rejectedCsv: async () => '',
  close: () => undefined,
}

/** A job that stands where the test says; cancelling it works until it is over. */
function aServer() {
  const job: { state: ImportState; asked: string[]; known: { since: number; by: string } | null; isTold: boolean; isOwn: boolean } = {
    state: 'consuming',
    asked: [],
    known: null,
    isTold: true,
    isOwn: true,
  }
  const plan = async (name: keyof PlanApi, ...args: readonly unknown[]) => {
    job.asked.push(name)
    if (name === 'upload') return { ok: true, answer: { importId: 'J1', known: job.known } }
    const told = { importId: 'J1', fileName: 'list', state: job.state, startedAt: 0, rowsTotal: 9, rowsDone: 1, rowsWritten: 0, errorCount: 0, made: [], by: 'ben', isOwn: job.isOwn }
    if (name === 'imports') return { ok: true, answer: job.known === null ? [told] : [] }
    if (name === 'importJob' && job.isTold) return { ok: true, answer: told }
    if (name === 'importJob') return { ok: false, reason: 'not-found', message: 'System message J1 not found' }
    if (name === 'cancelImport' && args[0] === 'J1' && job.state === 'consuming') {
      job.state = 'cancelled'
      return { ok: true, answer: undefined }
    }
    return { ok: false, reason: 'rejected', message: 'The import is over: it cannot be cancelled any more' }
  }
  const deps: Pick<Services, 'sync' | 'clock' | 'openTable'> & { facilityId: FacilityId; timeZone: string } = {
    sync: createFakeWorker({ plan: plan as unknown as SyncWorkerApi['plan'] }),
    clock: { now: () => 0, mono: () => 0 },
    openTable: async () => ({ ok: true, table: TABLE }),
    facilityId: asId<FacilityId>('F1'),
    timeZone: 'UTC',
  }
  return { job, deps }
}

async function followed(over: Partial<ReturnType<typeof aServer>['job']> = {}) {
  const server = aServer()
  Object.assign(server.job, over)
  const list = scope.run(() => useImport(server.deps))!
  await list.open(new File([''], 'list.csv'))
  list.form.columns.product = 0
  await list.send(false)
  await vi.advanceTimersByTimeAsync(0)
  return { ...server, list }
}

describe('an import that is followed', () => {
  it('[PL42] is cancelled, and is not asked about any more', async () => {
    const { job, list } = await followed()
    expect([list.job.isFollowing.value, list.job.current.value?.state]).toEqual([true, 'consuming'])
    await Promise.all([list.job.cancel(), list.job.cancel()])
    const asked = job.asked.length
    await vi.advanceTimersByTimeAsync(10_000)

    expect(job.asked.filter((it) => it === 'cancelImport')).toHaveLength(1)
    expect([list.job.isFollowing.value, list.job.current.value?.state, list.job.lookProblem.value]).toEqual([false, 'cancelled', null])
    expect(job.asked).toHaveLength(asked)
  })

  it('[PL42] says so when it was over already', async () => {
    const { job, list } = await followed()
    job.state = 'consumed'
    await list.job.cancel()

    expect([list.job.isFollowing.value, list.job.current.value?.state]).toEqual([false, 'consumed'])
    expect(list.job.lookProblem.value).not.toBeNull()
  })
})

describe('a file that the server knows', () => {
  const known = { since: 0, by: 'ben' }

  it('[PL50] shows what came of it, whoever sent it and however long ago', async () => {
    const { list } = await followed({ known, state: 'consumed', isOwn: false })

    expect([list.job.isFollowing.value, list.job.current.value?.state, list.job.isLost.value]).toEqual([false, 'consumed', false])
  })

  it('[PL50] says at once when the server does not tell it, and can be sent again', async () => {
    const { job, list } = await followed({ known, isTold: false })
    const asked = job.asked.length
    await vi.advanceTimersByTimeAsync(10_000)
    expect([list.job.isFollowing.value, list.job.current.value, list.job.isLost.value]).toEqual([false, null, true])
    expect(job.asked).toHaveLength(asked)

    Object.assign(job, { known: null, isTold: true })
    await list.send(true)
    await vi.advanceTimersByTimeAsync(0)

    expect(job.asked.filter((it) => it === 'upload')).toHaveLength(2)
    expect([list.job.isFollowing.value, list.job.current.value?.state, list.job.isLost.value]).toEqual([true, 'consuming', false])
  })
})
