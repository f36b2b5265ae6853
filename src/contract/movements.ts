// How the book moves apart from counts: movements of stock, each once. Ours.
import * as v from 'valibot'
import { MOVEMENT_KINDS } from '../domain/review'
import { Millis, Quantity, Text } from './envelope'

const Id = v.pipe(Text, v.minLength(1))
const CountOf = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

export const PutMovements = v.object({
  items: v.array(
    v.object({
      facilityId: Id,
      movementId: v.pipe(Id, v.maxLength(60)),
      productId: Id,
      quantity: Quantity,
      kind: v.picklist(MOVEMENT_KINDS),
      movedAt: Millis,
      reference: v.nullish(Text),
    }),
  ),
})
export const MovementsAnswer = v.object({ stored: CountOf, known: CountOf })
