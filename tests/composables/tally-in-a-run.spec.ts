// The tally on screen while a run of the worker goes on behind the push: the real engine, desk and composable on one bus.
import { flushPromises } from '@vue/test-utils'
import { expect, it } from 'vitest'
import { effectScope } from 'vue'
import { useDeskState } from '../../src/composables/useDeskState'
import { createScheduler } from '../../src/sync/scheduler'
import { SESSION } from '../support/builders'
import { settle } from '../support/fake-time'
import { openDevice } from '../support/network-engine'
import { openTestDesk } from '../support/test-desk'

it('[WK54] the tally says that all is on the server while the pull behind the push still runs', async () => {
  const device = await openDevice()
  const { bus, clock } = device.deps
  const { desk, scan } = openTestDesk(device.engine)
  const scheduler = createScheduler(device.deps, { isSignedIn: true })
  const scope = effectScope()
  const state = scope.run(() =>
    useDeskState({ desk, bus, clock, onUnread: (error) => expect.unreachable(String(error)) }),
  )
  let letPullEnd = (): void => undefined
  device.server.meanwhile = (call) =>
    call === 'itemsPage' ? new Promise((resolve) => (letPullEnd = resolve)) : Promise.resolve()
  for (let nth = 0; nth < 3; nth += 1) await scan(`item ${nth}`)
  await flushPromises()
  expect(state?.tally.value).toEqual({ scanned: 3, saved: 3, synced: 0 })

  scheduler.pullLater(SESSION)
  await settle()
  const whilePulling = state?.tally.value
  letPullEnd()
  await settle()

  expect(whilePulling).toEqual({ scanned: 3, saved: 3, synced: 3 })
  scope.stop()
  scheduler.stop()
  desk.close()
  await device.engine.close()
})
