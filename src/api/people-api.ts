// People over HTTP (extended profile): read page by page, changed one by one.
import type * as v from 'valibot'
import { COUNTS } from '../contract/envelope'
import { People, PersonHistory, WirePerson } from '../contract/people'
import { PERMISSIONS } from '../domain/access'
import { RemoteError } from '../domain/errors'
import { asId, type FacilityId } from '../domain/ids'
import type { Holding, Person } from '../domain/person'
import type { PeopleApi } from '../ports/people'
import { part, type Http } from './http'

const PATH = `${COUNTS}people`
/** 10,000 people. */
const PAGES_MAX = 50

export function createPeopleCalls(http: Http): PeopleApi {
  return {
    async list() {
      const people: Person[] = []
      let after: string | undefined
      for (let page = 0; page < PAGES_MAX; page += 1) {
        const wire = await http.json({ method: 'get', path: PATH, schema: People, query: { after } })
        people.push(...wire.people.map(decode))
        if (wire.next == null)
          return {
            people,
            facilities: wire.facilities.map(({ facilityId, name }) => ({ facilityId: asId<FacilityId>(facilityId), name })),
          }
        after = wire.next
      }
      throw new RemoteError('too-large', `GET ${PATH}: more people than can be shown`)
    },
    async change({ userId, revision }, { permissions, facilityIds, isDisabled }, reason) {
      const body = { permissions, facilityIds, isDisabled, reason, revision }
      const path = `${PATH}/${part(userId)}`
      return decode(await http.json({ method: 'put', path, schema: WirePerson, body }))
    },
    async history(userId) {
      const path = `${PATH}/${part(userId)}/history`
      const { changes } = await http.json({ method: 'get', path, schema: PersonHistory })
      return changes.map((it) => ({ ...it, before: decodeHolding(it.before), after: decodeHolding(it.after) }))
    },
  }
}

function decode({ userId, userName, fullName, revision, ...held }: v.InferOutput<typeof WirePerson>): Person {
  return { userId, userName, fullName, revision, ...decodeHolding(held) }
}

/** A permission that this version does not know was not changed by it either. */
function decodeHolding(wire: { permissions: readonly string[]; facilityIds: readonly string[]; isDisabled: boolean }): Holding {
  return {
    permissions: PERMISSIONS.filter((it) => wire.permissions.includes(it)),
    facilityIds: wire.facilityIds.map((it) => asId<FacilityId>(it)),
    isDisabled: wire.isDisabled,
  }
}
