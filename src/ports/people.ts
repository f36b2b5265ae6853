// What the administration of people needs from the server. Online only: rejects with RemoteError.
import type { FacilityId } from '../domain/ids'
import type { Holding, Person, PersonChange } from '../domain/person'

export interface PeopleRead {
  readonly people: readonly Person[]
  readonly facilities: readonly { readonly facilityId: FacilityId; readonly name: string }[]
}

export interface PeopleApi {
  /** All of them. */
  list: () => Promise<PeopleRead>
  /** @throws RemoteError `rejected` when somebody else was quicker, or nobody would administrate any more */
  change: (person: Person, wanted: Holding, reason: string) => Promise<Person>
  /** Newest first. */
  history: (userId: string) => Promise<readonly PersonChange[]>
}
