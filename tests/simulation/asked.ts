// Which products a session asks for, on a device and on its server, once both are at rest.
import type { CountRecord } from '../../src/domain/count-record'
import type { ItemRow } from '../../server-mock/rules/item-row'

/** A session on a device, and on its server. */
export interface BothSides {
  readonly here: ReadonlyMap<
    string,
    Pick<CountRecord, 'origin' | 'productId' | 'isRequested' | 'matchRev'>
  >
  readonly there: ReadonlyMap<
    string,
    Pick<ItemRow, 'productId' | 'isRequested' | 'matchRev' | 'isDeleted'>
  >
  /** Whether this very state of a row is refused, for a reason, and in sight as that. */
  readonly isRefused: (uuid: string) => boolean
}

interface AskedOtherwise {
  readonly productId: string
  readonly isAskedHere: boolean
}

/**
 * Products that one side alone asks for. Two kinds of own rows say nothing of it: one that somebody removed on the
 * server stays in sight here, and one that is refused before the server has heard what it stands for is this device's
 * word alone, until it gets through. Rules: docs/SPEC.md SM97, SM101
 */
export function askedOtherwise({ here, there, isRefused }: BothSides): readonly AskedOtherwise[] {
  const isUnheard = (uuid: string): boolean => {
    const [own, known] = [here.get(uuid), there.get(uuid)]
    return (
      own?.origin === 'own' &&
      isRefused(uuid) &&
      (known === undefined || known.matchRev < own.matchRev)
    )
  }
  const asked = productsOf(
    [...here].filter(([uuid]) => there.get(uuid)?.isDeleted !== true && !isUnheard(uuid)),
  )
  const wanted = productsOf(
    [...there].filter(([uuid, { isDeleted }]) => !isDeleted && !isUnheard(uuid)),
  )
  const either = [...new Set([...asked, ...wanted])]
  return either.flatMap((productId) =>
    asked.has(productId) === wanted.has(productId)
      ? []
      : [{ productId, isAskedHere: asked.has(productId) }],
  )
}

function productsOf(
  rows: readonly (readonly [
    string,
    Pick<CountRecord, 'isRequested'> & { readonly productId: string | null },
  ])[],
): ReadonlySet<string> {
  return new Set(
    rows.flatMap(([, { productId, isRequested }]) =>
      productId !== null && isRequested === true ? [productId] : [],
    ),
  )
}
