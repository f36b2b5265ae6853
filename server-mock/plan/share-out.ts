// A list in the order in which people walk the facility, shared out among sessions.
import type { PlanShares, PostPlan, PostPlanShares } from '../../src/contract/plan'
import type { InferOutput } from 'valibot'
import { PURPOSE_IDS } from '../../src/contract/counts'
import type { Split } from '../../src/domain/plan'
import { comparePlaces, inWalkingOrder, sharesByAisle, sharesOf, type Walked, type WalkPlace } from '../../src/domain/walk'
import type { Sql } from '../db/db'
import { amongst, queryColumns } from '../db/packed'
import type { Caller, ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import { chooseProducts } from './choose-products'
import { requireFilter, type ListedProduct } from './find-products'

export type Share = readonly (ListedProduct & Walked)[]

/** @throws HttpError 400 where somebody would get nothing. Rules: docs/SPEC.md PL6, PL54, PL55 */
export async function shareOut(
  sql: Sql,
  { facilityId, split, workEffortPurposeTypeId }: Pick<PostPlan, 'facilityId' | 'split' | 'workEffortPurposeTypeId'>,
  { products, parts }: { readonly products: readonly ListedProduct[]; readonly parts: number },
): Promise<readonly Share[]> {
  if (workEffortPurposeTypeId === PURPOSE_IDS.hard) return []
  const places = await readFirstPlaces(sql, facilityId, products.map((it) => it.productId))
  const walk = inWalkingOrder(products.map((it) => ({ ...it, place: places.get(it.productId) ?? null })))
  return cut(walk, parts, split)
}

function cut(walk: Share, parts: number, split: Split): readonly Share[] {
  if (parts > walk.length) throw new HttpError(400, `${walk.length} products cannot be shared by ${parts} sessions`, 'BAD_REQUEST')
  if (split === 'evenly') return sharesOf(walk, parts)
  const shares = sharesByAisle(walk, parts)
  if (shares !== null) return shares
  const aisles = new Set(walk.flatMap((it) => it.place?.aisle ?? [])).size
  throw new HttpError(400, `${aisles} aisles cannot be shared by ${parts} sessions: share it evenly, or take fewer sessions`, 'BAD_REQUEST')
}

/** Where somebody who walks in order comes upon each of them first. */
async function readFirstPlaces(sql: Sql, facilityId: string, productIds: readonly string[]): Promise<ReadonlyMap<string, WalkPlace>> {
  const first = new Map<string, WalkPlace>()
  if (productIds.length === 0) return first
  const rows = await queryColumns<WalkPlace & { readonly id: string }>(
    sql,
    ['id', 'aisle', 'bin'],
    `select product_id as id, aisle, bin from product_place where facility_id = $1 and product_id = ${amongst(2)}`,
    [facilityId, productIds],
  )
  for (const { id, ...place } of rows) {
    const known = first.get(id)
    if (known === undefined || comparePlaces(place, known) < 0) first.set(id, place)
  }
  return first
}

/** What each session of a plan would get, before it is made. @throws HttpError 400, 403 as the plan would */
export async function previewShares(
  caller: Caller,
  body: InferOutput<typeof PostPlanShares>,
  { db, clock }: Pick<ServerContext, 'db' | 'clock'>,
): Promise<InferOutput<typeof PlanShares>> {
  const { facilityId, products, split, parts } = body
  caller.requireAt(facilityId)
  if (products.by === 'filter') requireFilter(caller, { facilityId, filter: products.filter })
  return db.tx(async (sql) => {
    const chosen = await chooseProducts(sql, { facilityId, products, now: clock.now() })
    const directed = { facilityId, split, workEffortPurposeTypeId: PURPOSE_IDS.directed }
    const shares = await shareOut(sql, directed, { products: chosen, parts })
    return { shares: shares.map(told) }
  })
}

function told(share: Share): InferOutput<typeof PlanShares>['shares'][number] {
  const placed = share.flatMap((it) => it.place ?? [])
  return {
    products: share.length,
    firstAisle: placed[0]?.aisle ?? null,
    lastAisle: placed.at(-1)?.aisle ?? null,
    withoutPlace: share.length - placed.length,
  }
}
