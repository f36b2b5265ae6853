// What any plan has to make sense in, whoever makes it: its kind fits its list, its dates their order.
import { PURPOSE_IDS } from '../../src/contract/counts'
import type { PostPlan } from '../../src/contract/plan'
import { HttpError } from '../http/errors'

/** @throws HttpError 400 for a list that the kind of count has not, or lacks */
export function requireKind(purposeId: PostPlan['workEffortPurposeTypeId'], products: unknown): void {
  const isHard = purposeId === PURPOSE_IDS.hard
  if (isHard && products != null)
    throw new HttpError(400, 'A hard count counts everything: it has no list', 'BAD_REQUEST')
  if (!isHard && products == null)
    throw new HttpError(400, 'A directed count needs a list of products', 'BAD_REQUEST')
}

/** @throws HttpError 400 */
export function requireOrder(startAt: number | null, dueAt: number | null): void {
  if (startAt !== null && dueAt !== null && dueAt <= startAt)
    throw new HttpError(400, 'The count is due before it starts', 'BAD_REQUEST')
}
