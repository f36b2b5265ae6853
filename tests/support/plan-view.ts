// The planning page on a fake worker, with two facilities to change between: Ana and Ben count in town, Ben alone at the harbor.
import { flushPromises, mount } from '@vue/test-utils'
import { createMemoryHistory, createRouter } from 'vue-router'
import { asId, type UserName } from '../../src/domain/ids'
import type { PlanApi } from '../../src/ports/plan'
import { useLoginStore } from '../../src/stores/login'
import PlanView from '../../src/views/PlanView.vue'
import type { SyncWorkerApi } from '../../src/worker/protocol'
import { createFakeBus, createFakeDesk } from './fake-desk'
import { aProfile, createFakeWorld, type FakeWorldOptions } from './fake-services'

const TOWN = { facilityId: 'F1', name: 'Town', timeZone: 'Europe/Berlin' }
const HARBOR = { facilityId: 'F2', name: 'Harbor', timeZone: 'Europe/Lisbon' }
const person = (userName: string, fullName: string) => ({ userName: asId<UserName>(userName), fullName })
const ANA = person('ana', 'Ana Ruiz')
const BEN = person('ben', 'Ben Ode')

export interface PlanViewOptions {
  /** The section that is open. */
  readonly show: string
  /** Nobody at the harbor can be asked who counts there. */
  readonly isHarborLost: () => boolean
  /** Answers but those to `people`; undefined: the server has no such call. */
  readonly answer: (name: keyof PlanApi, input: unknown) => object | undefined
  readonly openTable?: NonNullable<FakeWorldOptions['openTable']>
}

/** Opened in town. */
export async function openPlanView({ show: section, isHarborLost, answer, openTable }: PlanViewOptions) {
  const people = (facilityId: unknown) => {
    if (facilityId === 'F1') return { ok: true, answer: [ANA, BEN] }
    return isHarborLost() ? { ok: false, reason: 'offline', message: '' } : { ok: true, answer: [BEN] }
  }
  const plan = async (name: keyof PlanApi, input: unknown) =>
    name === 'people' ? people(input) : (answer(name, input) ?? { ok: false, reason: 'unsupported', message: '' })
  const bus = createFakeBus()
  const login = useLoginStore()
  const world = await createFakeWorld(login, { bus, desk: createFakeDesk(bus), sync: { plan: plan as unknown as SyncWorkerApi['plan'] }, ...(openTable && { openTable }) })
  const at = (facilityId: string) =>
    login.enter(
      { serverOrigin: 'https://server.test', userName: 'sam' },
      aProfile({ permissions: ['INVCOUNT_APP_VIEW', 'INV_COUNT_CREATE'], facilities: [TOWN, HARBOR], facilityId }),
    )
  at('F1')
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:rest(.*)*', component: PlanView }] })
  await router.push(`/supervisor/plan?show=${section}`)
  const view = mount(PlanView, { global: { plugins: [router], provide: world.provide }, attachTo: document.body })
  await flushPromises()
  return {
    view,
    choose: async (facilityId: string) => {
      at(facilityId)
      await flushPromises()
    },
    show: async (other: string) => {
      await router.push(`/supervisor/plan?show=${other}`)
      await flushPromises()
    },
  }
}
