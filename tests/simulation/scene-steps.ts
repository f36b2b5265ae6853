// Steps that several scenes of an evening begin with: somebody who counts, a second window, a wait for one request.
import type { SessionId } from '../../src/domain/ids'
import type { SimRequest } from './server/wire'
import type { Actor, Stage } from './stage'
import { RICE, TEA } from './things'
import type { SimWindow } from './window'

/** What is asked for is heard within this time. */
export const HEARD_MS = 20_000

/** Waits for the next request of somebody's device that is meant. @returns whether it came */
export async function onNext(
  { world }: Stage,
  { device }: Actor,
  isMeant: (request: SimRequest) => boolean,
  then: () => ReturnType<NonNullable<typeof world.foretell>>,
  act: () => Promise<unknown>,
  withinMs = HEARD_MS,
): Promise<boolean> {
  let hasCome = false
  world.foretell = (request, from) => {
    if (hasCome || from !== device.name || !isMeant(request)) return null
    hasCome = true
    return then()
  }
  await act()
  if (!hasCome) await world.until(() => hasCome, withinMs)
  world.foretell = null
  return hasCome
}

export const pushes = (sessionId: SessionId) => ({ method, path }: SimRequest): boolean => method === 'PUT' && path.endsWith(`${sessionId}/items`)
export const pulls = (sessionId: SessionId) => ({ method, path }: SimRequest): boolean => method === 'GET' && path.endsWith(`${sessionId}/items`)
export const locks = (sessionId: SessionId) => ({ path }: SimRequest): boolean => path.endsWith(`${sessionId}/lock`)
export const moves = (sessionId: SessionId) => ({ method, path }: SimRequest): boolean => method === 'PUT' && path.endsWith(`sessions/${sessionId}`)

/** Somebody who has a new session open and counted in it. */
export async function counting(stage: Stage, scans: number): Promise<{ counter: Actor; sessionId: SessionId } | null> {
  const sessionId = stage.addSession()
  const counter = await stage.counter()
  if (counter === null || !(await stage.opens(counter, sessionId))) return null
  await stage.scans(counter, scans, 1200, [TEA, RICE])
  await stage.sent(counter)
  return { counter, sessionId }
}

/** Another window of the same device, with the same person. */
export async function secondWindow({ world }: Stage, { device, user }: Actor): Promise<SimWindow | null> {
  const window = world.windows[device.index]?.[1] ?? world.addWindow(device)
  if (window.isOpen && world.isHopeless(window)) window.die()
  if (!window.isOpen) world.people.wakeUp(window, null)
  await world.until(() => window.page !== null, HEARD_MS)
  if (window.page?.config.userName !== user) await world.waitFor(world.people.signIn(window, user))
  return window.page?.config.userName === user ? window : null
}
