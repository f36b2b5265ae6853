// Administration of who has what: list, change with a reason, history. For administrators.
import type * as v from 'valibot'
import { COUNTS } from '../../src/contract/envelope'
import { People, PersonHistory, PutPerson, WirePerson } from '../../src/contract/people'
import type { Caller, ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import type { Registrar } from '../http/route'
import {
  countOtherAdmins,
  findPerson,
  holdPeople,
  listChanges,
  listFacilities,
  listPeople,
  saveChange,
  type PersonRow,
} from '../people/people-store'
import { decidePersonChange } from '../rules/person-change'

const PEOPLE_PAGE_MAX = 200
const CHANGES_MAX = 100
const PERSON = `${COUNTS}people/:userId`
const administering = { isExtension: true, needs: ['INV_COUNT_ADMIN'] } as const
const STATUS = { PERSON_CHANGED: 409, LAST_ADMIN: 409, FORBIDDEN: 403, BAD_REQUEST: 400 } as const

/** Rules: docs/SPEC.md PE1-PE6 */
export const registerPeople: Registrar = (registry) => {
  registry.route({
    ...administering,
    method: 'GET',
    path: `${COUNTS}people`,
    answer: People,
    handler: async ({ sql, query }) => {
      const limit = query.int('limit', { min: 1, max: PEOPLE_PAGE_MAX, otherwise: PEOPLE_PAGE_MAX })
      const found = await listPeople(sql, { after: query.one('after') ?? '', limit })
      const people = found.slice(0, limit)
      return {
        people: people.map(encode),
        next: found.length > limit ? (people.at(-1)?.userId ?? null) : null,
        facilities: [...(await listFacilities(sql))],
      }
    },
  })
  registry.route({
    ...administering,
    method: 'PUT',
    path: PERSON,
    body: PutPerson,
    answer: WirePerson,
    handler: ({ caller, param, body, context }) => change(caller, param('userId'), body, context),
  })
  registry.route({
    ...administering,
    method: 'GET',
    path: `${PERSON}/history`,
    answer: PersonHistory,
    handler: async ({ sql, param }) => {
      if ((await findPerson(sql, param('userId'))) === null) throw notFound(param('userId'))
      const changes = await listChanges(sql, param('userId'), CHANGES_MAX)
      return {
        changes: changes.map(({ before, after, ...it }) => ({
          ...it,
          before: wireHolding(before),
          after: wireHolding(after),
        })),
      }
    },
  })
}

/** @throws HttpError 404, 409 when somebody else was quicker or nobody would administrate any more, 403, 400 */
async function change(
  caller: Caller,
  userId: string,
  { reason, revision, ...wanted }: v.InferOutput<typeof PutPerson>,
  { db, clock }: ServerContext,
): Promise<v.InferOutput<typeof WirePerson>> {
  return db.tx(async (sql) => {
    await holdPeople(sql)
    const person = await findPerson(sql, userId)
    if (person === null) throw notFound(userId)
    const facilities = await listFacilities(sql)
    const verdict = decidePersonChange({
      before: person,
      revision: person.revision,
      wanted,
      seenRevision: revision,
      otherAdmins: await countOtherAdmins(sql, userId),
      changer: caller,
      knownFacilities: new Set(facilities.map((it) => it.facilityId)),
    })
    if (verdict.kind === 'refused')
      throw new HttpError(STATUS[verdict.code], verdict.message, verdict.code)
    if (verdict.kind === 'same') return encode(person)
    const record = { before: wireHolding(person), after: verdict.after, by: caller.userName, reason }
    const now = clock.now()
    return {
      ...encode({ ...person, ...verdict.after }),
      revision: await saveChange(sql, userId, { ...record, at: now }),
    }
  })
}

function wireHolding({ permissions, facilityIds, isDisabled }: Pick<PersonRow, 'permissions' | 'facilityIds' | 'isDisabled'>) {
  return { permissions: [...permissions], facilityIds: [...facilityIds], isDisabled }
}

function encode(row: PersonRow): v.InferOutput<typeof WirePerson> {
  const { userId, userName, fullName, revision } = row
  return { userId, userName, fullName, ...wireHolding(row), revision }
}

function notFound(userId: string): HttpError {
  return new HttpError(404, `There is no user ${userId}`, 'NOT_FOUND')
}
