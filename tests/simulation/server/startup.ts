// Sign-in and start-up of the simulated server: users with permissions and facilities, tokens that run out.
import type * as v from 'valibot'
import type { Capabilities } from '../../../src/contract/capabilities'
import type { LoginRequest, PutPreference } from '../../../src/contract/startup'
import { HttpError } from '../../../server-mock/http/errors'
import { readPaging } from '../../../server-mock/http/query'
import type { SimHandler, SimInput } from './world'

const PERMISSIONS_PAGE_MAX = 1000

export const capabilities: SimHandler = ({ state, now }): Capabilities => ({
  protocol: state.protocol,
  gzip: false,
  feed: false,
  events: true,
  fencing: true,
  documents: false,
  adjustments: false,
  serverTime: now,
  epoch: state.epoch,
})

export const signIn: SimHandler = ({ world, state, body, now }) => {
  const { username, password } = body as v.InferOutput<typeof LoginRequest>
  const user = state.users.get(username.trim().toLowerCase())
  if (user?.password !== password) throw new HttpError(401, 'User name or password is not right', 'UNAUTHORIZED')
  for (const [token, { expiresAt }] of state.tokens) if (expiresAt <= now) state.tokens.delete(token)
  const token = `token-of-simulation-${world.nextId()}`
  const expirationTime = now + world.limits.tokenLifeMs
  state.tokens.set(token, { userId: user.userId, createdAt: now, expiresAt: expirationTime })
  const own = [...state.tokens].filter(([, it]) => it.userId === user.userId)
  for (const [old] of own.slice(0, Math.max(0, own.length - world.limits.tokensPerUserMax))) state.tokens.delete(old)
  return { token, expirationTime }
}

export const signOut: SimHandler = ({ state, token }) => {
  if (token !== null) state.tokens.delete(token)
  return {}
}

export const profile: SimHandler = ({ state, caller }) => ({
  userId: caller.userId,
  username: caller.userName,
  userFullName: state.users.get(caller.userId)?.fullName,
  partyId: caller.partyId,
  timeZone: state.users.get(caller.userId)?.timeZone,
})

export const permissions: SimHandler = ({ caller, query }) => {
  const size = query.int('viewSize', { min: 1, max: PERMISSIONS_PAGE_MAX, otherwise: 20 })
  const index = query.int('viewIndex', { min: 0, max: PERMISSIONS_PAGE_MAX, otherwise: 0 })
  const all = [...caller.permissions].toSorted()
  return { docs: all.slice(index * size, (index + 1) * size).map((permissionId) => ({ permissionId })) }
}

export const userFacilities: SimHandler = ({ world, state, caller, param, query }) => {
  const partyId = param('partyId')
  if (partyId !== caller.partyId && !caller.isAdmin)
    throw new HttpError(403, 'These are the facilities of somebody else', 'FORBIDDEN')
  const { limit, offset } = readPaging(query, world.limits.pageRowsMax)
  const ids = (state.users.get(partyId)?.facilityIds ?? []).toSorted()
  return ids.slice(offset, offset + limit).map((facilityId) => ({ facilityId, thruDate: null }))
}

export const facilities: SimHandler = ({ world, state, caller, query }) => {
  const { limit, offset } = readPaging(query, world.limits.pageRowsMax)
  const wanted = query.list('facilityId')
  return [...state.facilities]
    .filter(([id]) => caller.mayAt(id) && (wanted.length === 0 || wanted.includes(id)))
    .toSorted(([, a], [, b]) => (a.name < b.name ? -1 : 1))
    .slice(offset, offset + limit)
    .map(([facilityId, it]) => ({ facilityId, facilityName: it.name, facilityTimeZone: it.timeZone }))
}

/** Nobody has product stores here: every client has its defaults. */
export const productStores: SimHandler = ({ caller, param }) => {
  caller.requireAt(param('facilityId'))
  return []
}

export const readPreferences: SimHandler = (input) => {
  const { state, caller, query } = input
  requireSelf(input, query.one('userId') ?? caller.userId)
  const key = query.one('preferenceKey')
  if (key === null) throw new Error('The simulated server reads one preference at a time')
  const value = state.preferences.get(JSON.stringify([caller.userId, key]))
  return value === undefined ? [] : [{ preferenceValue: value }]
}

export const writePreference: SimHandler = (input) => {
  const { state, caller } = input
  const { userId, preferenceKey, preferenceValue } = input.body as v.InferOutput<typeof PutPreference>
  requireSelf(input, userId)
  state.preferences.set(JSON.stringify([caller.userId, preferenceKey]), preferenceValue)
  return { userId: caller.userId, preferenceKey }
}

/** Nobody reads or writes the settings of somebody else. */
function requireSelf({ caller }: SimInput, userId: string): void {
  if (userId !== caller.userId && userId !== caller.userName)
    throw new HttpError(403, 'These are the settings of somebody else', 'FORBIDDEN')
}
